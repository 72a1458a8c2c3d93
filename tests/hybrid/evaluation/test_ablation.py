"""The hybrid without each group of scorers."""

from __future__ import annotations

import functools
import json
from dataclasses import replace

import numpy as np
import pytest

from hybrid.evaluation.ablation import GROUPS, ablations, as_json
from kg.errors import QueryError
from tests.recommenders import Worded, fit, quick
from tests.worlds import checkerboard, make_graph, two_cliques


@functools.cache
def found(*members):
    told = []
    recommender = Worded(quick(members=members), told.append).fit(checkerboard(16), keep=True)
    told.clear()
    return ablations(recommender, checkerboard(16).heldout), told


def test_each_group_is_left_out_once():
    groups, told = found("als", "ease", "popularity", "recent", "text", "transitions")
    assert [(each.without, each.scorers) for each in groups] == [
        ("text", ("text",)),
        ("factors", ("als",)),
        ("sequence", ("recent", "transitions")),
    ]
    assert {each.without for each in groups} <= set(GROUPS)
    for each in groups:
        assert set(each.metrics) == {"ndcg@10", "recall@20"}
        assert each.metrics["ndcg@10"] == 1.0  # what the others say is enough
        assert [verdict.comparison.metric for verdict in each.beside] == ["ndcg@10", "recall@20"]
        assert all(verdict.reference == "hybrid" for verdict in each.beside)
        assert all(verdict.corrected == 1.0 for verdict in each.beside)
    assert [line for line in told if line.startswith("ablation")] == [
        "ablation: without text, which is text",
        "ablation: without factors, which is als",
        "ablation: without sequence, which is recent, transitions",
    ]
    assert not [line for line in told if line.startswith(("tune", "fit"))]


def test_without_the_graph_there_are_no_facts_either():
    groups, told = found("als", "graph", "ease", "popularity")
    assert [each.without for each in groups] == ["graph", "factors"]
    again = [line for line in told if line.startswith(("tune", "fit"))]
    assert again == ["tune ease", "fit ease"]


def test_what_a_group_gives_is_lost_without_it():
    """Nobody but the text knows more than what is popular."""
    groups, _ = found("popularity", "text")
    (only,) = groups
    assert only.without == "text"
    assert only.metrics["ndcg@10"] < 0.6
    ndcg = only.beside[0]
    assert ndcg.comparison.difference == pytest.approx(only.metrics["ndcg@10"] - 1.0)
    assert ndcg.corrected < 0.01


def test_who_says_nothing_and_who_is_all_there_is_are_no_group():
    graph = two_cliques()
    recommender = Worded(quick(members=("als", "text"))).fit(graph, keep=True)
    assert ablations(recommender, graph.heldout) == ()


def test_tuned_scorers_are_needed():
    recommender = fit(checkerboard(12), members=("als", "text"))
    with pytest.raises(QueryError, match="keep=True"):
        ablations(recommender, checkerboard(12).heldout)


def test_as_json():
    (written,) = json.loads(json.dumps(as_json(found("popularity", "text")[0])))
    assert set(written) == {"without", "scorers", "metrics", "beside_hybrid"}
    assert (written["without"], written["scorers"]) == ("text", ["text"])
    assert set(written["metrics"]) == {"ndcg@10", "recall@20"}
    beside = written["beside_hybrid"]["ndcg@10"]
    assert set(beside) == {"difference", "interval", "p", "p_corrected"}
    assert beside["interval"][0] <= beside["difference"] <= beside["interval"][1] < 0


def test_a_group_without_which_nobody_can_tell_anything_is_left_out():
    """Facts are all there is to tell of items that nobody likes."""
    users = np.repeat(np.arange(6), 4)
    rows = np.column_stack([users, np.tile(np.arange(4), 6) + 4 * (users % 2)])
    facts = [(f"i{item}", "has", f"e{item // 4}") for item in range(8)]
    new = rows[:, 1] % 4 == 3
    graph = make_graph(rows[~new], num_items=8, facts=facts, heldout=rows[new], name="cold")
    likes = graph.interactions
    graph = graph.with_interactions(replace(likes, validation=likes.items % 4 == 2))
    told = []
    recommender = Worded(quick(members=("ease", "graph")), told.append).fit(graph, keep=True)
    assert ablations(recommender, graph.heldout) == ()
    why = "dataset 'cold': no scorer can tell anything of a like that tunes"
    assert told[-1] == f"ablation: not without graph: {why}"
