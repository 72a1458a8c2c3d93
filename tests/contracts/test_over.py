"""Every scorer over a graph with other facts or likes than those it learned from."""

import numpy as np
import pytest

from hybrid.scorers import find
from kg.changes import Change, changed, facts_of
from tests.contracts.test_scorers import NAMES, asking, everybody, fitted, resources, world


def fact(name, item=4):
    graph = world(name)
    return facts_of(graph, graph.first("item") + item)[:1]


@pytest.mark.parametrize("name", NAMES)
def test_over_the_same_graph_it_says_the_same(name):
    people = asking(name, everybody(name))
    again = fitted(name).over(world(name), changed(world(name), Change()), resources())
    np.testing.assert_allclose(again.score(people), fitted(name).score(people), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_fact_it_goes_on_and_knows_the_same_items(name):
    people, graph = asking(name, everybody(name)), world(name)
    before, other = fitted(name).score(people), changed(graph, Change(lost=fact(name)))
    after = fitted(name).over(graph, other, resources()).score(people)
    assert after.shape == before.shape
    told = np.delete(np.arange(before.shape[1]), 4)
    np.testing.assert_array_equal(np.isnan(after[:, told]), np.isnan(before[:, told]))


def test_the_filters_lose_exactly_what_the_path_gave():
    scorer, graph, people = fitted("filters"), world("filters"), everybody("filters")
    (head, relation, tail), person = fact("filters")[0], people.slice(1, 2)
    item = (head if graph.kind(head) == "item" else tail) - graph.first("item")
    node = tail if graph.kind(head) == "item" else head
    person = people.slice(item % 2, item % 2 + 1)
    paths = scorer.paths_of(person, item)
    over = paths.values[(paths.nodes == node) & (paths.terms == 1)].sum()
    other = scorer.over(graph, changed(graph, Change(lost=((head, relation, tail),))), resources())
    fall = scorer.score(person)[0, item] - other.score(person)[0, item]
    assert over > 0
    assert fall == pytest.approx(over, rel=1e-3)


def test_the_graph_network_hears_that_a_fact_is_gone():
    scorer, graph, people = fitted("graph"), world("graph"), everybody("graph")
    other = scorer.over(graph, changed(graph, Change(lost=fact("graph"))), resources())
    assert not np.allclose(other.score(people)[:, 4], scorer.score(people)[:, 4])


def test_the_filters_take_in_a_fact_that_is_added():
    scorer, graph, people = fitted("filters"), world("filters"), everybody("filters")
    head, relation, _ = fact("filters", 4)[0]
    other = scorer.over(
        graph,
        changed(graph, Change(gained=((head, relation, facts_of(graph, graph.first("item") + 5)[0][2]),))),
        resources(),
    )
    assert not np.array_equal(other.score(people), scorer.score(people))


def test_all_that_read_facts_are_looked_at():
    assert any(find()[name].reads_facts for name in NAMES)
