"""Candidates, notes, chains, and stages as people write them."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.rerank import Candidates, Note, check, find, parse, rerank
from hybrid.rerank.mmr import Mmr
from hybrid.rerank.moves import moved
from hybrid.rerank.popularity import Popularity
from hybrid.rerank.rulefile import read
from hybrid.rerank.rules import Rules
from hybrid.rerank.scales import neutral, standard, unit
from kg.errors import QueryError
from tests.shop import context, order, ranked

NAN = np.nan


def test_the_best_of_scores_are_candidates():
    scores = np.array([[0.1, NAN, 0.9, 0.5], [NAN, NAN, 1.0, 2.0]], dtype=np.float32)
    allowed = np.array([[True, True, True, True], [True, True, True, False]])
    best = Candidates.best(scores, allowed, 3, np.random.default_rng(0))
    np.testing.assert_array_equal(best.items, [[2, 3, 0], [2, -1, -1]])
    np.testing.assert_allclose(best.scores, [[0.9, 0.5, 0.1], [1.0, NAN, NAN]], rtol=1e-6)
    assert Candidates.best(scores, allowed, 50, np.random.default_rng(0)).items.shape == (2, 4)


def test_a_moved_item_takes_the_score_of_its_place():
    after = ranked((4, 5, 6), scores=(3, 2, 1)).reordered(np.array([[2, 0, 1]]))
    assert order(after) == [6, 4, 5]
    np.testing.assert_array_equal(after.scores, [[3, 2, 1]])


def test_new_scores_order_anew_and_equal_ones_stay():
    after = ranked((4, 5, 6, 7), scores=(3, 2, 1, 0)).rescored(np.array([[1, 5, 1, 1]]))
    assert order(after) == [5, 4, 6, 7]
    np.testing.assert_array_equal(after.scores, [[5, 1, 1, 1]])


def test_an_empty_place_stays_last_whatever_its_new_score():
    after = ranked((4, 5), (6,)).rescored(np.array([[1.0, 2.0], [0.0, 9.0]]))
    assert order(after, 1) == [6]
    assert np.isnan(after.scores[1, 1])


def test_notes_are_found_by_person_and_item():
    noted = Candidates(np.array([[3]]), np.array([[1.0]]), (Note(0, 3, "a", "x"), Note(0, -1, "b", "y")))
    assert noted.told(0, 3) == ("a: x",)
    assert noted.told(0) == ("b: y",)
    assert noted.told(1, 3) == ()


def test_scaling():
    scores = np.array([[4.0, 2.0, NAN], [3.0, 3.0, 3.0], [NAN, NAN, NAN]])
    np.testing.assert_array_equal(unit(scores), [[1, 0, NAN], [1, 1, 1], [NAN, NAN, NAN]])
    np.testing.assert_array_equal(standard(scores), [[1, -1, NAN], [0, 0, 0], [NAN, NAN, NAN]])
    np.testing.assert_array_equal(neutral(scores), [[4, 2, 3], [3, 3, 3], [0, 0, 0]])


def moves(before, after):
    return dict(moved(np.array(before), np.array(after)))


def test_what_made_room_was_not_moved():
    assert moves([10, 11, 12, 13], [10, 11, 12, 13]) == {}
    assert moves([10, 11, 12, 13], [10, 13, 11, 12]) == {1: 3}
    assert moves([10, 11, 12, 13], [11, 12, 13, 10]) == {3: 0}
    assert moves([10, 11, 12, -1], [12, 10, -1, -1]) == {0: 2}
    assert moves([10, 11], [99, 10, 11]) == {0: None}
    assert moves([], []) == {}


@given(st.permutations(range(7)))
def test_what_was_not_moved_is_in_order_and_no_smaller_set_would_do(after):
    there = [after[place] for place in range(7) if place not in moves(range(7), after)]
    assert there == sorted(there)
    longest = [1] * 7
    for place in range(7):
        longest[place] += max(
            (longest[left] for left in range(place) if after[left] < after[place]), default=0
        )
    assert len(there) == max(longest)


def test_a_chain_is_applied_in_order_and_told_in_order():
    first, second = Mmr(weight=0.6), Popularity(weight=2.0)
    given_, known = ranked((0, 1, 2, 3, 5)), context(explain=True)
    both = rerank(given_, [first, second], known)
    assert order(both) == order(second.apply(first.apply(given_, known), known))
    stages = [note.stage for note in both.notes]
    assert stages == sorted(stages)
    assert set(stages) == {"mmr", "popularity"}
    assert order(rerank(given_, [], known)) == [0, 1, 2, 3, 5]


def test_a_later_stage_starts_from_the_order_that_it_finds():
    varied = Mmr(weight=0.9).apply(ranked((0, 1, 2, 3, 5)), context())
    assert order(Popularity(weight=0.0).apply(varied, context())) == order(varied)


def test_rules_end_a_chain():
    check([Mmr(), Rules()])
    with pytest.raises(QueryError, match="'rules' must be the last"):
        rerank(ranked((0,)), [Rules(), Mmr()], context())


def test_stages_are_read():
    assert parse("mmr") == Mmr()
    assert parse("mmr:weight=0.25, by=text") == Mmr(0.25, "text")
    assert parse("exposure:share=1").share == 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("diversity", "no stage 'diversity'; known are calibrated, dpp"),
        ("mmr:lambda=1", "'mmr' has no option 'lambda'; it has weight, by"),
        ("mmr:weight=much", "'mmr': weight must be a number, got 'much'"),
        ("mmr:weight", "weight must be a number, got ''"),
        ("mmr:weight=2", "weight must be at least 0 and at most 1, got 2.0"),
        ("mmr:weight=nan", "weight must be at least 0 and at most 1, got nan"),
        ("mmr:by=looks", "by must be one of facts, text, got 'looks'"),
        ("popularity:weight=-1", "weight must be at least 0, got -1"),
        ("popularity:weight=inf", "weight must be at least 0, got inf"),
        ("exposure:share=0", "share must be above 0 and at most 1, got 0.0"),
        ("freshness:half_life=0", "half_life must be above 0, got 0.0"),
        ("rules", "one option, file=PATH, got none"),
        ("rules:path=x", "one option, file=PATH, got path"),
        ("rules:file=no/such.yaml", "no/such.yaml cannot be read"),
    ],
)
def test_what_is_not_right_is_said(text, said):
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert said in str(caught.value)


def test_every_stage_is_a_file_of_its_name():
    assert all(stage.__module__ == f"hybrid.rerank.{name}" for name, stage in find().items())


DOCS = (Path(__file__).parents[3] / "docs" / "reranking.md").read_text(encoding="utf-8")


def test_the_page_shows_every_stage_with_its_defaults():
    for name, stage in find().items():
        defaults = [(option.name, option.default) for option in fields(stage)]
        words = [
            f"`{option}={value:g}`" if isinstance(value, float) else f"`{option}={value}`"
            for option, value in defaults
        ]
        assert f"| `{name}` | {'`file=PATH`' if name == 'rules' else ', '.join(words)} |" in DOCS


def test_the_rules_on_the_page_are_rules(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(re.search(r"```yaml\n(.*?)```", DOCS, re.DOTALL)[1])
    assert {rule.kind for rule in read(path)} == {"exclude", "include", "pin", "at_most", "at_least"}
