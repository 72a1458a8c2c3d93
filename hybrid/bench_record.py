"""What a benchmark says of its circumstances: the data, the machine, and the commands that do it again."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.graph import KnowledgeGraph

PACKAGES = ("whyrec", "numpy", "scipy", "pandas", "torch", "torch_geometric", "implicit", "scikit-learn")
QUICKEST = "popularity"  # the baseline beside a model that is measured alone


def data(graph: KnowledgeGraph, split: str) -> dict[str, Any]:
    """What was measured on, in numbers.

    Args:
        graph: with its held-out likes.
        split: how likes were dealt, "given", "none" or the name of a protocol.
    """
    return {
        "split": split,
        "people": graph.num_users,
        "tested": len(np.unique(graph.heldout.users)),
        "items": graph.num_items,
        "facts": len(graph.edges),
        "likes": len(graph.interactions),
        "test_likes": len(graph.heldout),
    }


def command(card: Path, options: Options, protocol: str = "", *, only: str = "") -> str:
    """The line that measures a card again, as for a shell; file names of reports are left to the reader.

    Args:
        card: the card.
        options: how recommenders are made; only what `whyrec bench` has a switch for is said.
        protocol: see `hybrid.bench.bench`.
        only: the one model to measure, beside the quickest baseline; all where empty.
    """
    plain, words = Options(), ["whyrec", "bench", str(card)]
    members = (only,) if only else options.members
    words += [word for name in members for word in ("--member", name)]
    words += ["--baseline", QUICKEST] if only else []
    words += ["--protocol", protocol] if protocol else []
    words += ["--seed", str(options.seed)]
    words += ["--ranker", options.ranker] if options.ranker != plain.ranker else []
    words += ["--device", options.device] if options.device != plain.device else []
    words += ["--text-model", options.text_model] if options.text_model else []
    return shlex.join([*words, "--no-ablations"] if only else words)


def machine() -> dict[str, Any]:
    """When and on what this runs, without names of machines or people."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "memory_gb": _memory_gb(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "versions": dict(_versions()),
        "commit": _commit(),
    }


def _versions() -> Iterable[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue


def _memory_gb() -> float | None:
    """All memory of the machine in units of 10^9 bytes, None where the system does not tell."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return None


def _commit() -> str:
    """The commit that runs, with "+" where files differ from it; empty where it is in no repository."""
    here = Path(__file__).resolve()
    asked = (
        ("ls-files", "--error-unmatch", here.name),
        ("rev-parse", "--short", "HEAD"),
        ("status", "--porcelain", "--untracked-files=no"),
    )
    try:
        _, commit, changed = (_git(here.parent, *words) for words in asked)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit.strip() + ("+" if changed else "")


def _git(folder: Path, *words: str) -> str:
    command = ["git", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: S603
