import numpy as np

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers import Resources
from hybrid.scorers.als import Als
from hybrid.scorers.base import likes
from tests.worlds import chain, two_cliques


def fit(graph, **options):
    return Als(**{"embedding_size": 6, "regularization": 0.5, "alpha": 3.0, **options}).fit(
        graph, Resources(seed=1)
    )


def test_people_are_solved_for_exactly():
    """Factors solve (Y'Y + Y'(C - I)Y + λI) x = Y'C p, equation 4 of Hu, Koren and Volinsky."""
    graph = chain()
    fitted = fit(graph)
    Y = fitted.factors.astype(np.float64)
    expected = []
    for liked in likes(graph).toarray()[:5]:
        confidence = 1 + 3.0 * liked
        x = np.linalg.solve(Y.T @ (confidence[:, None] * Y) + 0.5 * np.eye(6), Y.T @ (confidence * liked))
        expected.append(Y @ x)
    scores = fitted.score(Profiles.of_users(graph, np.arange(5)))
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-3)


def test_it_finds_the_held_out_of_the_cliques():
    graph = two_cliques()
    result = evaluate(fit(graph, embedding_size=2).score, graph, graph.heldout, ks=(1,))
    assert result.metrics["recall@1"] == 1.0


def test_the_seed_decides():
    graph = chain()
    one, same, other = (Als(embedding_size=4).fit(graph, Resources(seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.factors, same.factors)
    assert (one.factors != other.factors).any()


def test_it_says_nothing_on_the_terminal(capfd):
    fit(chain())
    assert capfd.readouterr() == ("", "")
