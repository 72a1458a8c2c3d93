"""Options are chosen by validation, and test interactions never have a say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

from hybrid.scorers.base import Resources, Scorer
from hybrid.tuning import some_people, tune
from kg.graph import Interactions
from tests.recommenders import fit
from tests.worlds import checkerboard, make_graph

fits = []


@dataclass(frozen=True)
class Shifted(Scorer):
    """Recommends to user u item u + shift first, and knows nothing else."""

    name: ClassVar[str] = "shifted"
    reason: ClassVar[str] = "a test"
    grid: ClassVar = {"shift": (1, 3, 5), "sign": (1, -1)}

    shift: int = 1
    sign: int = 1
    size: int = field(init=False, repr=False, compare=False)

    def fit(self, graph, resources):
        fits.append((self, graph))
        return self._fitted(size=graph.num_items)

    def score(self, profiles):
        wanted = (profiles.users[:, None] + self.sign * self.shift) % self.size
        return np.where(np.arange(self.size) == wanted, 1.0, np.nan).astype(np.float32)


@pytest.fixture
def graph():
    fits.clear()
    return make_graph([(user, user) for user in range(11)], heldout=[(u, (u + 5) % 11) for u in range(11)])


def liked(shift):
    return Interactions.of(range(11), [(user + shift) % 11 for user in range(11)])


def tuned(graph, validation, scorer=None, **more):
    return tune(scorer or Shifted(), graph, Resources(validation=validation, **more))


def test_the_option_that_ranks_validation_best_is_chosen(graph):
    assert tuned(graph, liked(3)) == Shifted(shift=3)
    assert tuned(graph, liked(-1)) == Shifted(sign=-1)


def test_each_option_is_varied_from_the_best_so_far(graph):
    assert tuned(graph, liked(-3), Shifted(shift=3)) == Shifted(shift=3, sign=-1)
    # three people went up by three, the others down: only who has found the three can find that out
    up, down = liked(3), liked(-3)
    mixed = Interactions.of(up.users, np.where(up.users < 3, up.items, down.items))
    assert tuned(graph, mixed) == Shifted(shift=3, sign=-1)


def test_every_value_is_tried_once_with_the_others_at_their_best(graph):
    tuned(graph, liked(-3), Shifted(shift=3))
    tried = [(scorer.shift, scorer.sign) for scorer, _ in fits]
    assert tried == [(3, 1), (1, 1), (5, 1), (3, -1)]


def test_the_default_stays_where_nothing_is_better(graph):
    assert tuned(graph, liked(2)) == Shifted()


def test_the_chosen_scorer_is_fitted(graph):
    assert tuned(graph, liked(3)).size == 11


def test_without_validation_nothing_is_tried(graph):
    assert tuned(graph, None) == Shifted()
    assert len(fits) == 1


def test_every_trial_learns_from_the_graph_given(graph):
    tuned(graph, liked(3))
    assert len(fits) == 4
    assert all(given is graph for _, given in fits)


def test_the_choice_is_reported(graph):
    told = []
    tuned(graph, liked(3), report=told.append)
    assert told == ["shifted: validation NDCG@10 1.0000 with shift 3, sign 1"]


def test_some_people_are_drawn_whole_and_with_the_seed():
    interactions = Interactions.of(np.repeat(np.arange(10), 3), np.tile([0, 1, 2], 10))
    drawn = some_people(interactions, 4, seed=1)
    people, counts = np.unique(drawn.users, return_counts=True)
    assert len(people) == 4
    assert set(counts) == {3}
    np.testing.assert_array_equal(some_people(interactions, 4, seed=1).users, drawn.users)
    assert set(some_people(interactions, 4, seed=2).users) != set(people)
    assert len(some_people(interactions, 10, seed=1)) == 30


def test_heldout_likes_change_nothing_that_is_learned():
    """Neither options nor weights nor scores: with and without held-out likes the model is the same."""
    graph = checkerboard(12)
    first = fit(graph)
    second = fit(graph.without_heldout())
    assert second.members == first.members
    np.testing.assert_array_equal(second.ranker.weights, first.ranker.weights)
    np.testing.assert_array_equal(second.score(second._profiles), first.score(first._profiles))
