"""The history transformer looks back, never ahead, and padding is nothing to it."""

from __future__ import annotations

import pytest
import torch

from gnn.sequence import NUM_GAPS, HistoryTransformer, TransformerOptions, gap_kinds

NUM_ITEMS = 9


def made(text=None):
    torch.manual_seed(0)
    network = HistoryTransformer(
        NUM_ITEMS, TransformerOptions(8, num_layers=2, max_length=6, dropout=0.0), text
    )
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return network


@pytest.fixture(params=["training", "answering"])
def network(request):
    """The network in either mode: PyTorch takes other code paths when it need not learn."""
    if request.param == "training":
        yield made().train()
        return
    with torch.inference_mode():
        yield made().eval()


def states(network, histories, gaps=None):
    histories = torch.tensor(histories)
    gaps = torch.zeros_like(histories) if gaps is None else torch.tensor(gaps)
    return network(histories, gaps, network.items())


def test_a_later_item_does_not_change_earlier_states(network):
    history = [3, 1, 4, 1, 5]
    before = states(network, [history])
    for place in range(1, 5):
        after = states(network, [[*history[:place], 8, *history[place + 1 :]]])
        torch.testing.assert_close(after[:, :place], before[:, :place])
        assert (after[:, place:] - before[:, place:]).abs().amax(2).gt(1e-4).all()


def test_padding_at_the_end_changes_nothing(network):
    alone = states(network, [[2, 7, 1]])
    padded = states(network, [[2, 7, 1, network.padding, network.padding], [0, 1, 2, 3, 4]])
    torch.testing.assert_close(padded[:1, :3], alone)


def test_the_order_of_likes_counts(network):
    first, second = states(network, [[2, 7, 1], [7, 2, 1]])[:, -1]
    assert (first - second).abs().max() > 1e-4


def test_the_time_between_likes_counts(network):
    soon, late = states(network, [[2, 7], [2, 7]], [[0, 1], [0, 20]])
    assert (soon[1] - late[1]).abs().max() > 1e-4
    torch.testing.assert_close(soon[0], late[0])


def test_gaps_are_numbered_by_their_logarithm():
    year = 365 * 86_400.0
    seconds = torch.tensor(
        [torch.nan, 0.0, 0.9, 1.0, 3.0, 86_400.0, 60 * year, 1e30, -5.0], dtype=torch.float64
    )
    assert gap_kinds(seconds).tolist() == [0, 1, 1, 2, 3, 17, 31, NUM_GAPS - 1, 1]


def test_texts_tell_items_apart_whose_own_vectors_are_the_same():
    network = made(torch.eye(NUM_ITEMS))
    torch.nn.init.zeros_(network.ids.weight)
    first, second = states(network, [[0], [1]])[:, -1]
    assert (first - second).abs().max() > 1e-4


def test_without_text_an_item_is_its_own_vector():
    network = made()
    assert network.items() is network.ids.weight


def test_an_item_without_a_text_is_its_own_vector():
    text = torch.eye(NUM_ITEMS)
    text[3] = 0
    network = made(text)
    torch.testing.assert_close(network.items()[3], network.ids.weight[3])
    assert (network.items()[4] - network.ids.weight[4]).abs().max() > 1e-3
