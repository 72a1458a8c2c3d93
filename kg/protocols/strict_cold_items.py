"""Items that nobody has liked, tagged or written about."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kg.graph import Edges
from kg.labels import relation_label
from kg.protocols.cold_items import ColdItems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph, Relation
    from kg.protocols.base import Dealt

SAID = re.compile(r"bookmark(s|ed)?|comment(s|ed)?|review(s|ed)?|tag(s|ged)?|vote[sd]?")
COUNTED = re.compile(rf"{SAID.pattern}|likes|listeners|plays|popularity|ratings?|sales|views")


@dataclass(frozen=True)
class StrictColdItems(ColdItems):
    """As `ColdItems`, and what people said about a cold item is gone as well.

    Of every item of the test and validation shares, the graph loses the facts that join it to a person; the
    facts of a relation that people make, which is one whose name or words say so (tag, review, comment,
    bookmark, vote; `user_made` tells which) or that `relations` names; and the numbers that count people
    (properties named after ratings, votes, popularity, plays, listeners, views, sales). Texts do not tell who
    wrote them: `texts` says that people did.

    Attributes:
        relations: ids of further relations that people make.
        texts: whether items' texts are people's, such as reviews; the cold items lose theirs then.
    """

    name: ClassVar[str] = "strict_cold_items"
    in_card: ClassVar[bool] = False

    relations: tuple[str, ...] = ()
    texts: bool = False

    def split(self, graph: KnowledgeGraph, seed: int = 0) -> Dealt:
        """See `Protocol.split`."""
        dealt = super().split(graph, seed)
        likes = dealt.graph.interactions
        cold = np.zeros(graph.num_nodes, dtype=np.bool_)
        for items in (dealt.graph.heldout.items, likes.items[likes.validation]):
            cold[graph.num_users + items] = True
        return replace(dealt, graph=self._stripped(dealt.graph, cold))

    def user_made(self, graph: KnowledgeGraph) -> tuple[str, ...]:
        """The ids of the relations that count as people's, by name or as some fact joins person and item."""
        joining = set(graph.edges.relations[_with_person(graph)].tolist())
        return tuple(
            relation.id
            for number, relation in enumerate(graph.relations)
            if number in joining or relation.id in self.relations or _names(SAID, relation)
        )

    def _stripped(self, graph: KnowledgeGraph, cold: BoolArray) -> KnowledgeGraph:
        """The graph without what people said of the cold nodes."""
        made = set(self.user_made(graph))
        of_people = np.array([relation.id in made for relation in graph.relations], dtype=np.bool_)
        edges = graph.edges
        kept = ~((cold[edges.heads] | cold[edges.tails]) & of_people[edges.relations])
        texts = np.where(cold, "", graph.texts).astype(object) if self.texts else graph.texts
        columns = (edges.heads, edges.relations, edges.tails)
        return replace(
            graph,
            edges=Edges(*(column[kept] for column in columns)),
            texts=texts,
            numbers=_without_counts(graph.numbers, cold),
        )


def _with_person(graph: KnowledgeGraph) -> BoolArray:
    """Which facts join a person and an item."""

    def ends(people: IntArray, items: IntArray) -> BoolArray:
        first, last = graph.first("item"), graph.first("entity")
        return (people < graph.num_users) & (items >= first) & (items < last)

    edges = graph.edges
    return ends(edges.heads, edges.tails) | ends(edges.tails, edges.heads)


def _names(words: re.Pattern[str], relation: Relation) -> bool:
    told = f"{relation_label(relation.id)} {relation.label} {relation.inverse_label}"
    return any(map(words.fullmatch, told.lower().split()))


def _without_counts(numbers: Mapping[str, FloatArray], cold: BoolArray) -> dict[str, FloatArray]:
    counts = {name for name in numbers if any(map(COUNTED.fullmatch, relation_label(name).split()))}
    return {
        name: np.where(cold, np.nan, values) if name in counts else values for name, values in numbers.items()
    }
