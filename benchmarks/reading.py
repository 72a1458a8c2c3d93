"""How fast each catalog format is read in batches, and how much memory that takes.

    python benchmarks/reading.py [--rows N ...] [FORMAT ...]

Makes the same films as a file of each format, of 100,000 and of a million rows, and reads each in a process
of its own, whose highest resident memory is the peak; the libraries alone take 0.15 GB of it. RDF is parsed
in a second process, whose memory is not counted and stays below 512 MiB; its computing is. Results are added
to `benchmarks/results/reading.json`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "reading.json"
COLUMNS = ("id", "title", "year", "genres", "director", "plot")
PLOT = "A crew answers a call from a silent ship and one of them brings back more than a story."
SCHEMA = "https://schema.org/"
MEASURE = """
import os, re, sys, time
from pathlib import Path
from kg import formats
formats.find()
start, used = time.perf_counter(), sum(os.times()[:4])
rows = sum(len(frame) for frame in formats.batches(Path(sys.argv[1]), sys.argv[2] or None))
seconds, used = time.perf_counter() - start, sum(os.times()[:4]) - used
peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
print(rows, seconds, used, peak)
"""


def films(rows: int) -> Iterator[tuple[str, ...]]:
    """Cells in the order of `COLUMNS`."""
    for row in range(rows):
        title, genres = f"The Film of {row}", ("Drama|War", "Horror", "Comedy")[row % 3]
        yield str(row), title, str(1950 + row % 70), genres, f"Director {row % 5000}", PLOT[row % 40 :]


def lines(separator: str, header: bool = True) -> Callable[[Path, int], None]:  # noqa: FBT001, FBT002
    """Writes cells with a separator."""

    def write(path: Path, rows: int) -> None:
        _write(path, (separator.join(cells) for cells in itertools.chain([COLUMNS] * header, films(rows))))

    return write


def quoted(line_end: str) -> Callable[[Path, int], None]:
    """Writes CSV whose plots are in quotes, with a comma and, it may be, a line end."""

    def write(path: Path, rows: int) -> None:
        text = (",".join([*cells[:5], f'"{cells[5]},{line_end}""so"""']) for cells in films(rows))
        _write(path, itertools.chain([",".join(COLUMNS)], text))

    return write


def objects(rows: int) -> Iterator[dict[str, Any]]:
    """Films as nested objects."""
    for number, title, year, genres, director, plot in films(rows):
        yield {
            "id": number,
            "title": title,
            "year": int(year),
            "genres": genres.split("|"),
            "director": {"name": director},
            "plot": plot,
        }


def json_list(path: Path, rows: int) -> None:
    """Writes one list of objects."""
    texts = (json.dumps(film) for film in objects(rows))
    _write(path, itertools.chain(["["], (f"{',' * (n > 0)}{text}" for n, text in enumerate(texts)), ["]"]))


def json_lines(path: Path, rows: int) -> None:
    """Writes one object per line."""
    _write(path, (json.dumps(film) for film in objects(rows)))


def json_ld(path: Path, rows: int) -> None:
    """Writes schema.org data."""
    texts = (
        json.dumps({"@type": "Movie", "@id": f"urn:film:{film.pop('id')}", **film}) for film in objects(rows)
    )
    head = '{"@context": "https://schema.org", "@graph": ['
    _write(path, itertools.chain([head], (f"{',' * (n > 0)}{text}" for n, text in enumerate(texts)), ["]}"]))


def n_triples(path: Path, rows: int) -> None:
    """Writes five statements per film."""
    _write(
        path,
        (
            f'<urn:film:{cells[0]}> <{SCHEMA}{name}> "{cell}" .'
            for cells in films(rows)
            for name, cell in zip(COLUMNS[1:], cells[1:], strict=True)
        ),
    )


