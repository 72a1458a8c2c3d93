"""What every scorer must do; discovery finds them, so a new one is tested without a word here."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from hybrid.adapt.transfer import transfer
from hybrid.evaluation.protocol import history_mask, top_k
from hybrid.profiles import Profiles, Wish
from hybrid.scorers import Resources, find
from hybrid.scorers.base import KINDS
from kg.graph import Edges
from kg.newitems import NewItem
from tests.recommenders import fit as fit_recommender
from tests.worlds import checkerboard, make_graph, text_table

NAMES = tuple(find())
COLOURS = ("white", "black")


@functools.cache
def board(*, teams=False, halved=False):
    """The checkerboard with an empty-handed user and an item without likes, facts, text or label.

    Entities are called by their ids. With teams, people belong to one as items have a colour. Halved, every
    field has only its colour or only its text.
    """
    graph = checkerboard(20)
    rows = np.column_stack([graph.interactions.users, graph.interactions.items, graph.interactions.times])
    linked = [(graph.id(head), graph.id(tail)) for head, tail in _edges(graph)]
    facts = [(item, "has_colour", colour) for item, colour in linked if not halved or int(item[1:]) % 4 < 2]
    facts += [(f"u{user}", "plays_for", f"{COLOURS[user % 2]} team") for user in range(20) if teams]
    texts = {graph.id(node): graph.texts[node] for node in range(graph.num_nodes)}
    if halved:
        texts = {item: text for item, text in texts.items() if item not in {head for head, _, _ in facts}}
    labels = {external: external for _, _, external in facts}
    return make_graph(rows, num_users=21, num_items=21, facts=facts, texts=texts, labels=labels)


def _edges(graph):
    return zip(graph.edges.heads, graph.edges.tails, strict=True)


@functools.cache
def resources():
    """With a start from a board of which less is said."""
    return Resources(text=text_table(board()), device="cpu", seed=3, start=start())


@functools.cache
def start():
    return transfer(fit_recommender(board(halved=True), members=("als",)), board())


def world(name):
    """The board; with teams for a scorer that reads what is known of people."""
    return board(teams=find()[name].reads_people)


def fit(name, graph=None, given=None):
    scorer = find()[name]
    return scorer(**scorer.quick).fit(graph or world(name), given or resources())


@functools.cache
def fitted(name):
    return fit(name)


def answers_all(name):
    kind = find()[name]
    return kind.answers_all or not kind.personalised


def asking(name, people):
    """The people, each asking for what is white or black as they are, where the scorer reads only that."""
    kind = find()[name]
    if kind.reads_likes:
        return people
    asked = tuple(
        Wish(
            text=COLOURS[user % 2] if kind.reads_text else "",
            entities=(world(name).entities.number(COLOURS[user % 2]),) if kind.reads_entities else (),
        )
        for user in people.users
    )
    return replace(people, wishes=asked)


def everybody(name):
    """All users, of whom the last one has no likes and asks for nothing."""
    people = Profiles.of_users(world(name), np.arange(21))
    wishes = asking(name, people).wishes
    return replace(people, wishes=(*wishes[:-1], Wish()))


def somebody(name, items):
    """Somebody new who likes these items."""
    likes = Profiles.of_likes(np.array(items, dtype=np.int64))
    return likes if not items else asking(name, replace(likes, users=np.array([items[0]])))


def same(first, second):
    np.testing.assert_allclose(first, second, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_who_it_is(name):
    scorer = find()[name]
    assert scorer.name == name
    assert scorer.reason
    assert scorer.kind in KINDS
    assert scorer.__doc__
    options = set(scorer().options())
    assert set(scorer.grid) <= options
    assert set(scorer.quick) <= options


@pytest.mark.parametrize("name", NAMES)
def test_options_build_the_same_scorer(name):
    scorer = find()[name]
    assert scorer(**scorer().options()) == scorer()
    assert scorer(**fitted(name).options()) == fitted(name).settled()
    assert name in repr(scorer()).lower()


@pytest.mark.parametrize("name", NAMES)
def test_scores_have_a_place_for_each_person_and_item(name):
    scores = fitted(name).score(everybody(name))
    assert scores.shape == (21, 21)
    assert scores.dtype == np.float32
    assert not np.isinf(scores).any()


@pytest.mark.parametrize("name", NAMES)
def test_nobody_to_score(name):
    assert fitted(name).score(everybody(name).slice(0, 0)).shape == (0, 21)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_profile_gets_no_invented_numbers(name):
    scorer = fitted(name)
    for empty in (everybody(name).slice(20, 21), somebody(name, [])):
        row = scorer.score(empty)[0]
        assert np.isfinite(row).any() if answers_all(name) else np.isnan(row).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_item_that_nothing_is_known_about(name):
    scorer = fitted(name)
    scores = scorer.score(everybody(name))
    if not answers_all(name):
        assert np.isnan(scores[:, 20]).all()
        only_unknown = Profiles.of_likes(np.array([20]))
        assert np.isnan(scorer.score(only_unknown)).all()
    with_unknown = scorer.score(somebody(name, [0, 20, 2]))
    assert np.isfinite(with_unknown[0, :20]).all()


@pytest.mark.parametrize("name", NAMES)
def test_it_says_whether_it_reads_facts(name):
    nothing = np.zeros(0, dtype=np.int64)
    alone = fit(name, replace(world(name), edges=Edges(nothing, nothing, nothing))).score(everybody(name))
    unchanged = np.array_equal(alone, fitted(name).score(everybody(name)), equal_nan=True)
    assert unchanged is not find()[name].reads_facts


@pytest.mark.parametrize("name", NAMES)
def test_it_says_whether_it_can_score_what_nobody_likes(name):
    """An item with facts and text that is in nobody's history."""
    likes = world(name).interactions
    cold = world(name).with_interactions(likes.take(likes.items != 4))
    people = asking(name, Profiles.of_users(cold, np.arange(20)))
    told = np.isfinite(fit(name, cold).score(people)[:, 4]).all()
    assert told == (find()[name].scores_new or answers_all(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_scores(name):
    np.testing.assert_array_equal(fit(name).score(everybody(name)), fitted(name).score(everybody(name)))


@pytest.mark.parametrize("name", NAMES)
def test_state_round_trip(name, tmp_path):
    scorer, path = fitted(name), tmp_path / "state.npz"
    np.savez(path, allow_pickle=False, **scorer.state())
    with np.load(path, allow_pickle=False) as saved:
        restored = type(scorer)(**scorer.options()).restored(dict(saved), world(name), resources())
    np.testing.assert_array_equal(restored.score(everybody(name)), scorer.score(everybody(name)))


@functools.cache
def larger(name):
    """The board with a field like the known ones, one with a text, one with a fact, and one with nothing."""
    black = (("has_colour", "black"),)
    return world(name).with_items(
        [
            NewItem("black", text=board().item_texts[1], links=black),
            NewItem("told", text=board().item_texts[1]),
            NewItem("linked", links=black),
            NewItem("bare"),
        ]
    )


@functools.cache
def grown(name):
    return fitted(name).grown(larger(name), replace(resources(), text=text_table(larger(name))))


@pytest.mark.parametrize("name", NAMES)
def test_growing_leaves_the_scores_of_known_items(name):
    scores = grown(name).score(everybody(name))
    assert scores.shape == (21, 25)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores[:, :21], fitted(name).score(everybody(name)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_known_of_nothing_is_not_scored(name):
    scores = grown(name).score(everybody(name))
    if not answers_all(name):
        assert np.isnan(scores[:, 24]).all()
    placed = np.isfinite(scores[:20, 21]).all()
    assert placed == (find()[name].scores_new or answers_all(name))


@pytest.mark.parametrize("name", [name for name in NAMES if find()[name].scores_new])
def test_a_new_item_suits_those_of_its_colour(name):
    scores = grown(name).score(everybody(name))[:20, 21:24]
    for column in scores.T[np.isfinite(scores).all(axis=0)]:
        assert column[1::2].min() > column[::2].max()


@pytest.mark.parametrize("name", NAMES)
def test_growing_twice_is_growing_at_once(name):
    items = [NewItem("black", text=board().item_texts[1], links=(("has_colour", "black"),))]
    scorer, graph = fitted(name), world(name)
    for item in [*items, NewItem("told", text=board().item_texts[1])]:
        graph = graph.with_items([item])
        scorer = scorer.grown(graph, replace(resources(), text=text_table(graph)))
    both = scorer.score(everybody(name))
    np.testing.assert_allclose(both, grown(name).score(everybody(name))[:, :23], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_history_with_a_new_item(name):
    """What a scorer knows of the other likes still counts; of the new one alone it may know nothing."""
    scorer = grown(name)
    scores = scorer.score(somebody(name, [0, 21, 2, 24]))
    assert np.isfinite(scores[0, :20]).all()
    alone = scorer.score(Profiles.of_likes(np.array([24])))
    assert np.isnan(alone).all() or answers_all(name)


@pytest.mark.parametrize("name", NAMES)
def test_state_round_trip_of_a_grown_scorer(name, tmp_path):
    scorer, path = grown(name), tmp_path / "state.npz"
    np.savez(path, allow_pickle=False, **scorer.state())
    given = replace(resources(), text=text_table(larger(name)))
    with np.load(path, allow_pickle=False) as saved:
        restored = type(scorer)(**scorer.options()).restored(dict(saved), larger(name), given)
    np.testing.assert_array_equal(restored.score(everybody(name)), scorer.score(everybody(name)))
    more = larger(name).with_items([NewItem("more", text="a white field")])
    again = restored.grown(more, replace(given, text=text_table(more))).score(everybody(name))
    np.testing.assert_allclose(again[:, :25], scorer.score(everybody(name)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_scores_like_its_people_one_by_one(name):
    people = everybody(name)
    alone = np.concatenate([fitted(name).score(people.slice(row, row + 1)) for row in range(len(people))])
    same(alone, fitted(name).score(people))


@pytest.mark.parametrize("name", NAMES)
def test_somebody_new_with_a_known_history(name):
    scorer, people = fitted(name), everybody(name)
    if not scorer.inductive:
        pytest.skip("declares that it knows people by their row")
    new = Profiles(
        np.full(len(people), -1), people.indptr, people.items, people.weights, people.times, people.wishes
    )
    same(scorer.score(new), scorer.score(people))


@pytest.mark.parametrize("name", NAMES)
def test_profiles_and_graph_stay_as_they_were(name):
    graph, people = checkerboard(8), Profiles.of_users(checkerboard(8), np.arange(8))
    untouched = Profiles.of_users(checkerboard(8), np.arange(8))
    fit(name, graph, Resources(text=text_table(graph), device="cpu")).score(people)
    for column in ("users", "indptr", "items", "weights", "times"):
        np.testing.assert_array_equal(getattr(people, column), getattr(untouched, column))
    for column in ("users", "items", "weights", "times"):
        before = getattr(checkerboard(8).interactions, column)
        np.testing.assert_array_equal(getattr(graph.interactions, column), before)


@pytest.mark.parametrize("name", NAMES)
def test_the_checkerboard_has_one_right_answer(name):
    scorer = fitted(name)
    if not scorer.personalised:
        pytest.skip("declares that it ignores who asks")
    people = everybody(name).slice(0, 20)
    liked = history_mask(people, 21)
    best = top_k(scorer.score(people), 1, np.random.default_rng(0), exclude=liked)[:, 0]
    np.testing.assert_array_equal(
        best, np.arange(20)
    )  # of the person's colour, only item u is unseen by user u


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("graph", [make_graph(num_users=2, num_items=3), make_graph([(0, 0)], num_items=2)])
def test_a_graph_with_next_to_nothing_in_it(name, graph):
    """No likes, or one; no texts, no times: a scorer abstains, it does not fail."""
    scorer = fit(name, graph, Resources(text=text_table(graph), device="cpu"))
    people = Profiles.of_users(graph, np.arange(graph.num_users))
    scores = scorer.score(people)
    assert scores.shape == (graph.num_users, graph.num_items)
    if not answers_all(name) and not len(graph.interactions):
        assert np.isnan(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_it_works_without_a_text_table(name):
    assert fit(name, given=Resources(device="cpu")).score(everybody(name)).shape == (21, 21)


@pytest.mark.parametrize("name", NAMES)
def test_learned_fields_are_missing_before_fit(name):
    scorer = find()[name]()
    with pytest.raises(AttributeError):
        scorer.score(everybody(name))
    with pytest.raises(TypeError):
        scorer._fitted(something_else=1)
