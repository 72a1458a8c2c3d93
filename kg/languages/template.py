"""Templates that names are put into: nothing in a name is ever read as a template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLACE = re.compile(r"\{([a-z]+)\}")
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Form:
    """A text with places for names.

    Attributes:
        pieces: the text between the places, one more than there are places.
        places: what goes there, in order.
    """

    pieces: tuple[str, ...]
    places: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Form:
        """A text in which {word} is a place.

        Raises:
            ValueError: it has a brace that belongs to no place.
        """
        split = _PLACE.split(text)
        if any("{" in piece or "}" in piece for piece in split[::2]):
            raise ValueError(f"{text!r} has a brace that belongs to no place such as {{name}}")
        return cls(tuple(split[::2]), tuple(split[1::2]))

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with a value at each place; one full stop ends it, whatever the last value ends with."""
        parts = [self.pieces[0]]
        for place, piece in zip(self.places, self.pieces[1:], strict=True):
            parts += (values[place], piece)
        text = "".join(parts)
        return f"{text.rstrip('.')}." if self.pieces[-1] == "." else text


@dataclass(frozen=True, slots=True)
class Template:
    """One form, or several of which a number or the beginning of a word chooses.

    Attributes:
        forms: by what they are for: "1" for just that, "*2" for what ends so, "a*" for what begins so,
            "other" for the rest. The most exact one is taken.
    """

    forms: Mapping[str, Form]

    @classmethod
    def of(cls, told: object) -> Template:
        """From a text, or from texts by what they are for, several of which may share one: "1 *1 *2".

        Raises:
            ValueError: it is neither, a text has a stray brace, or none is for the rest.
        """
        choices = {OTHER: told} if isinstance(told, str) else told
        if not isinstance(choices, dict) or OTHER not in choices:
            raise ValueError(f"a text, or texts of which one is for {OTHER!r}, was expected, not {told!r}")
        return cls({name: Form.of(str(text)) for key, text in choices.items() for name in str(key).split()})

    @property
    def places(self) -> frozenset[str]:
        """The places of all forms together."""
        return frozenset(place for form in self.forms.values() for place in form.places)

    def words(self) -> Iterable[str]:
        """Its text without the places."""
        return (piece for form in self.forms.values() for piece in form.pieces)

    def fill(self, values: Mapping[str, str], by: str) -> str:
        """The form for `by`, with a value at each place."""
        return self._form(by).fill(values)

    def _form(self, by: str) -> Form:
        if len(self.forms) == 1:
            return self.forms[OTHER]
        if by in self.forms:
            return self.forms[by]
        fitting = [key for key in self.forms if _fits(key, by)]
        return self.forms[max(fitting, key=len, default=OTHER)]


def _fits(key: str, by: str) -> bool:
    if key.startswith("*"):
        return by.endswith(key[1:])
    return key.endswith("*") and by.startswith(key[:-1])