def turtle(path: Path, rows: int) -> None:
    """Writes films whose directors are blank nodes, six statements each."""
    text = (
        f'<urn:film:{number}> s:title "{title}" ; s:year {year} ; s:genres "{genres}" ; '
        f's:director [ s:name "{director}" ] ; s:plot "{plot}" .'
        for number, title, year, genres, director, plot in films(rows)
    )
    _write(path, itertools.chain([f"@prefix s: <{SCHEMA}> ."], text))


def columns_of(path: Path, rows: int) -> None:
    """Writes Parquet with lists and records."""
    with parquet.ParquetWriter(path, pa.Table.from_pylist(list(objects(1))).schema) as writer:
        for start in range(0, rows, 100_000):
            part = itertools.islice(objects(rows), start, min(start + 100_000, rows))
            writer.write_table(pa.Table.from_pylist(list(part)))


def sqlite(path: Path, rows: int) -> None:
    """Writes a table of texts."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE films ({', '.join(COLUMNS)})")
        connection.executemany("INSERT INTO films VALUES (?, ?, ?, ?, ?, ?)", films(rows))


def kgat(path: Path, rows: int) -> None:
    """Writes lists of twenty items."""
    _write(path, (" ".join(map(str, range(start, start + 21))) for start in range(0, rows, 20)))


def atomic(path: Path, rows: int) -> None:
    """Writes a RecBole file."""
    header = "\t".join(f"{name}:token" for name in COLUMNS)
    _write(path, itertools.chain([header], map("\t".join, films(rows))))


FORMATS: dict[str, tuple[str, Callable[[Path, int], None], str]] = {
    "csv": ("a.csv", lines(","), ""),
    "csv, quoted cells": ("a.csv", quoted(""), ""),
    "csv, cells of two lines": ("a.csv", quoted("\n"), ""),
    "tsv": ("a.tsv", lines("\t"), ""),
    "atomic": ("a.item", atomic, ""),
    "kgat": ("a.txt", kgat, "kgat"),
    "parquet, nested": ("a.parquet", columns_of, ""),
    "json, nested": ("a.json", json_list, ""),
    "jsonl, nested": ("a.jsonl", json_lines, ""),
    "sqlite": ("a.db", sqlite, ""),
    "n-triples, statements": ("a.nt", n_triples, "triples"),
    "n-triples, subjects": ("a.nt", n_triples, ""),
    "turtle, subjects": ("a.ttl", turtle, ""),
    "json-ld, subjects": ("a.jsonld", json_ld, ""),
}


def _write(path: Path, text: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in text)


def measure(name: str, rows: int, folder: Path) -> dict[str, Any]:
    """Rows a second and peak memory of one format."""
    file, write, reader = FORMATS[name]
    path = folder / file
    write(path, rows)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), reader],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found, seconds, used, peak = done.stdout.split()
    size = path.stat().st_size
    path.unlink()
    return {
        "format": name,
        "films": rows,
        "rows": int(found),
        "mb": round(size / 1e6, 1),
        "seconds": round(float(seconds), 2),
        "cpu_seconds": round(float(used), 2),
        "rows_per_second": round(int(found) / float(seconds)),
        "peak_rss_mb": int(peak) // 1024,
    }


def keep(measured: dict[str, Any]) -> None:
    """Add a result to the file, in place of an older one of the same."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(RESULTS.read_text(encoding="utf-8"))["formats"] if RESULTS.is_file() else {}
    aside = RESULTS.with_suffix(".part")
    known[f"{measured['format']}, {measured['films']} films"] = measured
    aside.write_text(json.dumps({"formats": known}, indent=1) + "\n", encoding="utf-8")
    aside.replace(RESULTS)


def main() -> None:
    """Measure what is asked for, print it as a table."""
    parser = argparse.ArgumentParser(description="Measure how catalog formats are read.")
    parser.add_argument("formats", nargs="*", help=f"some of: {'; '.join(FORMATS)}; all by default")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    asked = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in itertools.product(asked.formats or FORMATS, asked.rows):
            results.append(measure(name, rows, Path(folder)))
            keep(results[-1])
            print(results[-1], flush=True)
    print(pd.DataFrame(results).to_string(index=False))


if __name__ == "__main__":
    main()
