"""A cinema starts another: two tastes, and films that only their genre or their words tell apart."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy import sparse

from hybrid.adapt.placing import Placing
from hybrid.adapt.shared import Described, describe, same_items
from hybrid.adapt.transfer import transfer
from hybrid.profiles import Profiles
from hybrid.recommender import Recommender
from hybrid.scorers.base import Resources
from hybrid.text.table import TextTable
from kg.errors import CatalogError, WorkspaceError
from tests.recommenders import fit
from tests.worlds import WordEncoder, make_graph

GENRES = ("Western", "Musical")


def cinema(likes, names, *, texts=None, genres=GENRES, num_users=None):
    """Films in turn of the one genre and of the other, with labels in the given spelling."""
    entities = {f"g{row}": genre for row, genre in enumerate(genres)}
    films = {f"i{row}": name for row, name in enumerate(names)}
    return make_graph(
        likes,
        num_users=num_users,
        num_items=len(names),
        facts=[(film, "has_genre", f"g{row % 2}") for row, film in enumerate(films)],
        labels=films | entities,
        texts=texts,
    )


@functools.cache
def source():
    """Twelve people like five of the six films of one genre each; the older films are liked by more."""
    likes = [
        (user, 2 * film + user % 2, 10 * user + film)
        for user in range(12)
        for film in range(6)
        if film != 5 - user // 2 % 3
    ]
    return fit(cinema(likes, [f"Old film number {row}" for row in range(12)]), members=("als",))


def new_cinema(likes=(), **changes):
    return cinema(likes, [f"New reel {row}" for row in range(8)], **{"num_users": 3, **changes})


def best(scorer, *liked):
    scores = scorer.score(Profiles.of_likes(np.array(liked)))[0]
    scores[list(liked)] = -np.inf
    return np.argsort(-scores)


def test_films_of_the_liked_genre_come_first_before_anybody_has_been_seen():
    scorer = transfer(source(), new_cinema())
    assert set(best(scorer, 0)[:3]) == {2, 4, 6}
    assert set(best(scorer, 3)[:3]) == {1, 5, 7}


def test_genres_are_known_by_their_names_in_any_spelling():
    scorer = transfer(source(), new_cinema(genres=("MUSICAL", "western!")))
    assert set(best(scorer, 0)[:3]) == {2, 4, 6}


def test_none_of_the_new_likes_is_looked_at():
    people = Profiles.of_likes(np.array([0, 2]))
    with_likes = transfer(source(), new_cinema([(0, 0), (0, 3), (1, 7)]))
    np.testing.assert_array_equal(with_likes.score(people), transfer(source(), new_cinema()).score(people))


def test_words_place_films_where_no_entity_is_shared():
    words = {f"i{row}": ("saddle and dust", "song and dance")[row % 2] for row in range(12)}
    told = cinema(
        np.column_stack([source().graph.interactions.users, source().graph.interactions.items]),
        [f"Old film number {row}" for row in range(12)],
        texts=words,
    )
    teacher = fit(told, members=("als",))
    new = new_cinema(texts={f"i{row}": words[f"i{row}"] for row in range(8)}, genres=("x", "y"))
    assert set(best(transfer(teacher, new), 1)[:3]) == {3, 5, 7}


def test_texts_that_only_one_catalog_has_say_nothing():
    alone = TextTable(np.eye(12, 32, dtype=np.float32), np.ones(12, dtype=np.bool_), WordEncoder())
    nothing = TextTable(np.zeros((8, 32), np.float32), np.zeros(8, dtype=np.bool_), WordEncoder())
    ours, theirs = describe(source().graph, new_cinema(), alone, nothing)
    assert not ours.texts.size
    assert not theirs.texts.size


def test_an_item_of_which_nothing_is_known_is_not_scored():
    alone = make_graph(
        num_users=1,
        num_items=3,
        facts=[("i0", "has_genre", "a"), ("i1", "has_genre", "a")],
        labels={"a": "Western", "i0": "This", "i1": "That"},
    )
    scores = transfer(source(), alone).score(Profiles.of_likes(np.array([0])))
    np.testing.assert_array_equal(np.isnan(scores[0]), [False, False, True])
    assert np.isnan(transfer(source(), alone).score(Profiles.of_likes(np.array([2])))).all()


def test_catalogs_with_nothing_in_common_are_refused():
    with pytest.raises(CatalogError, match="nothing in common"):
        transfer(source(), new_cinema(genres=("Chair", "Table")))


def test_a_film_of_both_catalogs_is_placed_where_the_source_has_it():
    """Old film number 0, 2 ... are Westerns there; here the card calls two of them Musicals."""
    names = ["New reel 0", "New reel 1", "New reel 2", "Old film number 4", "New reel 4", "New reel 5"]
    new = cinema([], names, num_users=1)
    np.testing.assert_array_equal(np.column_stack(same_items(source().graph, new)), [[4, 3]])
    matched, hidden = (transfer(source(), new, match_items=on) for on in (True, False))
    assert matched.start.factors[3] @ matched.start.factors[0] > 0
    assert (
        matched.start.factors[3] @ matched.start.factors[1]
        < hidden.start.factors[3] @ hidden.start.factors[1]
    )


def test_likes_move_items_and_more_of_them_move_them_more():
    """Here people who like film 0, a Western, like film 3, a Musical, too."""
    start = transfer(source(), new_cinema())
    ranks = []
    for people in (0, 2, 60):
        likes = [(user, film) for user in range(people) for film in (0, 3)]
        moved = start.fit(new_cinema(likes, num_users=61), Resources())
        ranks.append(list(best(moved, 0)).index(3))
    assert ranks[0] > ranks[2]
    assert ranks[2] == 0
    assert sorted(ranks, reverse=True) == ranks


def test_the_hybrid_takes_it_as_a_member():
    likes = [(user, 2 * film + user % 2, film) for user in range(8) for film in range(4)]
    new = new_cinema(likes, num_users=8)
    recommender = Recommender(source().options)
    whole, _ = recommender.set_aside(new)
    recommender.learn(whole, [*recommender.options.scorers(), transfer(source(), new)])
    assert [member.name for member in recommender.members] == ["als", "transferred"]


def test_it_is_not_saved_as_something_that_could_not_be_read_again():
    with pytest.raises(WorkspaceError, match="cannot be saved"):
        transfer(source(), new_cinema()).state()


def test_left_out_is_what_the_other_items_say():
    rng = np.random.default_rng(0)
    texts = rng.normal(size=(7, 3)).astype(np.float32)
    links = sparse.csr_array(rng.random((7, 4)).astype(np.float32))
    items, numbers, counts = Described(texts, links), rng.normal(size=(7, 2)), np.full(7, 9.0)
    numbers -= numbers.mean(axis=0)
    placing, others = Placing(0.3, 0.7, 0.0), np.arange(1, 7)
    with_a_zero = np.where(counts > 0, counts, 0)
    slow = _plain(placing, items, numbers, with_a_zero, others)
    np.testing.assert_allclose(placing.left_out(items, numbers, counts)[0], slow, rtol=1e-4)


def _plain(placing, items, numbers, counts, others):
    """Ridge written out, over the mean of all the items."""
    gram = items.take(others).alike(items.take(others), placing.text_share).astype(np.float64)
    gram += np.eye(len(others)) * placing.penalty * (counts[0] + 20) / counts[0]
    near = items.take(np.array([0])).alike(items.take(others), placing.text_share)
    return (near @ np.linalg.solve(gram, numbers[others]))[0]


def test_rare_entities_count_more_than_common_ones():
    likes = np.zeros((0, 2))
    facts = [(f"i{row}", "is", "common") for row in range(8)] + [
        (f"i{row}", "is", "rare") for row in range(2)
    ]
    graph = make_graph(likes, num_items=9, facts=facts, labels={"common": "Common", "rare": "Rare"})
    ours, theirs = describe(graph, graph, None, None)
    alike = ours.alike(theirs, 0.0)
    assert alike[0, 1] == pytest.approx(1.0)
    assert 0 < alike[0, 5] < 0.5
    assert not ours.known[8]
