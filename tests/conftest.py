"""For every test: one thread per process. Small worlds gain nothing from more, and waiting costs minutes."""

from __future__ import annotations

import os
import sys

import pytest


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    os.environ["OMP_NUM_THREADS"] = "1"  # for the processes that tests start
    torch = sys.modules.get("torch")  # where no test that was collected needs it, neither does this
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
