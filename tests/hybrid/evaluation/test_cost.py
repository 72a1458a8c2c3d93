"""What stages cost: on a world where a stage helps, one where it harms, and beside `evaluate`."""

from __future__ import annotations

import numpy as np
import pytest

from hybrid.evaluation import cost as costs
from hybrid.evaluation.cost import cost, last_likes, shortlists
from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.rerank.calibrated import Calibrated
from hybrid.rerank.mmr import Mmr
from hybrid.rerank.popularity import Popularity
from hybrid.rerank.rulefile import Group, Rule
from hybrid.rerank.rules import Rules
from hybrid.scorers.ease import Ease
from hybrid.scorers.popularity import Popularity as Counts
from kg.errors import CatalogError, QueryError
from tests.worlds import checkerboard, make_graph, text_table

BOARD = checkerboard(20)
COLOURS = Calibrated(0.9, "has_colour")


def counts():
    """Scores that know nothing of the person asked for."""
    return Counts().fit(BOARD, None).score


def test_what_stands_first_is_not_harmed_by_variety():
    """The one right item has the best score, and nothing above it to be like."""
    (done,) = cost(Ease(attributes=0).fit(BOARD, None).score, BOARD, BOARD.heldout, [Mmr(0.9)], n=5)
    assert done.before.metrics["ndcg@5"] == done.after.metrics["ndcg@5"] == 1.0
    assert done.comparisons["ndcg@5"].difference == 0.0


def test_a_stage_that_helps():
    """The person's colour is known to the stage and not to the scorer."""
    (done,) = cost(counts(), BOARD, BOARD.heldout, [COLOURS], n=5)
    gained = done.comparisons["ndcg@5"]
    assert done.stage == "calibrated:weight=0.9,relation=has_colour"
    assert done.before.metrics["ndcg@5"] < 0.6
    assert done.after.metrics["ndcg@5"] == 1.0
    assert gained.difference == pytest.approx(1.0 - done.before.metrics["ndcg@5"])
    assert gained.p_value < 0.01
    assert done.comparisons["recall@5"].difference > 0
    assert done.comparisons["recall@5"].num_users == 20


def test_a_stage_that_harms():
    right = Ease(attributes=0).fit(BOARD, None).score
    (done,) = cost(
        right, BOARD, BOARD.heldout, [Rules((Rule("exclude", Group("has_colour", "white")),))], n=5
    )
    assert done.after.metrics["recall@5"] == pytest.approx(0.5)
    assert done.comparisons["recall@5"].high < 0


def test_the_lists_before_are_those_of_evaluate():
    score = Ease().fit(BOARD, None).score
    plain = evaluate(score, BOARD, BOARD.heldout, ks=(5,))
    (done,) = cost(score, BOARD, BOARD.heldout, [Popularity(0.0)], n=5)
    assert done.before.metrics["ndcg@5"] == plain.metrics["ndcg@5"]
    assert done.before.metrics.keys() == done.after.metrics.keys() == plain.metrics.keys()
    np.testing.assert_array_equal(done.before.users, plain.users)


def test_stages_build_on_each_other_or_stand_alone():
    stages = [COLOURS, Mmr(0.5)]
    first, second = cost(counts(), BOARD, BOARD.heldout, stages, n=5)
    assert second.before is first.after
    alone = cost(counts(), BOARD, BOARD.heldout, stages, n=5, alone=True)
    assert alone[1].before is alone[0].before
    assert alone[0].after.metrics == first.after.metrics
    assert alone[1].after.metrics["ndcg@5"] < second.after.metrics["ndcg@5"]


def test_everybody_is_ranked_once():
    asked = []

    def score(profiles):
        asked.extend(profiles.users.tolist())
        return counts()(profiles)

    cost(score, BOARD, BOARD.heldout, [COLOURS, Mmr(), Popularity()], n=5)
    assert asked == list(range(20))


def test_people_are_ranked_in_batches(monkeypatch):
    profiles = Profiles.of_users(BOARD, np.arange(20))
    score = Ease().fit(BOARD, None).score
    whole = shortlists(score, BOARD, profiles, size=7)
    monkeypatch.setattr(costs, "_BATCH", 6)
    parts = shortlists(score, BOARD, profiles, size=7)
    np.testing.assert_array_equal(parts.items[:, 0], whole.items[:, 0])
    assert parts.items.shape == parts.scores.shape == (20, 7)
    liked = profiles.matrix(20).toarray() > 0
    assert not np.take_along_axis(liked, parts.items, axis=1).any()


def test_stages_may_compare_texts():
    board = text_table(BOARD).vectors
    (done,) = cost(counts(), BOARD, BOARD.heldout, [Mmr(0.9, "text")], n=5, text=board)
    assert done.after.metrics["diversity@5"] >= done.before.metrics["diversity@5"]
    with pytest.raises(QueryError, match="has text to compare it by"):
        cost(counts(), BOARD, BOARD.heldout, [Mmr(0.9, "text")])


def test_each_asks_when_their_last_like_was_given():
    graph = make_graph([(0, 0, 5), (0, 1, 9), (1, 0, np.nan), (1, 1, 3), (2, 0, np.nan)], num_users=4)
    profiles = Profiles.of_users(graph, np.arange(4))
    np.testing.assert_array_equal(last_likes(profiles), [9, 3, np.nan, np.nan])


def test_no_stage_costs_nothing():
    assert cost(counts(), BOARD, BOARD.heldout, []) == ()


def test_what_cannot_be_measured_is_said():
    with pytest.raises(CatalogError, match="nothing held out"):
        cost(counts(), BOARD, make_graph().heldout, [Mmr()])
    with pytest.raises(QueryError, match="must be the last"):
        cost(counts(), BOARD, BOARD.heldout, [Rules(), Mmr()])
