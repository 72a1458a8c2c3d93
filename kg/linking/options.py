"""When two records are taken for one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchOptions:
    """When two records are taken for one.

    Attributes:
        threshold: the least score, 0 to 1, of a pair that is taken.
        margin: between two tables, how far a pair's score must lie above that of the next pair of the same
            record; where two are as good, both are left to a person.
        year_gap: between two tables, years apart that still count as one; within a table there are none.
        names_alone: within a table, people, places and the like are taken for one where only their names
            agree, if these are long; without, such pairs are left to a person. Genres and other topics always
            are.
        one_to_one: between two tables, a right record has one partner at most; a left one always has.
    """

    threshold: float = 0.9
    margin: float = 0.005
    year_gap: int = 1
    names_alone: bool = True
    one_to_one: bool = True
