"""Business rules and the file that they are written in.

A YAML or JSON list. All of it is text: `007` is an id as it stands, and nothing is executed or looked up.

    - exclude: {genre: Horror}
    - include: {item: "50"}
    - {pin: {item: "50"}, place: 1}
    - {at_most: 2, of: {genre: Children}}
    - {at_least: 1, of: {class: Book}}
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import yaml

from hybrid.rerank.groups import ITEM
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["exclude", "include", "pin", "at_most", "at_least"]
QUOTAS = ("at_most", "at_least")
FORMS = (
    "exclude: GROUP, include: GROUP, pin: GROUP with place: N, at_most: N with of: GROUP, "
    "at_least: N with of: GROUP"
)
_FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "exclude": (),
    "include": (),
    "pin": ("place",),
    "at_most": ("of",),
    "at_least": ("of",),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Items of which something is true.

    Attributes:
        what: "item", "class" or the id of a relation.
        value: id of the item, name of the class, id or label of what the relation links to.
    """

    what: str
    value: str

    def __str__(self) -> str:
        return f"{self.what} {self.value!r}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        kind: what it asks for. An "include" or "pin" is of an item, and brings it in though it be no
            candidate.
        group: the items it is about.
        number: the place of a "pin", from 1; the bound of "at_most" and "at_least", from 0.
    """

    kind: Kind
    group: Group
    number: int = 0

    def __post_init__(self) -> None:
        if self.kind in ("include", "pin") and self.group.what != ITEM:
            raise QueryError(f'rule "{self}": expected an item, as in {self.kind}: {{item: ID}}')
        lowest = 1 if self.kind == "pin" else 0
        if self.number < lowest:
            raise QueryError(f'rule "{self}": expected a number of at least {lowest}')

    def __str__(self) -> str:
        if self.kind == "pin":
            return f"pin {self.group} to place {self.number}"
        if self.kind in QUOTAS:
            return f"{self.kind.replace('_', ' ')} {self.number} of {self.group}"
        return f"{self.kind} {self.group}"


def read(path: str | Path) -> tuple[Rule, ...]:
    """The rules of a file.

    Raises:
        QueryError: the file is missing, is no YAML, or holds something else than rules.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        # every scalar as the text it is: with types, an id 007 would become 7 and NO would become false
        entries = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  (makes texts, lists and dicts only)
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(f"{path} cannot be read: {error}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise QueryError(f"{path} is neither YAML nor JSON: {' '.join(str(error).split())}") from error
    if not isinstance(entries, list):
        raise QueryError(f"{path}: expected a list of rules, each one of {FORMS}")
    return tuple(_rule(f"{path}, rule {number}", entry) for number, entry in enumerate(entries, 1))


def _rule(where: str, entry: object) -> Rule:
    kinds = [kind for kind in _FIELDS if isinstance(entry, dict) and kind in entry]
    if len(kinds) != 1 or set(cast("dict[str, object]", entry)) != {kinds[0], *_FIELDS[kinds[0]]}:
        raise QueryError(f"{where}: expected one of {FORMS}")
    fields, kind = cast("dict[str, object]", entry), kinds[0]
    if kind in QUOTAS:
        asked = _group(where, fields["of"]), _number(where, fields[kind])
    else:
        asked = _group(where, fields[kind]), _number(where, fields.get("place", "0"))
    try:
        return Rule(kind, *asked)
    except QueryError as error:
        raise QueryError(f"{where}: {error}") from None


def _group(where: str, value: object) -> Group:
    if isinstance(value, dict) and len(value) == 1:
        ((what, name),) = value.items()
        if isinstance(what, str) and isinstance(name, str):
            return Group(what, name)
    raise QueryError(f"{where}: expected a group such as {{item: ID}}, {{class: NAME}} or {{RELATION: NAME}}")


def _number(where: str, value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise QueryError(f"{where}: expected a whole number, got {value!r}")
