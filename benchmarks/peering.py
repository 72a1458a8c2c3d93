"""What `peers.py` and `lightgcn.py` share: a peer's files, its environment, and a measured run of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hybrid.evaluation.protocol import Wanted
from kg.graph import KINDS
from kg.split import hold_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kg.graph import KnowledgeGraph
    from kg.vocabulary import Vocabulary

PEERS = Path(__file__).resolve().parent / "peers"
CACHE = Path.home() / ".cache" / "whyrec" / "peers"
PLACES = 50  # in each list
TOO_LATE = 124  # exit status of a run that took longer than it may
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "RAYON", "LK")


class PeerError(Exception):
    """A peer that does not install or does not run, in one sentence."""


@dataclass(frozen=True)
class Peer:
    """A model of another program.

    Attributes:
        name: ours, "recbole-bpr".
        program: with its version, "RecBole 1.2.1"; its requirements are in `peers/recbole.txt`, and what is
            installed without its own requirements in `peers/recbole.alone.txt`.
        model: as its script calls it.
        options: as the program calls them; what is not here is as the program has it.
        grid: values to choose from on the validation likes, where the script does that.
        needs: "times" or "facts", where the model is nothing without.
    """

    name: str
    program: str
    model: str
    options: Mapping[str, Any] = field(default_factory=dict)
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    needs: str = ""

    @property
    def library(self) -> str:
        """The program's name in the names of files, "recbole"."""
        return self.program.lower().split(maxsplit=1)[0]


def give(graph: KnowledgeGraph, folder: Path, seed: int = 0) -> None:
    """Write what a peer may know (`peers/handed.py` says what): never a test like.

    Where the graph has no validation likes, some are set aside as WhyRec's recommender does.

    Args:
        graph: with held-out likes, of which only the people are told.
        folder: made where it is missing.
        seed: of what is set aside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = hold_out(graph.without_heldout(), seed=seed)
    likes = whole.interactions
    columns = {
        "user": ids(whole.users, likes.users),
        "item": ids(whole.items, likes.items),
        "time": likes.times,
        "part": ["valid" if aside else "train" for aside in likes.validation],
    }
    asked = Wanted.of(graph, graph.heldout).users
    pd.DataFrame(columns).to_csv(folder / "likes.csv", index=False)
    pd.DataFrame({"item": list(whole.items)}).to_csv(folder / "items.csv", index=False)
    pd.DataFrame({"user": ids(whole.users, asked)}).to_csv(folder / "people.csv", index=False)
    nodes = np.array([whole.id(node) for node in range(whole.num_nodes)], dtype=np.object_)
    kinds = np.repeat(KINDS, [len(whole.vocabulary(kind)) for kind in KINDS])
    facts = {
        "head_kind": kinds[whole.edges.heads],
        "head": nodes[whole.edges.heads],
        "relation": [whole.relations[relation].id for relation in whole.edges.relations],
        "tail_kind": kinds[whole.edges.tails],
        "tail": nodes[whole.edges.tails],
    }
    pd.DataFrame(facts).to_csv(folder / "facts.csv", index=False)


def ids(vocabulary: Vocabulary, rows: Iterable[int]) -> list[str]:
    """The ids of rows."""
    return [vocabulary.ids[row] for row in rows]


def environment(program: str, folder: Path | None = None) -> Path:
    """The Python of a program's environment, which is made where it is missing or asks for something else.

    Args:
        program: with its version, "RecBole 1.2.1".
        folder: of the environment; by default in the cache folder.

    Raises:
        PeerError: something does not install.
    """
    folder = folder or CACHE / program.lower().replace(" ", "-")
    python, ready = folder / "bin" / "python", folder / "ready"
    library = program.lower().split(maxsplit=1)[0]
    files = [path for path in (PEERS / f"{library}.txt", PEERS / f"{library}.alone.txt") if path.is_file()]
    wanted = "".join(path.read_text(encoding="utf-8") for path in files)
    if ready.is_file() and ready.read_text(encoding="utf-8") == wanted:
        return python
    print(f"making {folder}", flush=True)
    venv.create(folder, clear=True, with_pip=True)
    for path in files:
        alone = ["--no-deps"] if ".alone" in path.name else []
        command = [str(python), "-m", "pip", "install", "--quiet", *alone, "--requirement", str(path)]
        done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise PeerError(f"{path.name} does not install: {last_line(done.stderr, 'error')}")
    ready.write_text(wanted, encoding="utf-8")
    return python


def run(
    peer: Peer, python: Path, given: Path, into: Path, *, seed: int, threads: int, limit: float = 3600.0
) -> dict[str, Any]:
    """Let a peer learn and rank; its lists are `into/NAME.csv` afterwards.

    Returns:
        What it cost ("seconds", "cpu_seconds", "peak_rss_mb") and what its script said of the run.

    Raises:
        PeerError: it failed, or took longer than `limit` seconds.
    """
    aside = {name: into / f".{peer.name}.{name}" for name in ("spec", "said", "cost", "lists")}
    spec = {"given": str(given), "model": peer.model, "options": dict(peer.options), "grid": dict(peer.grid)}
    spec |= {"lists": str(aside["lists"]), "said": str(aside["said"]), "places": PLACES}
    spec |= {"seed": seed, "threads": threads}
    aside["spec"].write_text(json.dumps(spec), encoding="utf-8")
    script = [str(python), "-W", "ignore", str(PEERS / f"run_{peer.library}.py"), str(aside["spec"])]
    command = [sys.executable, str(PEERS / "measured.py"), str(aside["cost"]), str(limit), *script]
    try:
        with_threads = os.environ | {f"{name}_NUM_THREADS": str(threads) for name in _THREADS}
        done = subprocess.run(
            command,
            check=False,
            cwd=given,
            env=with_threads,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode == TOO_LATE:
            raise PeerError(f"it took longer than {limit:g} s")
        if done.returncode:
            raise PeerError(f"exit status {done.returncode}: {last_line(done.stderr, 'Error')}")
        cost, said = (json.loads(aside[name].read_text(encoding="utf-8")) for name in ("cost", "said"))
        aside["lists"].replace(into / f"{peer.name}.csv")
    finally:
        for path in aside.values():
            path.unlink(missing_ok=True)
    return {**cost, **said}


def last_line(output: str, word: str) -> str:
    """The last line of an output that has a word, or else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if word in line), lines[-1] if lines else "it says nothing")
