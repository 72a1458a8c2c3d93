"""Ranges of options to search: those a scorer declares, or those that follow from its grid and options."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from optuna.distributions import BaseDistribution

    from hybrid.scorers.base import Scorer


class Space(ABC):
    """The values of one option to choose among."""

    @abstractmethod
    def holds(self, value: object) -> bool:
        """Whether a value is one of them."""

    @abstractmethod
    def __str__(self) -> str:
        """The range for people to read."""

    @abstractmethod
    def distribution(self) -> BaseDistribution:
        """The range as Optuna has it."""

    def all_stored(self) -> Sequence[Any]:
        """Every value as a study's file keeps it; empty where there is no end to them."""
        return ()

    def stored(self, value: object) -> Any:  # noqa: ANN401
        """A value as a study's file keeps it."""
        return value

    def value(self, stored: object) -> object:
        """A value from what a study's file keeps."""
        return stored


@dataclass(frozen=True, slots=True)
class Float(Space):
    """A number from `low` to `high`, both included; `log` searches orders of magnitude, and needs low > 0."""

    low: float
    high: float
    log: bool = False

    def holds(self, value: object) -> bool:
        """Whether a value lies in the range."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}{', log' if self.log else ''}"

    def distribution(self) -> BaseDistribution:
        """The range as Optuna has it."""
        from optuna.distributions import FloatDistribution  # noqa: PLC0415  (Optuna takes a second)

        return FloatDistribution(self.low, self.high, log=self.log)


@dataclass(frozen=True, slots=True)
class Integer(Space):
    """A whole number from `low` to `high`, both included; `log` searches orders of magnitude."""

    low: int
    high: int
    log: bool = False

    def holds(self, value: object) -> bool:
        """Whether a value lies in the range."""
        return isinstance(value, int) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low} to {self.high}{', log' if self.log else ''}"

    def all_stored(self) -> Sequence[int]:
        """Every number."""
        return range(self.low, self.high + 1)

    def distribution(self) -> BaseDistribution:
        """The range as Optuna has it."""
        from optuna.distributions import IntDistribution  # noqa: PLC0415

        return IntDistribution(self.low, self.high, log=self.log)


@dataclass(frozen=True, slots=True)
class Choice(Space):
    """One of some values of any kind that `repr` tells apart; their order says nothing."""

    values: tuple[Any, ...]

    def holds(self, value: object) -> bool:
        """Whether a value is among them."""
        return value in self.values

    def __str__(self) -> str:
        return ", ".join(map(str, self.values))

    def all_stored(self) -> Sequence[str]:
        """Every value, by `repr`."""
        return [repr(value) for value in self.values]

    def distribution(self) -> BaseDistribution:
        """The choice as Optuna has it: by `repr`, for it stores no lists."""
        from optuna.distributions import CategoricalDistribution  # noqa: PLC0415

        return CategoricalDistribution(self.all_stored())

    def stored(self, value: object) -> Any:  # noqa: ANN401
        """A value as a study's file keeps it."""
        return repr(value)

    def value(self, stored: object) -> object:
        """A value from what a study's file keeps."""
        return {repr(value): value for value in self.values}[str(stored)]


# What is worth trying of the options that have the same name everywhere, around a default.
USUAL: Mapping[str, Callable[[Any], Space]] = {
    "learning_rate": lambda usual: Float(usual / 5, usual * 5, log=True),
    "dropout": lambda usual: Float(0.0, max(0.5, usual)),
    "embedding_size": lambda usual: Choice((max(usual // 2, 1), usual, usual * 2)),
    "num_layers": lambda usual: Integer(min(1, usual), max(3, usual)),
}


def space_of(scorer: Scorer) -> dict[str, Space]:
    """The ranges to search for a scorer, by option; empty where there is nothing to choose.

    A scorer's own `space` where it declares one. Otherwise the values of its `grid`, its present option among
    them, and `USUAL` ranges around its present options for those of the usual names.
    """
    if scorer.space:
        return dict(scorer.space)
    usual = {name: USUAL[name](value) for name, value in scorer.options().items() if name in USUAL}
    grid = {
        name: Choice(tuple(dict.fromkeys((getattr(scorer, name), *values))))
        for name, values in scorer.grid.items()
    }
    return {**usual, **grid}


def parse(scorer: Scorer, option: str, text: str) -> Space:
    """The range that somebody writes for an option of a scorer.

    Args:
        scorer: whose option it is; the option's present value says what kind of values it takes.
        option: its name.
        text: "0.001:0.1", "1:4", with ":log" behind it for orders of magnitude, or values with commas:
            "softmax,bpr".

    Raises:
        QueryError: there is no such option, or the text is no range of it.
    """
    known = [each.name for each in fields(scorer) if each.init]
    if option not in known:
        raise QueryError(f"scorer {scorer.name!r} has no option {option!r}; it has {', '.join(known)}")
    present = getattr(scorer, option)
    try:
        return _choice(present, text) if ":" not in text else _range(present, text)
    except ValueError as error:
        raise QueryError(
            f"{scorer.name}.{option}={text}: expected LOW:HIGH, LOW:HIGH:log or VALUE,VALUE,... "
            f"that fit the present value {present!r}"
        ) from error


def _range(present: object, text: str) -> Space:
    low, high, *scale = text.split(":")
    whole = isinstance(present, int) and not isinstance(present, bool)
    if scale not in ([], ["log"]) or float(low) > float(high) or (scale and float(low) <= 0):
        raise ValueError(text)
    return Integer(int(low), int(high), bool(scale)) if whole else Float(float(low), float(high), bool(scale))


def _choice(present: object, text: str) -> Choice:
    read = type(present) if isinstance(present, int | float) and not isinstance(present, bool) else _plain
    return Choice(tuple(dict.fromkeys(read(part.strip()) for part in text.split(","))))


def _plain(text: str) -> object:
    """A word, or what it stands for: a number, true, false or none."""
    known: dict[str, object] = {"true": True, "false": False, "none": None}
    if text.lower() in known:
        return known[text.lower()]
    try:
        return float(text)
    except ValueError:
        return text
