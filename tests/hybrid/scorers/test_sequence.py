"""The sequence scorer finds what follows; its task looks as far ahead as it is told to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers.base import Resources
from hybrid.scorers.histories import Histories
from hybrid.scorers.sequence import Sequence, _NextItems
from tests.worlds import chain, make_graph

NUM_ITEMS = 8


def world():
    rows = [(user, item, 10.0 * item) for user in range(5) for item in range(user % 3, NUM_ITEMS)]
    return make_graph(rows, num_items=NUM_ITEMS)


def task(**options):
    graph = world()
    scorer = Sequence(embedding_size=8, max_length=4, batch_size=2, dropout=0.0, **options)
    network = scorer._network(graph, Resources())
    return _NextItems(
        scorer._fitted(network=network, known=np.ones(NUM_ITEMS, dtype=bool)), graph, Resources()
    )


def first_batch(made, seed=0):
    return next(iter(made.batches(torch.Generator().manual_seed(seed))))


def test_the_chain_is_found():
    graph = chain()
    scorer = Sequence(**Sequence.quick).fit(graph, Resources(device="cpu"))
    assert evaluate(scorer.score, graph, graph.heldout, ks=(1,)).metrics["ndcg@1"] == 1.0


def test_without_a_horizon_the_target_is_the_very_next():
    made = task(horizon=0.0, num_targets=1)
    for batch in made.batches(torch.Generator().manual_seed(1)):
        items, _, targets, _ = batch
        real = items != NUM_ITEMS
        torch.testing.assert_close(targets[real][:, 0], items[real] + 1)


def test_targets_lie_ahead_and_half_of_them_within_the_horizon():
    made = task(horizon=2.0, num_targets=3)
    ahead = made._ahead((4000, 1), torch.Generator().manual_seed(0))
    assert ahead.min() == 1
    assert np.mean(ahead <= 2) == pytest.approx(0.5, abs=0.03)
    items, _, targets, _ = first_batch(made)
    real = items != NUM_ITEMS
    assert (targets[real] > items[real][:, None]).all()


def test_every_history_is_read_once_an_epoch():
    batches = list(task().batches(torch.Generator().manual_seed(0)))
    assert sum(len(batch[0]) for batch in batches) == 5
    assert all(batch[0].shape[1] <= 4 for batch in batches)


def test_gaps_are_between_a_persons_own_likes():
    graph = make_graph([(0, 0, 100), (0, 1, 103), (1, 0, 50), (1, 2, np.nan)], num_users=3, num_items=3)
    histories = Histories.of(Profiles.of_users(graph, np.arange(3)), 5)
    assert [gaps.tolist() for gaps in histories.gaps] == [[0, 3], [0, 0], []]


@pytest.mark.parametrize("use_gaps", [True, False])
def test_the_time_between_likes_is_read_where_it_is_wanted(use_gaps):
    made = task(use_gaps=use_gaps)
    torch.nn.init.normal_(made.module.gaps.weight)
    scores = [
        made._scorer.score(Profiles.of_likes(np.array([1, 2]), times=np.array(times)))
        for times in ([0.0, 1.0], [0.0, 1e6])
    ]
    assert np.allclose(*scores) != use_gaps


def test_only_the_latest_likes_are_read():
    histories = Histories.of(Profiles.of_likes(np.arange(6)), 2)
    assert histories.items[0].tolist() == [4, 5]
    assert histories.lengths.tolist() == [2]


def test_learning_from_texts_is_an_option():
    graph = world()
    vectors = np.eye(NUM_ITEMS, 3, dtype=np.float32)
    table = type("Table", (), {"vectors": vectors})()
    assert Sequence(embedding_size=8)._network(graph, Resources(text=table)).projection is not None
    without = Sequence(embedding_size=8, use_text=False)
    assert without._network(graph, Resources(text=table)).projection is None
