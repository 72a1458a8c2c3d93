"""What a step adds to plain gradients: other batches, penalties, a narrower precision, an adversary."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gnn.train import train
from tests.gnn.tasks import Factors, Slopes, options, same


def plain(**changes):
    """Steps of plain gradient descent at a rate of 0.1."""
    return options(**{"epochs": 1, "optimizer": "sgd", "momentum": 0.0, "schedule": "constant", **changes})


def difference(first, second):
    pairs = zip(first.module.parameters(), second.module.parameters(), strict=True)
    return max(float((one - other).detach().abs().max()) for one, other in pairs)


def test_batches_put_together_are_one_big_batch():
    small, big, apart = Factors(0, size=7), Factors(0, size=21), Factors(0, size=7)
    history = train(small, plain(epochs=3, accumulate=3, l2=0.01))
    expected = train(big, plain(epochs=3, l2=0.01))
    train(apart, plain(epochs=3, l2=0.01))
    assert difference(small, big) < 1e-6
    assert difference(small, apart) > 1e-3
    for epoch, other in zip(history.epochs, expected.epochs, strict=True):
        assert epoch.loss == pytest.approx(other.loss)
        assert epoch.gradient_norm == pytest.approx(other.gradient_norm)


def test_the_last_step_averages_what_is_left():
    """Slopes 1 and 3 make a step of 2, the last a step of 5."""
    task = Slopes([1.0, 3.0, 5.0])
    train(task, plain(accumulate=2))
    assert task.module.weight.item() == pytest.approx(-0.1 * (2 + 5))


def test_a_frozen_weight_stays():
    task = Factors(0)
    task.module["item"].requires_grad_(requires_grad=False)
    before = task.module["item"].weight.clone()
    train(task, plain(l1=0.1, l2=0.1, adversarial=1.0))
    assert torch.equal(task.module["item"].weight, before)
    assert not torch.equal(task.module["user"].weight, Factors(0).module["user"].weight)


def test_penalties_by_hand():
    """From 2: l2 of 0.5 has a slope of 2 * 0.5 * 2 = 2, l1 of 3 one of 3, the loss one of 1, and is 2."""
    task = Slopes([1.0])
    task.module.weight.data.fill_(2.0)
    history = train(task, plain(l1=3.0, l2=0.5))
    assert task.module.weight.item() == pytest.approx(2 - 0.1 * (2 + 3 + 1))
    assert history.epochs[0].loss == pytest.approx(2.0)


def test_penalties_are_clipped_with_the_rest():
    task = Slopes([1.0])
    task.module.weight.data.fill_(2.0)
    train(task, plain(l1=3.0, l2=0.5, clip=1.0))
    assert task.module.weight.item() == pytest.approx(2 - 0.1)


class Typed(Slopes):
    """Notes what a matrix product gives."""

    def loss(self, batch):
        product = torch.ones(1, 1) @ self.module.weight.view(1, 1)
        self.kind = product.dtype
        return product.squeeze()


@pytest.mark.parametrize(("precision", "kind"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_precision_is_that_of_products_and_not_of_weights(precision, kind):
    task = Typed([1.0])
    history = train(task, plain(precision=precision))
    assert task.kind == kind
    assert task.module.weight.dtype == torch.float32
    assert history.epochs[0].loss == 0.0


class Bowl:
    """The loss of a batch is its factor * half the squared distance of every row from the origin."""

    def __init__(self, rows, factors=(1.0,)):
        self.module = nn.Embedding.from_pretrained(torch.tensor(rows), freeze=False)
        self.factors = factors
        self.seen = []

    def batches(self, generator):
        return iter(self.factors)

    def loss(self, batch):
        self.seen.append(self.module.weight.detach().clone())
        return batch * self.module.weight.square().sum() / 2

    def validate(self):
        return None


def test_an_adversarial_step_by_hand():
    """The gradient at (3, 4) is (3, 4), of length 5: half a unit along it is (3.3, 4.4).

    The step is -0.1 * ((3, 4) + 2 * (3.3, 4.4)) = -(0.96, 1.28). A row of zeros has no gradient and stays.
    """
    task = Bowl([[3.0, 4.0], [0.0, 0.0]])
    history = train(task, plain(adversarial=2.0, adversarial_size=0.5))
    assert torch.allclose(task.seen[1], torch.tensor([[3.3, 4.4], [0.0, 0.0]]))
    assert torch.allclose(task.module.weight, torch.tensor([[3 - 0.96, 4 - 1.28], [0.0, 0.0]]))
    assert history.epochs[0].loss == pytest.approx(12.5)


def test_each_batch_has_its_own_adversary():
    """Of two batches in a step the second, upside down, is moved the other way: to (2.4, 3.2).

    Its gradients there and at (3, 4) are the places times -2; with the first's, halved, they are
    ((3, 4) + (3.6, 4.8) - 2 * (3, 4) - 2 * (2.4, 3.2)) / 2 = (-2.1, -2.8).
    """
    task = Bowl([[3.0, 4.0]], factors=(1.0, -2.0))
    train(task, plain(adversarial=1.0, adversarial_size=1.0, accumulate=2))
    assert torch.allclose(task.seen[1], torch.tensor([[3.6, 4.8]]))
    assert torch.equal(task.seen[2], torch.tensor([[3.0, 4.0]]))  # put back to the last bit
    assert torch.allclose(task.seen[3], torch.tensor([[2.4, 3.2]]))
    assert torch.allclose(task.module.weight, torch.tensor([[3.21, 4.28]]))


class Named(Factors):
    """Names what is perturbed."""

    def __init__(self, seed):
        super().__init__(seed)
        self.seen = []

    def embeddings(self):
        return [self.module["user"].weight]

    def loss(self, batch):
        self.seen.append({name: module.weight.detach().clone() for name, module in self.module.items()})
        return super().loss(batch)


def test_a_task_may_name_what_is_perturbed():
    task = Named(0)
    train(task, plain(adversarial=1.0))
    here, nearby = task.seen[:2]
    assert torch.equal(here["item"], nearby["item"])
    assert not torch.equal(here["user"], nearby["user"])


def test_an_adversary_that_cannot_move_doubles_the_gradient():
    quiet, double = Factors(0), Factors(0)
    train(quiet, plain(adversarial=1.0, adversarial_size=0.0, learning_rate=0.05))
    train(double, plain(learning_rate=0.1))
    assert difference(quiet, double) < 1e-6
    assert not same(double, Factors(0))


def test_an_adversarial_loss_that_fails_leaves_the_weights_where_they_were():
    task = Bowl([[3.0, 4.0]])
    usual = task.loss

    def failing(batch):
        if task.seen:
            raise ArithmeticError
        return usual(batch)

    task.loss = failing
    with pytest.raises(ArithmeticError):
        train(task, plain(adversarial=1.0))
    assert torch.equal(task.module.weight, torch.tensor([[3.0, 4.0]]))
