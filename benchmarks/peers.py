"""Models of other programs on our split, for `whyrec bench CARD --lists FOLDER` to measure beside ours.

    python benchmarks/peers.py CARD [--peers NAME,...] [--into FOLDER] [--seed N] [--threads N] [--epochs N]

Each program runs in an environment of its own, which is made in the cache folder where it is missing, one
after the other. It is handed training and validation likes, facts and whom to answer as files, never a test
like, and writes ranked lists: `FOLDER/NAME.csv`, and `FOLDER/NAME.json` with what it cost. A peer that fails
is named in `FOLDER/failed.txt` with the reason, the others go on, and the exit status is 1. `docs/peers.md`
says more.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peering import Peer, PeerError, environment, give, run

import kg
from hybrid.evaluation import lists

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

ROOT = Path(__file__).resolve().parents[1]
EPOCHS, PATIENCE = 300, 50  # RecBole's own patience of 10 ends LightGCN on its first plateau, after 13 epochs
JUDGED = ("ndcg@10", "recall@20")
RECBOLE, LENSKIT, IMPLICIT = "RecBole 1.2.1", "LensKit 2025.8.1", "implicit 0.7.3"
HOPWISE = "hopwise 0.9.1"
# evaluated once, at its end: hopwise's trainer needs that
TRANSE = {
    "epochs": 40,
    "train_batch_size": 1024,
    "learning_rate": 0.005,
    "eval_step": 40,
    "eval_batch_size": 256,
}
PEARLM = {  # as little as a processor learns in minutes; hopwise has 768 numbers, 6 layers and 12 heads
    "epochs": 4,
    "train_batch_size": 256,
    "embedding_size": 64,
    "num_layers": 2,
    "num_heads": 4,
    "learning_rate": 0.002,
    "warmup_steps": 30,
    "MAX_PATHS_PER_USER": 20,
    "path_sample_args": {"strategy": "constrained-rw", "parallel_max_workers": ""},
    "use_kg_token_types": False,  # hopwise decodes with others than it learns with
    "sequence_postprocessor": "BeamSearch",
    "path_generation_args": {"num_beams": 80, "paths_per_user": 80, "length_penalty": 0.0},
}
KNOWN = (
    Peer(
        "implicit-als", IMPLICIT, "als", {"iterations": 15},
        {"factors": [64, 256, 512], "regularization": [1.0, 10.0, 50.0], "alpha": [2.0, 5.0, 20.0]},
    ),
    Peer("implicit-bm25", IMPLICIT, "bm25", {}, {"K": [20, 50, 100, 200]}),
    Peer("implicit-cosine", IMPLICIT, "cosine", {}, {"K": [20, 50, 100, 200]}),
    Peer("implicit-bpr", IMPLICIT, "bpr"),
    Peer("lenskit-itemknn", LENSKIT, "itemknn", {"max_nbrs": 20, "feedback": "implicit"}),
    Peer("lenskit-ials", LENSKIT, "ials", {"embedding_size": 50, "epochs": 10}),
    Peer("recbole-bpr", RECBOLE, "BPR"),
    Peer("recbole-lightgcn", RECBOLE, "LightGCN"),
    Peer("recbole-sasrec", RECBOLE, "SASRec", needs="times"),
    Peer("recbole-cke", RECBOLE, "CKE", needs="facts"),
    Peer("recbole-kgat", RECBOLE, "KGAT", needs="facts"),
    Peer("recbole-kgin", RECBOLE, "KGIN", needs="facts"),
    Peer(
        "hopwise-pgpr", HOPWISE, "PGPR", {"epochs": 50, "train_batch_size": 64, "transe": TRANSE},
        needs="facts",
    ),
    Peer(
        "hopwise-cafe", HOPWISE, "CAFE", {"epochs": 50, "train_batch_size": 64, "transe": TRANSE},
        needs="facts",
    ),
    Peer("hopwise-pearlm", HOPWISE, "PEARLM", PEARLM, needs="facts"),
)  # fmt: skip


def main(arguments: argparse.Namespace) -> int:
    """Run the peers; the exit status."""
    graph = kg.build(kg.read(arguments.card))
    split, into = lists.fingerprint(graph), (arguments.into or ROOT / "runs" / "peers" / graph.name).resolve()
    into.mkdir(parents=True, exist_ok=True)
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        give(graph, Path(folder), arguments.seed)
        for peer in arguments.peers:
            for stale in (into / f"{peer.name}.csv", into / f"{peer.name}.json"):
                stale.unlink(missing_ok=True)
            try:
                said = measured(bounded(peer, arguments.epochs), graph, Path(folder), into, arguments)
            except PeerError as error:
                failed[peer.name] = str(error)
                print(f"{peer.name}: {error}", file=sys.stderr, flush=True)
                continue
            write(into / f"{peer.name}.json", {**described(peer, arguments), **said, "split": split})
    show(into, graph)
    (into / "failed.txt").write_text(
        "".join(f"{name}: {why}\n" for name, why in failed.items()), encoding="utf-8"
    )
    return 1 if failed else 0


def bounded(peer: Peer, epochs: int) -> Peer:
    """RecBole's models stop early, and after so many epochs at the latest."""
    if peer.program != RECBOLE:
        return peer
    return replace(peer, options={"epochs": epochs, "stopping_step": PATIENCE, **peer.options})


