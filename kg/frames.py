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


def write(graph: KnowledgeGraph, folder: Path) -> None:
    """Write a graph as five Parquet files, ids in `nodes` and numbers elsewhere."""
    nodes = to_pandas(graph)["nodes"][["kind", "id", "label", "text"]].assign(class_row=graph.classes)
    relations = [(relation.id, relation.label, relation.inverse_label) for relation in graph.relations]
    edges = graph.edges
    tables = {
        "nodes": nodes,
        "classes": pd.DataFrame({"class": list(graph.class_names)}, dtype="str"),
        "relations": pd.DataFrame(relations, columns=["id", "label", "inverse_label"], dtype="str"),
        "facts": pd.DataFrame({"head": edges.heads, "relation": edges.relations, "tail": edges.tails}),
        "interactions": pd.concat(
            [_likes(graph.interactions, test=False), _likes(graph.heldout, test=True)], ignore_index=True
        ),
    }
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)


def _likes(likes: Interactions, *, test: bool) -> pd.DataFrame:
    part = np.where(likes.validation, "valid", "test" if test else "train")
    columns = {"user": likes.users, "item": likes.items, "weight": likes.weights, "time": likes.times}
    return pd.DataFrame({**columns, "part": part})


def read(folder: Path, name: str) -> KnowledgeGraph:
    """Read a graph that `write` wrote.

    Raises:
        WorkspaceError: a file is missing or is not what was written.
    """
    try:
        tables = {table: pd.read_parquet(folder / f"{table}.parquet") for table in TABLES}
        return _graph(name, tables)
    except (OSError, ValueError, KeyError) as error:
        raise WorkspaceError(f"{folder} cannot be read as a graph: {error}; build it again") from error


def _graph(name: str, tables: dict[str, pd.DataFrame]) -> KnowledgeGraph:
    nodes, facts, likes = tables["nodes"], tables["facts"], tables["interactions"]
    users, items, entities = (
        Vocabulary(kind, nodes["id"][nodes["kind"] == kind].to_list()) for kind in KINDS
    )
    part = likes["part"].to_numpy(dtype=object)
    interactions = Interactions.of(
        likes["user"].to_numpy(),
        likes["item"].to_numpy(),
        weights=likes["weight"].to_numpy(),
        times=likes["time"].to_numpy(),
        validation=part == "valid",
    )
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
        interactions=interactions.take(part != "test"),
        heldout=interactions.take(part == "test"),
    )
