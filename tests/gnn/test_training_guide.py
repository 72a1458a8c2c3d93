"""The guide in docs/training.md: its example runs, and it tells every name that there is."""

from __future__ import annotations

import re
from pathlib import Path

from gnn.optimizers import OPTIMIZERS, SCHEDULES
from gnn.steps import PRECISIONS
from gnn.tracking import TRACKERS

GUIDE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def test_the_example_learns_its_line():
    names = {}
    exec(re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1], names)  # noqa: S102 - the guide's own code
    assert -0.1 < names["history"].best.metric <= 0


def test_every_name_is_told():
    for name in (*OPTIMIZERS, *SCHEDULES, *PRECISIONS):
        assert f"`{name}`" in GUIDE
    for name in TRACKERS:
        assert name in GUIDE.lower()
