"""From catalog files to a numbered, immutable knowledge graph."""

from kg.build import build
from kg.catalog import Catalog, Split
from kg.errors import CardError, CatalogError, QueryError, UnknownIdError, WhyRecError, WorkspaceError
from kg.graph import Edges, Interactions, KnowledgeGraph, Relation
from kg.mapping import read
from kg.sample import smaller
from kg.vocabulary import Vocabulary

__all__ = [
    "CardError",
    "Catalog",
    "CatalogError",
    "Edges",
    "Interactions",
    "KnowledgeGraph",
    "QueryError",
    "Relation",
    "Split",
    "UnknownIdError",
    "Vocabulary",
    "WhyRecError",
    "WorkspaceError",
    "build",
    "read",
    "smaller",
]
