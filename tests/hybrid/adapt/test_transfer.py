"""A cinema starts another: two tastes, and films that only their genre or their words tell apart."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy import sparse

from hybrid import Query, flow, models
from hybrid.adapt import growing
from hybrid.adapt.placing import Placing
from hybrid.adapt.shared import Described, same_items, views
from hybrid.adapt.transfer import transfer
from hybrid.profiles import Profiles, Wish
from hybrid.scorers.base import Resources
from hybrid.scorers.transferred import Transferred
from hybrid.text.table import TextTable
from kg import workspace
from kg.changes import Change, changed, facts_of
from kg.errors import CatalogError, QueryError, WorkspaceError
from kg.newitems import NewItem
from tests.recommenders import Worded, fit, quick
from tests.worlds import WordEncoder, make_graph, text_table

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


def started(start, graph, **options):
    return Transferred(**options).fit(graph, Resources(text=text_table(graph), start=start))


def begun(teacher, graph, **options):
    return started(transfer(teacher, graph), graph, **options)


def best(scorer, *liked):
    scores = scorer.score(Profiles.of_likes(np.array(liked)))[0]
    scores[list(liked)] = -np.inf
    return np.argsort(-scores)


def test_films_of_the_liked_genre_come_first_before_anybody_has_been_seen():
    scorer = begun(source(), new_cinema())
    assert set(best(scorer, 0)[:3]) == {2, 4, 6}
    assert set(best(scorer, 3)[:3]) == {1, 5, 7}


def test_genres_are_known_by_their_names_in_any_spelling():
    scorer = begun(source(), new_cinema(genres=("MUSICAL", "western!")))
    assert set(best(scorer, 0)[:3]) == {2, 4, 6}


def test_none_of_the_new_likes_is_looked_at():
    with_likes = transfer(source(), new_cinema([(0, 0), (0, 3), (1, 7)])).state()
    for name, value in transfer(source(), new_cinema()).state().items():
        np.testing.assert_array_equal(with_likes[name], value)


def test_words_place_films_where_no_entity_is_shared():
    words = {f"i{row}": ("saddle and dust", "song and dance")[row % 2] for row in range(12)}
    told = cinema(
        np.column_stack([source().graph.interactions.users, source().graph.interactions.items]),
        [f"Old film number {row}" for row in range(12)],
        texts=words,
    )
    teacher = fit(told, members=("als",))
    new = new_cinema(texts={f"i{row}": words[f"i{row}"] for row in range(8)}, genres=("x", "y"))
    assert set(best(begun(teacher, new), 1)[:3]) == {3, 5, 7}


def test_texts_that_only_one_catalog_has_say_nothing():
    alone = TextTable(np.eye(12, 32, dtype=np.float32), np.ones(12, dtype=np.bool_), WordEncoder())
    nothing = TextTable(np.zeros((8, 32), np.float32), np.zeros(8, dtype=np.bool_), WordEncoder())
    ours, theirs = views(source().graph, new_cinema(), alone, nothing)
    assert not ours.describe(source().graph, alone).texts.size
    assert not theirs.describe(new_cinema(), nothing).texts.size


def test_an_item_of_which_nothing_is_known_is_not_scored():
    alone = make_graph(
        num_users=1,
        num_items=3,
        facts=[("i0", "has_genre", "a"), ("i1", "has_genre", "a")],
        labels={"a": "Western", "i0": "This", "i1": "That"},
    )
    scorer = begun(source(), alone)
    scores = scorer.score(Profiles.of_likes(np.array([0])))
    np.testing.assert_array_equal(np.isnan(scores[0]), [False, False, True])
    assert np.isnan(scorer.score(Profiles.of_likes(np.array([2])))).all()


def test_catalogs_with_nothing_in_common_are_refused():
    with pytest.raises(CatalogError, match="nothing in common"):
        transfer(source(), new_cinema(genres=("Chair", "Table")))


def test_a_film_of_both_catalogs_is_placed_where_the_source_has_it():
    """Old film number 0, 2 ... are Westerns there; here the card calls two of them Musicals."""
    names = ["New reel 0", "New reel 1", "New reel 2", "Old film number 4", "New reel 4", "New reel 5"]
    new = cinema([], names, num_users=1)
    np.testing.assert_array_equal(np.column_stack(same_items(source().graph, new)), [[4, 3]])
    matched, hidden = (
        transfer(source(), new, match_items=on).place(new, None)[0][:, :-1] for on in (True, False)
    )
    assert matched[3] @ matched[0] > 0
    assert matched[3] @ matched[1] < hidden[3] @ hidden[1]


def test_who_says_nothing_gets_what_is_popular_elsewhere_until_somebody_likes_something_here():
    taste = [int(user > 8) for user in range(13)]  # 9 people like Westerns, 4 musicals
    fans = [
        (user, 2 * film + taste[user], film)
        for user in range(13)
        for film in range(6)
        if film != 5 - user % 3
    ]
    teacher = fit(cinema(fans, [f"Old film number {row}" for row in range(12)]), members=("als",))
    unliked = np.zeros(0, dtype=np.int64)
    nobody, wishing = (Profiles.of_likes(unliked, wish=Wish(text)) for text in ("", "war"))
    scorer = begun(teacher, new_cinema())
    scores = scorer.score(nobody)[0]
    assert scores[::2].min() > scores[1::2].max()
    assert np.isnan(scorer.score(wishing)).all()
    assert np.isnan(begun(teacher, new_cinema([(0, 1, 5)])).score(nobody)).all()


def test_likes_move_items_and_more_of_them_move_them_more():
    """Here people who like film 0, a Western, like film 3, a Musical, too."""
    start = transfer(source(), new_cinema())
    ranks = []
    for people in (0, 2, 60):
        likes = [(user, film) for user in range(people) for film in (0, 3)]
        moved = started(start, new_cinema(likes, num_users=61))
        ranks.append(list(best(moved, 0)).index(3))
    assert ranks[0] > ranks[2]
    assert ranks[2] == 0
    assert sorted(ranks, reverse=True) == ranks


def test_an_item_placed_later_is_placed_as_if_it_had_been_there():
    """With the likes of others about, which draw all items, and without."""
    for likes in ([], [(user, film) for user in range(5) for film in (0, 3)]):
        whole = new_cinema(likes, num_users=5)
        part = cinema(likes, [f"New reel {row}" for row in range(7)], num_users=5)
        start = transfer(source(), part)
        grown_graph = part.with_items([NewItem("i7", label="New reel 7", links=(("has_genre", "g1"),))])
        grown = started(start, part).grown(grown_graph, Resources(text=text_table(grown_graph)))
        at_once = started(start, whole)
        np.testing.assert_allclose(
            grown.placed.tastes.factors[7], at_once.placed.tastes.factors[7], atol=1e-5
        )
        assert grown.placed.popularity[7] == pytest.approx(at_once.placed.popularity[7], abs=0.2)


def test_without_a_fact_an_item_is_placed_anew():
    graph = new_cinema()
    scorer, resources = begun(source(), graph), Resources(text=text_table(graph))
    first = graph.first("item")
    row = next(row for row in facts_of(graph, first + 2) if row[0] == first + 2)
    musical = next(fact[2] for fact in facts_of(graph, first + 3))
    turned = changed(graph, Change(lost=(row,), gained=((row[0], row[1], musical),)))
    over = scorer.over(graph, turned, resources)
    assert 2 not in set(best(over, 0)[:3])
    assert 2 in set(best(over, 1)[:4])


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A trained workspace of the old cinema, and beside it an untrained one of the new."""
    for module in (flow, models):
        monkeypatch.setattr(module, "Recommender", Worded)
    told = [f"a {('western', 'musical')[row % 2]} reel" for row in range(12)]
    old = source().graph
    likes = np.column_stack([old.interactions.users, old.interactions.items, old.interactions.times])
    names = [f"Old film number {row}" for row in range(12)]
    texts = {f"i{row}": text for row, text in enumerate(told)}
    fit(cinema(likes, names, texts=texts), members=("als", "text")).save(tmp_path / "old")
    workspace.write_workspace(new_cinema(texts=texts_of_reels()), tmp_path / "new")
    return tmp_path


