"""Cross-entropy over all items without holding the scores of all examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor

_ROWS = 256  # scores of so many examples at a time stay in a processor's cache


def log_partition(states: Tensor, items: Tensor, bias: Tensor, weights: Tensor) -> Tensor:
    """The weighted sum over examples of log(sum over all items of exp(score)).

    The scores are made chunk by chunk, and a chunk's gradients with it, so that memory does not grow with
    examples times items (the idea of "Cut your losses", Wijmans et al., ICLR 2025); on a CPU it takes less
    than half the time of the plain form.

    Args:
        states: of the examples, shape (n, size).
        items: vectors of all items, shape (num_items, size).
        bias: of all items, shape (num_items,).
        weights: of the examples, shape (n,); nothing is learned of them.

    Returns:
        A scalar.
    """
    found: Tensor = _LogPartition.apply(states.float(), items.float(), bias.float(), weights)  # type: ignore[no-untyped-call]
    return found


def full_softmax(states: Tensor, items: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of the targets among all items.

    Args:
        states: of the examples, shape (n, size).
        items: vectors of all items, shape (num_items, size).
        bias: of all items, shape (num_items,).
        targets: item rows, several equally right ones per example, shape (n, num_targets).

    Returns:
        A scalar.
    """
    right = states.new_zeros(())
    for target in targets.T:
        right = right + (states * items.index_select(0, target)).sum(1).mean() + bias[target].mean()
    weights = states.new_full((len(states),), 1 / len(states), dtype=torch.float32)
    return log_partition(states, items, bias, weights) - right / targets.shape[1]


def sampled_softmax(states: Tensor, items: Tensor, bias: Tensor, targets: Tensor, drawn: Tensor) -> Tensor:
    """Mean cross-entropy of each target against items drawn evenly, which all examples share.

    The drawn items' scores are raised by log(num_items / number drawn), so that they stand for all (the
    correction of Jean et al., ACL 2015, for even draws). A drawn item that is the target does not count.

    Args:
        states: as for `full_softmax`.
        items: as for `full_softmax`.
        bias: as for `full_softmax`.
        targets: as for `full_softmax`.
        drawn: item rows, shape (num_negatives,).

    Returns:
        A scalar.
    """
    others = states @ items[drawn].T + bias[drawn] + torch.tensor(len(items) / len(drawn)).log()
    losses = []
    for target in targets.T:
        right = (states * items[target]).sum(1) + bias[target]
        wrong = others.masked_fill(drawn[None] == target[:, None], -torch.inf)
        losses.append(torch.logsumexp(torch.cat([right[:, None], wrong], 1), 1) - right)
    return torch.stack(losses).mean()


class _LogPartition(torch.autograd.Function):
    """Computes the gradients with the sum: the scores are at hand then, and never again."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, items: Tensor, bias: Tensor, weights: Tensor) -> Tensor:  # noqa: ANN401
        given = torch.empty_like(states), torch.zeros_like(items), torch.zeros_like(bias)
        found = states.new_zeros(())
        for start in range(0, len(states), _ROWS):
            part = slice(start, start + _ROWS)
            scores = torch.addmm(bias, states[part], items.T)
            highest = scores.amax(1, keepdim=True)
            total = scores.sub_(highest).exp_().sum(1, keepdim=True)
            found += ((total.log() + highest).squeeze(1) * weights[part]).sum()
            shares = scores.mul_(weights[part].unsqueeze(1) / total)
            torch.mm(shares, items, out=given[0][part])
            given[1].addmm_(shares.T, states[part])
            given[2].add_(shares.sum(0))
        ctx.save_for_backward(*given)
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        return *(gradients[0] * part for part in ctx.saved_tensors), None
