"""Run a command and write what it cost: `python measured.py COST.json SECONDS COMMAND...`.

A process of its own, and a small one: Linux counts what a process held before it became another program into
the peak memory of the other, so the peer must not be started from a process that holds a graph.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


def main(cost: Path, limit: float, command: list[str]) -> int:
    """The command's exit status, 124 where it was ended for it took longer than the limit."""
    start, late = time.perf_counter(), threading.Event()
    process = subprocess.Popen(command, start_new_session=True)

    def end() -> None:
        late.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(limit, end)
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    spent = {
        "seconds": round(time.perf_counter() - start, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_rss_mb": round(used.ru_maxrss / 1024, 1),
    }
    cost.write_text(json.dumps(spent), encoding="utf-8")
    return 124 if late.is_set() else abs(process.returncode)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
