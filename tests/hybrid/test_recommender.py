"""The walk on small worlds with one right answer."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from hybrid import Options, Query
from hybrid.evaluation.paths_shown import Taste
from hybrid.profiles import Profiles
from hybrid.scorers import find
from kg.errors import QueryError, UnknownIdError, WhyRecError
from kg.newitems import NewItem
from tests import worlds
from tests.recommenders import fit, fitted
from tests.worlds import checkerboard, make_graph

WORLDS = ("checkerboard", "two_cliques", "chain")


def ranked(world, n=10, **query):
    return fitted(world).recommend(Query(**query), n)


def history(world, user):
    graph = fitted(world).graph
    return tuple(graph.items.ids[item] for item in fitted(world).history(user))


@pytest.mark.parametrize("world", WORLDS)
def test_the_one_right_answer_is_on_top(world):
    graph = getattr(worlds, world)()
    for user, item in zip(graph.heldout.users, graph.heldout.items, strict=True):
        assert ranked(world, 1, user=f"u{user}").items == (f"i{item}",)


@pytest.mark.parametrize("world", WORLDS)
def test_parts_add_up_to_the_score_and_scores_fall(world):
    ranking = ranked(world, user="u3")
    assert len(ranking) > 1
    for item in ranking:
        assert tuple(item.parts) == fitted(world).ranker.names
        assert np.nansum(list(item.parts.values())) == pytest.approx(item.score, abs=1e-5)
    scores = [item.score for item in ranking]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("world", WORLDS)
def test_liked_and_excluded_items_are_never_recommended(world):
    everything = ranked(world, 1000, user="u3").items
    assert len(everything) == len(set(everything))
    assert not set(everything) & set(history(world, "u3"))
    excluded = everything[:2]
    assert set(ranked(world, 1000, user="u3", exclude=excluded).items) == set(everything) - set(excluded)
    more = ranked(world, 1000, user="u3", likes=everything[:2]).items
    assert not set(more) & ({*everything[:2], *history(world, "u3")})


@pytest.mark.parametrize("world", WORLDS)
def test_somebody_new_with_the_history_of_a_known_user_gets_the_same(world):
    """In the order of time; all that is known of them is what they like. Weights of beginners aside."""
    usual = copy(fitted(world))
    panel = replace(usual.panel, ranker=replace(usual.ranker, beginnings=None))
    usual.answerer = replace(usual.answerer, panel=panel)
    for user in ("u0", "u5"):
        known = ranked(world, user=user)
        assert ranked(world, likes=history(world, user)).items[0] == known.items[0]
        new = usual.recommend(Query(likes=history(world, user)))
        assert new.items[:3] == known.items[:3]
        for one, other in zip(new, known, strict=True):
            assert one.score == pytest.approx(other.score, abs=2e-3)


def test_an_unknown_user_is_an_error_unless_the_rest_is_enough():
    with pytest.raises(UnknownIdError, match="user 'nobody' is not in the graph"):
        ranked("checkerboard", user="nobody")
    rest = ranked("checkerboard", user="nobody", likes=("i0", "i2"))
    assert rest.items == ranked("checkerboard", likes=("i0", "i2")).items
    assert rest.notes == ("user 'nobody' is not in the graph; the answer is for somebody new",)


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ({"likes": ("i0", "nothing")}, {"likes": ("i0",)}),
        ({"user": "u0", "dislikes": ("nothing",)}, {"user": "u0"}),
        ({"user": "u0", "exclude": ("nothing",)}, {"user": "u0"}),
        ({"user": "u0", "about": ("nothing",)}, {"user": "u0"}),
    ],
    ids=["like", "dislike", "exclude", "about"],
)
def test_what_is_unknown_is_noted_and_the_rest_is_answered(query, rest):
    found = ranked("checkerboard", **query)
    assert found.items == ranked("checkerboard", **rest).items
    (note,) = found.notes
    assert "'nothing'" in note


def test_what_is_disliked_is_left_out_and_what_is_like_it_sinks():
    liked, both = (
        ranked("checkerboard", 100, likes=("i0",)),
        ranked("checkerboard", 100, likes=("i0",), dislikes=("i1", "i3")),
    )
    assert set(liked.items) - set(both.items) == {"i1", "i3"}
    for item in both:
        assert tuple(item.parts) == (*fitted("checkerboard").ranker.names, "dislikes")
        assert np.nansum(list(item.parts.values())) == pytest.approx(item.score, abs=1e-5)
    odd = [item.parts["dislikes"] for item in both if int(item.item[1:]) % 2]
    even = [item.parts["dislikes"] for item in both if not int(item.item[1:]) % 2]
    assert max(odd) < 0 < min(even)


def test_dislikes_alone_lift_what_is_unlike_them():
    ranking = ranked("checkerboard", 9, dislikes=("i1", "i3"))
    assert {int(item[1:]) % 2 for item in ranking.items} == {0}
    assert ranking.notes[0] == "nothing told what is liked, so what most people like comes first"
    assert set(ranking.recommendations[0].parts) >= {"popularity", "dislikes"}


def test_a_condition_alone_gives_the_best_known():
    ranking = ranked("checkerboard", 100, wanted=("has colour = black",))
    assert {int(item[1:]) % 2 for item in ranking.items} == {1}
    assert len(ranking) == 10
    told = {name for name, part in ranking.recommendations[0].parts.items() if not np.isnan(part)}
    assert told == {"popularity", "crowd"}


def test_the_query_says_how_many():
    assert len(fitted("checkerboard").recommend(Query(user="u0", n=3))) == 3
    assert len(fitted("checkerboard").recommend(Query(user="u0", n=3), 2)) == 2
    with pytest.raises(QueryError, match="n: expected a whole number of items"):
        fitted("checkerboard").recommend(Query(user="u0"), 0)


def test_an_explanation_has_the_parts_of_the_ranking_and_says_what_is_against_it():
    query = Query(likes=("i0", "i2"), dislikes=("i1",), wanted=("has colour = white",))
    best = fitted("checkerboard").recommend(query, 1).recommendations[0]
    explained = fitted("checkerboard").explain(query, best.item)
    assert dict(explained.parts) == pytest.approx(dict(best.parts), abs=1e-5, nan_ok=True)
    assert explained.notes == ()
    against = fitted("checkerboard").explain(query, "i1").notes
    assert against == ("it does not meet 'has colour = white'", "it does not meet 'not disliked'")


def test_an_unknown_item_cannot_be_explained():
    with pytest.raises(UnknownIdError, match="i99"):
        fitted("checkerboard").explain(Query(user="u0"), "i99")


def test_a_query_of_nothing_is_refused():
    for empty in ({}, {"text": "  "}, {"exclude": ("i0",)}):
        with pytest.raises(QueryError, match="a query needs a user, likes or text"):
            Query(**empty)


def lonely():
    """The checkerboard with a user who likes nothing, and with a text on every item."""
    board = checkerboard(12)
    rows = np.column_stack([board.interactions.users, board.interactions.items, board.interactions.times])
    texts = {f"i{item}": board.item_texts[item] for item in range(12)}
    return make_graph(rows, num_users=13, num_items=12, texts=texts)


def test_a_user_without_history_gets_what_most_people_like_and_is_told_so():
    recommender = fit(lonely())
    alone = recommender.recommend(Query(user="u12"))
    assert alone.notes == (
        "user 'u12' has no likes in the graph",
        "nothing told what is liked, so what most people like comes first",
    )
    speakers = {name for name, part in alone.recommendations[0].parts.items() if not np.isnan(part)}
    assert speakers == {"popularity", "crowd"}
    with_text = recommender.recommend(Query(user="u12", text="a black field"), 6)
    assert {int(item[1:]) % 2 for item in with_text.items} == {1}
    assert with_text.notes == ("user 'u12' has no likes in the graph",)


def test_words_alone_are_enough():
    for word, colour in (("white", 0), ("black", 1)):
        ranking = ranked("checkerboard", 10, text=f"a {word} field")
        assert {int(item[1:]) % 2 for item in ranking.items} == {colour}
        told = {name for name, part in ranking.recommendations[0].parts.items() if not np.isnan(part)}
        assert "text" in told <= {"text", "words", "entities", "popularity", "crowd"}
        assert ranking.recommendations[0].paths == ()  # no history, so no path from one


def test_every_scorer_that_can_tell_anything_has_a_say():
    """Validation may find that text adds nothing to a history; to a query of words it is all there is."""
    weights = dict(
        zip(fitted("checkerboard").ranker.names, fitted("checkerboard").ranker.weights, strict=True)
    )
    usual = {member.name for member in fitted("checkerboard").members if member.usual}
    assert {name for name, weight in weights.items() if weight > 0} == usual
    untimed = dict(zip(fitted("two_cliques").ranker.names, fitted("two_cliques").ranker.weights, strict=True))
    assert untimed["text"] == untimed["sequence"] == 0
    assert untimed["graph"] > 0


def test_words_without_texts_are_noted():
    ranking = ranked("two_cliques", user="u0", text="something sad")
    assert ranking.notes == ("the words were not used: no item of this graph has text",)
    with pytest.raises(QueryError, match="add likes"):
        ranked("two_cliques", text="something sad")


def test_an_item_liked_twice_is_liked_once():
    once, twice = ranked("checkerboard", likes=("i2", "i0")), ranked("checkerboard", likes=("i2", "i0", "i0"))
    assert twice.items == once.items
    assert [item.score for item in twice] == pytest.approx([item.score for item in once], abs=1e-5)


def test_an_explanation_is_what_the_ranking_says():
    recommender = fitted("checkerboard")
    best = ranked("checkerboard", user="u4").recommendations[0]
    explained = recommender.explain(Query(user="u4"), best.item, paths=3)
    assert explained.item == best.item == "i4"
    assert explained.label == "Field 4"
    assert explained.score == pytest.approx(best.score, abs=1e-5)
    assert dict(explained.parts) == pytest.approx(dict(best.parts), abs=1e-5, nan_ok=True)
    assert {path.nodes for path in explained.paths} == {path.nodes for path in best.paths}
    assert len(recommender.explain(Query(user="u4"), "i4").paths) > 3


def test_a_taste_says_which_path_comes_first():
    recommender, query = fitted("checkerboard"), Query(user="u4")
    usual, recent = (
        recommender.recommend(query, 3, taste=taste) for taste in (None, Taste(faithful=0.0, recent=1.0))
    )
    assert usual.items == recent.items
    start = recent.recommendations[0].paths[0].nodes[0] - recommender.graph.first("item")
    assert start == recommender.history("u4")[-1]
    assert [len(item.paths) for item in recent] == [len(item.paths) for item in usual]


def test_a_liked_item_can_be_explained_but_not_by_itself():
    explained = fitted("checkerboard").explain(Query(user="u4"), "i8")
    target = fitted("checkerboard").graph.node("item", "i8")
    assert explained.paths
    assert all(target not in path.nodes[:-1] for path in explained.paths)


def test_paths_start_at_what_is_liked_and_end_at_what_is_recommended():
    graph = fitted("checkerboard").graph
    for item in ranked("checkerboard", user="u4"):
        for path in item.paths:
            assert graph.id(path.nodes[0]) in history("checkerboard", "u4")
            assert graph.id(path.nodes[-1]) == item.item
        weights = [path.weight for path in item.paths]
        assert weights == sorted(weights, reverse=True)


def test_fewer_items_than_asked_for():
    assert len(ranked("two_cliques", 1000, user="u0")) <= 12 - 5
    assert len(ranked("two_cliques", 2, user="u0")) == 2


def test_the_same_seed_gives_the_same_recommender():
    first, second = fit(checkerboard(12)), fit(checkerboard(12))
    profiles = Profiles.of_users(first.graph, np.arange(12))
    np.testing.assert_array_equal(first.score(profiles), second.score(profiles))


def test_batch_scores_rank_as_recommend_does():
    recommender = fitted("chain")
    scores = recommender.score(Profiles.of_users(recommender.graph, np.arange(3)))
    for user in range(3):
        liked = recommender.history(f"u{user}")
        assert np.isnan(scores[user, liked]).all()
        for item in recommender.recommend(Query(user=f"u{user}")):
            row = recommender.graph.items.number(item.item)
            assert scores[user, row] == pytest.approx(item.score, abs=1e-3)


def test_an_unknown_member_is_named_with_those_that_are_known():
    with pytest.raises(QueryError, match="no scorer 'oracle'; known are als, "):
        fit(checkerboard(6), members=("oracle",))


def test_members_can_be_chosen():
    recommender = fit(checkerboard(12), members=("ease", "popularity"))
    assert recommender.ranker.names == ("ease", "popularity")
    assert recommender.recommend(Query(user="u3"), 1).items == ("i3",)


@pytest.mark.parametrize(
    "graph",
    [make_graph(num_users=2, num_items=3), make_graph([(0, 0), (1, 1)], num_items=3)],
    ids=["no likes", "one like each"],
)
def test_too_little_to_learn_from_is_said_in_a_sentence(graph):
    with pytest.raises(WhyRecError, match=r"'world'.*likes"):
        fit(graph)


def test_heldout_likes_leave_the_graph_before_anything_learns():
    graph = worlds.checkerboard()
    kept = fitted("checkerboard").graph
    assert len(graph.heldout) == 20
    assert len(kept.heldout) == 0
    pairs = set(zip(kept.interactions.users.tolist(), kept.interactions.items.tolist(), strict=True))
    assert not pairs & set(zip(graph.heldout.users.tolist(), graph.heldout.items.tolist(), strict=True))


def test_stages_and_epochs_are_kept_for_reports():
    recommender = fitted("checkerboard")
    names = recommender.ranker.names
    stages = {
        "encode texts",
        "weigh",
        *(f"tune {name}" for name in names),
        *(f"fit {name}" for name in names),
    }
    assert set(recommender.seconds) == stages
    assert all(epoch.metric is not None for epoch in recommender.histories["graph"].epochs)


def test_default_options_combine_every_scorer_that_is_no_baseline():
    names = [scorer.name for scorer in Options().scorers()]
    assert {"als", "graph", "sequence", "text"} <= set(names)
    assert not {"bpr", "ncf", "userknn"} & set(names)
    usual = {name for name in names if find()[name].usual}
    assert not {"popularity", "itemknn", "content", "words"} & usual
    assert replace(Options(), overrides={"graph": {"epochs": 3}}).scorers()[names.index("graph")].epochs == 3


def test_it_speaks_another_language_and_stays_itself():
    recommender, query = fitted("checkerboard"), Query(user="u0")
    told = recommender.speaking("de").recommend(query, 3)
    assert told.items == recommender.recommend(query, 3).items
    assert all(path.sentence.startswith("Dir gefiel") for item in told for path in item.paths)
    assert recommender.recommend(query, 3).recommendations[0].paths[0].sentence.startswith("You liked")
    grown = recommender.speaking("de").with_items([NewItem("new", links=(("has_colour", "white"),))])
    assert grown.recommend(query, 1).recommendations[0].paths[0].sentence.startswith("Dir gefiel")
