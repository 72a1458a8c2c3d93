"""The history transformer looks back, never ahead, and padding is nothing to it."""

from __future__ import annotations

import pytest
import torch

from gnn.sequence import HistoryTransformer, TransformerOptions

NUM_ITEMS = 9


@pytest.fixture(params=["training", "answering"])
def network(request):
    """The network in either mode: PyTorch takes other code paths when it need not learn."""
    torch.manual_seed(0)
    network = HistoryTransformer(NUM_ITEMS, TransformerOptions(8, num_layers=2, max_length=6, dropout=0.0))
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    if request.param == "training":
        yield network.train()
        return
    with torch.inference_mode():
        yield network.eval()


def test_a_later_item_does_not_change_earlier_states(network):
    history = torch.tensor([[3, 1, 4, 1, 5]])
    before = network(history)
    for place in range(1, 5):
        changed = history.clone()
        changed[0, place] = 8
        after = network(changed)
        torch.testing.assert_close(after[:, :place], before[:, :place])
        assert (after[:, place:] - before[:, place:]).abs().amax(2).gt(1e-4).all()


def test_padding_at_the_end_changes_nothing(network):
    alone = network(torch.tensor([[2, 7, 1]]))
    padded = network(torch.tensor([[2, 7, 1, network.padding, network.padding], [0, 1, 2, 3, 4]]))
    torch.testing.assert_close(padded[:1, :3], alone)


def test_the_order_of_likes_counts(network):
    first, second = network(torch.tensor([[2, 7, 1], [7, 2, 1]]))[:, -1]
    assert (first - second).abs().max() > 1e-4


def test_both_modes_agree():
    torch.manual_seed(0)
    network = HistoryTransformer(NUM_ITEMS, TransformerOptions(8, dropout=0.0))
    history = torch.tensor([[3, 1, 4], [0, 8, network.padding]])
    learning = network.train()(history)
    with torch.inference_mode():
        torch.testing.assert_close(network.eval()(history)[0], learning[0])


def test_every_item_but_the_padding_can_come_next(network):
    states = network(torch.tensor([[0, 1], [2, 3]]))
    logits = network.logits(states)
    assert logits.shape == (2, 2, NUM_ITEMS)
    torch.testing.assert_close(logits[1, 0, 4], states[1, 0] @ network.items.weight[4] + network.bias[4])
