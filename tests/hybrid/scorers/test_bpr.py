import numpy as np

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers import Resources
from hybrid.scorers.base import likes
from hybrid.scorers.bpr import Bpr
from tests.worlds import chain, make_graph, two_cliques


def fit(graph, seed=1, **options):
    return Bpr(**{"embedding_size": 6, "learning_rate": 0.1, **options}).fit(graph, Resources(seed=seed))


def test_it_finds_the_held_out_of_the_cliques():
    graph = two_cliques()
    result = evaluate(fit(graph).score, graph, graph.heldout, ks=(1,))
    assert result.metrics["recall@1"] == 1.0


def test_people_are_placed_from_the_mean_of_what_they_like():
    graph = chain()
    fitted = fit(graph)
    liked = np.array([3, 5, 6])
    person = np.append(fitted.factors[liked].mean(axis=0), 1.0) @ fitted.placing
    scores = fitted.score(Profiles.of_likes(liked))[0]
    np.testing.assert_allclose(scores, fitted.factors @ person, rtol=1e-4, atol=1e-5)


def test_the_map_is_the_least_squares_one():
    """Where there are more people than inputs it gives back what training gave people, as far as it can."""
    graph = chain()
    fitted = fit(graph)
    people, factors = fitted._descend(likes(graph), 1)
    np.testing.assert_array_equal(factors, fitted.factors)
    X = likes(graph).toarray().astype(np.float64)
    inputs = np.column_stack([X @ factors / X.sum(axis=1, keepdims=True), np.ones(len(X))])
    best = np.linalg.lstsq(inputs, people, rcond=None)[0]
    error, least = (np.square(inputs @ each - people).mean() for each in (fitted.placing, best))
    assert least <= error < 1.2 * least + 0.05 * people.var()


def test_the_popular_have_the_larger_bias():
    graph = make_graph([(user, item) for user in range(30) for item in (0, 1 + user % 10)])
    bias = fit(graph, iterations=200).factors[:, -1]
    assert bias[0] > bias[1:].max()


def test_the_seed_decides():
    one, same, other = (fit(chain(), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.factors, same.factors)
    assert (one.factors != other.factors).any()
