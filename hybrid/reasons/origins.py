"""What an answer came from, so that it can be asked for again."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING

from hybrid import models
from hybrid.reasons.explanation import Origin
from kg import workspace
from kg.graph import KINDS
from kg.inputs import checksum

if TYPE_CHECKING:
    from hybrid.recommender import Recommender
    from kg.graph import KnowledgeGraph


def of(recommender: Recommender) -> Origin:
    """Versions and sums of what a recommender answers with."""
    home, seed = recommender.workspace, recommender.options.seed
    if home is None:
        return Origin(version("whyrec"), "", "", fingerprint(recommender.graph), seed)
    manifest = home / workspace.MODELS / recommender.version / models.MANIFEST
    return Origin(
        version("whyrec"), recommender.version, checksum(manifest), workspace.fingerprint(home), seed
    )


def fingerprint(graph: KnowledgeGraph) -> str:
    """SHA-256 of what a graph in memory says: ids, names, texts, facts and likes."""
    found = hashlib.sha256()
    for kind in KINDS:
        found.update("\n".join(graph.vocabulary(kind).ids).encode())
    for column in (graph.labels, graph.texts):
        found.update("\n".join(column.tolist()).encode())
    edges, likes = graph.edges, graph.interactions
    for numbers in (edges.heads, edges.relations, edges.tails, likes.users, likes.items, likes.times):
        found.update(numbers.tobytes())
    return found.hexdigest()
