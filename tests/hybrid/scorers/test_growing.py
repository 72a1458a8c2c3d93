"""How scorers place items that join later, against the definition or against learning everything again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gnn.layers import find
from hybrid.profiles import Profiles, Wish
from hybrid.scorers import Resources
from hybrid.scorers.attributes import attributes_of_known, shared_attributes
from hybrid.scorers.base import likes
from hybrid.scorers.bridges import item_facts
from hybrid.scorers.ease import Ease
from hybrid.scorers.entities import Entities
from hybrid.scorers.graph import Graph
from hybrid.scorers.propagation import Filters
from hybrid.scorers.text import Text
from hybrid.scorers.words import Words
from kg.newitems import NewItem
from tests.worlds import make_graph, text_table

USERS, ITEMS = 40, 16
ABOUT = ("space", "war", "love", "cats")


def world(cold=(), seed=0):
    """Random likes, facts and texts; nobody likes the cold items."""
    rng = np.random.default_rng(seed)
    liked = rng.random((USERS, ITEMS)) < 0.3
    liked[:, list(cold)] = False
    liked[:, 0] |= ~liked.any(axis=1)
    facts = [(f"i{item}", "about", ABOUT[item % 4]) for item in range(ITEMS)]
    facts += [(f"i{item}", "made_by", f"e{rng.integers(3)}") for item in range(0, ITEMS, 2)]
    facts += [("space", "part_of", "war")]
    texts = {f"i{item}": f"of {ABOUT[item % 4]} and number {item % 5}" for item in range(ITEMS)}
    return make_graph(np.argwhere(liked), num_users=USERS, num_items=ITEMS, facts=facts, texts=texts)


def resources(graph):
    return Resources(text=text_table(graph), device="cpu", seed=3)


def everybody(graph):
    return Profiles.of_users(graph, np.arange(graph.num_users))


def copy_of(graph, item, **changes):
    """A new item with the facts and the text of a known one."""
    rows, relations, others = graph.facts_of("item")
    mine = rows == graph.items.number(item)
    links = tuple(
        (graph.relations[relation // 2].id, graph.id(other))
        for relation, other in zip(relations[mine], others[mine], strict=True)
    )
    told = {"text": graph.item_texts[graph.items.number(item)], "links": links}
    return NewItem("copy", **told | changes)


def grow(scorer, graph, *items):
    more = graph.with_items(items)
    return scorer.grown(more, resources(more)), more


@pytest.mark.parametrize("dense_up_to", [1000, 0], ids=["dense", "low rank"])
def test_eases_new_column_is_the_ridge_regression_on_the_known_items(dense_up_to):
    graph = world()
    ease = Ease(30.0, 2.0, dense_up_to=dense_up_to, rank=ITEMS).fit(graph, resources(graph))
    grown, more = grow(ease, graph, copy_of(graph, "i2"))
    known = np.arange(ITEMS + 1) < ITEMS
    facts = np.sqrt(2.0) * attributes_of_known(more, known).toarray()
    learned = np.vstack([likes(graph).toarray(), np.sqrt(2.0) * shared_attributes(graph).toarray()])
    inverse = np.linalg.inv(learned.T @ learned + 30.0 * np.eye(ITEMS))
    column = inverse @ facts[:, :ITEMS].T @ facts[:, ITEMS]
    np.testing.assert_allclose(
        grown.score(everybody(graph))[:, ITEMS], likes(graph).toarray() @ column, rtol=1e-3, atol=1e-5
    )


def test_ease_scores_a_new_item_as_if_it_had_been_there():
    graph = world()
    ease = Ease(30.0, 2.0).fit(graph, resources(graph))
    grown, more = grow(ease, graph, copy_of(graph, "i2"))
    told = Ease(30.0, 2.0).fit(more, resources(more)).score(everybody(graph))[:, ITEMS]
    scores = grown.score(everybody(graph))[:, ITEMS]
    assert np.corrcoef(told, scores)[0, 1] > 0.99
    assert np.abs(told - scores).max() < 0.2 * told.std()


def test_ease_without_attributes_cannot_tell_of_a_new_item():
    graph = world()
    grown, _ = grow(Ease(30.0, 0.0).fit(graph, resources(graph)), graph, copy_of(graph, "i2"))
    assert np.isnan(grown.score(everybody(graph))[:, ITEMS]).all()


def test_an_entity_of_no_known_item_says_nothing():
    graph = world()
    stranger = NewItem("x", new=(("about", "dogs"),))
    for scorer in (Ease(), Filters()):
        grown, _ = grow(scorer.fit(graph, resources(graph)), graph, stranger, stranger_too())
        assert np.isnan(grown.score(everybody(graph))[:, ITEMS:]).all()


def stranger_too():
    return NewItem("y", new=(("about", "dogs"),))


def test_filters_reach_a_new_item_over_facts_as_a_known_one_without_likes():
    graph = world(cold=[6])
    filters = Filters(item_weight=0.0).fit(graph, resources(graph))
    grown, more = grow(filters, graph, copy_of(graph, "i6"))
    scores = grown.score(everybody(graph))
    np.testing.assert_allclose(scores[:, ITEMS], scores[:, 6], rtol=1e-5)
    assert scores[:, ITEMS].max() > 0
    person = everybody(graph).slice(3, 4)
    shares = grown.paths_of(person, ITEMS)
    assert shares.values.sum() == pytest.approx(scores[3, ITEMS], rel=1e-5)
    assert {more.kind(node) for node in shares.nodes.tolist()} == {"entity"}


def test_filters_go_on_from_a_new_item():
    graph = world()
    grown, _ = grow(Filters().fit(graph, resources(graph)), graph, copy_of(graph, "i2"))
    (scores,) = grown.score(Profiles.of_likes(np.array([ITEMS])))
    shared = (item_facts(graph)[0] @ item_facts(graph)[0][[2]].T).toarray().ravel() > 0
    np.testing.assert_array_equal(scores[:ITEMS] > 0, shared)


@pytest.mark.parametrize("centred", [False, True])
def test_a_new_text_is_read_as_a_known_one(centred):
    graph = world()
    grown, _ = grow(Text(centred=centred).fit(graph, resources(graph)), graph, copy_of(graph, "i2"))
    scores = grown.score(everybody(graph))
    np.testing.assert_allclose(scores[:, ITEMS], scores[:, 2], rtol=1e-5)


@pytest.mark.parametrize("layer", sorted(name for name, layer in find().items() if layer.edges == "facts"))
@pytest.mark.parametrize("options", [{}, {"num_fact_layers": 2}, {"people": "free", "loss": "bpr"}])
def test_the_network_places_a_copy_of_an_item_without_likes_where_that_is(layer, options):
    graph = world(cold=[6])
    scorer = Graph(**Graph.quick | {"epochs": 2, "fact_layer": layer} | options).fit(graph, resources(graph))
    grown, _ = grow(scorer, graph, copy_of(graph, "i6"))
    for vectors in (grown.items, grown.contexts):
        np.testing.assert_allclose(vectors[ITEMS], vectors[6], rtol=1e-4, atol=1e-6)
        assert np.abs(vectors[ITEMS]).max() > 0
    kept = np.delete(np.arange(len(grown.nodes)), USERS + ITEMS)
    np.testing.assert_allclose(grown.nodes[kept], scorer.nodes, rtol=1e-4, atol=1e-6)


def test_the_network_places_by_a_text_alone_and_by_facts_alone():
    graph = world(cold=[6])
    scorer = Graph(**Graph.quick).fit(graph, resources(graph))
    text, links = copy_of(graph, "i6").text, copy_of(graph, "i6").links
    grown, _ = grow(scorer, graph, NewItem("a", text=text), NewItem("b", links=links), NewItem("c"))
    assert grown.placed[ITEMS:].tolist() == [True, True, False]
    alone = grown.items[ITEMS] + grown.items[ITEMS + 1]
    np.testing.assert_allclose(alone, grown.items[6], rtol=1e-4, atol=1e-6)


def test_a_network_without_layers_over_facts_cannot_place_by_them():
    graph = world()
    scorer = Graph(**Graph.quick, num_fact_layers=0).fit(graph, resources(graph))
    grown, _ = grow(scorer, graph, NewItem("a", text="of cats"), NewItem("b", links=(("about", "cats"),)))
    scores = grown.score(everybody(graph))
    assert np.isfinite(scores[:, ITEMS]).all()
    assert np.isnan(scores[:, ITEMS + 1]).all()


def wished(scorer, graph, text="", *entities):
    wish = Wish(text, tuple(map(graph.entities.number, entities)))
    return scorer.score(Profiles.of_likes(np.zeros(0, dtype=np.int64), wish=wish))[0]


@pytest.mark.parametrize("scorer", [Words(), Entities()])
def test_a_copy_answers_a_wish_as_its_original_and_changes_no_other(scorer):
    graph = world()
    graph = replace(graph, labels=np.array([graph.id(node) for node in range(graph.num_nodes)], dtype=object))
    scorer, long = scorer.fit(graph, resources(graph)), NewItem("long", text="space cats " * 9)
    grown, more = grow(scorer, graph, copy_of(graph, "i2", label="i2"), long)
    for text in ("love", "about cats and e1", "e0 or e2 in a war"):
        scores = wished(grown, more, text)
        np.testing.assert_allclose(scores[:ITEMS], wished(scorer, graph, text), rtol=1e-5)
        assert scores[ITEMS] == pytest.approx(scores[2], rel=1e-5)
        assert np.nanmax(scores) > 0


def test_words_nobody_knew_find_new_items_by_label_text_and_what_they_are_linked_to():
    graph, words = world(), Words().fit(world(), Resources())
    items = [
        NewItem("a", label="Zebra"),
        NewItem("b", text="of a zebra"),
        NewItem("c", new=(("about", "zebras"),)),
    ]
    grown, more = grow(words, graph, *items)
    scores = wished(grown, more, "zebras")
    assert scores[ITEMS:].min() > 0
    assert (scores[:ITEMS] == 0).all()
    (first, _), last = grow(words, graph, items[0]), more.with_items([NewItem("d", label="Zebra")])
    again = wished(grown.grown(last, Resources()), last, "zebras")
    assert again[ITEMS] == again[-1] == wished(first, more, "zebras")[ITEMS]  # as rare as when it came


def test_an_entity_that_comes_with_new_items_finds_them():
    graph, items = world(), [NewItem("a", new=(("about", "Dogs"),)), NewItem("b", links=(("about", "cats"),))]
    grown, more = grow(Entities().fit(graph, Resources()), graph, *items)
    by_name, by_row = wished(grown, more, "a dog"), wished(grown, more, "", more.entities.ids[-1])
    np.testing.assert_array_equal(by_name, by_row)
    np.testing.assert_allclose(by_name, np.log1p(ITEMS) * (np.arange(ITEMS + 2) == ITEMS), rtol=1e-6)


def test_a_new_item_is_found_by_its_year_and_one_without_keeps_the_years_of_others():
    graph = world()
    years = np.full(graph.num_nodes, np.nan)
    years[USERS : USERS + 4] = 1980 + np.arange(4)
    graph = replace(graph, numbers={"year": years})
    dated, undated = NewItem("a", numbers={"year": 1982}), NewItem("b", numbers={"year": 12.5})
    entities = Entities().fit(graph, Resources())
    grown, more = grow(entities, graph, dated, undated, NewItem("c", label="M (1931)"))
    scores = wished(grown, more, "of 1982")
    np.testing.assert_allclose(scores[:ITEMS], wished(entities, graph, "of 1982"), rtol=1e-5)
    assert scores[ITEMS] == pytest.approx(np.log1p(ITEMS))
    assert np.isnan(scores[ITEMS + 1])
    assert np.nanargmax(wished(grown, more, "from the 30s")) == ITEMS + 2
