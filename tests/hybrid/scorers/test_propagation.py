"""The graph filters against their formula written out, and their scores against the sum over paths."""

import numpy as np
import pytest

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers import Resources
from hybrid.scorers.base import likes
from hybrid.scorers.bridges import Bridge, item_facts
from hybrid.scorers.propagation import TERMS, Filters
from tests.worlds import chain, make_graph, two_cliques

PEOPLE, FACTS, ITEMS = range(len(TERMS))


def world(seed=0, num_users=30, num_items=14):
    """Random likes and facts of three relations, some between items; the last item is liked by nobody."""
    rng = np.random.default_rng(seed)
    liked = rng.random((num_users, num_items)) < 0.3
    liked[:, -1] = False
    liked[:, 0] |= ~liked.any(axis=1)
    users, items = np.nonzero(liked)
    facts = [
        (f"i{item}", relation, f"{relation}{rng.integers(4)}")
        for relation in ("made_by", "about")
        for item in (*range(num_items), 0, 3)
    ]
    facts += [("i2", "follows", "i3"), ("i4", "follows", "i3"), ("i5", "follows", "i2")]
    rows = np.column_stack([users, items, rng.permutation(len(users))])
    return make_graph(rows, num_users=num_users, num_items=num_items, facts=facts)


def fit(graph, **options):
    return Filters(**options).fit(graph, Resources())


def everybody(graph):
    return Profiles.of_users(graph, np.arange(graph.num_users))


def without_diagonal(matrix):
    matrix = matrix.copy()
    np.fill_diagonal(matrix, 0)
    return matrix * len(matrix) / matrix.sum()


def slow_facts(graph, rarity):
    """F from the definition, one pair of facts at a time."""
    first, size = graph.num_users, graph.num_items
    edges = zip(graph.edges.heads, graph.edges.relations, graph.edges.tails, strict=True)
    told = {fact for h, r, t in edges for fact in ((h - first, (r, 0, t)), (t - first, (r, 1, h)))}
    told = [(item, what) for item, what in told if 0 <= item < size]
    weight = {}
    for item, what in told:
        same = sum(other == item and about[:2] == what[:2] for other, about in told)
        relations = len({about[:2] for other, about in told if other == item})
        weight[item, what] = 1 / np.sqrt(same * relations)
    matrix = np.zeros((size, size))
    for here, what in told:
        for there, about in told:
            if what == about:
                crowd = sum(other == what for _, other in told)
                matrix[here, there] += weight[here, what] * weight[there, what] / crowd**rarity
    return without_diagonal(matrix)


def slow_people(graph, start, middle, end):
    X = likes(graph).toarray().astype(np.float64)
    people, items = np.maximum(X.sum(1), 1), np.maximum(X.sum(0), 1)
    return without_diagonal((X * items**-start).T @ (people[:, None] ** -middle * X * items**-end))


