"""What to ask first, in a world that has one right first question."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from hybrid.adapt import interviewers
from hybrid.adapt.interviewers import Answer, Crowd
from hybrid.adapt.interviewers.base import entropy
from hybrid.adapt.interviewers.neighbours import Neighbours
from hybrid.adapt.onboarding import DEFAULT, best_question
from kg.errors import QueryError
from kg.graph import Interactions
from tests.adapted_worlds import FIRST, HUB, SECOND, SPLITTER, split_cliques

CROWD = Crowd.of(split_cliques())
NAMES = tuple(interviewers.find())


def first(name, answers=None, seed=0):
    worth = interviewers.make(name).prepared(CROWD, seed)
    return best_question(worth, answers or {}, np.random.default_rng(seed))


def test_the_interviewers():
    assert DEFAULT in NAMES
    assert NAMES == ("entropy", "neighbours", "popularity", "random")
    with pytest.raises(QueryError, match=r"no interview strategy 'oracle'; known are entropy, neighbours, "):
        interviewers.make("oracle")


def test_a_crowd_likes_and_dislikes():
    assert (CROWD.size, CROWD.num_items) == (13, 14)
    assert CROWD.liked.tolist() == [5.0] * 12 + [13.0, 6.0]
    assert CROWD.disliked.tolist() == [0.0] * 13 + [6.0]


def test_what_is_rated_and_liked_is_liked():
    graph = split_cliques()
    rated = replace(graph, ratings=Interactions.of([0, 0], [HUB, FIRST[3]], weights=[5.0, 0.0]))
    liked = bool(Crowd.of(graph).likes[[0], [FIRST[3]]][0])
    assert Crowd.of(rated).disliked.sum() == (0 if liked else 1)


def test_a_crowd_is_drawn_from_many_people(monkeypatch):
    monkeypatch.setattr(interviewers.base, "_MOST_PEOPLE", 4)
    assert Crowd.of(split_cliques(), 1).size == 4
    assert (Crowd.of(split_cliques(), 1).likes != Crowd.of(split_cliques(), 1).likes).nnz == 0


@pytest.mark.parametrize("name", ["neighbours", "entropy"])
def test_the_item_that_splits_people_is_asked_about_first(name):
    assert first(name) == SPLITTER


def test_popularity_asks_about_what_all_know():
    assert first("popularity") == HUB
    assert first("popularity", {HUB: Answer.LIKE}) == SPLITTER


def test_at_random_everything_is_asked_in_time():
    assert {first("random", seed=seed) for seed in range(200)} == set(range(14))


@pytest.mark.parametrize(("answer", "clique"), [(Answer.LIKE, FIRST), (Answer.DISLIKE, SECOND)])
def test_the_second_question_depends_on_the_first_answer(answer, clique):
    assert first("neighbours", {SPLITTER: answer}) in clique


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_twice_and_the_questions_end(name):
    worth, answers = interviewers.make(name).prepared(CROWD, 0), {}
    rng = np.random.default_rng(0)
    for answer in itertools.islice(itertools.cycle(Answer), 14):
        item = best_question(worth, answers, rng)
        assert item not in {*answers, -1}
        answers[item] = answer
    assert best_question(worth, answers, rng) == -1


@pytest.mark.parametrize("name", NAMES)
def test_without_any_ratings_and_without_anybody(name):
    graph = replace(split_cliques(), ratings=Interactions.of([], []))
    nobody = replace(graph, interactions=Interactions.of([], []))
    for each in (graph, nobody):
        worth = interviewers.make(name).prepared(Crowd.of(each), 0)
        assert best_question(worth, {}, np.random.default_rng(0)) >= 0


def test_without_ratings_a_dislike_says_that_one_does_not_like():
    crowd = Crowd.of(replace(split_cliques(), ratings=Interactions.of([], [])))
    worth = Neighbours().prepared(crowd, 0)
    answers = {SPLITTER: Answer.SKIP, FIRST[0]: Answer.DISLIKE, FIRST[1]: Answer.DISLIKE}
    assert best_question(worth, answers, np.random.default_rng(0)) in SECOND
    assert worth({FIRST[0]: Answer.DISLIKE}) == pytest.approx(worth({FIRST[0]: Answer.SKIP}))


def test_the_worth_is_what_the_answers_change():
    """The formula, written slowly."""
    options, answers = Neighbours(doubt=0.3), {SPLITTER: Answer.LIKE, FIRST[1]: Answer.SKIP}
    likes, dislikes = (rows.toarray().astype(float) for rows in (CROWD.likes, CROWD.dislikes))
    states = np.stack([likes, dislikes, 1 - likes - dislikes])
    shares = (states.sum(axis=1) + 1) / (CROWD.size + 3)
    chances = 0.7 * states + 0.3 * shares[:, None, :]
    weights = chances[0, :, SPLITTER] * chances[2, :, FIRST[1]]
    weights /= weights.sum()
    worth = options.prepared(CROWD, 0)(answers)
    open_ = ~np.isin(np.arange(14), list(answers))
    for item in (HUB, FIRST[0], SECOND[2]):
        expected = 0.0
        for chance in chances[:, :, item]:
            after = weights * chance / (weights @ chance)
            expected += (weights @ chance) * np.sum(((after - weights) @ likes)[open_] ** 2)
        assert worth[item] == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_beyond_the_shortlist_nothing_is_asked():
    worth = Neighbours(shortlist=2).prepared(CROWD, 0)({})
    assert np.flatnonzero(np.isfinite(worth)).tolist() == [HUB, SPLITTER]


def test_entropy_of_answers():
    assert entropy(np.array([0.5, 1.0]), np.array([0.5, 0.0])) == pytest.approx([math.log(2), 0.0])
