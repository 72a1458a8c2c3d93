"""Products whose entries are learned agree with dense ones, gradients included."""

from __future__ import annotations

import pytest
import torch

from gnn.sparse import Pattern, spans

ROWS, COLUMNS, SHAPE = torch.tensor([0, 0, 2, 2, 2, 4]), torch.tensor([3, 1, 0, 3, 2, 3]), (5, 4)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()


def compare(sparse, dense, inputs):
    """Two ways to work out the same, with their gradients under the same random weights."""
    weights = torch.randn(dense.shape, generator=torch.Generator().manual_seed(9))
    torch.testing.assert_close(sparse, dense)
    ours = torch.autograd.grad((sparse * weights).sum(), inputs)
    theirs = torch.autograd.grad((dense * weights).sum(), inputs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_dots():
    left, right = draw(5, 3), draw(4, 3, seed=1)
    compare(Pattern(ROWS, COLUMNS, SHAPE).dots(left, right), (left @ right.T)[ROWS, COLUMNS], (left, right))


def test_product():
    values, x = draw(6), draw(4, 3, seed=1)
    matrix = torch.zeros(SHAPE).index_put((ROWS, COLUMNS), values)
    compare(Pattern(ROWS, COLUMNS, SHAPE).product(values, x), matrix @ x, (values, x))


def test_two_entries_in_one_place_add_up():
    # two facts between the same two nodes
    pattern = Pattern(torch.tensor([0, 0, 1]), torch.tensor([1, 1, 0]), (2, 2))
    values, x = draw(3), draw(2, 3, seed=1)
    matrix = torch.zeros(2, 2).index_put(
        (torch.tensor([0, 0, 1]), torch.tensor([1, 1, 0])), values, accumulate=True
    )
    compare(pattern.product(values, x), matrix @ x, (values, x))
    compare(pattern.dots(x, x), (x @ x.T)[[0, 0, 1], [1, 1, 0]], (x,))


@pytest.mark.parametrize("shape", [(3, 2), (0, 0)])
def test_without_entries_there_is_nothing(shape):
    nothing = torch.zeros(0, dtype=torch.long)
    pattern = Pattern(nothing, nothing, shape)
    left, right = draw(shape[0], 2), draw(shape[1], 2)
    dots, product = pattern.dots(left, right), pattern.product(torch.zeros(0), right)
    assert dots.shape == (0,)
    assert product.tolist() == [[0.0, 0.0]] * shape[0]
    (dots.sum() + product.sum()).backward()
    assert not left.grad.any()
    assert not right.grad.any()


def test_spans_stand_one_after_another():
    owner, places = spans(torch.tensor([5, 0, 9, 2]), torch.tensor([2, 0, 1, 3]))
    assert owner.tolist() == [0, 0, 2, 3, 3, 3]
    assert places.tolist() == [5, 6, 9, 2, 3, 4]


def test_no_spans_have_no_places():
    assert [len(part) for part in spans(torch.zeros(0).long(), torch.zeros(0).long())] == [0, 0]
