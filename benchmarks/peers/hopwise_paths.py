"""Which paths hopwise's models walk, and what its numbers in them are called. Needs no hopwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import handed
    import recbole_files

LIKED = "[UI-Relation]"  # hopwise's own name of it
Step = tuple[Any, str, int]  # the relation, kind and number of the node that it leads to


def patterns(model: str, relations: int) -> list[list[list[str | None]]]:
    """The kinds of path to walk: over a like, by any relation and back; for PGPR over people too."""
    start: list[list[str | None]] = [[None, "user"], [LIKED, "entity"]]
    found = [[*start, [f"r{n}", "entity"], [f"r{n}_r", "entity"]] for n in range(relations)]
    if model == "PGPR":
        found.append([*start, [LIKED, "user"], [LIKED, "entity"]])
    return found


class Names:
    """What hopwise's numbers are called in the card.

    Args:
        given: with the ids of people and items.
        facts: with those of nodes and relations.
        tokens: hopwise's names by number, of "user_id", "item_id", "entity_id" and "relation_id".
    """

    def __init__(
        self, given: handed.Given, facts: recbole_files.Facts, tokens: Mapping[str, Sequence[str]]
    ) -> None:
        self._given, self._facts, self._tokens = given, facts, tokens

    def user(self, number: int) -> str:
        """A person's id."""
        return str(self._given.users[_number(self._tokens["user_id"][number])])

    def item(self, number: int) -> str:
        """An item's id."""
        return str(self._given.items[_number(self._tokens["item_id"][number])])

    def path(self, steps: Sequence[Step]) -> str:
        """Nodes and relations in turn, as JSON, from the liked item on: the first step is the person."""
        told = []
        for relation, kind, number in steps[1:]:
            told += [self._relation(relation), self._node(kind, number)]
        return json.dumps(told[1:], ensure_ascii=False)

    def _relation(self, told: int | str) -> str:
        """What a relation is called, whichever way it is gone; "likes" of a like."""
        token = told if isinstance(told, str) else self._tokens["relation_id"][told]
        return "likes" if token == LIKED else str(self._facts.names[_number(token.removesuffix("_r"))])

    def _node(self, kind: str, number: int) -> str:
        """Kind and id of a node, "item 7"; hopwise counts items among the entities, as the first of them."""
        if kind == "user":
            return f"user {self.user(number)}"
        if number < len(self._tokens["item_id"]):
            return f"item {self.item(number)}"
        return str(self._facts.nodes[_number(self._tokens["entity_id"][number])])


def _number(token: str) -> int:
    return int(token[1:])
