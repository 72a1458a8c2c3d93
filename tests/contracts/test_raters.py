"""What every rater must do; discovery finds them, so a new one is tested without a word here."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from hybrid.ratings import find
from hybrid.scorers.base import Resources
from kg.errors import QueryError
from tests.rated import parties, with_ratings
from tests.worlds import make_graph

NAMES = tuple(find())
RESOURCES = Resources(device="cpu", seed=3)


def fit(name, graph):
    rater = find()[name]
    return rater(**rater.quick).fit(graph, RESOURCES)


@functools.cache
def fitted(name):
    return fit(name, parties())


def test_there_are_raters() -> None:
    assert {"bias", "factors", "itemknn"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_everybody_gets_a_rating_of_the_scale_for_everything(name: str) -> None:
    rows = np.arange(-1, 22)
    users, items = np.repeat(rows, len(rows)), np.tile(rows, len(rows))
    predicted = fitted(name).predict(users, items)
    assert predicted.shape == users.shape
    assert predicted.dtype == np.float64
    assert ((predicted >= 1) & (predicted <= 5)).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_unknown_are_rated_like_the_average(name: str) -> None:
    nobody = np.array([-1])
    assert abs(fitted(name).predict(nobody, nobody)[0] - 3) < 0.5
    # user 21 is in the graph and has neither a rating nor a fact
    np.testing.assert_allclose(
        fitted(name).predict(np.array([21]), nobody), fitted(name).predict(nobody, nobody)
    )


@pytest.mark.parametrize("name", NAMES)
def test_pairs_are_rated_one_by_one(name: str) -> None:
    rng = np.random.default_rng(0)
    users, items = rng.integers(-1, 22, size=(2, 50))
    alone = [fitted(name).predict(users[[row]], items[[row]])[0] for row in range(50)]
    np.testing.assert_allclose(fitted(name).predict(users, items), alone, rtol=1e-5)
    assert fitted(name).predict(users[:0], items[:0]).shape == (0,)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_ratings(name: str) -> None:
    users = np.arange(20)
    again = fit(name, parties()).predict(users, users)
    np.testing.assert_array_equal(fitted(name).predict(users, users), again)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_held_out_is_not_looked_at(name: str) -> None:
    users = np.arange(20)
    blind = fit(name, parties().without_heldout()).predict(users, users)
    np.testing.assert_array_equal(fitted(name).predict(users, users), blind)


@pytest.mark.parametrize("name", NAMES)
def test_one_rating_is_enough_and_none_is_refused(name: str) -> None:
    one = with_ratings(make_graph(num_users=2, num_items=2), [(0, 0, 2.5)])
    ends = np.array([0, 1, -1])
    np.testing.assert_allclose(fit(name, one).predict(ends, ends), 2.5)
    with pytest.raises(QueryError, match="has no ratings; its card names them by `rating: COLUMN`"):
        fit(name, make_graph([(0, 0)]))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_settled_is_a_rater_of_the_same_kind(name: str) -> None:
    assert type(fitted(name).settled) is find()[name]
