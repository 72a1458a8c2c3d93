"""Ranges follow from what a scorer says, or from what somebody writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from hybrid import scorers
from hybrid.scorers.base import Scorer
from hybrid.space import Choice, Float, Integer, parse, space_of
from kg.errors import QueryError


@dataclass(frozen=True)
class Plain(Scorer):
    name: ClassVar[str] = "plain"
    reason: ClassVar[str] = "a test"

    embedding_size: int = 64
    learning_rate: float = 0.01
    loss: str = "softmax"
    half_life: float | None = None
    fading: bool = False

    def fit(self, graph, resources):
        return self

    def score(self, profiles):
        raise NotImplementedError


class Gridded(Plain):
    grid: ClassVar = {"half_life": (5.0, None), "embedding_size": (128, 512)}


class Declared(Gridded):
    space: ClassVar = {"loss": Choice(("softmax", "bpr"))}


def test_a_declared_space_is_all_that_is_searched():
    assert space_of(Declared()) == {"loss": Choice(("softmax", "bpr"))}


def test_a_grid_gives_choices_with_the_present_option_among_them():
    space = space_of(Gridded())
    assert space["half_life"] == Choice((None, 5.0))
    assert space["embedding_size"] == Choice((64, 128, 512))


def test_usual_names_have_usual_ranges():
    assert space_of(Plain()) == {
        "embedding_size": Choice((32, 64, 128)),
        "learning_rate": Float(0.002, 0.05, log=True),
    }


@pytest.mark.parametrize("name", scorers.find())
def test_the_defaults_of_every_scorer_lie_in_its_space(name):
    scorer = scorers.find()[name]()
    for option, space in space_of(scorer).items():
        assert space.holds(getattr(scorer, option)), option


@pytest.mark.parametrize(
    ("option", "text", "space"),
    [
        ("learning_rate", "0.001:0.1:log", Float(0.001, 0.1, log=True)),
        ("learning_rate", "0:1", Float(0.0, 1.0)),
        ("embedding_size", "8:64:log", Integer(8, 64, log=True)),
        ("embedding_size", "8,16,8", Choice((8, 16))),
        ("loss", "bpr, softmax", Choice(("bpr", "softmax"))),
        ("half_life", "none,5", Choice((None, 5.0))),
        ("half_life", "1:50:log", Float(1.0, 50.0, log=True)),
        ("fading", "true,false", Choice((True, False))),
    ],
)
def test_a_range_is_read_by_the_kind_of_the_option(option, text, space):
    assert parse(Plain(), option, text) == space


@pytest.mark.parametrize("text", ["1:0", "0:1:log", "0.1:0.2:cube", "a:b", "1:2:3:4", "a,b"])
def test_what_is_no_range_is_told(text):
    with pytest.raises(QueryError, match=r"plain\.learning_rate=.*expected LOW:HIGH"):
        parse(Plain(), "learning_rate", text)


def test_an_unknown_option_is_told_with_the_known_ones():
    with pytest.raises(QueryError, match="no option 'rate'; it has embedding_size, learning_rate"):
        parse(Plain(), "rate", "0:1")


def test_ranges_are_told_in_words():
    assert str(Float(0.001, 0.1, log=True)) == "0.001 to 0.1, log"
    assert str(Integer(1, 4)) == "1 to 4"
    assert str(Choice((None, "bpr"))) == "None, bpr"
