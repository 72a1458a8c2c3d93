"""What to ask somebody new first: one way to choose per file; `find` discovers them."""

from __future__ import annotations

from functools import cache

from hybrid.adapt.interviewers.base import Answer, Answers, Crowd, Interviewer, Worth
from kg import discovery
from kg.errors import QueryError

__all__ = ["Answer", "Answers", "Crowd", "Interviewer", "Worth", "find", "make"]


@cache
def find() -> dict[str, type[Interviewer]]:
    """All interviewers of this folder, by name."""
    return discovery.subclasses(__name__, Interviewer)  # type: ignore[type-abstract]


def make(name: str) -> Interviewer:
    """The interviewer of a name.

    Raises:
        QueryError: there is none.
    """
    if name not in find():
        raise QueryError(f"there is no interview strategy {name!r}; known are {', '.join(find())}")
    return find()[name]()
