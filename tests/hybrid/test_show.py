"""Results in words and in JSON: nothing cut off, nothing claimed that the numbers do not say."""

from __future__ import annotations

import io
import json
import math

import numpy as np
import pytest
from rich.console import Console

from hybrid import show
from hybrid.evaluation.comparison import Result
from hybrid.evaluation.protocol import Evaluation
from hybrid.evaluation.significance import Comparison, Verdict
from hybrid.query import Query
from hybrid.ranking import Ranking, Recommendation
from kg.paths import ReasoningPath
from tests.worlds import make_graph

REASONS = {"graph": "close in the graph", "text": "its description fits", "als": "people with your taste"}
PATH = ReasoningPath(
    (0, 5, 1),
    ("Alien", "Scott", "Blade Runner"),
    ("item", "entity", "item"),
    ("by", "made"),
    0.25,
    "Because.",
)


def item(paths=(), **parts):
    return Recommendation("7", "Heat [1995]", float(np.nansum(list(parts.values()))), parts, paths)


@pytest.fixture
def screen():
    return Console(width=80, record=True, file=io.StringIO())


def told(screen):
    return screen.export_text()


def test_the_best_path_is_the_reason():
    assert show.why(item((PATH,), graph=1.0), REASONS) == "Because."


def test_without_a_path_the_strongest_part_speaks():
    spoken = show.why(item(graph=0.5, text=1.5, als=math.nan), REASONS)
    assert spoken == "Its strongest part, text: its description fits."


@pytest.mark.parametrize("parts", [{"graph": -1.0, "als": 0.0}, {"graph": -1.0, "text": math.nan}])
def test_a_scorer_that_speaks_against_an_item_is_no_reason_for_it(parts):
    spoken = show.why(item(**parts), REASONS)
    assert not any(reason in spoken for reason in REASONS.values())
    assert "Nothing speaks for it" in spoken


def test_titles_are_no_markup(screen):
    ranking = Ranking(Query(text="x"), (item((PATH,), graph=1.0),), ("a [bold]note[/bold]",))
    show.print_ranking(screen, ranking, REASONS)
    assert "1. Heat [1995]" in told(screen)
    show.print_ranking(screen, ranking, REASONS)
    assert "a [bold]note[/bold]" in told(screen)


def test_json_has_null_where_a_scorer_abstains():
    value = show.ranking_as_json(
        Ranking(Query(text="x"), (item((PATH,), graph=1.0, text=math.nan),), ("note",))
    )
    again = json.loads(json.dumps(value, allow_nan=False))
    assert again == value
    assert again["notes"] == ["note"]
    (first,) = again["recommendations"]
    assert first["parts"] == {"graph": 1.0, "text": None}
    assert first["paths"][0] == {
        "sentence": "Because.",
        "nodes": [0, 5, 1],
        "labels": ["Alien", "Scott", "Blade Runner"],
        "relations": ["by", "made"],
        "weight": 0.25,
    }


def test_a_table_of_models_fits_the_screen(screen):
    metrics = dict.fromkeys(show.SHOWN, 0.12345)
    evaluation = Evaluation(metrics, {}, np.arange(3))
    show.print_results(screen, [Result("popularity", "baseline", evaluation, 12345.6, 1.0)])
    text = told(screen)
    assert "…" not in text
    for word in (*show.SHOWN, "popularity", "seconds", "0.1235", "12346"):
        assert word in text


def test_what_a_graph_holds(screen):
    graph = make_graph(
        [(0, 0), (0, 1), (1, 1)],
        facts=[("i0", "about", "e0"), ("i1", "about", "e0")],
        texts={"i0": "words"},
        heldout=[(1, 0)],
    )
    assert show.graph_as_json(graph) == {
        "name": "world",
        "nodes": {"User": 2, "Item": 2, "Entity": 1},
        "facts": {"about": 2},
        "interactions": {"train": 3, "valid": 0, "test": 1},
        "ratings": {"train": 0, "test": 0},
        "with_text": {"user": 0, "item": 1, "entity": 0},
    }
    show.graph_table(screen, graph)
    text = told(screen)
    assert "world: 5 nodes" in text
    assert "2 facts, 3 likes" in text


def test_the_verdict_is_said_in_a_sentence_for_each_metric():
    def verdict(name, difference, corrected, metric="ndcg@10"):
        comparison = Comparison(metric, difference, difference - 0.1, difference + 0.1, corrected, 9)
        return Verdict(name, "hybrid", comparison, corrected)

    words = show.verdict_words(
        [
            verdict("popularity", -0.2, 0.001),
            verdict("ease", -0.01, 0.3),
            verdict("oracle", 0.4, 0.01),
            verdict("ease", -0.1, 0.04, "recall@20"),
        ]
    )
    assert words == [
        "ndcg@10: the hybrid is better than popularity; worse than oracle; not told apart from ease "
        "(paired test over people, p < .05 after Holm).",
        "recall@20: the hybrid is better than ease (paired test over people, p < .05 after Holm).",
    ]
