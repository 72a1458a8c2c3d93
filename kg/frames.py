"""The numbered graph as Parquet files and back, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg.errors import WorkspaceError
from kg.graph import KINDS, Edges, Interactions, KnowledgeGraph, Relation
from kg.views import to_pandas
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("nodes", "classes", "relations", "facts", "interactions")
RATINGS, NUMBERS = "ratings", "numbers"  # only where there are some: a graph without is written as ever
FILES = tuple(f"{table}.parquet" for table in (*TABLES, RATINGS, NUMBERS))


def write(graph: KnowledgeGraph, folder: Path) -> None:
    """Write a graph as Parquet files, ids in `nodes` and numbers elsewhere."""
    nodes = to_pandas(graph)["nodes"][["kind", "id", "label", "text"]].assign(class_row=graph.classes)
    relations = [(relation.id, relation.label, relation.inverse_label) for relation in graph.relations]
    edges = graph.edges
    tables = {
        "nodes": nodes,
        "classes": pd.DataFrame({"class": list(graph.class_names)}, dtype="str"),
        "relations": pd.DataFrame(relations, columns=["id", "label", "inverse_label"], dtype="str"),
        "facts": pd.DataFrame({"head": edges.heads, "relation": edges.relations, "tail": edges.tails}),
        "interactions": _with_parts(graph.interactions, graph.heldout, "weight"),
    }
    if len(graph.ratings) or len(graph.heldout_ratings):
        tables[RATINGS] = _with_parts(graph.ratings, graph.heldout_ratings, "rating")
    if graph.numbers:
        tables[NUMBERS] = pd.DataFrame(dict(graph.numbers))
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)


def _with_parts(rows: Interactions, heldout: Interactions, weight: str) -> pd.DataFrame:
    """Interactions and those held out as one table, with a column "part"."""
    tables = []
    for each, other in ((rows, "train"), (heldout, "test")):
        columns = {"user": each.users, "item": each.items, weight: each.weights, "time": each.times}
        tables.append(pd.DataFrame({**columns, "part": np.where(each.validation, "valid", other)}))
    return pd.concat(tables, ignore_index=True)


def _by_parts(table: pd.DataFrame, weight: str) -> tuple[Interactions, Interactions]:
    """What `_with_parts` put together."""
    part = table["part"].to_numpy(dtype=object)
    rows = Interactions.of(
        table["user"].to_numpy(),
        table["item"].to_numpy(),
        weights=table[weight].to_numpy(),
        times=table["time"].to_numpy(),
        validation=part == "valid",
    )
    return rows.take(part != "test"), rows.take(part == "test")


def read(folder: Path, name: str) -> KnowledgeGraph:
    """Read a graph that `write` wrote.

    Raises:
        WorkspaceError: a file is missing or is not what was written.
    """
    try:
        more = [name for name in (RATINGS, NUMBERS) if (folder / f"{name}.parquet").is_file()]
        tables = {table: pd.read_parquet(folder / f"{table}.parquet") for table in (*TABLES, *more)}
        return _graph(name, tables)
    except (OSError, ValueError, KeyError) as error:
        raise WorkspaceError(f"{folder} cannot be read as a graph: {error}; build it again") from error


def _graph(name: str, tables: dict[str, pd.DataFrame]) -> KnowledgeGraph:
    nodes, facts = tables["nodes"], tables["facts"]
    users, items, entities = (
        Vocabulary(kind, nodes["id"][nodes["kind"] == kind].to_list()) for kind in KINDS
    )
    interactions, heldout = _by_parts(tables["interactions"], "weight")
    nothing = _with_parts(Interactions.of([], []), Interactions.of([], []), "rating")
    ratings, heldout_ratings = _by_parts(tables.get(RATINGS, nothing), "rating")
    numbers = tables.get(NUMBERS, pd.DataFrame())
    return KnowledgeGraph(
        name=name,
        users=users,
        items=items,
        entities=entities,
        labels=nodes["label"].to_numpy(dtype=object),
        class_names=tuple(tables["classes"]["class"].to_list()),
        classes=nodes["class_row"].to_numpy(dtype=np.int64),
        texts=nodes["text"].to_numpy(dtype=object),
        relations=tuple(Relation(*row) for row in tables["relations"].itertuples(index=False, name=None)),
        edges=Edges(*(facts[column].to_numpy(dtype=np.int64) for column in ("head", "relation", "tail"))),
        interactions=interactions,
        heldout=heldout,
        ratings=ratings,
        heldout_ratings=heldout_ratings,
        numbers={str(name): values.to_numpy() for name, values in numbers.items()},
    )
