"""Drafts of the real data sets need at most two corrected lines, as `benchmarks/drafts.py` counts them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
FOLDERS = (
    "amazon-industrial-minionerec", "cikgrec-dbbook2014", "colakg-lastfm", "hetrec-lastfm", "lastfm-kgcn",
    "lfm1m-kgat", "lightkg-lastfm", "ml-latest-small", "ml100k", "ml1m-pearlm",
)  # fmt: skip
FAST = {"colakg-lastfm", "lastfm-kgcn", "lightkg-lastfm"}


def benchmark() -> Any:
    spec = importlib.util.spec_from_file_location("drafts", REPOSITORY / "benchmarks" / "drafts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["drafts"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "folder", [pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow]) for name in FOLDERS]
)
def test_a_draft_needs_at_most_two_corrected_lines(folder: str) -> None:
    drafts = benchmark()
    if not (drafts.DATA / folder).is_dir():
        pytest.skip(f"no data at {drafts.DATA}; set WHYREC_DATA to its folder")
    assert len(drafts.measure(folder).lines) <= 2
