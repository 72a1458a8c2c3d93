"""Adapted text encoders on items that nobody has liked yet: one table of what each way costs and gives.

    python benchmarks/adaptation.py [--modes frozen,lora] [--seeds 0,1,2] [--epochs 6] [CARD ...]

A fifth of the liked items loses all its interactions. The language model is adapted to what is left, where a
tenth of the remaining items is hidden in the same way to choose the epoch by; then the fifth, and it alone,
is ranked for everybody who has likes left, by the cosine with the mean text vector of what they like. "plain"
takes the vectors as they are, "centred" takes the mean of all texts off them first. Differences are to the
frozen model, scored in the same way, with a paired permutation test over people. Each row runs in a process
of its own, so that its peak memory is its own. Without cards it takes ml-100k, whose texts are title, genres
and year; ml1m-pearlm has long ones that a language model wrote.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import kg
from hybrid.evaluation.protocol import Evaluation, evaluate
from hybrid.evaluation.significance import compare
from hybrid.scorers.base import Resources
from hybrid.scorers.text import Text
from hybrid.text.adaptation import adapt
from hybrid.text.augmentation import AugmentOptions
from hybrid.text.cold import hide_items, only
from hybrid.text.modes import MODES
from hybrid.text.options import AdaptOptions, EncoderOptions
from hybrid.text.table import TextTable

CARD = Path(__file__).resolve().parents[1] / "datasets" / "ml-100k" / "dataset.yaml"
COLD = 0.2  # of the liked items
SHORT, LONG, CHARACTERS = 64, 128, 200  # tokens read of texts of up to so many characters, and of longer ones
AUGMENT = AugmentOptions(token_dropout=0.1, attribute_dropout=0.2)
METRICS = ("ndcg@10", "recall@20")
HEADER = (
    f"{'mode':10} {'scored':8} {'trained':>10} {'share':>7} {'seconds':>7} {'peak_mb':>8} epoch  "
    "ndcg@10  recall@20  difference in ndcg@10, by seed"
)


@dataclass(frozen=True)
class Row:
    """What one way of adapting gave with one seed; evaluations by "plain" and "centred"."""

    trainable: int
    share: float
    seconds: float
    peak_memory_mb: float
    epoch: int
    evaluations: dict[str, Evaluation]


def measure(card: Path, mode: str, seed: int, epochs: int) -> Row:
    """Hide items, adapt to the rest, rank what is hidden."""
    graph = kg.build(kg.read(card)).without_heldout()
    longest = statistics.median(len(text) for text in graph.item_texts) > CHARACTERS
    settings = EncoderOptions(max_length=LONG if longest else SHORT)
    warm, cold, hidden = hide_items(graph, COLD, 100 + seed)
    options = AdaptOptions(mode, epochs=epochs, augment=AUGMENT, seed=seed)
    made = adapt(warm, options, settings, report=lambda epoch: print(f"  {mode}: {epoch}", flush=True))
    resources = Resources(text=TextTable.of(graph.item_texts, made.encoder))
    scorers = {"plain": Text().fit(warm, resources), "centred": Text(centred=True).fit(warm, resources)}
    found = {name: evaluate(only(one.score, hidden), warm, cold, seed=seed) for name, one in scorers.items()}
    epoch = made.history.best.number if made.history.epochs else 0
    return Row(made.trainable, made.share, made.seconds, made.peak_memory_mb, epoch, found)


def show(mode: str, rows: list[Row], first: list[Row]) -> None:
    """One line for each way to score: medians over the seeds, and the differences to the frozen model."""
    seconds, peak, epoch = (
        statistics.median(getattr(row, name) for row in rows)
        for name in ("seconds", "peak_memory_mb", "epoch")
    )
    cost = f"{rows[0].trainable:>10,} {rows[0].share:7.2%} {seconds:7.0f} {peak:8.0f} {epoch:5.0f}"
    for name in rows[0].evaluations:
        values = [
            statistics.median(row.evaluations[name].metrics[metric] for row in rows) for metric in METRICS
        ]
        pairs = [
            (row.evaluations[name], other.evaluations[name]) for row, other in zip(rows, first, strict=True)
        ]
        apart = [compare(one, other, METRICS[0]) for one, other in pairs]
        against = ", ".join(f"{each.difference:+.4f} (p {each.p_value:.4f})" for each in apart)
        print(f"{mode:10} {name:8} {cost}  {values[0]:.4f}     {values[1]:.4f}  {against}", flush=True)


def main() -> None:
    """Print one table per card."""
    parser = argparse.ArgumentParser()
    parser.add_argument("cards", nargs="*", type=Path, default=[CARD])
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--epochs", type=int, default=6)
    asked = parser.parse_args()
    modes = ["frozen", *(mode for mode in asked.modes.split(",") if mode != "frozen")]
    seeds = [int(seed) for seed in asked.seeds.split(",")]
    fresh = multiprocessing.get_context("spawn")
    for card in asked.cards:
        print(f"\n{card.parent.name}\n{HEADER}", flush=True)
        first: list[Row] = []
        for mode in modes:
            with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as apart:
                rows = [apart.submit(measure, card, mode, seed, asked.epochs).result() for seed in seeds]
            first = first or rows
            show(mode, rows, first)


if __name__ == "__main__":
    main()
