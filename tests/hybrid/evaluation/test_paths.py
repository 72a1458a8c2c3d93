"""Path metrics, with numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hybrid.evaluation import paths
from hybrid.evaluation.paths import Explained, Surroundings, decayed, measure, recency
from hybrid.evaluation.paths_shown import Taste, faithfulness
from hybrid.profiles import Profiles
from kg.errors import QueryError
from kg.paths import ReasoningPath
from tests.worlds import make_graph

NAN = float("nan")


def path(*nodes, kind="by", weight=1.0, first="has"):
    hops = len(nodes) - 1
    relations = (*[first] * (hops - 1), kind)
    return ReasoningPath(nodes, tuple(map(str, nodes)), ("item",) * (hops + 1), relations, weight, "")


def known(popularity, hubs=(), types=5):
    """Items are nodes 0 to 9."""
    return Surroundings(
        np.array(popularity, dtype=float), np.isin(np.arange(len(popularity)), hubs), types, first_item=0
    )


def shown(*paths, recency=(), popularity=(NAN,) * 20, hubs=(), types=5):
    return Explained(paths, dict(recency), known(popularity, hubs, types))


def test_decayed_is_smoothed_upwards_and_scaled():
    # b = 1 / 2: 10; (5 + 20) / 1.5 = 50 / 3; (2.5 + 10 + 40) / 1.75 = 30; then less 10, over 20
    assert decayed(np.array([40.0, 10.0, 20.0])) == pytest.approx([1, 0, 1 / 3])


def test_equal_values_are_equally_recent():
    # b = 2 / 5: 10; 26 / 1.6; 35.6 / 1.96, which both twenties are given; 51.36 / 2.176
    twenty = (35.6 / 1.96 - 10) / (51.36 / 2.176 - 10)
    assert decayed(np.array([20.0, 10.0, 20.0, 30.0])) == pytest.approx([twenty, 0, twenty, 1])


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0]])
def test_where_all_are_equal_nothing_can_be_told(values):
    assert np.isnan(decayed(np.array(values))).all()


def test_recency_of_likes():
    graph = make_graph([(0, 2, 20), (0, 1, 10), (0, 0, 40), (1, 0, 5)], num_items=3)
    people = Profiles.of_users(graph, np.arange(2))
    assert recency(people, 0) == {1: 0, 2: pytest.approx(1 / 3), 0: 1}
    assert np.isnan(recency(people, 1)[0])
    timeless = Profiles.of_users(make_graph([(0, 0), (0, 1)]), np.arange(1))
    assert all(np.isnan(value) for value in recency(timeless, 0).values())


def test_surroundings_count_facts_and_likes_by_class():
    facts = [(f"i{row}", "of", "g") for row in range(3)] + [
        ("i0", "of", "h"),
        ("i0", "by", "d"),
        ("e", "r", "g"),
    ]
    graph = make_graph([(0, 0), (1, 0), (0, 1)], facts=facts, num_items=3)
    around = Surroundings.of(graph)
    # entities g, h, d, e have 4, 1, 1, 1 edges
    entities = {name: around.popularity[graph.node("entity", name)] for name in "ghde"}
    assert entities == {"g": 1, "h": 0, "d": 0, "e": 0}
    # items have 5, 2, 1 edges: 1; 2.5 / 1.5; 6.25 / 1.75
    items = around.popularity[graph.first("item") : graph.first("entity")]
    assert items == pytest.approx([1, (2.5 / 1.5 - 1) / (6.25 / 1.75 - 1), 0])
    assert around.types == 3  # of, by, and liked by somebody
    assert np.flatnonzero(around.hubs).tolist() == [graph.first("item")]


def test_lir_and_sep_are_means_of_what_is_known():
    given = shown(
        path(1, 11, 5),
        path(2, 12, 13, 6),
        path(3, 7),
        None,
        recency={1: 0.2, 2: 0.8, 3: NAN},
        popularity=[*[NAN] * 11, 0.4, 0.9, 0.6, *[NAN] * 6],
    )
    assert paths.lir(given) == pytest.approx(0.5)
    assert paths.sep(given) == pytest.approx(0.5)  # 11 and 13; a path of one step is over nothing
    assert paths.explained(given) == 0.75


def test_etd_divides_by_the_most_types_there_could_be():
    three = [path(1, 11, 5, kind=kind) for kind in ("a", "b", "a")]
    assert paths.etd(shown(*three)) == pytest.approx(2 / 3)
    assert paths.etd(shown(*three, types=2)) == 1
    assert paths.etd(shown(*three, None, types=9)) == 2 / 4


def test_what_paths_start_at_and_go_over():
    given = shown(path(1, 11, 5), path(1, 12, 6), path(2, 12, 7), path(2, 8), hubs=[12, 8])
    assert paths.lid(given) == 2 / 4
    assert paths.sed(given) == 2 / 3
    assert paths.hubs(given) == 2 / 4  # the recommended item itself is not gone over


def test_diversity_of_whole_types():
    given = [path(1, 11, 5), path(1, 12, 6), path(2, 12, 7, first="other"), path(2, 8)]
    # has-by twice, other-by and by once each: 1 - 2 * 1 / (4 * 3)
    assert paths.ptd(shown(*given)) == pytest.approx(5 / 6)
    assert np.isnan(paths.ptd(shown(given[0])))


def test_nothing_shown_tells_nothing():
    measured = measure([shown(None), shown()])
    assert set(measured) == set(paths.METRICS)
    assert measured["explained"][0] == 0
    assert measured["etd"][0] == 0
    for name in ("lir", "sep", "lid", "sed", "ptd", "hubs"):
        assert np.isnan(measured[name]).all()


CANDIDATES = [
    [path(1, 11, 5, weight=4.0), path(2, 11, 5, weight=3.0), path(1, 12, 5, kind="of", weight=1.0)],
    [],
    [path(1, 11, 6, weight=2.0), path(1, 12, 6, kind="of", weight=1.5)],
]
RECENCY = {1: 0.1, 2: 0.9}
POPULARITY = [*[NAN] * 11, 0.2, 0.8]


def chosen(**weights):
    found = Taste(**weights).choose(CANDIDATES, RECENCY, known(POPULARITY))
    return [None if each is None else each.nodes[:2] for each in found], found


def test_the_strongest_where_nothing_else_is_asked_for():
    assert chosen()[0] == [(1, 11), None, (1, 11)]


def test_another_path_where_it_says_enough_that_is_wanted():
    # 1 + .1 r against .75 + .9 r against .25 + .1 r
    assert chosen(recent=0.3)[0] == [(1, 11), None, (1, 11)]
    assert chosen(recent=0.4)[0] == [(2, 11), None, (1, 11)]
    # 1 + .2 p against .25 + .8 p, and 1 + .2 p against .75 + .8 p
    assert chosen(popular=0.5)[0] == [(1, 11), None, (1, 12)]
    assert chosen(popular=2.0)[0] == [(1, 12), None, (1, 12)]


def test_a_type_counts_once():
    assert chosen(varied=0.3)[0] == [(1, 11), None, (1, 12)]
    assert chosen(faithful=0.0, varied=1.0, popular=0.1)[0] == [(1, 12), None, (1, 11)]


def test_what_it_costs():
    _, found = chosen(recent=0.4)
    assert faithfulness(CANDIDATES, shown(*found)) == pytest.approx((0.75 + 1) / 2)
    assert np.isnan(faithfulness([[]], shown(None)))


@pytest.mark.parametrize("weights", [{"recent": -1.0}, {"faithful": 0.0}])
def test_a_taste_for_nothing_is_refused(weights):
    with pytest.raises(QueryError, match="a taste needs weights of 0 or more"):
        Taste(**weights)
