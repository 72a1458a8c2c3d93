"""Recommenders that differ in one thing: what is not touched is not learned again."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from hybrid.profiles import Profiles
from hybrid.variants import variant
from kg.errors import CatalogError, QueryError
from kg.wiring import shuffled, without
from tests.recommenders import Worded, fit, quick
from tests.worlds import checkerboard, make_graph

MEMBERS = ("als", "ease", "filters", "text")


@functools.cache
def kept():
    return Worded(quick(members=MEMBERS)).fit(checkerboard(16), keep=True)


def scores(recommender):
    return recommender.score(Profiles.of_users(recommender.graph, np.arange(16)))


def members(recommender):
    return {member.name: member for member in recommender.members}


def test_tuned_scorers_are_kept_only_where_asked_for():
    assert tuple(kept().tuned) == MEMBERS
    assert not set(map(id, kept().tuned.values())) & set(map(id, kept().members))
    for without_them in (fit(checkerboard(8), members=("ease",)), variant(kept(), leaving=("als",))):
        assert without_them.tuned == {}
        with pytest.raises(QueryError, match="keep=True"):
            variant(without_them, leaving=("text",))


def test_leaving_a_scorer_out_fits_none_again():
    other = variant(kept(), leaving=("als", "text"))
    assert isinstance(other, Worded)
    assert other.ranker.names == ("ease", "filters")
    assert set(other.seconds) == {"weigh"}
    assert other.members == (members(kept())["ease"], members(kept())["filters"])
    assert other.members[0].weights is members(kept())["ease"].weights
    alone = fit(checkerboard(16), members=("ease", "filters"))
    np.testing.assert_array_equal(scores(other), scores(alone))


def test_other_links_fit_again_what_reads_them():
    other = variant(kept(), without(checkerboard(16)))
    assert other.ranker.names == MEMBERS
    assert set(other.seconds) == {"weigh", "tune ease", "fit ease", "tune filters", "fit filters"}
    assert members(other)["als"] is members(kept())["als"]
    assert members(other)["text"] is members(kept())["text"]
    assert other.text is kept().text
    assert len(other.graph.edges) == len(other.graph.heldout) == 0
    np.testing.assert_array_equal(scores(other), scores(fit(without(checkerboard(16)), members=MEMBERS)))


def test_the_same_links_give_the_same_recommender():
    np.testing.assert_array_equal(scores(variant(kept(), checkerboard(16))), scores(kept()))


def test_both_at_once():
    other = variant(kept(), shuffled(checkerboard(16), 3), leaving=("ease",))
    assert set(other.seconds) == {"weigh", "tune filters", "fit filters"}
    assert other.ranker.names == other.options.members == ("als", "filters", "text")


def test_somebody_must_be_left():
    with pytest.raises(QueryError, match="a scorer to keep"):
        variant(kept(), leaving=MEMBERS)


def test_the_recommender_itself_stays_as_it_was():
    before = scores(kept()), kept().options, dict(kept().seconds)
    variant(kept(), without(checkerboard(16)), leaving=("text",))
    np.testing.assert_array_equal(scores(kept()), before[0])
    assert (kept().options, kept().seconds) == before[1:]


def test_where_no_scorer_can_tell_anything_it_is_said():
    """Of what tunes, nothing is known but the likes that tune; the facts of items place them."""
    users = np.repeat(np.arange(6), 4)
    rows = np.column_stack([users, np.tile([0, 1, 2, 3], 6) + 4 * (users % 2)])
    facts = [(f"i{item}", "has", f"e{item // 4}") for item in range(8)]
    graph = make_graph(rows, facts=facts, name="cold")
    likes = graph.interactions
    graph = graph.with_interactions(replace(likes, validation=likes.items % 4 == 3))
    recommender = Worded(quick(members=("ease", "filters"))).fit(graph, keep=True)
    with pytest.raises(CatalogError, match="'cold': no scorer can tell anything of a like that tunes"):
        variant(recommender, without(graph))
