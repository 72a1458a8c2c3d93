"""A language model learns which words people go by, for items that nobody has liked yet too."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hybrid.evaluation.protocol import evaluate
from hybrid.scorers import Resources
from hybrid.scorers.text import Text
from hybrid.text.adaptation import adapt, adapt_to_ratings
from hybrid.text.cold import hide_items, only
from hybrid.text.modes import AdaptError
from hybrid.text.options import AdaptOptions, EncoderOptions
from hybrid.text.table import TextTable
from kg.errors import CatalogError
from kg.graph import Interactions
from tests.worlds import make_graph


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WHYREC_CACHE", str(tmp_path / "cache"))


def colours(num_users=20, num_items=60):
    """Everybody likes all items of one colour, a word of an item's text; its other words mean nothing."""
    rng = np.random.default_rng(0)
    noise = ["field", "board", "comedy", "drama", "war", "film", "novel", "old", "new", "1995", "2000", "a"]
    words = [" ".join(rng.choice(noise, 8)) for _ in range(num_items)]
    texts = {f"i{row}": f"{('black', 'white')[row % 2]} {more}" for row, more in enumerate(words)}
    likes = [(user, item) for user in range(num_users) for item in range(num_items) if item % 2 == user % 2]
    return make_graph(likes, texts=texts)


GRAPH = colours()
QUICK = {
    "rank": 4,
    "learning_rate": 0.02,
    "epochs": 8,
    "batch_size": 16,
    "validation_share": 0.2,
    "patience": 8,
}


def settings(tiny, kind="bert"):
    return EncoderOptions(tiny(kind), device="cpu")


def cold_ndcg(encoder, warm, cold, hidden):
    scorer = Text(centred=True).fit(warm, Resources(text=TextTable.of(warm.item_texts, encoder)))
    return evaluate(only(scorer.score, hidden), warm, cold, ks=(10,)).metrics["ndcg@10"]


@pytest.mark.parametrize(("kind", "mode"), [("bert", "lora"), ("llama", "lora"), ("bert", "bottleneck")])
def test_it_finds_new_items_better_than_the_frozen_model(tiny, kind, mode):
    warm, cold, hidden = hide_items(GRAPH, 0.3, 5)
    frozen = adapt(warm, AdaptOptions("frozen"), settings(tiny, kind))
    made = adapt(warm, AdaptOptions(mode, **QUICK), settings(tiny, kind))
    before, after = (cold_ndcg(each.encoder, warm, cold, hidden) for each in (frozen, made))
    assert after > before + 0.2
    assert after > 0.85
    assert 0 < made.share < 0.5
    assert made.trainable == sum(value.numel() for value in made.encoder.learned().values())
    assert made.seconds > 0
    assert made.peak_memory_mb > 0
    assert (frozen.trainable, frozen.history.epochs) == (0, [])


def test_a_run_that_was_killed_ends_like_one_that_was_not(tiny, tmp_path):
    options = AdaptOptions("lora", **{**QUICK, "epochs": 4})
    whole = adapt(GRAPH, options, settings(tiny)).encoder.learned()
    file = tmp_path / "run.safetensors"

    def die(epoch):
        if epoch.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adapt(GRAPH, options, settings(tiny), checkpoint=file, report=die)
    rest = []
    resumed = adapt(GRAPH, options, settings(tiny), checkpoint=file, report=rest.append).encoder.learned()
    assert [epoch.number for epoch in rest] == [3, 4]
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_nothing_but_the_interactions_given_is_learned_from(tiny):
    options = AdaptOptions("ia3", **{**QUICK, "epochs": 1})
    more = replace(GRAPH, heldout=Interactions.of([0, 1], [1, 0]))
    one, other = (adapt(graph, options, settings(tiny)).encoder for graph in (GRAPH, more))
    assert one.identity == other.identity


def test_without_a_pair_of_likes_it_says_so(tiny):
    graph = make_graph([(0, 0), (1, 1)], texts={"i0": "red", "i1": "white"})
    with pytest.raises(CatalogError, match="a person who likes two items with text"):
        adapt(graph, AdaptOptions(), settings(tiny))


def rated():
    users, items = np.nonzero(np.random.default_rng(1).random((20, 60)) < 0.5)
    return Interactions.of(users, items, weights=np.where(items % 2 == users % 2, 5.0, 1.0))


@pytest.mark.parametrize("loss", ["mse", "mae", "log"])
def test_ratings_of_new_items_are_learned(tiny, loss):
    ratings = rated()
    if loss == "log":
        ratings = Interactions.of(ratings.users, ratings.items, weights=ratings.weights > 3)
    made = adapt_to_ratings(GRAPH, ratings, loss, AdaptOptions("lora", **QUICK), settings(tiny))
    by_chance = {"mse": 4.0, "mae": 2.0, "log": np.log(2)}[loss]
    assert -made.history.best.metric < 0.5 * by_chance
    assert made.head is not None


def test_a_head_alone_is_trained_on_a_frozen_model(tiny):
    options = AdaptOptions("frozen", **{**QUICK, "epochs": 2})
    made = adapt_to_ratings(GRAPH, rated(), "mse", options, settings(tiny))
    assert made.trainable == 0
    assert len(made.history.epochs) == 2
    assert made.encoder.identity == made.encoder.base


def test_what_ratings_need(tiny):
    with pytest.raises(AdaptError, match="known are mse, mae, log"):
        adapt_to_ratings(GRAPH, rated(), "rmse", AdaptOptions(), settings(tiny))
    with pytest.raises(CatalogError, match="no rating of an item with text"):
        adapt_to_ratings(
            make_graph([(0, 0)]), Interactions.of([0], [0]), "mse", AdaptOptions(), settings(tiny)
        )


def test_hidden_items_are_gone_from_the_graph_and_from_nowhere_else():
    warm, cold, hidden = hide_items(GRAPH, 0.25, 3)
    assert hidden.sum() == 15
    assert not hidden[warm.interactions.items].any()
    assert hidden[cold.items].all()
    assert len(warm.interactions) + len(cold) == len(GRAPH.interactions)
    assert np.array_equal(hide_items(GRAPH, 0.25, 3)[2], hidden)
    some = np.arange(60) < 10
    assert not hide_items(GRAPH, 0.5, 3, some)[2][10:].any()


def test_people_who_have_nothing_left_are_not_asked_about_hidden_items():
    warm, cold, _ = hide_items(make_graph([(0, 0), (1, 1), (1, 2)]), 1.0, 0)
    assert len(warm.interactions) == len(cold) == 0
