"""The softmax in chunks is the plain one; the sampled one comes near it."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from gnn import softmax


def example(num_targets=1, seed=0, n=23, num_items=40, size=5):
    generator = torch.Generator().manual_seed(seed)
    parts = [
        torch.randn(shape, generator=generator) for shape in ((n, size), (num_items, size), (num_items,))
    ]
    targets = torch.randint(0, num_items, (n, num_targets), generator=generator)
    return [part.requires_grad_() for part in parts], targets


def plain(states, items, bias, targets):
    scores = (states @ items.T + bias).repeat_interleave(targets.shape[1], 0)
    return functional.cross_entropy(scores, targets.flatten())


@pytest.mark.parametrize("num_targets", [1, 3])
@pytest.mark.parametrize("rows", [4, 256])
def test_chunks_change_neither_loss_nor_gradients(monkeypatch, num_targets, rows):
    monkeypatch.setattr(softmax, "_ROWS", rows)
    parts, targets = example(num_targets)
    loss, expected = softmax.full_softmax(*parts, targets), plain(*parts, targets)
    torch.testing.assert_close(loss, expected)
    (3 * loss).backward()
    found = [part.grad.clone() for part in parts]
    wanted = torch.autograd.grad(3 * expected, parts)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_a_target_may_be_named_twice():
    parts, targets = example(2)
    torch.testing.assert_close(
        softmax.full_softmax(*parts, targets[:, :1].expand(-1, 2)), plain(*parts, targets[:, :1])
    )


def test_every_other_item_drawn_once_is_the_full_softmax():
    (states, items, bias), targets = example()
    drawn = torch.arange(len(items))
    torch.testing.assert_close(
        softmax.sampled_softmax(states, items, bias, targets, drawn), plain(states, items, bias, targets)
    )


def test_more_draws_come_nearer_to_the_full_softmax():
    parts, targets = example(2, n=300, num_items=500)
    full = plain(*parts, targets)
    generator = torch.Generator().manual_seed(1)
    errors = {}
    for count in (5, 400):
        draws = [torch.randint(0, 500, (count,), generator=generator) for _ in range(20)]
        means = [softmax.sampled_softmax(*parts, targets, drawn) for drawn in draws]
        errors[count] = (torch.stack(means) - full).abs().mean()
    assert errors[400] < 0.1
    assert errors[400] < errors[5] / 3
