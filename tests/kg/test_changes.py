"""A graph with some facts and likes more or fewer."""

import numpy as np
import pytest

from kg.changes import Change, changed, facts_between, facts_of
from kg.errors import CatalogError
from tests.worlds import make_graph

GRAPH = make_graph(
    [(0, 0, 10.0), (0, 1, 20.0), (1, 0, 30.0)],
    num_items=3,
    facts=[("i0", "directed_by", "ann"), ("i1", "directed_by", "ann"), ("i0", "acted_by", "ann")],
    labels={"i0": "Heat", "ann": "Ann"},
)
HEAT, ANN = GRAPH.node("item", "i0"), GRAPH.node("entity", "ann")


def pairs(graph):
    return list(zip(graph.interactions.users.tolist(), graph.interactions.items.tolist(), strict=True))


def test_facts_between_two_nodes_in_either_direction():
    assert (
        facts_between(GRAPH, HEAT, ANN) == ((HEAT, 0, ANN), (HEAT, 1, ANN)) == facts_between(GRAPH, ANN, HEAT)
    )
    assert len(facts_of(GRAPH, ANN)) == 3


def test_exactly_what_is_taken_away_is_gone():
    after = changed(GRAPH, Change(lost=((HEAT, 0, ANN),), unliked=((0, 1),)))
    assert facts_between(after, HEAT, ANN) == ((HEAT, 1, ANN),)
    assert len(after.edges) == 2
    assert pairs(after) == [(0, 0), (1, 0)]
    assert (len(GRAPH.edges), len(GRAPH.interactions)) == (3, 3)


def test_what_is_added_comes_last():
    after = changed(GRAPH, Change(gained=((GRAPH.node("item", "i2"), 0, ANN),), liked=((1, 2),)))
    assert facts_of(after, ANN)[-1] == (GRAPH.node("item", "i2"), 0, ANN)
    assert pairs(after)[-1] == (1, 2)
    assert after.interactions.times[-1] == 30.0


def test_what_stays_is_the_same_object():
    assert changed(GRAPH, Change()) is GRAPH
    assert changed(GRAPH, Change(lost=((HEAT, 0, ANN),))).interactions is GRAPH.interactions
    assert not Change()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(lost=((HEAT, 0, ANN), (HEAT, 0, HEAT))), "no fact 'Heat' directed by 'Heat'"),
        (Change(gained=((HEAT, 1, ANN),)), "has the fact 'Heat' acted by 'Ann' already"),
        (Change(unliked=((1, 1),)), "'u1' has no like of 'i1'"),
    ],
)
def test_what_cannot_be_changed_is_refused(change, said):
    with pytest.raises(CatalogError, match=said):
        changed(GRAPH, change)


def test_likes_without_times_stay_so():
    graph = make_graph([(0, 0), (1, 1)])
    assert np.isnan(changed(graph, Change(liked=((0, 1),))).interactions.times).all()
