"""Interviews with somebody new."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hybrid.adapt.onboarding import Interview, hint, read_answers
from hybrid.options import Options
from hybrid.recommender import Recommender
from kg.errors import QueryError
from tests.adapted_worlds import FIRST, SECOND, SPLITTER, split_cliques


@pytest.fixture(scope="module")
def recommender():
    return Recommender(Options(members=("itemknn",), device="cpu")).fit(split_cliques())


def test_one_question_tells_the_clique(recommender):
    for answer, clique in (("like", FIRST), ("dislike", SECOND)):
        interview = Interview(recommender)
        assert interview.question().item == f"i{SPLITTER}"
        interview.answer(answer)
        assert int(interview.question().item[1:]) in clique
        interview.answer("like")
        best = recommender.recommend(interview.query(), 4)
        assert {int(item[1:]) for item in best.items} <= {*clique, 12, SPLITTER}


def test_a_question_stays_until_it_is_answered(recommender):
    interview = Interview(recommender, "random", seed=3)
    question = interview.question()
    assert interview.question() == question
    interview.answer("skip")
    assert interview.question() != question
    assert interview.answers == {question.item: "skip"}


def test_equal_seeds_ask_alike(recommender):
    asked = set()
    for seed in (0, 0, 1, 2, 3):
        interview = Interview(recommender, "random", seed=seed)
        asked.add(interview.question())
    assert 1 < len(asked) <= 4


def test_answers_become_a_query(recommender):
    interview = Interview(recommender)
    said = ["like", "dislike", "skip", "like"]
    for answer in said:
        interview.answer(answer)
    items = list(interview.answers)
    assert list(interview.answers.values()) == said
    assert interview.query().likes == (items[0], items[3])
    assert items[1] not in recommender.recommend(interview.query(), 14).items
    assert items[2] in recommender.recommend(interview.query(), 14).items


def test_questions_end(recommender):
    interview = Interview(recommender)
    while interview.question() is not None:
        interview.answer("dislike")
    assert len(interview.answers) == 14
    with pytest.raises(QueryError, match="no question left"):
        interview.answer("like")
    with pytest.raises(QueryError, match="of 14 answers none is a like"):
        interview.query()


def test_what_is_no_answer(recommender):
    interview = Interview(recommender)
    with pytest.raises(QueryError, match="'maybe' is no answer; like, dislike, skip were expected"):
        interview.answer("maybe")
    assert interview.answers == {}


def test_a_hint_tells_what_is_shared_but_not_by_half():
    graph = split_cliques()
    assert hint(graph, 0) == "red"
    assert hint(graph, SPLITTER) == ""
    numbers = np.full(graph.num_nodes, np.nan)
    numbers[graph.num_users] = 1994.0
    graph.numbers["year"] = numbers
    assert hint(graph, 0) == "year 1994 · red"


def test_answers_from_a_file(tmp_path):
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"i1": "like", "i2": "skip"}))
    assert read_answers(path) == {"i1": "like", "i2": "skip"}
    for text, expected in (
        ("{", "cannot be read as JSON"),
        ("[]", 'holds no answers; {"ITEM ID": "like", ...} was expected'),
        ('{"i1": ["like"]}', "answers.json: .* is no answer"),
    ):
        path.write_text(text)
        with pytest.raises(QueryError, match=expected):
            read_answers(path)
    with pytest.raises(QueryError, match=r"nowhere.json cannot be read"):
        read_answers(tmp_path / "nowhere.json")
