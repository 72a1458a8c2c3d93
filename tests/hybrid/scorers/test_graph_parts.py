"""The graph scorer on drawn parts of the graph: all neighbours change nothing, a few are enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gnn.named import OptionError
from hybrid.scorers.graph_tasks import LikedPairs
from tests.graph_scorers import PUBLISHED, RESOURCES, SMALL, first, one_batch, task_of
from tests.worlds import checkerboard, make_graph, two_cliques


def facts_and_likes():
    """A graph sparse enough that a step's part is smaller than all of it; some of the facts are of people."""
    rng = np.random.default_rng(0)
    likes = np.argwhere(rng.random((60, 50)) < 0.05)
    facts = [(f"i{item}", "made_by", f"maker{rng.integers(25)}") for item in range(50)]
    facts += [(f"u{user}", "aged", f"age{user % 4}") for user in range(0, 60, 3)]
    return make_graph(likes, num_users=60, num_items=50, facts=facts)


@pytest.mark.parametrize(("num_layers", "num_fact_layers"), [(2, 1), (3, 0), (0, 1), (1, 2)])
def test_a_fan_out_over_every_neighbour_is_the_whole_graph(num_layers, num_fact_layers):
    graph = facts_and_likes()
    options = {
        "num_layers": num_layers,
        "num_fact_layers": num_fact_layers,
        "num_negatives": 3,
        "penalty": 0.1,
    }
    whole = replace(PUBLISHED, batch_size=8, **options)
    part = replace(whole, fan_out=(1_000,) * (num_layers + num_fact_layers))
    found = []
    for scorer in (whole, part):
        torch.manual_seed(0)
        task = task_of(LikedPairs, scorer, graph)
        batch = replace(one_batch(task_of(LikedPairs, whole, graph)), seed=torch.tensor([1]))
        loss = task.loss(batch)
        loss.backward()
        grads = {name: weights.grad for name, weights in task.module.named_parameters()}
        found.append((loss.detach(), grads))
    (loss, grads), (loss_there, grads_there) = found
    torch.testing.assert_close(loss_there, loss)
    assert any(grad.any() for name, grad in grads.items() if "user" in name)
    for name, grad in grads.items():
        torch.testing.assert_close(grads_there[name], grad, msg=lambda text, name=name: f"{name}: {text}")


def test_a_step_goes_over_a_part_of_the_graph_that_the_seed_decides():
    graph = facts_and_likes()
    task = task_of(LikedPairs, replace(PUBLISHED, batch_size=4, fan_out=(2, 2, 2)), graph)
    first, second, *_ = task.batches(torch.Generator().manual_seed(0))
    assert task.loss(first).item() == task.loss(first).item()
    assert first.seed.item() != second.seed.item()
    assert task.loss(replace(first, seed=second.seed)).item() != task.loss(first).item()
    encoder, inside = task._parts.around(first)
    assert encoder.num_users < graph.num_users
    assert encoder.adjacency.num_nodes == len(encoder().inputs) < graph.num_users + graph.num_items
    torch.testing.assert_close(
        encoder().inputs[inside.items + encoder.num_users],
        task.module["encoder"].inputs["item"]()[first.items],
    )


@pytest.mark.parametrize("graph", [checkerboard(), two_cliques()], ids=["checkerboard", "two cliques"])
def test_parts_are_enough_to_learn_from(graph):
    assert first(replace(PUBLISHED, fan_out=(4, 2, 2)), graph) > 0.9


def test_facts_are_drawn_too():
    scorer = replace(SMALL, people="free", loss="bpr", fan_out=(4, 2, 2), batch_size=64, epochs=20)
    assert first(scorer, checkerboard()) > 0.9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"people": "history"}, 'needs people="free" and loss="bpr"'),
        ({"loss": "softmax"}, 'needs people="free" and loss="bpr"'),
        ({"kge": "transe"}, "neither kge nor contrastive_weight"),
        ({"contrastive_weight": 0.1}, "neither kge nor contrastive_weight"),
        ({"num_layers": 2}, r"each of 2 steps .* of 0 layers over facts, not \(2, 2, 2\)"),
        ({"fan_out": (2, 0, 2)}, r"at least 1, .* not \(2, 0, 2\)"),
    ],
)
def test_a_fan_out_that_does_not_fit_is_told(options, message):
    with pytest.raises(OptionError, match=message):
        replace(PUBLISHED, **{"fan_out": (2, 2, 2), **options}).fit(checkerboard(), RESOURCES)


def test_without_layers_over_facts_entities_are_nowhere():
    graph = checkerboard()
    scorer = replace(SMALL, num_fact_layers=0, epochs=1)
    assert "inputs.entity.ids.weight" in scorer._encoder(graph, RESOURCES).state_dict()
    assert not len(scorer._encoder(graph, RESOURCES).inputs["entity"]())
    fitted = scorer.fit(graph, RESOURCES)
    assert fitted.nodes.shape == (graph.num_nodes, 16)
    assert fitted.nodes[: graph.first("entity")].any(1).all()
    assert not fitted.nodes[graph.first("entity") :].any()
    assert len(replace(scorer, kge="transe")._encoder(graph, RESOURCES).inputs["entity"]()) == 2
