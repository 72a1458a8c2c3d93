"""Explanations on a screen and as plain values."""

from __future__ import annotations

import json
import math

import pytest

from hybrid import Query, show_reasons
from hybrid.ranking import Ranking
from hybrid.reasons import Counterfactual, Explanation, LikeShare, Reason, WhatIf
from tests.hybrid.test_show import PATH, REASONS, item, screen, told

assert screen is not None  # a fixture, used by name
NAN = math.nan


def explained(*reasons, **parts):
    likes = (LikeShare("7", "A [b]like[/b]", {"graph": 0.25}), LikeShare("8", "Another", {"graph": -0.5}))
    found = item(tuple(reason.path for reason in reasons), **parts)
    return Explanation(found, Query(user="u"), likes, {"graph": 0.75}, reasons)


def test_an_explanation_shows_every_part_strongest_first(screen):
    reason = Reason(PATH, share=0.1, drop=0.25, control=0.01, verdict="because")
    show_reasons.print_explanation(screen, explained(reason, graph=0.5, als=NAN, text=1.5), REASONS)
    text = told(screen)
    places = [text.index(word) for word in ("text", "graph", "als")]
    assert places == sorted(places)
    assert "+1.50" in text
    assert "abstains" in text
    assert "because +0.25  Because." in text
    assert "+0.25  you liked A [b]like[/b]" in text
    assert "Another" not in text


def test_no_path_is_said(screen):
    show_reasons.print_explanation(screen, explained(graph=0.5), REASONS)
    assert "No path of at most three steps leads here" in told(screen)


def test_json_has_null_where_nothing_was_measured():
    value = show_reasons.explanation_as_json(explained(Reason(PATH, share=NAN), graph=1.0, text=NAN))
    again = json.loads(json.dumps(value, allow_nan=False))
    assert again["parts"]["text"] is None
    assert again["paths"][0]["verdict"] == "untested"
    assert again["paths"][0]["drop"] is None
    assert again["likes"][0] == {"item": "7", "label": "A [b]like[/b]", "parts": {"graph": 0.25}}
    assert again["query"] == {"user": "u", "n": 10}


def what_if(**changes):
    one, other = item((), graph=1.0), item((), graph=0.5)
    before, after = Ranking(Query(user="u"), (one,)), Ranking(Query(user="u"), (other,), ("a [b]note[/b]",))
    given = {"scores": (1.0, NAN), "places": (1, 2)} | changes
    return WhatIf("1", "Heat [1995]", ("without [x]",), before, after, **given)


def test_a_what_if_shows_both_lists(screen):
    show_reasons.print_what_if(screen, what_if())
    text = told(screen)
    assert "without [x]:" in text
    assert "Heat [1995]: place 1 -> 2, score 1.00 -> none" in text
    assert "a [b]note[/b]" in text
    assert show_reasons.what_if_as_json(what_if())["scores"] == [1.0, None]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "It leaves the first 10 without the likes of One, Two (the fewest there are): place 1 -> 12."),
        ({"smallest": False}, "(the fewest that were found)"),
        ({"likes": ()}, "It stays among the first 10 whatever"),
        ({"facts": ()}, "No set of its facts"),
        ({"facts": ("'A' is by [b]",)}, "It leaves them without 'A' is by [b]: place 11."),
        ({"place": 30}, "It is on place 30, beyond 10 already."),
    ],
)
def test_what_an_item_hangs_on(screen, changes, said):
    usual = {"place": 1, "likes": ("1", "2"), "likes_place": 12, "smallest": True, "facts": ("f",)}
    found = Counterfactual(item="9", n=10, facts_place=11, **(usual | changes))
    show_reasons.print_counterfactual(screen, found, {"1": "One", "2": "Two"})
    assert said in " ".join(told(screen).split())
