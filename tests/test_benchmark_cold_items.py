"""The baselines of `benchmarks/cold_items.py` find what they should in a world of two genres."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hybrid.profiles import Profiles
from hybrid.scorers.base import Resources
from tests.worlds import make_graph, text_table

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
ITEMS, PEOPLE = 24, 30  # even ones are of one genre, odd ones of the other; the last two items are new


@pytest.fixture
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    yield tuple(importlib.import_module(name) for name in ("cold_baselines", "cold_items"))
    for name in ("cold_baselines", "cold_networks", "cold_items", "cold_users"):
        sys.modules.pop(name, None)


def world():
    """People like most items of their genre, but neither of the two new ones."""
    rng = np.random.default_rng(0)
    likes = [(u, i) for u in range(PEOPLE) for i in range(ITEMS - 2) if u % 2 == i % 2 and rng.random() < 0.8]
    kinds = ("noir", "farce")
    facts = [(f"i{i}", "genre", kinds[i % 2]) for i in range(ITEMS)]
    texts = {f"i{i}": kinds[i % 2] for i in range(ITEMS)}
    return make_graph(likes, num_items=ITEMS, facts=facts, texts=texts)


@pytest.mark.parametrize("name", ["text kNN", "facts kNN", "DropoutNet", "CLCRec"])
def test_a_baseline_finds_the_new_item_of_a_persons_genre(scripts, name):
    baselines, items = scripts
    graph = world()
    scorer = items.BASELINES[name]
    networks = {"DropoutNet": {"embedding_size": 4}, "CLCRec": {"learning_rate": 0.05, "num_negatives": 8}}
    resources = Resources(text=text_table(graph), device="cpu")
    fitted = baselines.tuned(replace(scorer, **networks.get(name, {})), graph, resources)
    scores = fitted.score(Profiles.of_users(graph, np.arange(PEOPLE)))
    even = scores[:, ITEMS - 2] > scores[:, ITEMS - 1]
    np.testing.assert_array_equal(even, np.arange(PEOPLE) % 2 == 0)


def test_hidden_items_lose_all_likes_and_their_test_likes_are_to_be_found(scripts):
    _, items = scripts
    graph = replace(world(), heldout=make_graph([(0, 1), (0, 2)], num_items=ITEMS).interactions)
    case = items.hidden_items(graph, seed=0)
    assert case.hidden.sum() == round(0.2 * (ITEMS - 2))
    assert not case.hidden[case.graph.interactions.items].any()
    assert case.hidden[case.cold.items].all()
    assert not case.hidden[case.warm.items].any()
    rows = len(case.graph.interactions) + len(case.cold) + len(case.warm)
    assert rows == len(graph.interactions) + len(graph.heldout)
    assert not len(case.graph.heldout)