def measured(
    peer: Peer, graph: KnowledgeGraph, given: Path, into: Path, arguments: argparse.Namespace
) -> dict[str, Any]:
    """What a peer cost and said, once its lists are there.

    Raises:
        PeerError: it does not install, does not fit the data, or fails.
    """
    has = {"times": graph.interactions.timed, "facts": len(graph.edges) > 0, "": True}
    if not has[peer.needs]:
        raise PeerError(f"left out, for the data has no {peer.needs}")
    print(f"{peer.name}: {peer.program} {peer.model}", flush=True)
    python = environment(peer.program)
    limits = {"seed": arguments.seed, "threads": arguments.threads, "limit": arguments.limit}
    return run(peer, python, given, into, **limits)


def described(peer: Peer, arguments: argparse.Namespace) -> dict[str, Any]:
    """What is known of a run before it starts."""
    words = ["python", "benchmarks/peers.py", str(arguments.card), "--peers", peer.name]
    for name in ("seed", "threads", "epochs"):
        words += [f"--{name}", str(getattr(arguments, name))]
    return {
        "name": peer.name,
        "program": peer.program,
        "model": peer.model,
        "seed": arguments.seed,
        "threads": arguments.threads,
        "command": shlex.join(words),
    }


def write(path: Path, told: dict[str, Any]) -> None:
    """Write aside, then into place."""
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)


def show(into: Path, graph: KnowledgeGraph) -> None:
    """Print how good all lists of the folder are, and what they cost."""
    found = lists.read(into, graph) if any(into.glob("*.csv")) else ()
    for listed in found:
        metrics = lists.evaluate(listed, graph, graph.heldout).metrics
        figures = "  ".join(f"{name} {metrics[name]:.4f}" for name in JUDGED)
        cost = f"{listed.seconds:.1f} s, {listed.cpu_seconds:.1f} CPU-s, {listed.peak_rss_mb:.0f} MB"
        print(f"{listed.name:18} {figures}  {cost}")


def chosen(names: str) -> list[Peer]:
    """The peers of a list of names with commas between them."""
    known = {peer.name: peer for peer in KNOWN}
    if unknown := [name for name in names.split(",") if name not in known]:
        raise argparse.ArgumentTypeError(f"there is no peer {unknown[0]!r}; known are {', '.join(known)}")
    return [known[name] for name in names.split(",")]


def parsed(words: list[str]) -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("card", type=Path)
    parser.add_argument("--peers", type=chosen, default=list(KNOWN), help="names with commas between; all")
    parser.add_argument("--into", type=Path, help="folder for the lists; runs/peers/NAME of the data set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="at most, for RecBole's models")
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds that one peer may take")
    return parser.parse_args(words)


if __name__ == "__main__":
    try:
        sys.exit(main(parsed(sys.argv[1:])))
    except kg.WhyRecError as error:
        sys.exit(str(error))
