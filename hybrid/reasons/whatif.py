"""What if a like, an entity or a fact were gone, or another were there: the answers before and after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid.names import hint
from kg.changes import Change, changed, facts_of, told
from kg.errors import QueryError
from kg.naming import relations_by_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybrid.query import Query
    from hybrid.ranking import Ranking
    from hybrid.recommender import Recommender
    from kg.changes import Fact

_NOTHING = Change()
_PARTS = 3  # of a fact in words: head | relation | tail


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answers to one query before and after a change.

    Attributes:
        item: id of the item that is looked at.
        label: its name.
        changes: what was changed, in words.
        before: the ranking as it is.
        after: the ranking as it would be.
        scores: the item's score before and after, NaN where nobody can tell anything of it.
        places: its place among all items that may be recommended, 1 for the first, before and after.
    """

    item: str
    label: str
    changes: tuple[str, ...]
    before: Ranking
    after: Ranking
    scores: tuple[float, float]
    places: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Changes as they were asked for: of facts, of likes (rows of items), and in words."""

    facts: Change = _NOTHING
    unliked: tuple[int, ...] = ()
    liked: tuple[int, ...] = ()
    words: tuple[str, ...] = ()


def what_if(
    recommender: Recommender,
    query: Query,
    item: str,
    *,
    without: Sequence[str] = (),
    having: Sequence[str] = (),
) -> WhatIf:
    """Ask again as if something were gone, or something else were there; nothing is learned anew.

    A change is a liked item (its id or label), an entity, of which all facts go, or a fact in the words
    "head | relation | tail". What is taken from the likes is not recommended instead.

    Args:
        recommender: who answers.
        query: who asks, and for what.
        item: id of the item whose place is looked at.
        without: what is gone.
        having: what is there: items that would be liked, and facts.

    Raises:
        UnknownIdError: the item is not in the graph, or the user.
        QueryError: nothing is changed, a change names nothing that can be, or nothing is left to go by.
        CatalogError: a fact is there already.
    """
    row = recommender.graph.items.number(item)
    asked = _read(recommender, query, without, having)
    if not asked.words:
        raise QueryError("nothing is changed: say what is gone (without) or what is there (having)")
    other, again = _world(recommender, query, asked)
    one, two = _judged(recommender, query, row), _judged(other, again, row)
    return WhatIf(
        item,
        recommender.graph.item_label(row),
        asked.words,
        recommender.recommend(query),
        other.recommend(again),
        (one[0], two[0]),
        (one[1], two[1]),
    )


def _world(recommender: Recommender, query: Query, asked: _Asked) -> tuple[Recommender, Query]:
    """Who would answer, and what they would be asked."""
    ids = recommender.graph.items.ids
    gone, more = ([ids[row] for row in rows] for rows in (asked.unliked, asked.liked))
    other = recommender
    if asked.facts:
        other = recommender.over(changed(recommender.graph, asked.facts))
    if query.user is not None and asked.unliked:
        user = recommender.graph.users.number(query.user)
        of_graph = set(recommender.history(query.user).tolist())
        unliked = tuple((user, row) for row in asked.unliked if row in of_graph)
        other = other.after(Change(unliked=unliked))
    kept = tuple(like for like in query.likes if _row(recommender, like) not in asked.unliked)
    ratings = {
        name: stars for name, stars in query.ratings.items() if _row(recommender, name) not in asked.unliked
    }
    again = replace(query, likes=(*kept, *more), ratings=ratings, exclude=(*query.exclude, *gone))
    return other, again


def _judged(recommender: Recommender, query: Query, item: int) -> tuple[float, int]:
    """The score of an item, and its place among what may be recommended."""
    asked = recommender.reader.read(query)
    total = recommender.answerer.tally(asked, asked.besides(item)).total
    return float(total[item]), 1 + int(np.count_nonzero(total > total[item]))


def _read(recommender: Recommender, query: Query, without: Sequence[str], having: Sequence[str]) -> _Asked:
    asked = _Asked()
    liked = recommender.reader.read(query).profile.items.tolist()
    for name in without:
        asked = _taken(recommender, name, liked, asked)
    for name in having:
        asked = _given(recommender, name, liked, asked)
    return asked


def _taken(recommender: Recommender, name: str, liked: list[int], asked: _Asked) -> _Asked:
    graph = recommender.graph
    if "|" in name:
        fact = _fact(recommender, name)
        if fact not in facts_of(graph, fact[0]):
            raise QueryError(f"without {name!r}: the graph has no fact {told(graph, fact)}")
        return _with_facts(asked, lost=(fact,), words=f"without {told(graph, fact)}")
    row = _row(recommender, name)
    if row in liked:
        words = f"without the like of {graph.item_label(row)!r}"
        return replace(asked, unliked=(*asked.unliked, row), words=(*asked.words, words))
    names = recommender.reader.names
    found = names.find(name, names.linked_entities).nodes
    if not found:
        near = hint(name, [graph.item_label(each) for each in liked])
        raise QueryError(f"without {name!r}: no liked item and no entity has this id or name{near}")
    lost = facts_of(graph, found[0])
    return _with_facts(asked, lost=lost, words=f"without {names.call(found[0])!r} and its {len(lost)} facts")


def _given(recommender: Recommender, name: str, liked: list[int], asked: _Asked) -> _Asked:
    if "|" in name:
        fact = _fact(recommender, name)
        return _with_facts(asked, gained=(fact,), words=f"with {told(recommender.graph, fact)}")
    row = _row(recommender, name)
    if row < 0:
        raise QueryError(f"having {name!r}: no item has this id or name")
    if row in liked:
        raise QueryError(f"having {name!r}: it is liked already")
    words = f"with a like of {recommender.graph.item_label(row)!r}"
    return replace(asked, liked=(*asked.liked, row), words=(*asked.words, words))


def _with_facts(
    asked: _Asked, *, words: str, lost: tuple[Fact, ...] = (), gained: tuple[Fact, ...] = ()
) -> _Asked:
    facts = Change(
        tuple(dict.fromkeys((*asked.facts.lost, *lost))), tuple(dict.fromkeys((*asked.facts.gained, *gained)))
    )
    return replace(asked, facts=facts, words=(*asked.words, words))


def _fact(recommender: Recommender, words: str) -> Fact:
    """A fact in words as numbers; the relation may be read from either end."""
    graph, names = recommender.graph, recommender.reader.names
    parts = [part.strip() for part in words.split("|")]
    if len(parts) != _PARTS:
        raise QueryError(f"fact {words!r}: expected three parts, as in 'Alien | directed by | Ridley Scott'")
    ends = []
    for name in (parts[0], parts[2]):
        nodes = names.find(name, names.of("user", "item", "entity")).nodes
        if not nodes:
            raise QueryError(f"fact {words!r}: nothing has the id or name {name!r}")
        ends.append(nodes[0])
    said = parts[1].casefold()
    ids = {relation.id.casefold(): [2 * row] for row, relation in enumerate(graph.relations)}
    directed = (relations_by_words(graph) | ids).get(said)
    if directed is None:
        near = hint(parts[1], [relation.label for relation in graph.relations])
        raise QueryError(f"fact {words!r}: no relation is called {parts[1]!r}{near}")
    relation, backwards = divmod(directed[0], 2)
    head, tail = reversed(ends) if backwards else ends
    return head, relation, tail


def _row(recommender: Recommender, name: str) -> int:
    """The row of an item by its id or label, -1 where there is none."""
    names = recommender.reader.names
    nodes = names.find(name, names.of("item")).nodes
    return recommender.graph.row(nodes[0]) if nodes else -1
