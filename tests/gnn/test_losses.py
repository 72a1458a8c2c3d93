"""Losses against numbers worked out by hand."""

from __future__ import annotations

from math import exp, log

import pytest
import torch

from gnn import losses


def test_bpr():
    # -log sigmoid(1) = log(1 + 1/e) = 0.3132617; three times -log sigmoid(0) = log 2 = 0.6931472; their mean
    value = losses.bpr(torch.tensor([1.0, 0.5]), torch.tensor([[0.0, 1.0], [0.5, 0.5]]))
    assert value.item() == pytest.approx((0.3132617 + 3 * 0.6931472) / 4, abs=1e-6)


def test_bpr_of_far_apart_scores_is_no_infinity():
    value = losses.bpr(torch.tensor([-500.0, 500.0]), torch.tensor([[500.0], [-500.0]]))
    assert value.item() == pytest.approx(500.0)  # 1000 for the first, 0 for the second


def test_softmax():
    scores = torch.tensor([[log(1), log(2), log(5)], [7.0, 7.0, 7.0]])
    assert losses.softmax(scores, torch.tensor([1, 0])).item() == pytest.approx((log(4) + log(3)) / 2)


def test_gradients_push_the_liked_item_up_and_the_others_down():
    positive, negative = torch.zeros(1, requires_grad=True), torch.zeros(1, 2, requires_grad=True)
    losses.bpr(positive, negative).backward()
    assert positive.grad.tolist() == [-0.5]  # sigmoid(0) - 1
    assert negative.grad.tolist() == [[0.25, 0.25]]


def test_info_nce():
    # cosines 1 and 0 either way, whatever the lengths: -log(e^2 / (e^2 + 1)) at temperature 1/2
    first, second = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, 5.0]])
    assert losses.info_nce(first, second, 0.5).item() == pytest.approx(log(1 + exp(-2)))
    swapped = losses.info_nce(first, second.flip(0), 0.5)
    assert swapped.item() == pytest.approx(2 + log(1 + exp(-2)))


def test_info_nce_of_one_node_is_nothing_to_tell_apart():
    assert losses.info_nce(torch.ones(1, 3), -torch.ones(1, 3), 0.1).item() == 0.0
