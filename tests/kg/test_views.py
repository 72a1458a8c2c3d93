"""The graph in networkx and pandas."""

from __future__ import annotations

from kg.views import INTERACTED, to_networkx, to_pandas


def test_networkx_has_every_node_fact_and_interaction(graph) -> None:
    view = to_networkx(graph)
    assert view.number_of_nodes() == graph.num_nodes
    assert view.number_of_edges() == len(graph.edges) + len(graph.interactions)
    film = graph.node("item", "f1")
    assert view.nodes[film] == {
        "kind": "item",
        "id": "f1",
        "label": "The Usual Suspects",
        "class": "Movie",
        "text": graph.texts[film],
    }
    director = graph.node("entity", "director:Singer")
    assert [edge["relation"] for edge in view[film][director].values()] == ["director"]
    like = next(iter(view[graph.node("user", "ann")][film].values()))
    assert like == {"relation": INTERACTED, "weight": 5.0, "time": 1.0, "validation": False}


def test_networkx_without_interactions(graph) -> None:
    assert to_networkx(graph, interactions=False).number_of_edges() == len(graph.edges)


def test_pandas_frames(graph) -> None:
    frames = to_pandas(graph)
    assert len(frames["nodes"]) == graph.num_nodes
    assert frames["facts"].query("relation == 'director'")["tail"].to_list() == [
        "director:Singer", "director:Scott", "director:Scott",
    ]  # fmt: skip
    assert frames["interactions"].columns.to_list() == ["user", "item", "weight", "time", "validation"]