def test_the_filter_is_its_formula():
    graph = world()
    P, F = slow_people(graph, 0.6, 0.7, 0.4), slow_facts(graph, 0.8)
    options = {"start": 0.6, "middle": 0.7, "end": 0.4, "rarity": 0.8}
    over_people = fit(graph, fact_weight=0.0, item_weight=0.0, **options).weights.toarray()
    np.testing.assert_allclose(over_people, P, rtol=1e-4, atol=1e-6)
    over_facts = fit(graph, fact_weight=0.3, item_weight=0.0, **options).weights.toarray()
    np.testing.assert_allclose(over_facts, P + 0.3 * F, rtol=1e-4, atol=1e-6)
    PP = np.maximum(P + 0.3 * F - 0.2 * without_diagonal(P @ P), 0)
    np.fill_diagonal(PP, 0)
    everything = fit(graph, fact_weight=0.3, item_weight=-0.2, **options).weights.toarray()
    np.testing.assert_allclose(everything, PP, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("neighbours", [4, 1000])
@pytest.mark.parametrize("item_weight", [-0.3, 0.0, 0.5])
@pytest.mark.parametrize("half_life", [None, 2.0])
def test_a_score_is_the_sum_of_its_paths(neighbours, item_weight, half_life):
    graph = world()
    fitted = fit(graph, neighbours=neighbours, item_weight=item_weight, half_life=half_life, fact_weight=0.4)
    people = everybody(graph)
    scores = fitted.score(people)
    for user in range(0, graph.num_users, 7):
        person = people.slice(user, user + 1)
        for item in range(graph.num_items):
            assert fitted.paths_of(person, item).values.sum() == pytest.approx(scores[user, item], abs=1e-5)


def test_paths_go_over_real_edges():
    graph = world()
    fitted, person = fit(graph, fact_weight=0.3), everybody(graph).slice(4, 5)
    liked, told = likes(graph).toarray() > 0, set()
    for head, tail in zip(graph.edges.heads, graph.edges.tails, strict=True):
        told |= {(int(head), int(tail)), (int(tail), int(head))}
    first, seen = graph.num_users, set()
    for item in range(graph.num_items):
        paths = fitted.paths_of(person, item)
        for like, term, node in zip(paths.likes, paths.terms, paths.nodes, strict=True):
            assert like in person.items
            assert like != item
            seen.add(int(term))
            if term == PEOPLE:
                assert liked[node, like]
                assert liked[node, item]
            elif term == FACTS:
                assert (first + like, node) in told
                assert (first + item, node) in told
            else:
                assert graph.kind(node) == "item"
                assert node - first not in (like, item)
    assert seen == {PEOPLE, FACTS, ITEMS}


def test_one_path_worked_out_by_hand():
    # u0 likes i0 and i1, u1 likes i0: of the pairs of two items only i0, i1 and i1, i0 meet, both in u0;
    # their weights are the same but for the exponents, and scaled so that they sum to the 3 items
    graph = make_graph([(0, 0), (0, 1), (1, 0)], num_items=3)
    fitted = fit(graph, start=0.5, end=0.5)
    np.testing.assert_allclose(fitted.weights.toarray(), [[0, 1.5, 0], [1.5, 0, 0], [0, 0, 0]], rtol=1e-6)
    paths = fitted.paths_of(Profiles.of_likes(np.array([0])), 1)
    assert (paths.likes.tolist(), paths.terms.tolist(), paths.nodes.tolist()) == ([0], [PEOPLE], [0])
    assert paths.values == pytest.approx([1.5])


def test_an_item_without_likes_is_reached_by_facts_alone():
    graph = world()
    cold, people = graph.num_items - 1, everybody(graph)
    fitted = fit(graph, fact_weight=0.2)
    assert np.isfinite(fitted.score(people)[:, cold]).all()
    assert fitted.score(people)[:, cold].max() > 0
    paths = [fitted.paths_of(people.slice(user, user + 1), cold) for user in range(graph.num_users)]
    assert {term for path in paths for term in path.terms.tolist()} == {FACTS}
    assert np.isnan(fit(graph, fact_weight=0.0).score(people)[:, cold]).all()


def test_it_cannot_tell_about_an_item_that_shares_nothing():
    graph = make_graph([(0, 0), (0, 1)], num_items=3, facts=[("i2", "about", "alone"), ("i0", "about", "x")])
    scores = fit(graph).score(everybody(graph))
    assert np.isfinite(scores[0, :2]).all()
    assert np.isnan(scores[0, 2])


def test_a_relation_of_many_facts_weighs_like_one_of_few():
    facts = [("i0", "starring", f"actor{number}") for number in range(4)] + [("i0", "made_by", "director")]
    graph = make_graph([(0, 0)], num_items=2, facts=facts)
    matrix, nodes = item_facts(graph)
    squares = matrix.toarray()[0] ** 2
    director = nodes == graph.node("entity", "director")
    assert squares[director] == pytest.approx([0.5])
    assert squares[~director] == pytest.approx([0.125] * 4)


def test_histories_fade_where_there_are_times_only():
    timed, untimed = chain(), two_cliques()
    for graph, fades in ((timed, True), (untimed, False)):
        people = everybody(graph)
        evenly, fading = (fit(graph, half_life=half_life).score(people) for half_life in (None, 2.0))
        assert np.array_equal(evenly, fading) is not fades


def test_it_finds_the_held_out_of_the_cliques():
    graph = two_cliques()
    result = evaluate(fit(graph).score, graph, graph.heldout, ks=(1,))
    assert result.metrics["recall@1"] == 1.0


def test_only_the_nearest_are_kept():
    weights = fit(world(), neighbours=3).weights
    assert np.diff(weights.T.tocsr().indptr).max() == 3
    assert weights.data.min() > 0
    with pytest.raises(ValueError, match="neighbour"):
        fit(world(), neighbours=0)


def test_a_bridge_that_leads_nowhere_stays_empty():
    matrix, _ = item_facts(make_graph([(0, 0)], facts=[("i0", "about", "x")]))
    bridge = Bridge(matrix, matrix).weighing(0.7, len(matrix.toarray()))
    assert bridge.total == 0
    assert not bridge.start.toarray().any()
