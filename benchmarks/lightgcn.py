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
import subprocess
import sys
import tempfile
import venv
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import kg
from hybrid.evaluation.protocol import evaluate
from hybrid.scorers import Resources
from hybrid.scorers.graph import Graph
from hybrid.scorers.graph_parts import without_facts

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "benchmarks" / "peers"
RESULTS = ROOT / "benchmarks" / "results" / "lightgcn.json"
METRICS = ("ndcg@10", "recall@10", "ndcg@20", "recall@20")
OPTIONS = {"embedding_size": 64, "num_layers": 3, "learning_rate": 1e-3, "batch_size": 2048, "penalty": 1e-4}


def main(arguments: argparse.Namespace) -> None:
    """Run both and print the table."""
    python = environment(arguments.environment)
    graph = likes_alone(kg.build(kg.read(arguments.card)))
    runs: dict[str, list[dict[str, Any]]] = {"WhyRec": [], "RecBole": []}
    with tempfile.TemporaryDirectory() as folder:
        write_splits(graph, Path(folder))
        for seed in range(arguments.seeds):
            runs["WhyRec"].append(ours(graph, seed, arguments))
            runs["RecBole"].append(theirs(python, Path(folder), seed, arguments))
            for name, results in runs.items():
                print(f"seed {seed}, {name}: {row(results[-1:])}", flush=True)
    show(graph, runs, arguments)


def likes_alone(graph: KnowledgeGraph) -> KnowledgeGraph:
    """The graph of people and items, without entities, facts and texts."""
    alone = without_facts(graph)
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


def theirs(python: Path, folder: Path, seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """The same of RecBole's, from a process in its own environment."""
    options = {
        "data_path": str(folder),
        "checkpoint_dir": str(folder / "saved"),
        "benchmark_filename": ["train", "valid", "test"],
        "load_col": {"inter": ["user_id", "item_id"]},
        "embedding_size": OPTIONS["embedding_size"],
        "n_layers": OPTIONS["num_layers"],
        "learning_rate": OPTIONS["learning_rate"],
        "train_batch_size": OPTIONS["batch_size"],
        "reg_weight": OPTIONS["penalty"],
        "require_pow": True,  # half the squared length per like, as in the paper
        "epochs": arguments.epochs,
        "seed": seed,
        "use_gpu": False,
        "metrics": ["NDCG", "Recall"],
        "topk": [10, 20],
        "metric_decimal_place": 6,
        "valid_metric": "NDCG@10",
        "state": "WARNING",
    }
    spec, result = folder / "spec.json", folder / "result.json"
    spec.write_text(
        json.dumps({"dataset": "likes", "threads": arguments.threads, "options": options}), encoding="utf-8"
    )
    command = [str(python), "-W", "ignore", str(PEERS / "recbole_lightgcn.py"), str(spec), str(result)]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    measured: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return measured


def write_splits(graph: KnowledgeGraph, folder: Path) -> None:
    """RecBole's files of the two parts, each like once.

    RecBole insists on a validation part. It is one like of the training part, which changes nothing: nobody
    measures on it, and what is masked in the test is training and validation together.
    """
    learned, test = (
        np.unique(np.stack([rows.users, rows.items]), axis=1) for rows in (graph.interactions, graph.heldout)
    )
    size = graph.num_items
    test = test[:, ~np.isin(test[0] * size + test[1], learned[0] * size + learned[1])]
    (folder / "likes").mkdir()
    for name, (users, items) in {"train": learned, "valid": learned[:, :1], "test": test}.items():
        lines = [f"u{user}\ti{item}\n" for user, item in zip(users, items, strict=True)]
        path = folder / "likes" / f"likes.{name}.inter"
        path.write_text("user_id:token\titem_id:token\n" + "".join(lines), encoding="utf-8")


def environment(folder: Path) -> Path:
    """The Python of the environment in a folder, which is made where it is missing."""
    python, ready = folder / "bin" / "python", folder / "ready"
    wanted = (PEERS / "recbole.txt").read_text(encoding="utf-8")
    if not ready.is_file() or ready.read_text(encoding="utf-8") != wanted:
        print(f"making {folder}", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--requirement", str(PEERS / "recbole.txt")], check=True)
        subprocess.run([*pip, "--no-deps", "recbole==1.2.1"], check=True)
        ready.write_text(wanted, encoding="utf-8")
    return python


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
    cache = Path.home() / ".cache" / "whyrec" / "peers" / "recbole-1.2.1"
    parser.add_argument("card", nargs="?", type=Path, default=card)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--environment", type=Path, default=cache)
    return parser.parse_args(words)


if __name__ == "__main__":
    main(parsed(sys.argv[1:]))
