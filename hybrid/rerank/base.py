"""The contract of a re-ranking stage: candidates in, the same in another order out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import numpy as np

from hybrid.evaluation.protocol import top_k
from hybrid.rerank.moves import moved
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from hybrid.profiles import Profiles
    from hybrid.rerank.stock import Stock
    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, FloatArray, IntArray

NO_ITEM = -1


@dataclass(frozen=True, slots=True)
class Note:
    """What a stage did, in words.

    Attributes:
        row: the person, as a row of the candidates.
        item: row of the item that was moved; -1 where the note is about the whole list.
        stage: name of the stage.
        text: the words.
    """

    row: int
    item: int
    stage: str
    text: str


@dataclass(frozen=True)
class Candidates:
    """What may be recommended to n people, the best m items of each, best first.

    Attributes:
        items: item rows, -1 for an empty place, which are the last ones, shape (n, m).
        scores: of each place, never rising along a row, NaN at empty places, shape (n, m). A stage that
            orders by other means than a score leaves the scores at their places: an item takes the score of
            the place it is moved to, so that what follows respects the order.
        notes: what stages did, where they were asked to say so.
    """

    items: IntArray
    scores: FloatArray
    notes: tuple[Note, ...] = ()

    @classmethod
    def best(cls, scores: ScoreArray, allowed: BoolArray, size: int, rng: np.random.Generator) -> Candidates:
        """The items with the highest scores; equal scores in random order.

        Args:
            scores: shape (n, num_items), NaN for "cannot tell", which is no candidate.
            allowed: True for what may be recommended, shape (n, num_items).
            size: the most candidates of each person.
            rng: breaks the ties.
        """
        items = top_k(scores, min(size, scores.shape[1]), rng, exclude=~allowed)
        kept = np.take_along_axis(scores, items, axis=1).astype(np.float64)
        return cls(items, np.where(items >= 0, kept, np.nan))

    def __len__(self) -> int:
        return len(self.items)

    @property
    def filled(self) -> BoolArray:
        """Which places hold an item, shape (n, m)."""
        return np.asarray(self.items >= 0)

    def told(self, row: int, item: int = NO_ITEM) -> tuple[str, ...]:
        """What stages say of a person's item, or of the whole list, with their names."""
        ours = (note for note in self.notes if (note.row, note.item) == (row, item))
        return tuple(f"{note.stage}: {note.text}" for note in ours)

    def rows(self, part: slice) -> Candidates:
        """Some of the people, without notes."""
        return Candidates(self.items[part], self.scores[part])

    def reordered(self, order: IntArray) -> Candidates:
        """The items in another order: at each place the one that stood at `order`, shape (n, m).

        Empty places must stay last.
        """
        return replace(self, items=np.take_along_axis(self.items, order, axis=1))

    def rescored(self, scores: npt.NDArray[Any]) -> Candidates:
        """The items ordered by new scores, equal ones as before; `scores` as self.scores, shape (n, m)."""
        keys = np.where(self.filled, scores, np.nan)
        order = np.argsort(-keys, axis=1, kind="stable")  # NaN goes last
        return replace(self.reordered(order), scores=np.take_along_axis(keys, order, axis=1))


@dataclass(frozen=True)
class Shown:
    """How often items have been shown before.

    Attributes:
        counts: the number of lists that each item was in, shape (num_items,).
        lists: the number of lists shown.
    """

    counts: IntArray
    lists: int


@dataclass(frozen=True)
class Context:
    """What stages know beside the candidates.

    Attributes:
        stock: what is known of the items.
        profiles: the n people, in the order of the candidates' rows.
        n: length of the lists that will be shown; what stands behind is of no consequence.
        times: when each person asks, seconds since 1970, NaN or None for the time of the graph's last like,
            shape (n,).
        shown: how often items have been shown before; None: nothing has.
        barred: rows of items that no stage may bring in.
        seed: for everything random.
        explain: whether stages say in notes what they did; costs time for many people.
    """

    stock: Stock
    profiles: Profiles
    n: int = 10
    times: FloatArray | None = None
    shown: Shown | None = None
    barred: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    seed: int = 0
    explain: bool = False


