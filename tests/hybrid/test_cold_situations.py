"""New items, first likes and how sure: learned in a world of two colours, whose right answers are known."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from hybrid import Options, Query, Recommender
from hybrid.beginnings import LENGTHS
from hybrid.confidence import Confidence, outcomes, traits
from hybrid.newcomers import PRICE
from hybrid.profiles import Profiles
from hybrid.scorers.base import Resources
from hybrid.scorers.content import CHOICES, Content
from hybrid.scorers.content_features import Features
from kg.graph import Interactions
from tests.worlds import make_graph

USERS, ITEMS, NEW = 60, 40, 4
MEMBERS = ("ease", "content", "crowd", "popularity", "itemknn")


@functools.cache
def colours(seed=0):
    """People like two in three items of their colour, in any order; the last four items are new."""
    rng = np.random.default_rng(seed)
    likes = [
        (user, item, float(time))
        for user in range(USERS)
        for time, item in enumerate(rng.permutation(ITEMS))
        if item % 2 == user % 2 and rng.random() < 2 / 3
    ]
    facts = [(f"i{item}", "has_colour", ("white", "black")[item % 2]) for item in range(ITEMS + NEW)]
    return make_graph(likes, num_users=USERS, num_items=ITEMS + NEW, facts=facts)


@functools.cache
def fitted(share=None):
    return Recommender(Options(members=MEMBERS, cold_share=share)).fit(colours())


def test_content_ranks_new_items_by_what_they_are_like():
    graph = colours()
    scores = Content().fit(graph, Resources()).score(Profiles.of_users(graph, np.arange(USERS)))
    for user in range(USERS):
        new = scores[user, ITEMS:]
        assert new[user % 2 :: 2].min() > new[1 - user % 2 :: 2].max()


def test_content_chooses_its_options_on_hidden_items():
    graph, told = colours(), []
    nobody = Interactions.of([], [])
    chosen = Content(regularization=7.0).fit(graph, Resources(validation=nobody, report=told.append))
    assert all(getattr(chosen, option) in values for option, values in CHOICES.items())
    said = f"regularization {chosen.regularization}, facts {chosen.facts}"
    assert told == [f"content: {said}, chosen on hidden items"]
    assert Content(regularization=7.0).fit(graph, Resources()).regularization == 7.0


@pytest.mark.parametrize("bad", [{"regularization": 0.0}, {"landmarks": 0}])
def test_content_refuses_what_makes_no_sense(bad):
    with pytest.raises(ValueError, match="above 0 and at least one landmark"):
        Content(**bad).fit(colours(), Resources())


def test_two_items_agree_by_how_many_facts_they_share():
    graph = make_graph(
        num_items=5,
        facts=[(f"i{item}", "is", "common") for item in range(4)]
        + [("i0", "is", "rare"), ("i1", "is", "rare"), ("i2", "is", "only")],
    )
    facts = Features.of(graph, None).facts.toarray()
    assert facts.shape == (5, 2)  # what a single item has says nothing of any other
    shared = facts @ facts.T
    assert shared[0, 1] / shared[2, 3] == pytest.approx(2.0)
    assert np.square(facts).sum() / 5 == pytest.approx(1.0, rel=1e-5)
    assert Features.of(graph, None).described.tolist() == [True] * 4 + [False]


def test_what_two_items_share_says_more_where_their_numbers_are_near():
    graph = make_graph(num_items=4, facts=[(f"i{item}", "is", "common") for item in range(4)])
    near = np.array([0.5, 0.5, 0.6, np.nan])
    features = replace(Features.of(graph, None), numbers=near[:, None])
    rows = np.arange(4)
    plain = replace(features, numbers=np.zeros((4, 0))).kernel(rows, rows, 2.0)
    factor = 1 + 0.3 * np.array([1.0, 1.0, np.exp(-0.5), 0.0])
    np.testing.assert_allclose(features.kernel(rows[:1], rows, 2.0)[0] / plain[0], factor)
    assert plain[0, 1] == pytest.approx(2.0 + (features.rest[0] @ features.rest[1]), rel=1e-5)


def test_new_items_of_the_right_colour_come_first_among_new_ones_whatever_their_share():
    for share in (None, 0.3):
        recommender = fitted(share)
        assert recommender.ranker.newcomers is not None
        scores = recommender.score(Profiles.of_users(recommender.graph, np.arange(USERS)))
        for user in range(USERS):
            new = scores[user, ITEMS:]
            assert new[user % 2 :: 2].min() > new[1 - user % 2 :: 2].max()


def test_a_share_of_the_places_lifts_new_items():
    little, much = (fitted(share).ranker.newcomers for share in (0.0, 0.5))
    assert much.offset > little.offset
    assert 0 < PRICE < 0.1


def test_what_a_newcomer_adds_up_to():
    new = fitted(0.3).recommend(Query(likes=("i0", "i2", "i4")), 100)
    (item,) = (each for each in new if each.item == f"i{ITEMS}")
    assert np.nansum(list(item.parts.values())) == pytest.approx(item.score, abs=1e-5)
    assert np.isnan(item.parts["popularity"])
    assert item.parts["content"] != 0


def test_the_first_like_already_tells_the_colour_and_nobody_gets_what_most_like():
    recommender = fitted()
    for colour in (0, 1):
        ranking = recommender.recommend(Query(likes=(f"i{colour}",)), 8)
        assert {int(item[1:]) % 2 for item in ranking.items} == {colour}
    weights = recommender.ranker.of_people(
        recommender.panel.circumstances.around(
            Profiles.of_users(recommender.graph, np.arange(2)).first(0), new=True
        )
    )
    named = dict(zip(recommender.ranker.names, weights[:, 0], strict=True))
    assert named["crowd"] + named["popularity"] > 0.05
    assert min(LENGTHS) == 0


def test_confidence_is_the_share_that_was_liked():
    recommender = fitted()
    known, graph = recommender.ranker.confidence, recommender.graph
    validation = graph.interactions.take(graph.interactions.validation)
    before = graph.with_interactions(graph.interactions.take(~graph.interactions.validation))
    found = outcomes(recommender.ranker, recommender.members, before, validation)
    there = np.isfinite(found.scores)
    sure = known.of(found.scores, np.arange(1, 21), found.lengths[:, None])
    assert sure[there].mean() == pytest.approx(found.liked[there].mean(), abs=0.06)
    assert ((sure > 0) & (sure < 1)).all()


def test_evidence_is_thin_where_a_list_promises_less_than_half_of_a_usual_one():
    known = Confidence(np.array([0.0, 1.0, 0.0, 0.0, 0.0]), usual=0.5)
    assert known.of(np.array([0.0]), 1, 3)[0] == pytest.approx(0.5)
    assert known.thin(np.array([0.2, 0.2]))
    assert not known.thin(np.array([0.3, 0.3]))
    got = traits(np.array([2.0]), 40, 3)[0]  # beyond 20 places nothing was learned
    np.testing.assert_allclose(got, [1, 2, np.log1p(20), np.log1p(3), 2 * np.log1p(3)])


def test_first_likes_of_profiles():
    graph = colours()
    people = Profiles.of_users(graph, np.arange(5))
    early = people.first(2)
    assert early.lengths.tolist() == [2] * 5
    for row in range(5):
        np.testing.assert_array_equal(early.history(row), people.history(row)[:2])
    assert people.first(0).lengths.tolist() == [0] * 5
