"""Entities that are one become one; every merge is listed, stands in the graph, and can be undone."""

from __future__ import annotations

import pytest

import kg
from kg import WorkspaceError, building
from kg.building import build_workspace, decide
from kg.workspace import open_graph, open_store

PAIR = ("director:Ridley Scott", "writer:Scott, Ridley")


@pytest.fixture
def twice(files):
    """Ridley Scott directs Blade Runner, "Scott, Ridley" writes Alien; two other Scotts are somebody else."""
    files.write(
        "films.csv",
        "id,title,year,genres,director,plot,writer\n"
        "f1,Top Gun,1986,Action,Tony Scott,,\n"
        'f2,Alien,1979,Horror,,,"Scott, Ridley"\n'
        "f3,Blade Runner,1982,,Ridley Scott,Rain.,\n"
        "f4,Gladiator,2000,,Ridley Scott,,Ridley Scottson\n",
    )
    links = "      - {column: director, relation: director, class: Director}\n"
    files.change("dataset.yaml", links, links + "      - {column: writer, relation: writer, class: Writer}\n")
    files.change("dataset.yaml", "same:\n", "linking:\n  - {classes: [Director, Writer]}\nsame:\n")
    return files


def directed(graph):
    """The facts about directors and writers, in labels."""
    edges = graph.edges
    names = [graph.relations[row].id for row in edges.relations]
    triples = zip(edges.heads, names, edges.tails, strict=True)
    return {
        (graph.labels[head], name, graph.labels[tail])
        for head, name, tail in triples
        if name in {"director", "writer"}
    }


def test_two_spellings_become_one_person(twice) -> None:
    catalog = kg.read(twice.card)
    merged = catalog.merges[catalog.merges["verdict"] == "merged"]
    assert [tuple(row) for row in merged[["kept", "merged"]].itertuples(index=False)] == [PAIR]
    assert ("Alien", "writer", "Ridley Scott") in directed(kg.build(catalog))
    assert ("Top Gun", "director", "Tony Scott") in directed(kg.build(catalog))
    assert "writer:Ridley Scottson" in kg.build(catalog).entities.ids


def test_a_merge_stands_in_the_graph_and_in_the_list(twice, tmp_path) -> None:
    built = build_workspace(twice.card, tmp_path / "space")
    assert list(building.merges(tmp_path / "space")["merged"]) == list(built.merges["merged"])
    same = "SELECT ?o { ?s <http://www.w3.org/2002/07/owl#sameAs> ?o }"
    (row,) = open_store(tmp_path / "space").query(same)
    assert row["o"].endswith("entity/director%3ARidley%20Scott")


def test_a_person_undoes_a_merge_and_it_stays_undone(twice, tmp_path) -> None:
    home = tmp_path / "space"
    build_workspace(twice.card, home)
    undone = decide(home, *PAIR, "different")
    assert ("Alien", "writer", "Scott, Ridley") in directed(undone.graph)
    twice.change("films.csv", "Top Gun", "Top Guns")
    again = build_workspace(twice.card, home)
    assert ("Alien", "writer", "Scott, Ridley") in directed(again.graph)
    assert ("Alien", "writer", "Ridley Scott") in directed(decide(home, *reversed(PAIR), "same").graph)


def test_a_shared_id_elsewhere_makes_two_one(files) -> None:
    files.write("makers.csv", "id,name,imdb\nd1,Tony Scott,nm1\nd2,Anthony Leighton,nm1\nd3,Tom Scott,nm2\n")
    fields = "class: Maker, file: makers.csv, id: id, label: name, properties: {imdb: imdb}"
    table = f"  - {{kind: entity, {fields}}}\n"
    rule = "linking:\n  - {classes: Maker, ids: imdb}\n"
    files.change("dataset.yaml", "same:\n", f"{table}{rule}same:\n")
    catalog = kg.read(files.card)
    assert list(catalog.merges["kept"] + " " + catalog.merges["merged"]) == ["d1 d2"]
    assert {"d1", "d3"} == set(catalog.nodes["id"]) & {"d1", "d2", "d3"}


def test_only_listed_pairs_can_be_decided(twice, tmp_path) -> None:
    build_workspace(twice.card, tmp_path / "space")
    with pytest.raises(WorkspaceError, match="'a' and 'b' are not among the merges"):
        decide(tmp_path / "space", "a", "b", "same")


def test_without_a_rule_nothing_is_merged(files, tmp_path) -> None:
    assert build_workspace(files.card, tmp_path / "space").merges.empty
    assert building.merges(tmp_path / "space").empty
    open_graph(tmp_path / "space")
