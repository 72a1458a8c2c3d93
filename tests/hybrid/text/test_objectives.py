"""Losses are those of the slow way of writing them; batches hold what they should."""

import numpy as np
import pytest
import torch
from scipy import sparse

from hybrid.text.adapted import AdaptedEncoder
from hybrid.text.batches import TextBatches, hard_negatives
from hybrid.text.objectives import LikedTexts, Material
from hybrid.text.options import AdaptOptions, EncoderOptions
from hybrid.text.rated import RatedTexts
from kg.graph import Interactions

TEXTS = ["a red comedy", "a black drama", "the old war film", "white field", ""]
LIKES = np.array([[1, 1, 0, 0, 0], [1, 0, 1, 1, 0], [0, 0, 0, 1, 0], [0, 1, 1, 1, 0]], dtype=np.float32)


def unit(values):
    return values / np.maximum(np.linalg.norm(values, axis=-1, keepdims=True), 1e-12)


VECTORS = unit(np.random.default_rng(0).normal(size=(5, 16))).astype(np.float32)
VECTORS[4] = 0


def task(tiny, kind=LikedTexts, *rest, hard=0, **options):
    rows = np.arange(4)
    near = np.tile(np.array([[1], [2], [3], [0]]), (1, 1))[:, :hard]
    batches = TextBatches(rows, near.reshape(4, hard), 4, 0.5 if hard else 0.0)
    encoder = AdaptedEncoder(EncoderOptions(tiny("bert"), device="cpu"), AdaptOptions("full", **options))
    return kind(encoder, Material(TEXTS, VECTORS, sparse.csr_array(LIKES), batches), *rest)


def test_the_loss_is_that_of_the_formula(tiny):
    rows, fresh = np.array([0, 2, 3]), unit(np.random.default_rng(1).normal(size=(3, 16)))
    rates = np.log(np.array([1.0, 2.0, 1.0]))
    learner = task(tiny, temperature=0.2)
    learner._log_rates[torch.from_numpy(rows)] = torch.from_numpy(rates).float()
    found = learner.of(torch.from_numpy(rows), torch.from_numpy(fresh).float())

    centre = VECTORS[:4].mean(axis=0)
    batch, now = unit(fresh - centre), unit(VECTORS - centre)
    now[rows] = batch
    losses = []
    for person in (0, 1, 3):  # person 2 likes one thing only
        for column, item in enumerate(rows):
            if LIKES[person, item]:
                others = [k for k in np.flatnonzero(LIKES[person]) if k != item]
                anchor = unit(now[others].sum(axis=0))
                logits = batch @ anchor / 0.2 - rates
                wrong = [j for j in range(3) if j == column or not LIKES[person, rows[j]]]
                losses.append(np.log(np.exp(logits[wrong]).sum()) - logits[column])
    assert float(found) == pytest.approx(np.mean(losses), rel=1e-4)


def test_gradients_flow_through_the_batch_and_memory_takes_its_vectors(tiny):
    learner = task(tiny)
    (batch,) = learner.batches(torch.Generator().manual_seed(0))
    learner.loss(batch).backward()
    assert all(weights.grad.abs().sum() > 0 for weights in learner.module.language.model.encoder.parameters()
               if weights.grad is not None and weights.dim() == 2)  # fmt: skip
    learner.module.eval()
    with torch.no_grad():
        learner.loss(batch)
        torch.testing.assert_close(learner.module.memory[batch[0]], learner.module(*batch[1:]))
    assert not learner.module.memory[4].any()


def test_a_batch_that_teaches_nothing_has_loss_zero(tiny):
    learner = task(tiny)
    assert float(learner.of(torch.tensor([4]), torch.zeros(1, 16))) == 0


def test_pairs_are_limited(tiny):
    learner = task(tiny, pairs=3)
    users, columns = learner._few(np.arange(10), np.arange(10) + 5)
    assert len(users) == 3
    np.testing.assert_array_equal(users + 5, columns)


@pytest.mark.parametrize("loss", ["mse", "mae", "log"])
def test_ratings_are_learned_from_the_text_and_the_person(tiny, loss):
    values = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
    ratings = Interactions.of([0, 0, 1, 3, 3], [0, 2, 2, 1, 3], weights=values)
    learner = task(tiny, RatedTexts, ratings, loss, ratings)
    rows, fresh = torch.arange(4), torch.from_numpy(VECTORS[:4])
    with torch.no_grad():
        learner.head.linear.weight.normal_(std=0.1, generator=torch.Generator().manual_seed(0))
    weights, bias = learner.head.linear.weight.detach().numpy()[0], learner.head.linear.bias.item()
    apart = unit(VECTORS - VECTORS[:4].mean(axis=0))
    expected = []
    for user, item, value in zip(ratings.users, ratings.items, values, strict=True):
        others = [k for k in np.flatnonzero(LIKES[user]) if k != item]
        person, text = unit(apart[others].sum(axis=0)), apart[item]
        score = np.concatenate([text * 4, text * person * 16]) @ weights + bias
        expected.append(
            {
                "mse": (score - value) ** 2,
                "mae": abs(score - value),
                "log": np.log1p(np.exp(-score if value else score)),
            }[loss]
        )
    with torch.no_grad():
        assert float(learner.of(rows, fresh)) == pytest.approx(np.mean(expected), rel=1e-4)
        assert learner.validate() < 0


def test_a_rating_head_begins_with_the_mean(tiny):
    ratings = Interactions.of([0, 1], [0, 1], weights=[0.0, 1.0])
    assert float(task(tiny, RatedTexts, ratings, "mse", ratings).head.linear.bias.detach()) == 0.5
    assert float(task(tiny, RatedTexts, ratings, "log", ratings).head.linear.bias.detach()) == 0.0


def test_each_item_is_drawn_and_brings_its_hard_negative():
    batches = TextBatches(np.arange(10, 18), np.arange(8)[:, None] ^ 1, 4, 0.5)
    drawn = list(batches.draw(torch.Generator().manual_seed(0)))
    assert batches.seeds == 2
    assert all({row - 10, (row - 10) ^ 1} <= set(batch - 10) for batch in drawn for row in batch)
    assert {row for batch in drawn for row in batch} == set(range(10, 18))
    same = list(batches.draw(torch.Generator().manual_seed(0)))
    assert all(np.array_equal(one, other) for one, other in zip(drawn, same, strict=True))


def test_rates_are_how_often_items_are_drawn():
    near = np.array([[1], [0], [1], [1], [1], [1]])
    batches = TextBatches(np.arange(6), near, 4, 0.5)
    rates = np.exp(batches.log_rates(7).numpy())
    np.testing.assert_allclose(rates, [2, 6, 1, 1, 1, 1, 1])
    assert not TextBatches(np.arange(6), near[:, :0], 4, 0.5).log_rates(6).any()


def test_hard_negatives_are_near_and_not_liked_together():
    vectors = unit(np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1]])).astype(np.float32)
    likes = sparse.csr_array(np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=np.float32))
    assert hard_negatives(vectors, likes, 1).tolist() == [[2], [2], [1], [1]]
    assert hard_negatives(vectors, likes, 0).shape == (4, 0)
    assert hard_negatives(vectors[:1], likes[:, :1], 3).shape == (1, 0)
