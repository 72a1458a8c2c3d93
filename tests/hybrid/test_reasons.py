"""Explanations in a world of two studios, where what carries a score is known."""

from __future__ import annotations

import functools
import math
from itertools import combinations

import numpy as np
import pytest

from hybrid import Options, Query, Recommender
from hybrid.reasons import counterfactual, probe, what_if
from hybrid.reasons.attribution import attribute
from hybrid.reasons.linear import linear_paths
from hybrid.reasons.trials import alike
from hybrid.reasons.truth import exists
from kg.changes import facts_of
from kg.errors import CatalogError, QueryError, UnknownIdError
from tests.worlds import make_graph

PEOPLE, FILMS = 40, 20


def studios():
    """Films 0 .. 9 are by Ann, 10 .. 19 by Ben; each person likes five films of one of them, and one other.

    Every film has a stamp too, which says nothing of who likes it.
    """
    rng, likes = np.random.default_rng(5), []
    for person in range(PEOPLE):
        ours = 10 * (person % 2)
        films = [*(ours + rng.permutation(10)[:5]), (10 - ours) + rng.integers(10)]
        likes += [(person, int(film), 100.0 * place + person) for place, film in enumerate(films)]
    facts = [(f"i{film}", "is_by", ("ann", "ben")[film // 10]) for film in range(FILMS)]
    facts += [(f"i{film}", "bears", f"stamp{film % 5}") for film in range(FILMS)]
    labels = {f"i{film}": f"Film {film}" for film in range(FILMS)} | {"ann": "Ann", "ben": "Ben"}
    return make_graph(likes, facts=facts, labels=labels, name="studios")


@functools.cache
def fitted(*members):
    options = Options(members=members or ("ease", "filters", "als", "recent"), device="cpu")
    return Recommender(options).fit(studios())


def best(user="u0", *members):
    return fitted(*members).recommend(Query(user=user), 1).items[0]


@functools.cache
def explained(user="u0", *members):
    return fitted(*members).explain(Query(user=user), best(user, *members))


@pytest.mark.parametrize("user", ["u0", "u1", "u7"])
def test_likes_and_rest_add_up_to_the_score(user):
    found = explained(user)
    given = math.fsum(like.total for like in found.likes) + math.fsum(found.rest.values())
    assert given == pytest.approx(found.score, abs=1e-5)
    for name, part in found.parts.items():
        if not math.isnan(part):
            likes = math.fsum(like.parts.get(name, 0.0) for like in found.likes)
            assert likes + found.rest[name] == pytest.approx(part, abs=1e-5)


def test_the_likes_of_the_same_studio_carry_the_score():
    given = {like.item: like.total for like in explained("u0").likes}
    ours = [total for item, total in given.items() if int(item[1:]) < 10]
    (other,) = (total for item, total in given.items() if int(item[1:]) >= 10)
    assert len(ours) == 5
    assert sum(ours) / 5 > other
    assert int(best("u0")[1:]) < 10


def test_sums_of_likes_are_exact_where_nothing_is_compared():
    """Taken off is what a like gives to other items in the mean, so the differences of two items stay."""
    recommender = fitted("ease")
    asked = recommender.reader.read(Query(user="u2"))
    rows = np.flatnonzero(asked.allowed)[:4]
    gave = attribute(recommender.panel, asked.profile, asked.allowed, rows).likes.sum(axis=0)
    total = recommender.panel.score(asked.profile, asked.allowed[None])[0, rows]
    np.testing.assert_allclose(gave - gave[0], total - total[0], atol=1e-5)


def test_the_paths_of_the_linear_propagation_add_up_to_its_part():
    for user in ("u0", "u3"):
        found = linear_paths(fitted(), Query(user=user), best(user))
        assert found.part == pytest.approx(explained(user).parts["filters"])
        given = math.fsum(path.share for path in found.paths) + found.average
        assert given == pytest.approx(found.part, abs=1e-5)
        assert {path.over for path in found.paths} >= {"people", "facts"}
        assert {path.node for path in found.paths if path.over == "people"} == {"somebody"}


def test_a_model_without_linear_propagation_says_so():
    with pytest.raises(QueryError, match="train with the scorer 'filters'"):
        linear_paths(fitted("ease"), Query(user="u0"), best("u0", "ease"))


def test_paths_are_tested_and_those_that_pass_come_first():
    found = explained("u0")
    verdicts = [reason.verdict for reason in found.reasons]
    assert verdicts == sorted(verdicts)
    assert "because" in verdicts
    for reason in found.reasons:
        assert exists(fitted().graph, reason.path)
        passed = min(reason.share, reason.drop, reason.drop - reason.control) > 0
        assert (reason.verdict == "because") == passed


def test_links_that_no_scorer_reads_are_related_at_best():
    """Recent goes by likes alone, so no fact carries anything; what people like together does."""
    found = explained("u0", "recent")
    by_facts = [reason for reason in found.reasons if "user" not in reason.path.kinds]
    assert by_facts
    assert {reason.verdict for reason in by_facts} == {"related"}
    assert [reason.share for reason in by_facts] == pytest.approx([0.0] * len(by_facts), abs=1e-9)


def test_what_nobody_tested_says_so():
    found = fitted().explain(Query(user="u0"), best(), tested=False)
    assert {reason.verdict for reason in found.reasons} == {"untested"}
    assert all(math.isnan(reason.drop) for reason in found.reasons)


def test_somebody_new_and_somebody_without_likes():
    found = fitted().explain(Query(likes=("i0", "i1", "i2")), "i3")
    assert {like.item for like in found.likes} == {"i0", "i1", "i2"}
    assert found.reasons
    alone = fitted().explain(Query(likes=("i0",)), "i3")
    assert alone.likes[0].item == "i0"


def test_random_links_are_of_the_same_kinds_and_not_the_same():
    graph = fitted().graph
    facts = facts_of(graph, graph.node("item", "i3"))
    degrees = np.bincount(np.concatenate([graph.edges.heads, graph.edges.tails]), minlength=graph.num_nodes)
    drawn = alike(graph, facts, degrees, seed=1)
    assert {fact[1] for fact in drawn} <= {fact[1] for fact in facts}
    assert not set(drawn) & set(facts)


def test_what_if_a_like_were_gone():
    item, query = best(), Query(user="u0")
    strongest = explained().likes[0]
    found = what_if(fitted(), query, item, without=[strongest.item])
    assert found.changes == (f"without the like of {strongest.label!r}",)
    assert found.scores[1] < found.scores[0]
    assert found.before.items[0] == item
    assert strongest.item not in found.after.items
    assert fitted().recommend(query).items == found.before.items  # nothing has changed for good


def test_what_if_an_entity_or_a_fact_were_gone_or_there():
    item, query = best(), Query(user="u0")
    without = what_if(fitted("filters"), query, item, without=["Ann"])
    assert without.changes == ("without 'Ann' and its 10 facts",)
    assert without.scores[1] != without.scores[0]
    fact = what_if(fitted("filters"), query, item, without=[f"{item} | is by | Ann"])
    assert fact.scores[1] < fact.scores[0]
    other = what_if(fitted("filters"), query, "i15", having=["i15 | is_by | ann"])
    assert other.scores[1] > other.scores[0]


def test_what_if_something_else_were_liked():
    found = what_if(fitted(), Query(likes=("i0", "i1")), "i16", having=["i11", "i12"])
    assert found.scores[1] > found.scores[0]
    assert found.places[1] < found.places[0]
    assert what_if(fitted(), Query(likes=("i0", "i1", "i2")), "i3", without=["i1"]).scores[1]


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({}, QueryError, "nothing is changed"),
        ({"without": ["nobody"]}, QueryError, "no liked item and no entity has this id or name"),
        ({"without": ["i0 | is by"]}, QueryError, "expected three parts"),
        ({"without": ["i0 | loves | ann"]}, QueryError, "no relation is called 'loves'"),
        ({"without": ["i0 | is by | ben"]}, QueryError, "the graph has no fact 'Film 0' is by 'Ben'"),
        ({"having": ["i0 | is by | ann"]}, CatalogError, "has the fact 'Film 0' is by 'Ann' already"),
        ({"having": ["i0 | is by | zoe"]}, QueryError, "nothing has the id or name 'zoe'"),
        ({"having": ["nothing"]}, QueryError, "no item has this id or name"),
        ({"having": ["i1", "i2"]}, None, ""),
    ],
)
def test_changes_that_make_no_sense_are_refused(changes, error, said):
    ask = Query(likes=("i0", "i5"))
    if error is None:
        assert len(what_if(fitted(), ask, "i3", **changes).changes) == 2
        return
    with pytest.raises(error, match=said):
        what_if(fitted(), ask, "i3", **changes)


def test_an_unknown_item_is_refused():
    with pytest.raises(UnknownIdError, match="item 'i99'"):
        fitted().explain(Query(user="u0"), "i99")


def place_without(recommender, user, item, gone):
    asked = recommender.reader.read(Query(user=user))
    mask = np.isin(np.arange(len(asked.profile.items)), gone)
    scores = recommender.panel.score(asked.profile.without(mask), asked.allowed[None])[0]
    row = recommender.graph.items.number(item)
    return 1 + int((scores > scores[row]).sum())


@pytest.mark.parametrize("user", ["u0", "u3", "u8"])
def test_the_smallest_set_of_likes_is_the_smallest(user):
    """Every set is tried here."""
    item = best(user)
    found = counterfactual(fitted(), Query(user=user), item, n=2)
    history = fitted().history(user)
    sizes = [
        size
        for size in range(1, len(history))
        if any(
            place_without(fitted(), user, item, gone) > 2 for gone in combinations(range(len(history)), size)
        )
    ]
    assert found.place == 1
    if sizes[:1] in ([1], [2]):
        assert (len(found.likes), found.smallest) == (sizes[0], True)
    rows = [fitted().graph.items.number(like) for like in found.likes]
    gone = np.flatnonzero(np.isin(history, rows))
    assert found.likes == () or place_without(fitted(), user, item, gone) == found.likes_place > 2


def test_an_item_that_is_not_among_the_first_hangs_on_nothing():
    last = fitted().recommend(Query(user="u0"), 14).items[-1]
    found = counterfactual(fitted(), Query(user="u0"), last, n=3)
    assert (found.likes, found.facts) == ((), ())
    assert found.place > 3


def test_facts_that_carry_an_item_are_found():
    """Film 3 is new to all but by Ann: without that nothing leads to it."""
    found = counterfactual(fitted("filters"), Query(user="u0"), best("u0", "filters"), n=1)
    assert found.facts == () or found.facts_place > 1


def test_reasons_of_a_sample_are_true():
    found = probe(fitted(), people=8)
    assert found.tested + found.without_path == 8
    assert found.existing == 1.0
    assert found.lowered > 0.8
    assert found.drop > found.control
    assert found.kept > 0.5
    assert found.changed > 0.0
    assert found.told()[0].startswith(f"reasons of {found.tested} recommendations tested")
    assert probe(fitted(), people=8).drop == found.drop


def test_a_sample_without_any_path_says_so():
    assert "no recommendation of the sample had a path" in probe(fitted(), people=0).told()[0]
