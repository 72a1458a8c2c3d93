"""Read new items from a file: a list of JSON objects, JSON lines, or a table with the same fields."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kg import formats
from kg.errors import CatalogError
from kg.formats.flat import LIST_SEPARATOR
from kg.newitems import NewItem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLAIN = ("id", "label", "text")
GROUPS = ("links.", "new.", "numbers.")  # fields with fields of their own: a relation's or a property's name
_EXPECTED = f"expected are {', '.join(PLAIN)} and, with fields of their own, links, new and numbers"


def read_items(path: str | Path) -> tuple[NewItem, ...]:
    """The items of a file, in its order.

    An item is an object such as

        {"id": "t1", "label": "Dark City", "text": "A man without memory ...", "numbers": {"year": 1998},
         "links": {"genre": ["Noir", "Thriller"]}, "new": {"director": "Alex Proyas"}}

    with what `NewItem` says; a table has a column for each, named "links.genre" and so on, with "|" between
    several values.

    Raises:
        CatalogError: the file cannot be read, is empty, or one of its items is not right; the message names
            the file, the row or line, and the field.
    """
    frame = formats.read(path)
    rows = zip(frame.index.tolist(), frame.to_dict(orient="records"), strict=True)
    items: dict[str, NewItem] = {}
    for line, row in rows:
        place = f"{path}, {frame.index.name} {line}"
        item = _item({str(name): value.strip() for name, value in row.items() if value.strip()}, place)
        if item.id in items:
            raise CatalogError(f"{place}, field 'id': {item.id!r} occurs twice; every item needs its own")
        items[item.id] = item
    return tuple(items.values())


def _item(cells: Mapping[str, str], place: str) -> NewItem:
    """An item from its cells; none of them is empty."""
    if "id" not in cells:
        raise CatalogError(f"{place}, field 'id': it is empty or missing; every item needs an id")
    place = f"{place}, item {cells['id']!r}"
    strange = [name for name in cells if name not in PLAIN and not name.startswith(GROUPS)]
    if strange:
        raise CatalogError(f"{place}: the field {strange[0]!r} means nothing here; {_EXPECTED}")
    links, new, numbers = (
        [(name.removeprefix(group), cell) for name, cell in cells.items() if name.startswith(group)]
        for group in GROUPS
    )
    if not (links or new or "text" in cells):
        raise CatalogError(f"{place}: nothing says whom it would suit; expected a text or links")
    return NewItem(
        **{name: cells[name] for name in PLAIN if name in cells},
        links=_each(links),
        new=_each(new),
        numbers={name: _number(cell, f"{place}, field 'numbers.{name}'") for name, cell in numbers},
    )


def _each(cells: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """A pair for every one of a field's values."""
    values = ((name, value.strip()) for name, cell in cells for value in cell.split(LIST_SEPARATOR))
    return tuple((name, value) for name, value in values if value)


def _number(text: str, place: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CatalogError(f"{place}: {text!r} is no number; a finite one was expected")
    return number
