"""The factorization: the formula written the slow way, the three losses, the thresholds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse

from gnn.factorization import Factorization, Features, Scale
from gnn.named import OptionError

SCALE = Scale.of(np.array([1.0, 1, 2, 4]))


def model(loss: str = "mse", size: int = 3) -> Factorization:
    torch.manual_seed(0)
    users = sparse.csr_array(np.array([[1.0, 0, 0.5], [0, 1, 0], [0, 0, 0]]))
    items = sparse.csr_array(np.array([[1.0, 2], [0, 0]]))
    made = Factorization(users, items, size, SCALE, loss)
    for side in (made.users, made.items):
        torch.nn.init.normal_(side.table)
    return made


def test_the_scale_is_each_rating_once_and_how_often_it_was() -> None:
    assert SCALE.levels.tolist() == [1, 2, 4]
    assert SCALE.shares.tolist() == [0.5, 0.25, 0.25]


def test_features_are_summed_by_their_weights() -> None:
    table = sparse.csr_array(np.array([[0, 2.0, -1], [0, 0, 0], [3, 0, 0]]))
    summed = Features(table, 4)
    dense = torch.from_numpy(table.toarray()).float()
    rows = torch.tensor([2, 1, 0, 0])
    torch.testing.assert_close(summed(rows), dense[rows] @ summed.table)
    assert summed(rows[:0]).shape == (0, 5)


def test_a_score_is_the_mean_the_biases_and_the_product() -> None:
    made = model()
    scores, size = made(torch.tensor([0, 1, 2]), torch.tensor([0, 0, 1]))
    first = made.users.table[0] + 0.5 * made.users.table[2]
    item = made.items.table[0] + 2 * made.items.table[1]
    torch.testing.assert_close(scores[0], 2 + first[0] + item[0] + first[1:] @ item[1:])
    torch.testing.assert_close(size[0], first @ first + item @ item)
    assert (scores[2].item(), size[2].item()) == (2, 0)


def test_squares_and_absolute_differences() -> None:
    scores, ratings = torch.tensor([1.0, 4.0]), torch.tensor([2.0, 2.0])
    assert model("mse").loss(scores, ratings).item() == pytest.approx((1 + 4) / 2)
    assert model("mae").loss(scores, ratings).item() == pytest.approx((1 + 2) / 2)
    torch.testing.assert_close(model("mae").expected(scores), scores)


def test_at_the_start_the_levels_are_as_likely_as_they_were_frequent() -> None:
    made = model("log")
    zero = torch.zeros(2)
    # chances 1/2, 1/4, 1/4 of 1, 2 and 4 stars
    assert made.loss(zero, torch.tensor([1.0, 4.0])).item() == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert made.expected(zero).tolist() == pytest.approx([2, 2])
    higher = made.expected(torch.tensor([-9.0, 0, 9]))
    assert higher.tolist() == pytest.approx([1, 2, 4], abs=0.01)


def test_each_loss_moves_only_what_it_needs() -> None:
    for loss, moved in (("mse", "mean"), ("log", "cuts")):
        made = model(loss)
        scores, _ = made(torch.tensor([0, 1]), torch.tensor([0, 0]))
        made.loss(scores, torch.tensor([1.0, 2.0])).backward()
        assert {name for name in ("mean", "cuts") if getattr(made, name).grad is not None} == {moved}


def test_a_scale_of_one_level_is_certain() -> None:
    users = sparse.csr_array(np.eye(1))
    made = Factorization(users, users, 2, Scale.of(np.array([3.0])), "log")
    assert made.expected(torch.tensor([0.7])).item() == pytest.approx(3)


def test_an_unknown_loss_is_refused() -> None:
    with pytest.raises(OptionError, match="there is no rating loss 'huber'; known are log, mae, mse"):
        model("huber")
