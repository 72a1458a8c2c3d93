"""Does propagation matter? The graph scorer with its layers on and off, on a card's own held-out likes.

    python benchmarks/propagation.py [CARD ...]

Each variant is stopped early on validation, fitted again to all but the held-out likes, and compared with
the default by a paired permutation test over people. Without cards it takes colakg-lastfm.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import kg
from hybrid.evaluation.protocol import evaluate
from hybrid.evaluation.significance import compare
from hybrid.recommender import Recommender
from hybrid.scorers.graph import Graph
from kg.split import hold_out, training

ROOT = Path(__file__).resolve().parents[1]
VARIANTS = {
    "default: 2 steps over likes, 1 over facts": {},
    "no steps over likes": {"num_layers": 0},
    "no step over facts": {"num_fact_layers": 0},
    "no steps at all": {"num_layers": 0, "num_fact_layers": 0},
    "3 steps over likes": {"num_layers": 3},
    "BPR instead of softmax": {"loss": "bpr"},
}


def main(cards: list[Path]) -> None:
    """Print one table per card."""
    for card in cards:
        graph = kg.build(kg.read(card))
        whole = hold_out(graph.without_heldout())
        recommender = Recommender()
        recommender.text = recommender.encode(whole)
        resources = recommender.resources("propagation")
        validation = whole.interactions.take(whole.interactions.validation)
        print(f"\n{graph.name}\n{'variant':45} ndcg@10  recall@20   difference in ndcg@10     p  seconds")
        first = None
        for name, options in VARIANTS.items():
            start = time.perf_counter()
            tuned = Graph(**options).fit(training(whole), replace(resources, validation=validation))
            fitted = tuned.settled().fit(whole, resources)
            result = evaluate(fitted.score, whole, graph.heldout)
            first = first or result
            apart = compare(result, first, "ndcg@10")
            print(
                f"{name:45} {result.metrics['ndcg@10']:.4f}   {result.metrics['recall@20']:.4f}     "
                f"{apart.difference:+.4f} [{apart.low:+.4f}, {apart.high:+.4f}] {apart.p_value:.4f} "
                f"{time.perf_counter() - start:5.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main([Path(card) for card in sys.argv[1:]] or [ROOT / "datasets" / "colakg-lastfm" / "dataset.yaml"])
