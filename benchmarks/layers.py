"""What each graph layer costs: seconds of one step forward and back over a whole graph, on one thread.

    python benchmarks/layers.py [CARD ...]

Seconds of processor time, the best of five, for vectors of 64 numbers; in brackets, how many LightGCN steps
that is. "making" is what the adjacency costs once, with all that the layer asks of it. Without cards it takes
colakg-lastfm.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

import kg
from gnn.adjacency import Adjacency
from gnn.layers import find
from gnn.tensors import to_hetero

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

ROOT = Path(__file__).resolve().parents[1]
SIZE = 64
REPEATS = 5


def main(cards: list[Path]) -> None:
    """Print one table per card."""
    torch.set_num_threads(1)
    for card in cards:
        graph = kg.build(kg.read(card)).without_heldout()
        data = to_hetero(graph)
        print(
            f"\n{graph.name}: {graph.num_nodes} nodes, {len(graph.interactions)} likes, "
            f"{len(graph.edges)} facts"
            f"\n{'layer':10} parameters  making  step"
        )
        seconds = {name: measure(name, data, len(graph.relations)) for name in ("lightgcn", *find())}
        for name, (parameters, making, step) in seconds.items():
            times = step / seconds["lightgcn"][2]
            print(f"{name:10} {parameters:10,}  {making:6.2f}  {step:.4f} ({times:.1f})")


def measure(name: str, data: HeteroData, num_relations: int) -> tuple[int, float, float]:
    """Number of parameters, seconds to make the adjacency, seconds forward and back."""
    torch.manual_seed(0)
    layer = find()[name](SIZE, 2 * num_relations)
    start = time.process_time()
    adjacency = Adjacency.of(data, num_relations)
    size = adjacency.likes.shape[0] if layer.edges == "likes" else adjacency.num_nodes
    x = torch.randn(size, SIZE, requires_grad=True)
    step(layer, x, adjacency)
    making = time.process_time() - start
    best = min(step(layer, x, adjacency) for _ in range(REPEATS))
    return sum(weight.numel() for weight in layer.parameters()), making - best, best


def step(layer: torch.nn.Module, x: torch.Tensor, adjacency: Adjacency) -> float:
    """Seconds of one forward and backward pass."""
    start = time.process_time()
    layer(x, adjacency).square().sum().backward()
    return time.process_time() - start


if __name__ == "__main__":
    main([Path(card) for card in sys.argv[1:]] or [ROOT / "datasets" / "colakg-lastfm" / "dataset.yaml"])
