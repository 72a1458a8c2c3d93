"""A PostgreSQL server of the tests' own, on a socket in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_TO_START = 30


def server_program(name: str) -> str | None:
    """Where one of PostgreSQL's programs is; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(found[0]) if found else None)


def as_server(command: list[str]) -> dict[str, object]:
    """How a program of the server is started: it refuses to be root."""
    return {"args": command, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | (
        {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    )


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed (extra `sql`)")
    initdb, server = server_program("initdb"), server_program("postgres")
    if initdb is None or server is None:
        pytest.skip("no PostgreSQL server is installed here")
    folder = Path(tempfile.mkdtemp(prefix="whyrec-pg-"))  # a short way: a socket's name has 107 bytes at most
    data = folder / "data"
    data.mkdir()
    if os.geteuid() == 0:
        for path in (folder, data):
            shutil.chown(path, "nobody", "nogroup")
    made = [
        initdb,
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "--no-sync",
    ]
    subprocess.run(**as_server(made), check=True)
    started = [server, "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
    process = subprocess.Popen(**as_server(started))
    address = f"host={folder} user=postgres dbname=postgres"
    try:
        for _ in range(SECONDS_TO_START * 10):
            try:
                psycopg.connect(address).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(SECONDS_TO_START)
        shutil.rmtree(folder)