def texts_of_reels(number=8):
    return {f"i{row}": f"the {('western', 'musical')[row % 2]} reel" for row in range(number)}


def train(home, **changes):
    said = []
    options = quick(**{"start_from": str(home / "old"), **changes})
    return flow.train(home / "new", options, said.append)[0]


def test_a_catalog_without_a_like_answers_when_it_starts_from_another(home):
    train(home)
    (home / "old").rename(home / "gone")  # it is not needed any more
    recommender = models.load(home / "new")
    ranking = recommender.recommend(Query(likes=("i0",)), 3)
    assert {each.item for each in ranking.recommendations} == {"i2", "i4", "i6"}
    parts = ranking.recommendations[0].parts
    assert parts["transferred"] > 0
    assert np.isnan([part for name, part in parts.items() if name != "transferred"]).all()
    told = [path.sentence for path in ranking.recommendations[0].paths]
    assert any("Western" in sentence for sentence in told)


def test_a_condition_alone_is_answered_with_what_is_popular_elsewhere(home):
    recommender = train(home)
    ranking = recommender.recommend(Query(wanted=("has genre = Western",)))
    assert {each.item for each in ranking.recommendations} == {"i0", "i2", "i4", "i6"}
    assert not np.isnan(ranking.recommendations[0].parts["transferred"])
    assert ranking.notes[0].startswith("nothing told what is liked")


