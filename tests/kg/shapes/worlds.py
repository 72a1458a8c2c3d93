"""Small graphs and shapes, in Turtle."""

from __future__ import annotations

from dataclasses import dataclass

import rdflib

from kg.shapes import Shapes, validate
from kg.store import GraphStore

HEAD = """\
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix ex: <http://e/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
FIRST = HEAD.count("\n") + 1  # the line after it


@dataclass
class Near:
    """A store that answers all queries without a process of their own, to save the tests' time."""

    store: GraphStore

    def rows(self, sparql: str):
        return self.store.rows(sparql)

    def query(self, sparql: str, limit_s: float, max_rows: int):
        return self.store.rows(sparql).to_dict("records")


def store_of(data: str) -> GraphStore:
    triples = rdflib.Graph().parse(data=HEAD + data, format="turtle").serialize(format="nt")
    store = GraphStore()
    store.load([triples.replace(" .\n", " <http://e/graph> .\n")])
    return store


def read(shapes: str) -> Shapes:
    return Shapes.of([("my.ttl", (HEAD + shapes).encode())])


def found(data: str, shapes: str, *columns: str) -> set[tuple[str, ...]]:
    rows = validate(Near(store_of(data)), read(shapes))[list(columns) or ["node", "value"]]
    return {tuple(cell.removeprefix("http://e/") for cell in row) for row in rows.itertuples(index=False)}


def about(constraint: str) -> str:
    """A shape that asks something of the p of every C."""
    return f"ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; {constraint} ] ."