@dataclass(frozen=True)
class Stage(ABC):
    """Changes the order of candidates for a purpose other than accuracy; a subclass's fields are its options.

    One stage is one file in `hybrid/rerank/`; discovery finds it and the contract tests run on it. A stage is
    deterministic, keeps in order what it has no reason to move, and brings in no item that is no candidate,
    but for one that says so.

    Class attributes:
        name: unique short name.
        purpose: what it is for, in words.
        last: True for a stage whose result no other may change; it must end a chain.
    """

    name: ClassVar[str]
    purpose: ClassVar[str]
    last: ClassVar[bool] = False

    @abstractmethod
    def rerank(self, candidates: Candidates, context: Context) -> Candidates:
        """The candidates as this stage orders them, its notes left to `apply`.

        Raises:
            QueryError: the graph lacks what the stage needs.
        """

    @abstractmethod
    def because(self, after: Candidates, row: int, place: int, *, up: bool, context: Context) -> str:
        """Why the item at a place (from 0) of a person's new list stands higher, or lower, than it did."""

    def remarks(self, after: Candidates, context: Context) -> Iterator[Note]:  # noqa: ARG002
        """Notes about lists as a whole; most stages have none."""
        yield from ()

    def apply(self, candidates: Candidates, context: Context) -> Candidates:
        """The candidates as this stage orders them, with notes on what it moved where the context asks.

        Raises:
            QueryError: the graph lacks what the stage needs.
        """
        after = self.rerank(candidates, context)
        if not context.explain:
            return after
        told = (*self._moves(candidates, after, context), *self.remarks(after, context))
        return replace(after, notes=candidates.notes + told)

    @classmethod
    def of(cls, words: Mapping[str, str]) -> Self:
        """A stage from options as somebody types them: {"weight": "0.3"}.

        Raises:
            QueryError: there is no such option, or its value is of another kind or out of its range.
        """
        known = {option.name: option.default for option in fields(cls)}
        for name in words:
            if name not in known:
                raise QueryError(f"stage {cls.name!r} has no option {name!r}; it has {', '.join(known)}")
        return cls(**{name: cls._read(name, word, known[name]) for name, word in words.items()})

    def __str__(self) -> str:
        """The stage as `parse` reads it: "mmr:weight=0.3,by=facts"."""
        options = ",".join(f"{option.name}={getattr(self, option.name)}" for option in fields(self))
        return f"{self.name}:{options}"

    def _within(self, option: str, low: float, high: float = np.inf, *, above: bool = False) -> None:
        """Refuse a numeric option that is out of its range; `above` leaves the lower end out.

        Raises:
            QueryError: it is.
        """
        value = getattr(self, option)
        if not ((low < value or (value == low and not above)) and value <= high and np.isfinite(value)):
            start = f"above {low:g}" if above else f"at least {low:g}"
            end = "" if high == np.inf else f" and at most {high:g}"
            raise QueryError(f"stage {self.name!r}: {option} must be {start}{end}, got {value!r}")

    @classmethod
    def _read(cls, option: str, word: str, default: object) -> object:
        kind = cast("type[float | int | str]", type(default))
        try:
            return kind(word)
        except ValueError:
            wanted = "a whole number" if kind is int else "a number"
            raise QueryError(f"stage {cls.name!r}: {option} must be {wanted}, got {word!r}") from None

    def _moves(self, before: Candidates, after: Candidates, context: Context) -> Iterator[Note]:
        for row in range(len(after)):
            shown = after.items[row, : context.n]
            for place, earlier in moved(before.items[row], after.items[row]):
                if place < len(shown) and place != earlier:
                    up = earlier is None or place < earlier
                    why = self.because(after, row, place, up=up, context=context)
                    yield Note(row, int(shown[place]), self.name, f"{_movement(earlier, place)}: {why}")


def _movement(earlier: int | None, place: int) -> str:
    if earlier is None:
        return f"put at place {place + 1}"
    return f"moved {'up' if place < earlier else 'down'} from place {earlier + 1} to {place + 1}"
