"""Whatever is trained: what several processes make of a batch adds up to what one makes of it."""

from __future__ import annotations

import pytest
import torch

from gnn.processes import Divisible
from hybrid import ratings, scorers
from hybrid.scorers import training
from hybrid.scorers.base import Resources
from tests.rated import parties
from tests.worlds import checkerboard, text_table

MORE = {  # what a component may be told that changes its loss
    "graph": [
        {"people": "free", "loss": "bpr", "num_negatives": 3, "penalty": 0.01},
        {"people": "free", "loss": "bpr", "num_negatives": 2, "fan_out": (99, 99, 99), "num_layers": 2},
        {"kge": "transe", "kge_weight": 0.5},
        {"contrastive_weight": 0.1, "noise": 0.0},
    ],
    "sequence": [{"num_negatives": 5, "horizon": 6.0}],
}
FOUND = [kind for kind in [*scorers.find().values(), *ratings.find().values()] if hasattr(kind, "epochs")]
CASES = [(kind, {**kind.quick, **more}) for kind in FOUND for more in ({}, *MORE.get(kind.name, ()))]


class Enough(Exception):  # noqa: N818
    """Nothing needs to be trained here."""


def trained_task(kind, options, monkeypatch):
    """The task that fitting a component would train."""
    kept = []

    def keep(task, *_, **__):
        kept.append(task)
        raise Enough

    monkeypatch.setattr(training, "train", keep)
    graph = parties() if issubclass(kind, ratings.Rater) else checkerboard(20)
    with pytest.raises(Enough):
        kind(**options).fit(graph, Resources(text=text_table(graph), device="cpu", seed=3))
    return kept[0]


@pytest.mark.parametrize(("kind", "options"), CASES, ids=lambda part: getattr(part, "name", None))
def test_the_parts_of_a_batch_add_up_to_its_loss(kind, options, monkeypatch):
    task = trained_task(kind, options, monkeypatch)
    assert isinstance(task, Divisible), f"{kind.name}: several processes would each do all of the work"
    task.module.eval()
    for batch in list(task.batches(torch.Generator().manual_seed(1)))[:2]:
        parts = [task.shard(batch, rank, 3) for rank in range(3)]
        assert sum(weight for _, weight in parts) == pytest.approx(1)
        total = sum(task.loss(part) * weight for part, weight in parts if weight)
        torch.testing.assert_close(total, task.loss(batch), rtol=1e-5, atol=1e-6)
