"""Turns a query into numbers: who asks, what may be recommended, and what of it could not be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hybrid import conditions, people, wanting
from hybrid.asked import Asked
from hybrid.evaluation.protocol import history_mask
from hybrid.links import Links
from hybrid.names import Names
from hybrid.opinions import opinions
from hybrid.profiles import Profiles, Wish
from hybrid.wanting import Filter
from kg.errors import QueryError, UnknownIdError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hybrid.opinions import Opinions
    from hybrid.query import Query
    from hybrid.scorers.base import Scorer
    from kg.graph import BoolArray, KnowledgeGraph

_SILENT = "no scorer can tell anything of that"
_NAMED = 3  # nodes of one name that a note tells


@dataclass(frozen=True)
class Reader:
    """Turns queries into numbers.

    Attributes:
        graph: whose ids and names queries use.
        known: everybody in the graph, in the order of the user vocabulary.
        members: the scorers, which say what of a wish they read.
        worded: whether any item has text.
        workspace: the folder whose store answers SPARQL; None for none.
    """

    graph: KnowledgeGraph
    known: Profiles
    members: tuple[Scorer, ...] = ()
    worded: bool = False
    workspace: Path | None = None
    names: Names = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", Names(self.graph))

    def read(self, query: Query) -> Asked:
        """What a query asks.

        Raises:
            UnknownIdError: the user is not in the graph, and the query has nothing else.
            QueryError: the query contradicts itself.
            CatalogError: its SPARQL cannot be answered.
        """
        user, notes = self._user(query)
        said = opinions(query, self.names)
        entities, noted = self._about(query)
        facts, strange = people.facts(query.person, self._people, user)
        filters, unmet = self._filters(query, said)
        avoided, left_out = self._exclusions(query, said, entities)
        wish = Wish(query.text, entities, facts)
        profile, odd = self._profile(user, said, wish)
        return Asked(
            query=query,
            profile=profile,
            disliked=Profiles.of_likes(said.dislikes) if len(said.dislikes) else None,
            filters=filters + avoided + self._rated(profile),
            narrowed=bool(filters),
            liked=history_mask(profile, self.graph.num_items)[0],
            notes=(*notes, *said.notes, *noted, *strange, *unmet, *left_out, *odd, *self._unread(wish)),
        )

    def _user(self, query: Query) -> tuple[int, tuple[str, ...]]:
        """The row of the user, -1 for somebody new."""
        if query.user is None:
            return -1, ()
        try:
            return self.graph.users.number(query.user), ()
        except UnknownIdError as error:
            rest = (query.likes, query.ratings, query.text.strip(), query.person, query.about)
            if not (any(rest) or query.narrows):
                raise
            return -1, (f"{error}; the answer is for somebody new",)

    def _profile(self, user: int, said: Opinions, wish: Wish) -> tuple[Profiles, tuple[str, ...]]:
        theirs = self.known.slice(user, user + 1) if user >= 0 else Profiles.of_likes(said.likes[:0])
        items, times = said.after(theirs.items, theirs.times)
        notes: tuple[str, ...] = ()
        if user >= 0 and not len(items):
            notes = (f"user {self.graph.users.ids[user]!r} has no likes in the graph",)
        for row in said.dislikes[np.isin(said.dislikes, theirs.items)].tolist():
            notes += (
                f"item {self.graph.items.ids[row]!r} is liked in the graph; that it is disliked counts",
            )
        return Profiles.of_likes(items, times=times, wish=wish, user=user), notes

    def _rated(self, person: Profiles) -> tuple[Filter, ...]:
        """What is left without what a known user has rated: who gave no like for it knows it all the same."""
        rated, user = self.graph.ratings, int(person.users[0])
        rows = rated.items[rated.users == user] if user >= 0 else rated.items[:0]
        rows = rows[~np.isin(rows, person.items)]
        if not len(rows):
            return ()
        met = np.ones(self.graph.num_items, dtype=np.bool_)
        met[rows] = False
        return (Filter("not rated already", met),)

    def _about(self, query: Query) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """The entities that are liked, as rows, and notes on those that are none."""
        rows, notes = [], []
        for asked in query.about:
            found = self.names.find(asked, self.names.linked_entities, words=True)
            if not found.nodes:
                notes.append(f"about {asked!r} was not used: {self._no_entity(asked)}")
                continue
            rows.append(self.graph.row(found.nodes[0]))
            if found.how == "words" or len(found.nodes) > 1:
                notes.append(f"about {asked!r} was read as {self._several(found.nodes)}")
        return tuple(dict.fromkeys(rows)), tuple(notes)

    def _no_entity(self, asked: str) -> str:
        if self.names.find(asked, self.names.of("item")).nodes:
            return "it is an item; name it among the likes"
        near = self.names.hint(asked, self.names.linked_entities)
        return f"no item is linked to anything of this name{near}"

    def _several(self, nodes: tuple[int, ...]) -> str:
        """The first node, with its class and id, and how many others there are."""
        graph, first = self.graph, nodes[0]
        told = f"{graph.class_names[graph.classes[first]]} {self.names.call(first)!r} ({graph.id(first)})"
        others = ", ".join(graph.id(node) for node in nodes[1 : 1 + _NAMED])
        more = f" and {len(nodes) - 1 - _NAMED} more" if len(nodes) > 1 + _NAMED else ""
        return told + (f", not as {others}{more}, which are less often linked" if others else "")

    def _filters(self, query: Query, said: Opinions) -> tuple[tuple[Filter, ...], tuple[str, ...]]:
        """What tells which items will do, and notes."""
        found: list[Filter] = []
        notes: tuple[str, ...] = ()
        for text in query.wanted:
            each, noted = wanting.condition(conditions.parse(text), self._items)
            found += [] if each is None else [each]
            notes += noted
        if query.sparql.strip():
            each, noted = wanting.chosen(query.sparql, self.graph, self.workspace)
            found.append(each)
            notes += noted
        if len(said.dislikes):
            met = np.ones(self.graph.num_items, dtype=np.bool_)
            met[said.dislikes] = False
            found.append(Filter("not disliked", met))
        return tuple(found), notes

    def _exclusions(
        self, query: Query, said: Opinions, entities: tuple[int, ...]
    ) -> tuple[tuple[Filter, ...], tuple[str, ...]]:
        """What leaves items out, and notes."""
        found = [self._avoided(asked, said, entities) for asked in query.exclude]
        filters = tuple(each for each, _ in found if each is not None)
        return filters, tuple(note for _, noted in found for note in noted)

    def _avoided(
        self, asked: str, said: Opinions, entities: tuple[int, ...]
    ) -> tuple[Filter | None, tuple[str, ...]]:
        """What is left without an item, or without the items that are linked to an entity.

        Raises:
            QueryError: the entity is also liked.
        """
        everything = self.names.of("item", "entity")
        found = self.names.find(asked, everything, words=True)
        if not found.nodes:
            return None, (f"exclude {asked!r} was not used: {self._nothing_of(asked, everything)}",)
        notes: tuple[str, ...] = ()
        if found.how == "words" or len(found.nodes) > 1:
            called = " and ".join(
                f"{self.names.call(node)!r} ({self.graph.id(node)})" for node in found.nodes
            )
            notes = (f"exclude {asked!r} was read as {called}",)
        met = ~self._items.linked(tuple(node for node in found.nodes if self.graph.kind(node) == "entity"))
        for node in found.nodes:
            row = self.graph.row(node)
            if self.graph.kind(node) == "entity" and row in entities:
                raise QueryError(f"{self.names.call(node)!r} is both wanted (about) and avoided (exclude)")
            if self.graph.kind(node) == "item":
                met[row] = False
                if row in said.likes:
                    notes += (f"item {asked!r} is excluded and liked: the like counts",)
        return Filter(f"not {asked}", met), notes

    def _nothing_of(self, asked: str, among: BoolArray) -> str:
        return f"{asked!r} is not in the graph{self.names.hint(asked, among)}"

    def _unread(self, wish: Wish) -> Iterable[str]:
        """Notes on what of a wish no scorer reads, or none can tell anything of."""
        silent = "nothing here fits them" if self.worded else "no item of this graph has text"
        for told, part, reads, why in (
            ("the words were", Wish(text=wish.text.strip()), "reads_text", silent),
            ("what it should be about was", Wish(entities=wish.entities), "reads_entities", _SILENT),
            ("what is said of the person was", Wish(facts=wish.facts), "reads_people", _SILENT),
        ):
            if part == Wish():
                continue
            readers = [scorer for scorer in self.members if getattr(scorer, reads)]
            if not readers:
                yield f"{told} not used: no scorer of this model reads that"
            elif all(np.isnan(scorer.score(self._nobody(part))).all() for scorer in readers):
                yield f"{told} not used: {why}"

    def _nobody(self, wish: Wish) -> Profiles:
        return Profiles.of_likes(np.zeros(0, dtype=np.int64), wish=wish)

    @cached_property
    def _people(self) -> Links:
        return Links(self.names, "user")

    @cached_property
    def _items(self) -> Links:
        return Links(self.names, "item")
