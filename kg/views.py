"""The graph as other tools see it: a networkx multigraph, pandas frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd

from kg.graph import KINDS

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

INTERACTED = "interacted with"


def to_networkx(graph: KnowledgeGraph, *, interactions: bool = True) -> nx.MultiDiGraph[int]:
    """The graph as networkx: nodes are the graph's numbers; held-out interactions are not in it.

    Nodes carry kind, id, label and class. Edges carry relation (its id); those of interactions carry
    weight, time and validation besides.

    Args:
        graph: the graph.
        interactions: whether to add an "interacted with" edge per interaction, from user to item.
    """
    view: nx.MultiDiGraph[int] = nx.MultiDiGraph(name=graph.name)
    frames = to_pandas(graph)
    view.add_nodes_from(enumerate(_rows(frames["nodes"])))
    relations = [relation.id for relation in graph.relations]
    triples = zip(graph.edges.heads.tolist(), graph.edges.tails.tolist(), graph.edges.relations, strict=True)
    view.add_edges_from((head, tail, {"relation": relations[relation]}) for head, tail, relation in triples)
    if interactions:
        likes = graph.interactions
        ends = zip(likes.users.tolist(), (likes.items + graph.num_users).tolist(), strict=True)
        rows = _rows(frames["interactions"][["weight", "time", "validation"]])
        view.add_edges_from(
            (user, item, {"relation": INTERACTED} | row) for (user, item), row in zip(ends, rows, strict=True)
        )
    return view


def to_pandas(graph: KnowledgeGraph) -> dict[str, pd.DataFrame]:
    """The graph as three frames; held-out interactions are not in them.

    Returns:
        nodes: kind, id, label, class, text, indexed by the node's number.
        facts: head, relation, tail as ids, with head_kind and tail_kind.
        interactions: user and item as ids, weight, time, validation.
    """
    sizes = [graph.num_users, graph.num_items, len(graph.entities)]
    ids = np.array([*graph.users, *graph.items, *graph.entities], dtype=object)
    kinds = np.repeat(np.array(KINDS, dtype=object), sizes)
    nodes = {
        "kind": kinds,
        "id": ids,
        "label": graph.labels,
        "class": np.array(graph.class_names, dtype=object)[graph.classes],
        "text": graph.texts,
    }
    edges, likes = graph.edges, graph.interactions
    relations = np.array([relation.id for relation in graph.relations], dtype=object)
    facts = {
        "head_kind": kinds[edges.heads],
        "head": ids[edges.heads],
        "relation": relations[edges.relations],
        "tail_kind": kinds[edges.tails],
        "tail": ids[edges.tails],
    }
    interactions = {
        "user": ids[likes.users],
        "item": ids[likes.items + graph.num_users],
        "weight": likes.weights,
        "time": likes.times,
        "validation": likes.validation,
    }
    frames = {"nodes": nodes, "facts": facts, "interactions": interactions}
    return {name: pd.DataFrame(columns) for name, columns in frames.items()}


def _rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    columns = {str(name): frame[name].to_list() for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
