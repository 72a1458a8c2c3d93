"""Cross-entropy over all items without holding the scores of all examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor

_ROWS = 256  # scores of so many examples at a time stay in a processor's cache


def full_softmax(states: Tensor, items: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of the targets among all items.

    The scores are made chunk by chunk, and a chunk's gradients with it, so that memory does not grow with
    examples times items (the idea of "Cut your losses", Wijmans et al., ICLR 2025); on a CPU it takes less
    than half the time of the plain form.

    Args:
        states: of the examples, shape (n, size).
        items: vectors of all items, shape (num_items, size).
        bias: of all items, shape (num_items,).
        targets: item rows, several equally right ones per example, shape (n, num_targets).

    Returns:
        A scalar.
    """
    loss: Tensor = _FullSoftmax.apply(states.float(), items.float(), bias.float(), targets)  # type: ignore[no-untyped-call]
    return loss


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


class _FullSoftmax(torch.autograd.Function):
    """Computes the gradients with the loss: the scores are at hand then, and never again."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, items: Tensor, bias: Tensor, targets: Tensor) -> Tensor:  # noqa: ANN401
        given = torch.empty_like(states), torch.zeros_like(items), torch.zeros_like(bias)
        loss = states.new_zeros(())
        share = states.new_full((1, 1), -1 / targets.shape[1])
        for start in range(0, len(states), _ROWS):
            state, target = states[start : start + _ROWS], targets[start : start + _ROWS]
            scores = torch.addmm(bias, state, items.T)
            right = scores.gather(1, target).mean(1)
            highest = scores.amax(1, keepdim=True)
            total = scores.sub_(highest).exp_().sum(1, keepdim=True)
            loss += (total.log() + highest).sum() - right.sum()
            wrong = scores.div_(total).scatter_add_(1, target, share.expand_as(target))
            torch.mm(wrong, items, out=given[0][start : start + _ROWS])
            given[1].addmm_(wrong.T, state)
            given[2].add_(wrong.sum(0))
        ctx.save_for_backward(*(part / len(states) for part in given))
        return loss / len(states)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        return *(gradients[0] * part for part in ctx.saved_tensors), None
