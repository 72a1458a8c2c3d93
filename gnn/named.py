"""Options that are given by name: a table of what there is, and one sentence where a name is not in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from kg.errors import WhyRecError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


class OptionError(WhyRecError):
    """An option of training that has no such value."""


def pick(what: str, known: Mapping[str, T], name: str) -> T:
    """What a name stands for.

    Args:
        what: the kind of thing, for the sentence: "optimizer".
        known: all of that kind, by name.
        name: the one that is asked for.

    Raises:
        OptionError: there is none of that name.
    """
    if name not in known:
        raise OptionError(f"there is no {what} {name!r}; known are {', '.join(sorted(known))}")
    return known[name]
