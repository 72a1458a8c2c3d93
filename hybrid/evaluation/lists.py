"""Ranked lists of other programs, read from files and measured as if a scorer here had made them.

A folder holds `NAME.csv` for each program, with the columns user, item and rank (1 is the best place), by the
graph's ids, and beside it `NAME.json` with what is known of the run, all of it optional: "name", "program",
"seconds", "cpu_seconds", "peak_rss_mb", "command" and "split", the `fingerprint` of the split that it was
learned from. `docs/peers.md` says how to make them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hybrid.evaluation import slices
from hybrid.evaluation.beyond import Known
from hybrid.evaluation.protocol import KS, Ranking, Wanted, measure
from hybrid.profiles import Profiles
from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hybrid.evaluation.protocol import Evaluation
    from kg.graph import BoolArray, IntArray, Interactions, KnowledgeGraph
    from kg.vocabulary import Vocabulary

COLUMNS = ("user", "item", "rank")
_NUMBERS = ("seconds", "cpu_seconds", "peak_rss_mb")
_WORDS = ("name", "program", "command", "split")


@dataclass(frozen=True, slots=True)
class Listed:
    """The lists of one program, and what they cost.

    Attributes:
        name: of the model.
        program: with its version, "" where unknown.
        seconds: wall time to learn and to rank, NaN where unknown.
        cpu_seconds: of all its threads, NaN where unknown.
        peak_rss_mb: its peak memory in megabytes, NaN where unknown.
        command: what makes the lists again, "" where unknown.
        path: the file of the lists.
        places: user row, item row and place (from 0) of each line, shape (n, 3).
    """

    name: str
    program: str
    seconds: float
    cpu_seconds: float
    peak_rss_mb: float
    command: str
    path: Path
    places: IntArray = field(repr=False, compare=False)


def fingerprint(graph: KnowledgeGraph) -> str:
    """What tells a split from others: 16 hexadecimal digits of who likes what, when, and in which part.

    The order of people, items and likes does not matter, nor do weights, facts and texts.
    """
    digest = hashlib.sha256()
    renumbered = []
    for vocabulary in (graph.users, graph.items):
        order = np.argsort(np.array(vocabulary.ids, dtype=np.str_), kind="stable")
        digest.update(json.dumps([vocabulary.ids[number] for number in order]).encode())
        renumbered.append(np.argsort(order))
    for rows, part in (
        (graph.interactions, graph.interactions.validation.astype(np.int64)),
        (graph.heldout, np.full(len(graph.heldout), 2)),
    ):
        columns = renumbered[0][rows.users], renumbered[1][rows.items], rows.times, part
        order = np.lexsort(columns[::-1])
        for column in columns:
            digest.update(np.ascontiguousarray(column[order]).tobytes())
    return digest.hexdigest()[:16]


def read(folder: Path, graph: KnowledgeGraph) -> tuple[Listed, ...]:
    """The lists of all programs in a folder, by file name.

    Args:
        folder: with `NAME.csv` and, where known, `NAME.json`.
        graph: its interactions are the histories, which no list may repeat.

    Raises:
        CatalogError: there are no lists; a file is broken; a person or an item is unknown; a place or an item
            is there twice for a person; an item is in the person's history; the lists are of another split.
    """
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise CatalogError(f"{folder} has no lists; NAME.csv with {', '.join(COLUMNS)} was expected")
    split = fingerprint(graph)
    found = tuple(_listed(path, graph, split) for path in paths)
    for number, listed in enumerate(found):
        if twin := next((other for other in found[:number] if other.name == listed.name), None):
            raise CatalogError(f"{twin.path} and {listed.path}: two lists of the name {listed.name!r}")
    return found


def ranking(listed: Listed, graph: KnowledgeGraph, wanted: Wanted, places: int) -> Ranking:
    """The first places of the lists of the people in `wanted`; who has no list has an empty one."""
    row_of = np.full(graph.num_users, -1)
    row_of[wanted.users] = np.arange(len(wanted.users))
    users, items, at = listed.places.T
    kept = (row_of[users] >= 0) & (at < places)
    top = np.full((len(wanted.users), places), -1)
    top[row_of[users[kept]], at[kept]] = items[kept]
    return Ranking(top, Profiles.of_users(graph, wanted.users).matrix(graph.num_items))


def evaluate(
    listed: Listed, graph: KnowledgeGraph, heldout: Interactions, *, ks: Sequence[int] = KS
) -> Evaluation:
    """What `hybrid.evaluation.protocol.evaluate` gives of a scorer that ranks like this.

    Lists shorter than the longest of `ks` have empty places, which are no hits.

    Args:
        listed: the lists.
        graph: its interactions are the histories.
        heldout: what should be found.
        ks: lengths of list to report.

    Raises:
        CatalogError: no held-out item is left to find.
    """
    wanted = Wanted.of(graph, heldout)
    return measure(ranking(listed, graph, wanted, max(ks)), wanted, Known.of(graph), ks)


def evaluate_slices(
    listed: Listed, graph: KnowledgeGraph, heldout: Interactions, *, ks: Sequence[int] = KS
) -> dict[str, Evaluation]:
    """What `hybrid.evaluation.slices.evaluate_slices` gives of a scorer that ranks like this."""
    wanted = Wanted.of(graph, heldout)
    return slices.of_ranking(ranking(listed, graph, wanted, max(ks)), wanted, graph, ks)


def _listed(path: Path, graph: KnowledgeGraph, split: str) -> Listed:
    known = _described(path.with_suffix(".json"))
    if (theirs := known.get("split", split)) != split:
        raise CatalogError(
            f"{path} has lists of another split: {theirs}, where the graph has {split}; make them again"
        )
    return Listed(
        name=known.get("name", path.stem),
        program=known.get("program", ""),
        seconds=float(known.get("seconds", np.nan)),
        cpu_seconds=float(known.get("cpu_seconds", np.nan)),
        peak_rss_mb=float(known.get("peak_rss_mb", np.nan)),
        command=known.get("command", ""),
        path=path,
        places=_places(path, graph),
    )


def _described(path: Path) -> dict[str, Any]:
    """What a run says of itself; nothing where there is no file."""
    if not path.is_file():
        return {}
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CatalogError(f"{path} is no JSON: {error}") from None
    if not isinstance(known, dict):
        raise CatalogError(f"{path}: an object was expected")
    for names, kinds, expected in ((_NUMBERS, (int, float), "a number"), (_WORDS, str, "text")):
        for name in names:
            if name in known and not isinstance(known[name], kinds):
                raise CatalogError(f"{path}: {name!r} is {known[name]!r}, {expected} was expected")
    return known


def _places(path: Path, graph: KnowledgeGraph) -> IntArray:
    try:
        table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    except (ValueError, pd.errors.ParserError) as error:
        raise CatalogError(f"{path} cannot be read as CSV: {error}") from None
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise CatalogError(f"{path} has no column {missing[0]!r}; {', '.join(COLUMNS)} were expected")
    users, items = _numbers(path, table["user"], graph.users), _numbers(path, table["item"], graph.items)
    valid = table["rank"].str.fullmatch(r"0*[1-9]\d{0,8}").to_numpy(dtype=np.bool_)
    _refuse(path, ~valid, table, "a place is a whole number from 1")
    ranks = table["rank"].to_numpy(dtype=np.int64)
    _refuse(path, _repeated(users, ranks), table, "the person has this place twice")
    _refuse(path, _repeated(users, items), table, "the person has this item twice")
    likes, size = graph.interactions, graph.num_items
    seen = np.isin(users * size + items, likes.users * size + likes.items)
    _refuse(path, seen, table, "the item is in the person's history, which lists leave out")
    return np.stack([users, items, ranks - 1], axis=1)


def _numbers(path: Path, ids: pd.Series, vocabulary: Vocabulary) -> IntArray:
    """The rows of ids in their vocabulary."""
    codes, externals = pd.factorize(ids)
    for code, external in enumerate(externals):
        if external not in vocabulary:
            line = int(np.argmax(codes == code)) + 2
            raise CatalogError(f"{path}, row {line}: {vocabulary.kind} {external!r} is not in the graph")
    return vocabulary.numbers(externals)[codes]


def _repeated(users: IntArray, values: IntArray) -> BoolArray:
    return np.asarray(pd.DataFrame({"user": users, "value": values}).duplicated(), dtype=np.bool_)


def _refuse(path: Path, wrong: BoolArray, table: pd.DataFrame, why: str) -> None:
    """Refuse a file at its first wrong row, which is counted with the header."""
    if wrong.any():
        row = int(np.argmax(wrong))
        user, item, rank = (table[name].iloc[row] for name in COLUMNS)
        raise CatalogError(f"{path}, row {row + 2}: user {user!r}, item {item!r}, rank {rank!r}: {why}")
