"""The chosen interactions as a card has them: ids, what counts as a like, weights, times and the split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.draft import marks, names, spaces
from kg.draft.evidence import Evidence, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.column import Column
    from kg.draft.likes import Likes
    from kg.draft.plan import Group, Path, Plan
    from kg.draft.spaces import Space
    from kg.draft.table import Table


def add(plan: Plan, likes: Likes, known: Sequence[Space]) -> None:
    """Write down the files of interactions and how they are split.

    Args:
        plan: what is added to.
        likes: the files and their columns.
        known: the ids of items and of users, in this order.
    """
    for part, table in likes.tables:
        _add(plan, likes, part, table, known)
    _split(plan, likes)


def _add(plan: Plan, likes: Likes, part: str, table: Table, known: Sequence[Space]) -> None:
    path: Path = ("interactions", len(plan.interactions))
    user, item = table.columns[likes.user], table.columns[likes.item]
    table.call(user=user, item=item)
    group: Group = {"part": part} if part and _given(likes) else {}
    group["file"] = table
    items, people = known
    group |= {"user": _ids(plan, people, table, user), "item": _ids(plan, items, table, item)}
    plan.decide(path, table.name, likes.evidence)
    for column in (user, item):
        _complete(plan, path, group, column)
    for say in (_rating, _weight, _time):
        say(plan, path, group, likes)
    plan.interactions.append(group)
    table.used.append("interactions")
    _note_rest(plan, likes, table)


def _complete(plan: Plan, path: Path, group: Group, column: Column) -> None:
    """Leave out the rows that name nobody or nothing."""
    if column.fill < 1:
        group.setdefault("where", {})[column] = f">= {column.low:.0f}"
        plan.decide((*path, "where"), column.name, 0.9, f"{percent(1 - column.fill)} of the rows name none")


def _note_rest(plan: Plan, likes: Likes, table: Table) -> None:
    used = {likes.user, likes.item, likes.rating, likes.weight, likes.time}
    for column in table.columns:
        if column.place not in used and column.filled:
            dated = column.sort in {"date", "iso"}
            plan.note(table, column, "dates that no field reads" if dated else "no part of an interaction")


def _ids(plan: Plan, found: Space, table: Table, column: Column) -> Group | Column:
    key = spaces.Key(table, column, found.bridge is not None, Evidence())
    return spaces.reference(plan, found, key, names.plural(found.role))


def _rating(plan: Plan, path: Path, group: Group, likes: Likes) -> None:
    if likes.rating is None:
        return
    columns = [table.columns[likes.rating] for _, table in likes.tables]
    low, high = min(column.low for column in columns), max(column.high for column in columns)
    column = group["file"].columns[likes.rating]
    group["file"].call(rating=column)
    if low == high:
        plan.note(group["file"], column, f"always {low:g}")
        return
    condition, why = marks.liked(low, high)
    group |= {"rating": column, "liked": {column: condition}}
    plan.decide((*path, "liked"), f"{column.name} {condition}", 0.9, why)


def _weight(plan: Plan, path: Path, group: Group, likes: Likes) -> None:
    if likes.weight is None:
        return
    column = group["file"].columns[likes.weight]
    group["file"].call(weight=column)
    group["weight"] = column
    if column.low <= 0:
        group.setdefault("where", {})[column] = "> 0"
    why = f"numbers from {column.low:g} to {column.high:g}: how often or how much"
    plan.decide((*path, "weight"), column.name, 0.85, why)


def _time(plan: Plan, path: Path, group: Group, likes: Likes) -> None:
    if likes.time is None:
        return
    column = group["file"].columns[likes.time]
    group["file"].call(time=column)
    group["time"] = column
    if column.sort != "s":
        group["time_unit"] = column.sort
    units = {"s": "seconds since 1970", "ms": "milliseconds since 1970", "iso": "dates and times"}
    plan.decide((*path, "time"), column.name, 0.96, units[column.sort])


def _given(likes: Likes) -> bool:
    """Whether the files are the parts of a split: one to train on, and another."""
    parts = {part for part, _ in likes.tables}
    return "train" in parts and len(parts) > 1


def _split(plan: Plan, likes: Likes) -> None:
    parts = ", ".join(part for part, _ in likes.tables if part)
    if _given(likes):
        plan.decide(("split",), "given", 0.95, f"the files are named {parts}")
        plan.split = {"by": "given"}
        return
    why = f"the files are named {parts}, but none is to train on" if parts else "no file is a part of a split"
    sure = 0.6 if parts else 0.9
    if likes.time is not None:
        plan.decide(("split",), "time", sure, f"{why}, and every row has a time")
        plan.split = {"by": "time", "test": 0.2, "valid": 0.1}
    else:
        plan.decide(("split",), "random", sure, f"{why}, and no row has a time")
        plan.split = {"by": "random", "test": 0.2, "valid": 0.1, "seed": 0}
