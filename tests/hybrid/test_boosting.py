"""Trees on top of the weighted sum: they find what no weights can say, and their parts add up."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

from hybrid import Query, boosting, models, weighing
from hybrid.boosting import Boosted, boost
from hybrid.lessons import Lessons
from hybrid.options import Options
from hybrid.profiles import Profiles
from hybrid.ranker import calibrated
from hybrid.situation import ABOUT_ITEMS, Circumstances, Situation
from kg.errors import QueryError
from tests.recommenders import Worded, fitted

NAMES = ("a", "b", "mute")


def where_both_must_agree(people=300, items=60):
    """What is liked is high with both scorers; what is far higher with one of them alone is not."""
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(3, people, items)).astype(np.float32)
    liked = np.zeros((people, items), dtype=np.bool_)
    liked[np.arange(people), rng.integers(items, size=people)] = True
    raw[:2, liked] = 2.0
    for scorer in (0, 1):
        bait = rng.random((people, items)) < 0.2
        bait &= ~liked
        raw[scorer][bait] = 6.0
        raw[1 - scorer][bait] = rng.normal(size=bait.sum()) - 1
    raw[2] = np.nan
    raw[0, :, :5] = np.where(liked[:, :5], raw[0, :, :5], np.nan)  # one abstains on some items
    everything = np.ones((people, items), dtype=np.bool_)
    features = np.stack([calibrated(one, everything) for one in raw])
    return features, liked, Situation(np.ones((people, 1)), np.ones((items, len(ABOUT_ITEMS))))


@pytest.fixture(scope="module")
def learned():
    features, liked, situation = where_both_must_agree()
    lessons = Lessons.of(features, liked, situation)
    simple = weighing.learn(NAMES, lessons, situation.items)
    return simple, boost(simple, lessons, situation.items), features, liked, situation


def reciprocal(total, liked):
    """Mean of 1 divided by the place of the liked item."""
    wanted = np.where(liked, total, np.nan)
    places = 1 + (np.nan_to_num(total, nan=-99) > np.nanmax(wanted, axis=1, keepdims=True)).sum(axis=1)
    return (1 / places).mean()


def given(features):
    return dict(zip(NAMES, features, strict=True))


def test_trees_find_what_no_weights_can_say(learned):
    simple, boosted, features, liked, situation = learned
    assert isinstance(boosted, Boosted)
    everything = np.ones_like(liked)
    before, after = (
        reciprocal(ranker.score(given(features), everything, situation), liked)
        for ranker in (simple, boosted)
    )
    assert before < 0.5
    assert after > 0.9


def test_the_parts_add_up_to_the_score(learned):
    _, boosted, features, liked, situation = learned
    candidates = np.random.default_rng(1).random(liked.shape) < 0.8
    parts = boosted.parts(given(features), candidates, situation)
    total = boosted.score(given(features), candidates, situation)
    np.testing.assert_array_equal(np.isnan(total), ~candidates)
    np.testing.assert_allclose(boosted.total(parts)[candidates], total[candidates], atol=1e-4)
    assert boosted.part_names == (*NAMES, "situation")
    assert np.isnan(parts[2]).all()  # the mute one
    assert (parts[3][candidates] == 0).all()  # nobody and nothing differs here


def test_only_what_some_scorer_puts_first_is_corrected(learned):
    simple, boosted, *_ = learned
    rng = np.random.default_rng(2)
    scores = {name: rng.normal(size=(1, 1000)).astype(np.float32) for name in ("a", "b")}
    scores["mute"] = np.full((1, 1000), np.nan, dtype=np.float32)
    everything = np.ones((1, 1000), dtype=np.bool_)
    usual = Situation(np.ones((1, 1)), np.ones((1000, len(ABOUT_ITEMS))))
    before, after = (ranker.score(scores, everything, usual)[0] for ranker in (simple, boosted))
    first = {int(item) for name in ("a", "b") for item in np.argsort(-scores[name][0])[:100]}
    others = np.setdiff1d(np.arange(1000), list(first))
    np.testing.assert_array_equal(before[others], after[others])
    assert (before[list(first)] != after[list(first)]).any()


def test_where_weights_say_all_the_simple_ranker_stays():
    rng = np.random.default_rng(3)
    liked = np.zeros((200, 40), dtype=np.bool_)
    liked[np.arange(200), rng.integers(40, size=200)] = True
    raw = rng.normal(size=(3, 200, 40)).astype(np.float32)  # nobody knows anything
    situation = Situation(np.ones((200, 1)), np.ones((40, len(ABOUT_ITEMS))))
    lessons = Lessons.of(np.stack([calibrated(one, np.ones_like(liked)) for one in raw]), liked, situation)
    simple = weighing.learn(NAMES, lessons, situation.items)
    assert boost(simple, lessons, situation.items) is simple


def test_few_people_grow_no_trees(learned):
    simple, _, features, liked, situation = learned
    few = Lessons.of(features[:, :20], liked[:20], Situation(situation.people[:20], situation.items))
    assert boost(simple, few, situation.items) is simple


def test_the_same_lessons_grow_the_same_trees(learned):
    simple, boosted, features, liked, situation = learned
    again = boost(simple, Lessons.of(features, liked, situation), situation.items)
    assert again.trees == boosted.trees


def test_without_lightgbm_the_error_says_what_to_install(learned, monkeypatch):
    simple, _, features, liked, situation = learned
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    with pytest.raises(QueryError, match="whyrec\\[boosted\\]"):
        boost(simple, Lessons.of(features, liked, situation), situation.items)


def test_without_lightgbm_no_training_begins(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "lightgbm", None)
    with pytest.raises(QueryError, match="whyrec\\[boosted\\]"):
        Options(ranker="boosted").scorers()


def test_an_unknown_ranker_is_named():
    with pytest.raises(QueryError, match="there is no ranker 'best'; known are weighted, boosted"):
        Options(ranker="best").scorers()


def test_a_boosted_recommender_answers_alike_when_it_is_loaded(tmp_path, monkeypatch):
    """With parts that add up to the score."""
    monkeypatch.setattr(boosting, "_SURE", -1e9)
    monkeypatch.setitem(boosting._TREES, "min_data_in_leaf", 5)
    before = copy.copy(fitted("checkerboard"))
    rng = np.random.default_rng(0)
    features = rng.normal(size=(len(before.members), 100, before.graph.num_items)).astype(np.float32)
    liked = rng.random(features.shape[1:]) < 0.1
    situation = Situation(rng.normal(size=(100, 1)), Circumstances.of(before.graph).items)
    lessons = Lessons.of(features, liked, situation)
    panel = replace(before.panel, ranker=boost(before.ranker, lessons, situation.items))
    before.answerer = replace(before.answerer, panel=panel)
    models.save(before, tmp_path / "space")
    monkeypatch.setattr(models, "Recommender", Worded)
    after = models.load(tmp_path / "space", device="cpu")
    assert isinstance(before.ranker, Boosted)
    assert after.ranker.trees == before.ranker.trees
    one, other = (each.recommend(Query(user="u3")) for each in (before, after))
    assert one.items == other.items
    assert any(item.parts["situation"] for item in one)
    for item in one:
        assert np.nansum(list(item.parts.values())) == pytest.approx(item.score, abs=1e-5)
    everybody = Profiles.of_users(before.graph, np.arange(20))
    np.testing.assert_array_equal(before.score(everybody), after.score(everybody))
