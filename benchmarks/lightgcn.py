"""LightGCN here against RecBole 1.2.1's: the same split, options, epochs, metrics and threads.

    python benchmarks/lightgcn.py [CARD] [--epochs N] [--seeds N] [--threads N] [--environment FOLDER]

Both learn from all likes that are not held out, without facts and texts, for a fixed number of epochs, and
rank all items for everybody with held-out likes. Nothing is tuned. RecBole runs in an environment of its own,
which is made in FOLDER where it is missing (by default in the cache folder, 1.5 GB), and is handed its data
as files. The two take turns, seed by seed, so that both meet the same machine. The medians are printed and
written to `benchmarks/results/lightgcn.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from peering import CACHE, Peer, environment, give, run

import kg
from hybrid.evaluation import lists
from hybrid.evaluation.protocol import evaluate
from hybrid.scorers import Resources
from hybrid.scorers.graph import Graph
from kg.wiring import without

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "lightgcn.json"
RECBOLE = "RecBole 1.2.1"
METRICS = ("ndcg@10", "recall@10", "ndcg@20", "recall@20")
OPTIONS = {"embedding_size": 64, "num_layers": 3, "learning_rate": 1e-3, "batch_size": 2048, "penalty": 1e-4}


def main(arguments: argparse.Namespace) -> None:
    """Run both and print the table."""
    python = environment(RECBOLE, arguments.environment)
    graph = likes_alone(kg.build(kg.read(arguments.card)))
    runs: dict[str, list[dict[str, Any]]] = {"WhyRec": [], "RecBole": []}
    with tempfile.TemporaryDirectory() as folder:
        give(graph, Path(folder) / "given")
        for seed in range(arguments.seeds):
            runs["WhyRec"].append(ours(graph, seed, arguments))
            runs["RecBole"].append(theirs(python, graph, Path(folder), seed, arguments))
            for name, results in runs.items():
                print(f"seed {seed}, {name}: {row(results[-1:])}", flush=True)
    show(graph, runs, arguments)


def likes_alone(graph: KnowledgeGraph) -> KnowledgeGraph:
    """The graph of people and items, without entities, facts and texts."""
    alone = without(graph)
    return replace(alone, texts=np.full_like(alone.texts, ""))


def ours(graph: KnowledgeGraph, seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Metrics, and seconds of each epoch, of LightGCN as published."""
    torch.set_num_threads(arguments.threads)
    resources = Resources(seed=seed, device="cpu")
    scorer = Graph(
        **OPTIONS, people="free", num_fact_layers=0, dropout=0.0, loss="bpr", num_negatives=1,
        schedule="constant", warmup=0.0, epochs=arguments.epochs,
    )  # fmt: skip
    fitted = scorer.fit(graph.without_heldout(), resources)
    result = evaluate(fitted.score, graph, graph.heldout, ks=(10, 20), seed=seed)
    seconds = [epoch.seconds for epoch in resources.histories[Graph.name].epochs]
    return {"metrics": {name: result.metrics[name] for name in METRICS}, "seconds": seconds}


def theirs(
    python: Path, graph: KnowledgeGraph, folder: Path, seed: int, arguments: argparse.Namespace
) -> dict[str, Any]:
    """The same of RecBole's, from a process in its own environment."""
    options = {
        "embedding_size": OPTIONS["embedding_size"],
        "n_layers": OPTIONS["num_layers"],
        "learning_rate": OPTIONS["learning_rate"],
        "train_batch_size": OPTIONS["batch_size"],
        "reg_weight": OPTIONS["penalty"],
        "require_pow": True,  # half the squared length per like, as in the paper
        "epochs": arguments.epochs,
    }
    said = run(
        Peer("lightgcn", RECBOLE, "LightGCN", options),
        python, folder / "given", folder, seed=seed, threads=arguments.threads,
    )  # fmt: skip
    (listed,) = lists.read(folder, graph)
    result = lists.evaluate(listed, graph, graph.heldout, ks=(10, 20))
    return {
        "metrics": {name: result.metrics[name] for name in METRICS},
        "seconds": said["seconds_of_epochs"],
    }


def row(results: list[dict[str, Any]]) -> str:
    """Medians over the runs, in words."""
    figures = "  ".join(f"{name} {middle(results, name):.4f}" for name in METRICS)
    return f"{figures}  {seconds_of(results):.3f} s an epoch"


def middle(results: list[dict[str, Any]], metric: str) -> float:
    """The median of a metric over the runs."""
    return median(result["metrics"][metric] for result in results)


def seconds_of(results: list[dict[str, Any]]) -> float:
    """The median over the runs of the median over their epochs."""
    return median(median(result["seconds"]) for result in results)


def show(graph: KnowledgeGraph, runs: dict[str, list[dict[str, Any]]], arguments: argparse.Namespace) -> None:
    """Print the medians and their ratios, and write all runs down."""
    print(
        f"\n{graph.name}, {arguments.epochs} epochs, {arguments.threads} threads, median of {arguments.seeds}"
    )
    for name, results in runs.items():
        print(f"{name:8} {row(results)}")
    here, there = runs.values()
    ratios = "  ".join(f"{name} {middle(here, name) / middle(there, name):.3f}" for name in METRICS)
    print(f"{'ratio':8} {ratios}  {seconds_of(here) / seconds_of(there):.2f} of the time")
    settings = {"epochs": arguments.epochs, "threads": arguments.threads, "options": OPTIONS}
    RESULTS.write_text(
        json.dumps({"dataset": graph.name, **settings, "runs": runs}, indent=1) + "\n", encoding="utf-8"
    )


def parsed(words: list[str]) -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    card = ROOT / "datasets" / "colakg-lastfm" / "dataset.yaml"
    cache = CACHE / "recbole-1.2.1"
    parser.add_argument("card", nargs="?", type=Path, default=card)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--environment", type=Path, default=cache)
    return parser.parse_args(words)


if __name__ == "__main__":
    main(parsed(sys.argv[1:]))
