"""The checks of `hybrid.evaluation.leaks`: each compares what is tested with one way to tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hybrid.evaluation.mentions import Mentions
from kg.protocols.places import joined
from kg.protocols.strict_cold_items import StrictColdItems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.graph import BoolArray, IntArray, Interactions, KnowledgeGraph

TEST, LEARN, RATINGS, SHOWN = "test likes", "likes to learn from", "ratings to learn from", "likes shown"
EVERYBODY, EACH = ("global_time",), ("time", "leave_one_out", "cold_users")
COLD = {"cold_items": "items", "strict_cold_items": "items", "cold_users": "users"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is checked: the arguments of `leaks.examine`."""

    graph: KnowledgeGraph
    by: str
    shown: Interactions

    def pairs(self, users: IntArray, items: IntArray) -> IntArray:
        """One number for each pair, shape (n,)."""
        return users * self.graph.num_items + items


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check found.

    Attributes:
        checked: how much it compared with what is tested.
        rows: the rows that it looked through.
        table: what they are rows of.
        found: those that leak, shape (len(rows),).
        say: what to say of one of those, after its number.
    """

    checked: int
    rows: Interactions
    table: str
    found: BoolArray
    say: Callable[[int], str]


def _repeated(question: Question, tested: Interactions, table: str, learned: Interactions, to: str) -> Answer:
    """Pairs that are tested and learned from."""
    asked, known = (question.pairs(rows.users, rows.items) for rows in (tested, learned))

    def say(row: int) -> str:
        return f"is row {int((known == asked[row]).argmax())} of the {to} as well"

    return Answer(len(learned), tested, table, pd.Index(asked).isin(known), say)


def _likes(question: Question) -> Answer:
    return _repeated(question, question.graph.heldout, TEST, question.graph.interactions, LEARN)


def _shown(question: Question) -> Answer:
    return _repeated(question, question.graph.heldout, TEST, question.shown, SHOWN)


def _ratings(question: Question) -> Answer:
    return _repeated(question, question.graph.heldout, TEST, question.graph.ratings, RATINGS)


def _rated(question: Question) -> Answer:
    return _repeated(
        question, question.graph.heldout_ratings, "test ratings", question.graph.ratings, RATINGS
    )


def _facts(question: Question) -> Answer:
    graph, edges = question.graph, question.graph.edges
    ends = np.sort(np.stack([edges.heads, edges.tails]), axis=0)  # people's numbers lie below items'
    first, last = graph.first("item"), graph.first("entity")
    joining = np.flatnonzero((ends[0] < first) & (ends[1] >= first) & (ends[1] < last))
    known = question.pairs(ends[0, joining], ends[1, joining] - first)
    asked = question.pairs(graph.heldout.users, graph.heldout.items)

    def say(row: int) -> str:
        fact = int(joining[(known == asked[row]).argmax()])
        return f"is also fact {fact}, {_relation(graph, fact)}"

    return Answer(len(joining), graph.heldout, TEST, np.isin(asked, known), say)


def _late(question: Question, rows: Interactions, table: str) -> Answer:
    """Rows that are later than what is tested, where the split rules that out; one without a time is none."""
    graph, everybody = question.graph, question.by in EVERYBODY
    first = np.full(graph.num_users, np.inf)
    np.fmin.at(first, graph.heldout.users, graph.heldout.times)
    if not (everybody or question.by in EACH) or np.isinf(first).all():
        rows = rows.take(np.zeros(0, dtype=np.int64))
    if everybody:
        first[:] = first.min(initial=np.inf)

    def say(row: int) -> str:
        whose = "anybody's" if everybody else "the same person's"
        at, cut = rows.times[row], first[rows.users[row]]
        return f"is of time {at:.0f}, later than {whose} first test like at {cut:.0f}"

    return Answer(len(rows), rows, table, rows.times > first[rows.users], say)


def _times(question: Question) -> Answer:
    return _late(question, question.graph.interactions, LEARN)


def _rating_times(question: Question) -> Answer:
    return _late(question, question.graph.ratings, RATINGS)


def _shown_times(question: Question) -> Answer:
    return _late(question, question.shown, SHOWN)


def _cold(question: Question) -> Answer:
    graph, side = question.graph, COLD.get(question.by)
    known, asked = (getattr(rows, side or "items") for rows in (graph.interactions, graph.heldout))
    told = np.isin(asked, known) if side else np.zeros(len(asked), dtype=np.bool_)

    def say(row: int) -> str:
        likes = int((known == asked[row]).sum())
        return f"is of one of the cold {side}, which has likes to learn from ({likes})"

    return Answer(len(known) if side else 0, graph.heldout, TEST, told, say)


def _strict(question: Question) -> Answer:
    graph, edges = question.graph, question.graph.edges
    told = question.by == "strict_cold_items"
    made = set(StrictColdItems().user_made(graph)) if told else set()
    numbers = [number for number, relation in enumerate(graph.relations) if relation.id in made]
    facts = np.flatnonzero(np.isin(edges.relations, numbers))
    ends = np.stack([edges.heads[facts], edges.tails[facts]])
    asked = graph.heldout.items + graph.num_users

    def say(row: int) -> str:
        fact = int(facts[(ends == asked[row]).any(axis=0).argmax()])
        return f"is of a cold item of which people say something: fact {fact}, {_relation(graph, fact)}"

    return Answer(len(facts), graph.heldout, TEST, np.isin(asked, ends), say)


def _relation(graph: KnowledgeGraph, fact: int) -> str:
    return f"of the relation {graph.relations[graph.edges.relations[fact]].id!r}"


def _texts(question: Question) -> Answer:
    graph = question.graph
    texts = [str(text) for text in graph.texts[: graph.num_users]]
    if not any(texts):
        return Answer(0, graph.heldout, TEST, np.zeros(len(graph.heldout), dtype=np.bool_), str)
    labels = [str(label) for label in graph.labels[graph.num_users : graph.first("entity")]]
    found = Mentions.of(texts, labels)
    size = len(labels) + 1
    named = found.texts * size + found.named
    known = joined(graph.interactions, question.shown)
    asked, liked = (rows.users * size + found.titles[rows.items] for rows in (graph.heldout, known))
    told = np.isin(asked, np.setdiff1d(named, liked)) & (found.titles[graph.heldout.items] >= 0)

    def say(row: int) -> str:
        return (
            f"is told by the person's text, which names {graph.item_label(int(graph.heldout.items[row]))!r}"
        )

    return Answer(sum(map(bool, texts)), graph.heldout, TEST, told, say)


CHECKS: Mapping[str, Callable[[Question], Answer]] = {
    "likes": _likes,
    "shown": _shown,
    "ratings": _ratings,
    "rated": _rated,
    "facts": _facts,
    "times": _times,
    "rating times": _rating_times,
    "shown times": _shown_times,
    "cold": _cold,
    "strict": _strict,
    "texts": _texts,
}