def test_it_hears_words(home):
    ranking = train(home).recommend(Query(text="musical"), 4)
    assert {each.item for each in ranking.recommendations} == {"i1", "i3", "i5", "i7"}


def test_it_says_why_and_puts_it_to_the_test(home):
    explained = train(home).explain(Query(likes=("i0",)), "i2")
    assert explained.reasons
    assert explained.reasons[0].drop > 0


def test_a_film_is_added_to_what_was_started(home):
    train(home)
    file = home / "films.json"
    file.write_text('[{"id": "i8", "text": "the western reel", "links": {"has_genre": ["Western"]}}]')
    growing.add(home / "new", file)
    found = models.load(home / "new").recommend(Query(likes=("i0",)), 4)
    assert "i8" in {each.item for each in found.recommendations}


def test_with_likes_the_start_is_a_member_among_others_and_is_saved(home):
    likes = [(user, 2 * film + user % 2, film) for user in range(8) for film in range(4)]
    workspace.write_workspace(new_cinema(likes, num_users=8, texts=texts_of_reels()), home / "liked")
    (home / "new").rename(home / "unliked")
    (home / "liked").rename(home / "new")
    made = train(home, members=("als", "transferred"))
    assert [member.name for member in made.members] == ["als", "transferred"]
    people = Profiles.of_users(made.graph, np.arange(8))
    loaded = models.load(home / "new")
    np.testing.assert_array_equal(loaded.score(people), made.score(people))


def test_what_stands_against_a_start_is_told(home):
    with pytest.raises(WorkspaceError, match="nowhere"):
        train(home, start_from=str(home / "nowhere"))
    with pytest.raises(QueryError, match="encoder"):
        train(home, text_model="another")
    with pytest.raises(CatalogError, match="too few likes"):
        train(home, members=("als",))
    with pytest.raises(CatalogError, match="another catalog to start from"):
        flow.train(home / "new", quick(), lambda _: None)


def test_it_is_no_member_where_there_is_nothing_to_start_from():
    assert "transferred" not in {scorer.name for scorer in quick().scorers()}
    assert "transferred" in {scorer.name for scorer in quick(start_from="somewhere").scorers()}


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


def test_what_was_taught_is_ridge_over_the_items():
    rng = np.random.default_rng(0)
    texts = rng.normal(size=(7, 3)).astype(np.float32)
    links = sparse.csr_array(rng.random((7, 4)).astype(np.float32))
    items, numbers, counts = Described(texts, links), rng.normal(size=(7, 2)), np.full(7, 9.0)
    numbers -= numbers.mean(axis=0)
    by_text, by_link, mean = Placing(0.3, 0.7, 0.0).taught(items, numbers, counts)
    gram = items.alike(items, 0.3) + np.eye(7) * 0.7 * 29 / 9
    np.testing.assert_allclose(
        texts @ by_text + links @ by_link + mean,
        items.alike(items, 0.3) @ np.linalg.solve(gram, numbers),
        atol=1e-5,
    )


def test_rare_entities_count_more_than_common_ones():
    likes = np.zeros((0, 2))
    facts = [(f"i{row}", "is", "common") for row in range(8)] + [
        (f"i{row}", "is", "rare") for row in range(2)
    ]
    graph = make_graph(likes, num_items=9, facts=facts, labels={"common": "Common", "rare": "Rare"})
    ours, _ = views(graph, graph, None, None)
    described = ours.describe(graph, None)
    alike = described.alike(described, 0.0)
    assert alike[0, 1] == pytest.approx(1.0)
    assert 0 < alike[0, 5] < 0.5
    assert not described.known[8]
