"""What links are worth, in a world where they are all there is, and in one where they say nothing."""

from __future__ import annotations

import functools
import json
from dataclasses import replace

import numpy as np
import pytest

from hybrid.evaluation.significance import Comparison, Verdict
from hybrid.evaluation.worth import Row, Worth, among, as_json, worth
from kg.errors import QueryError
from tests.recommenders import Worded, fit, quick
from tests.worlds import checkerboard, two_cliques

LINKS = ["true", "none", "shuffled", "rewired"]


def silent(graph):
    """The graph without texts."""
    return replace(graph, texts=np.full_like(graph.texts, ""))


@functools.cache
def measured(*members, texts=False):
    told = []
    graph = checkerboard(20) if texts else silent(checkerboard(20))
    recommender = Worded(quick(members=members), told.append).fit(graph, keep=True)
    return worth(recommender, graph), told


def rows(found, name):
    return {row.links: row for row in found.rows if row.slice == name}


def test_all_links_on_all_slices():
    found, _ = measured("als", "ease")
    assert [row.slice for row in found.rows] == [
        name for name in ("all", "warm", "sparse", "cold") for _ in LINKS
    ]
    assert [row.links for row in found.rows] == 4 * LINKS
    for row in found.rows:
        assert set(row.metrics) == {"ndcg@10", "recall@20"}
        assert [verdict.comparison.metric for verdict in row.beside] == (
            [] if row.links == "true" else ["ndcg@10", "recall@20"]
        )
        assert all((verdict.name, verdict.reference) == (row.links, "true") for verdict in row.beside)
    assert {row.people for row in found.rows} == {20}


def test_links_that_are_all_there_is_are_worth_something_on_cold_items_alone():
    found, told = measured("als", "ease")
    assert {row.metrics["ndcg@10"] for row in found.rows if row.slice != "cold"} == {1.0}
    cold = rows(found, "cold")
    assert cold["true"].metrics["ndcg@10"] == 1.0
    assert all(cold[links].metrics["ndcg@10"] < 0.95 for links in LINKS[1:])
    assert found.sentence.startswith("The graph adds .")
    assert found.sentence.endswith(
        "; it adds nothing that can be told from chance on all likes, warm items and people with short "
        "histories."
    )
    assert "worth of the graph: cold items, by ease" in told
    random = [line for line in told if line.startswith("worth of the graph: in random order: ")]
    assert len(random) == 1  # without links


def test_cold_items_are_ranked_among_themselves():
    """The board's 20 items: 4 test, 2 of them of each person's colour, so nobody's list is longer than 4."""
    cold = rows(measured("als", "ease")[0], "cold")
    assert all(row.metrics["recall@20"] == 1.0 for row in cold.values())


def test_only_what_reads_facts_is_learned_again():
    told = measured("als", "ease")[1]
    as_split = told[: told.index("worth of the graph: cold items, by ease")]
    again = [line for line in as_split if line.startswith(("tune", "fit"))]
    assert again == ["tune als", "tune ease", "fit als", "fit ease", *["tune ease", "fit ease"] * 3]


def test_links_that_say_what_the_texts_say_are_worth_nothing():
    found, told = measured("als", "ease", "text", texts=True)
    assert {row.metrics["ndcg@10"] for row in rows(found, "cold").values()} == {1.0}
    assert found.sentence == (
        "The graph adds nothing that can be told from chance on all likes, warm items, people with short "
        "histories and cold items."
    )
    assert not [line for line in told if "random order" in line]


def test_who_cannot_score_cold_items_is_not_asked_about_them():
    found, told = measured("als", "popularity")
    assert {row.slice for row in found.rows} == {"all", "warm", "sparse"}
    assert told[-1] == (
        "worth of the graph: no cold items: no scorer of this hybrid can score what nobody likes"
    )
    same = {tuple(row.metrics.values()) for row in rows(found, "all").values()}
    assert len(same) == 1


def test_a_graph_without_facts():
    graph = two_cliques()
    recommender = Worded(quick(members=("als", "ease"))).fit(graph, keep=True)
    found = worth(recommender, graph)
    assert {row.links for row in found.rows} == {"true"}
    assert found.sentence == "The graph has no facts, so there is nothing that they could be worth."


def test_tuned_scorers_are_needed():
    graph = checkerboard(12)
    with pytest.raises(QueryError, match="keep=True"):
        worth(fit(graph, members=("als", "ease")), graph)


def test_the_same_seed_gives_the_same_worth():
    graph = silent(checkerboard(20))
    recommender = Worded(quick(members=("als", "ease"))).fit(graph, keep=True)
    assert worth(recommender, graph) == measured("als", "ease")[0]


def test_some_items_are_ranked_with_those_that_have_no_score_last():
    nan = np.nan
    given = np.array([[3, 1, nan, 2], [nan, nan, nan, nan], [9, -5, nan, nan]], dtype=np.float32)
    ranked = among(lambda _people: given.copy(), np.array([False, True, True, True]))(None)
    np.testing.assert_array_equal(ranked, [[nan, 1, 0, 2], [nan, 0, 0, 0], [nan, -5, -6, -6]])
    assert ranked.dtype == np.float32


def row(name, links, reached, difference=0.0, p=1.0):
    beside = Verdict(links, "true", Comparison("ndcg@10", difference, -1, 1, p, 9), p)
    return Row(links, name, 9, {"ndcg@10": reached}, () if links == "true" else (beside,))


def four(name, true, *others):
    return [row(name, "true", true)] + [
        row(name, links, reached, reached - true, p)
        for links, (reached, p) in zip(LINKS[1:], others, strict=True)
    ]


def test_the_sentence_tells_what_links_add_from_what_any_links_do():
    added = four("cold", 0.101, (0.089, 0.0001), (0.09, 0.0002), (0.0884, 0.0001))
    taken = four("warm", 0.2, (0.203, 0.01), (0.2, 0.9), (0.1, 0.01))
    any_links = four("sparse", 0.3, (0.2, 0.01), (0.31, 0.04), (0.1, 0.01))
    unsure = four("all", 0.3, (0.29, 0.05), (0.1, 0.01), (0.1, 0.01))
    assert Worth((*unsure, *taken, *any_links, *added)).sentence == (
        "The graph adds .012 to NDCG@10 on cold items (.101 against .089 without, .090 with shuffled links "
        "and .088 with rewired links; p .0002); it adds .100 to NDCG@10 on people with short histories, but "
        "some wrong links do as well (.300 against .200 without, .310 with shuffled links and .100 with "
        "rewired links; p .0100 beside none); it takes .003 from NDCG@10 on warm items (.200 against .203 "
        "without, .200 with shuffled links and .100 with rewired links; p .0100); it adds nothing that can "
        "be told from chance on all likes."
    )


def test_as_json():
    found = json.loads(json.dumps(as_json(measured("als", "ease")[0])))
    assert set(found) == {"sentence", "rows"}
    assert len(found["rows"]) == 16
    for row in found["rows"]:
        assert set(row) == {"links", "slice", "people", "metrics", "beside_true"}
        assert set(row["beside_true"]) == (set() if row["links"] == "true" else set(row["metrics"]))
        for beside in row["beside_true"].values():
            assert set(beside) == {"difference", "interval", "p", "p_corrected"}
