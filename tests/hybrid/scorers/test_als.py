import numpy as np
import pytest

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers import Resources
from hybrid.scorers.als import Als, whitened
from hybrid.scorers.base import likes
from tests.worlds import chain, two_cliques


def fit(graph, **options):
    return Als(**{"embedding_size": 6, "regularization": 0.5, "alpha": 3.0, **options}).fit(
        graph, Resources(seed=1)
    )


@pytest.mark.parametrize("embedding_size", [3, 6, 40])
def test_people_are_solved_for_exactly(embedding_size):
    """Factors solve (Y'Y + Y'(C - I)Y + λI) x = Y'C p, equation 4 of Hu, Koren and Volinsky."""
    graph = chain()
    Y = np.random.default_rng(0).standard_normal((12, embedding_size))
    options = Als(embedding_size=embedding_size, regularization=0.5, alpha=3.0)
    fitted = options._fitted(factors=whitened(Y.astype(np.float32), 0.5), known=np.ones(12, dtype=np.bool_))
    expected = []
    for liked in likes(graph).toarray()[:5].astype(np.float64):
        confidence = 1 + 3.0 * liked
        penalty = 0.5 * np.eye(embedding_size)
        x = np.linalg.solve(Y.T @ (confidence[:, None] * Y) + penalty, Y.T @ (confidence * liked))
        expected.append(Y @ x)
    scores = fitted.score(Profiles.of_users(graph, np.arange(5)))
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-3)


def test_people_are_placed_where_training_placed_them(monkeypatch):
    """The library's own solution for its users, from the factors before they are whitened."""
    models, make = [], Als._model
    monkeypatch.setattr(Als, "_model", lambda self, seed: models.append(make(self, seed)) or models[-1])
    graph = chain()
    scores = fit(graph).score(Profiles.of_users(graph, np.arange(graph.num_users)))
    model = models[0]
    own = model.recalculate_user(np.arange(graph.num_users), Als(alpha=3.0)._confidence(likes(graph)))
    np.testing.assert_allclose(scores, own @ model.item_factors.T, rtol=1e-2, atol=1e-3)


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
