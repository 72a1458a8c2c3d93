"""Leaks: each kind, planted into a clean world, is found and named; clean worlds of every protocol pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybrid import scorers
from hybrid.evaluation.leaks import LeakError, check, examine
from hybrid.evaluation.mentions import Mentions
from hybrid.evaluation.protocol import evaluate
from kg.errors import QueryError, WhyRecError
from kg.graph import Interactions, KnowledgeGraph
from kg.protocols import find, resplit
from kg.protocols.places import joined
from tests.rated import parties
from tests.worlds import chain, checkerboard, make_graph, two_cliques

TITLES = {"i0": "Alien (1979)", "i1": "Blade Runner", "i2": "Heat", "i3": "Up", "i4": "Alien Resurrection"}


def world(**changes) -> KnowledgeGraph:
    """Two people; u0 is tested on Heat (after 10), u1 on Alien (after 20)."""
    options = {
        "likes": [(0, 0, 1), (0, 1, 10), (1, 1, 2), (1, 2, 20)],
        "heldout": [(0, 2, 10), (1, 0, 21)],
        "num_items": 5,
        "labels": TITLES,
        "facts": [("i0", "genre", "horror"), ("i2", "genre", "crime"), ("u0", "knows", "u1")],
    }
    return make_graph(**{**options, **changes})


def learned(graph: KnowledgeGraph, *rows: tuple[int, int, float], at: str = "interactions") -> KnowledgeGraph:
    """The graph with further rows to learn from."""
    users, items, times = np.array(rows).T
    more = Interactions.of(users.astype(int), items.astype(int), times=times)
    return replace(graph, **{at: joined(getattr(graph, at), more)})


def with_fact(*fact: str) -> KnowledgeGraph:
    return world(facts=[("i0", "genre", "horror"), fact])


def writes(text: str, user: str = "u0") -> KnowledgeGraph:
    return world(texts={user: text, "i2": "Heat is a film about Los Angeles"})


PLANTED = {
    "a test like among those learned from": (
        lambda: learned(world(), (1, 0, 3)),
        "",
        "likes",
        "user 'u1' with item 'i0', row 1 of the test likes, is row 4 of the likes to learn from as well",
    ),
    "a test like among those tuned on": (
        lambda: replace(
            learned(world(), (1, 0, 3)),
            interactions=replace(learned(world(), (1, 0, 3)).interactions, validation=np.arange(5) == 4),
        ),
        "given",
        "likes",
        "user 'u1' with item 'i0'",
    ),
    "a rating of it": (
        lambda: learned(world(), (1, 1, 3), (0, 2, 3), at="ratings"),
        "",
        "ratings",
        "user 'u0' with item 'i2', row 0 of the test likes, is row 1 of the ratings to learn from as well",
    ),
    "a test rating among those learned from": (
        lambda: learned(
            learned(world(), (1, 3, 3), at="ratings"), (0, 1, 9), (1, 3, 4), at="heldout_ratings"
        ),
        "",
        "rated",
        "user 'u1' with item 'i3', row 1 of the test ratings, is row 0 of the ratings to learn from",
    ),
    "a fact from the person": (
        lambda: with_fact("u0", "wishes_for", "i2"),
        "",
        "facts",
        "user 'u0' with item 'i2', row 0 of the test likes, is also fact 1, of the relation 'wishes_for'",
    ),
    "a fact from the item": (lambda: with_fact("i2", "sold_to", "u0"), "", "facts", "relation 'sold_to'"),
    "a like after the person's test": (
        lambda: learned(world(), (0, 3, 11)),
        "time",
        "times",
        "user 'u0' with item 'i3', row 4 of the likes to learn from, is of time 11, later than the same "
        "person's first test like at 10",
    ),
    "a like after the one that is left out": (
        lambda: learned(world(), (0, 3, 11)),
        "leave_one_out",
        "times",
        "is of time 11",
    ),
    "a rating after the person's test": (
        lambda: learned(world(), (0, 3, 11), at="ratings"),
        "time",
        "rating times",
        "user 'u0' with item 'i3', row 0 of the ratings to learn from, is of time 11",
    ),
    "a like after the cut": (
        world,
        "global_time",
        "times",
        "user 'u1' with item 'i2', row 3 of the likes to learn from, is of time 20, later than anybody's "
        "first test like at 10",
    ),
    "a rating after the cut": (
        lambda: learned(world(likes=[(0, 1, 9)]), (1, 3, 12), at="ratings"),
        "global_time",
        "rating times",
        "is of time 12, later than anybody's first test like at 10",
    ),
    "a like of a cold item": (
        world,
        "cold_items",
        "cold",
        "user 'u0' with item 'i2', row 0 of the test likes, is of one of the cold items, which has likes to "
        "learn from (1) (2 such rows)",
    ),
    "a like of a cold person": (world, "cold_users", "cold", "is of one of the cold users, which has likes"),
    "a tag on a strictly cold item": (
        lambda: world(likes=[(0, 1), (1, 1)], facts=[("i1", "tag", "t"), ("i2", "tag", "t")]),
        "strict_cold_items",
        "strict",
        "user 'u0' with item 'i2', row 0 of the test likes, is of a cold item of which people say something: "
        "fact 1, of the relation 'tag'",
    ),
    "a text with the title": (
        lambda: writes("She likes films such as HEAT."),
        "",
        "texts",
        "user 'u0' with item 'i2', row 0 of the test likes, is told by the person's text, which names 'Heat'",
    ),
    "a text with the title before its brackets": (
        lambda: writes("ALIEN, above all.", "u1"),
        "",
        "texts",
        "which names 'Alien (1979)'",
    ),
    "a title in a text without capitals": (lambda: writes("heat, and others"), "", "texts", "'Heat'"),
}


def test_the_world_is_clean_until_something_is_planted() -> None:
    report = check(world(texts={"u0": "She likes Blade Runner."}), by="time")
    assert report.leaks == ()
    assert {kind: count for kind, count in report.checked.items() if count} == {
        "likes": 4,
        "times": 4,
        "texts": 1,
    }


@pytest.mark.parametrize("name", list(PLANTED))
def test_what_is_planted_is_found(name: str) -> None:
    planted, by, kind, sentence = PLANTED[name]
    graph = planted()
    (leak,) = examine(graph, by=by).leaks
    assert leak.kind == kind
    assert sentence in leak.sentence
    assert f"user {graph.users.ids[leak.user]!r} with item {graph.items.ids[leak.item]!r}" in leak.sentence
    assert f"row {leak.row} of the {leak.table}" in leak.sentence
    with pytest.raises(LeakError, match=r"graph 'world' tells what is tested: user 'u"):
        check(graph, by=by)


def test_shown_likes_are_looked_at() -> None:
    graph = world(likes=[(2, 1, 1)])
    shown = Interactions.of([0, 1], [1, 3], times=[10, 20])
    assert check(graph, by="cold_users", shown=shown).checked["shown"] == 2
    late = Interactions.of([0, 1], [1, 3], times=[11, 20])
    assert [leak.kind for leak in examine(graph, by="cold_users", shown=late).leaks] == ["shown times"]
    same = Interactions.of([0, 1], [2, 3], times=[9, 20])
    (leak,) = examine(graph, by="cold_users", shown=same).leaks
    assert leak.sentence.endswith("row 0 of the test likes, is row 0 of the likes shown as well")


def test_a_cold_user_asks_with_what_is_shown() -> None:
    """In two cliques without times, the shown likes tell the clique of somebody nothing was learned of."""
    (dealt,) = resplit(two_cliques(12), "cold_users", given=4)
    check(dealt.graph, by="cold_users", shown=dealt.shown)
    scorer = scorers.find()["itemknn"]().fit(dealt.graph, scorers.Resources(device="cpu"))
    tested = dealt.graph.heldout
    asked = evaluate(scorer.score, dealt.histories, tested, ks=(8,)).metrics["recall@8"]
    unasked = evaluate(scorer.score, dealt.graph, tested, ks=(8,)).metrics["recall@8"]
    assert asked == 1
    assert unasked < 0.5


def test_one_error_tells_the_first_of_each_kind_and_how_many() -> None:
    with pytest.raises(WhyRecError) as caught:
        check(learned(with_fact("u0", "wishes_for", "i2"), (0, 2, 1), (1, 0, 1)), by="time")
    assert "as well (2 such rows); user 'u0' with item 'i2'" in str(caught.value)
    assert str(caught.value).count("; ") == 1


def test_what_somebody_accepts_is_reported_and_no_error() -> None:
    graph = learned(with_fact("u0", "wishes_for", "i2"), (0, 2, 1))
    with pytest.raises(LeakError, match=r"tested: user 'u0' with item 'i2', .* 'wishes_for'$"):
        check(graph, known=["likes"])
    assert [leak.kind for leak in check(graph, known=["likes", "facts"]).leaks] == ["likes", "facts"]
    with pytest.raises(QueryError, match="no kind of leak 'fact'; known are likes, shown"):
        check(graph, known=["fact"])


def test_equal_times_and_unknown_ones_are_allowed() -> None:
    assert not examine(learned(world(), (0, 3, 10), (0, 4, np.nan)), by="time").leaks
    untimed = make_graph([(0, 0), (0, 1)], heldout=[(0, 2)])
    assert check(untimed, by="leave_one_out").checked["times"] == 0


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(QueryError, match="there is no protocol 'by time'; known are given, none, cold_items"):
        check(world(), by="by time")


def test_nothing_tested_tells_nothing() -> None:
    assert not examine(world(heldout=())).leaks
    assert not examine(make_graph(num_users=1, num_items=1), by="global_time").leaks


@pytest.mark.parametrize(
    ("graph", "by"),
    [(checkerboard(), "random"), (two_cliques(), "given"), (chain(), "time"), (parties(), "")],
    ids=lambda each: getattr(each, "name", each),
)
def test_the_small_worlds_are_clean(graph: KnowledgeGraph, by: str) -> None:
    check(graph, by=by)


@pytest.mark.parametrize("name", list(find()))
def test_what_a_protocol_deals_is_clean(name: str) -> None:
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.integers(0, 30, 900), rng.integers(0, 40, 900), rng.integers(0, 300, 900)])
    facts = [
        *((f"i{item}", "tag", f"t{item % 3}") for item in range(40)),
        *((f"u{user}", "owns", f"i{user}") for user in range(30)),
    ]
    graph = make_graph(rows, facts=facts if name.startswith("strict") else ())
    users, items, times = rng.integers(0, 30, 300), rng.integers(0, 40, 300), rng.integers(0, 300, 300)
    graph = replace(graph, ratings=joined(graph.interactions, Interactions.of(users, items, times=times)))
    for dealt in resplit(graph, name, seed=1):
        assert len(dealt.graph.heldout)
        check(dealt.graph, by=name, shown=dealt.shown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Blade Runner and Amélie", {1, 5}),
        ("Blade-Runner, AMELIE", {1, 5}),
        ("The Blade of a Runner", set()),
        ("bladerunner", set()),
        ("Alien Resurrection", {4}),  # the longer title, not "Alien" in it
        ("Alien, Alien Resurrection", {0, 4}),
        ("Up with Ran", set()),  # fewer than four letters
        ("The heat of the day", set()),  # a word in small letters in a text that has capitals
        ("Don’t Look Now", {6}),
        ("1984", set()),
    ],
)
def test_titles_are_named_by_whole_words(text: str, expected: set[int]) -> None:
    labels = [*TITLES.values(), "Amelie", "Don't Look Now", "1984", ""]
    found = Mentions.of(["", text], labels)
    assert {
        labels.index(label) for label, title in zip(labels, found.titles, strict=True) if title in found.named
    } == expected
    assert set(found.texts) <= {1}


def test_common_words_are_not_looked_for() -> None:
    texts = ["She plays live music"] * 3 + ["Live and Muse"] + ["Nothing"] * 200
    found = Mentions.of(texts, ["Live", "Muse"])
    assert found.titles.tolist() == [-1, 1]
    assert (found.texts.tolist(), found.named.tolist()) == ([3], [1])
    assert Mentions.of(texts[1:], ["Live", "Muse"]).named.tolist() == [0, 1]


def test_equal_titles_are_one_and_a_known_one_is_no_leak() -> None:
    assert Mentions.of([], ["Heat (1986)", "Heat (1995)", "Alien"]).titles.tolist() == [0, 0, 1]
    labels = {"i0": "Heat (1986)", "i2": "Heat (1995)"}
    text = {"u0": "She likes Heat."}
    assert not examine(world(labels=labels, texts=text)).leaks  # u0 likes the older one
    assert examine(world(labels={"i2": "Heat (1995)"}, texts=text)).leaks
