"""A workspace as a file that other tools read back, with nothing lost on the way."""

from __future__ import annotations

import gzip
from itertools import islice

import networkx as nx
import pytest
import rdflib
from rdflib.compare import isomorphic

from kg import export as exporting
from kg.building import build_workspace
from kg.errors import WorkspaceError
from kg.export import export
from kg.store import GraphStore
from kg.views import INTERACTED
from kg.workspace import open_store, write_workspace
from tests.kg.conftest import CARD, FILES, Files

TITLE = "A & <b> \"c\" ]]> \r\n\t 日本 \x07 'd'"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    made = Files(tmp_path_factory.mktemp("tiny"))
    for name, text in {**FILES, "dataset.yaml": CARD}.items():
        made.write(name, text)
    return made.folder / "space", build_workspace(made.card, made.folder / "space").graph


@pytest.fixture
def home(built):
    """A workspace that is only read."""
    return built[0]


def stored(home):
    with open_store(home) as store:
        return [quad for graph in store.graphs() for quad in store.quads(graph)]


def triples(home):
    """What the store says, as rdflib reads it: no statement twice."""
    graph = rdflib.Graph()
    graph.parse(data="".join(f"{quad.triple} .\n" for quad in stored(home)), format="nt")
    return graph


@pytest.mark.parametrize(("ending", "form"), [(".ttl", "turtle"), (".nt", "nt")])
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_every_statement_once(home, tmp_path, ending, form, packed):
    target = tmp_path / f"all{ending}{packed}"
    count = export(home, target)
    content = gzip.decompress(target.read_bytes()) if packed else target.read_bytes()
    back = rdflib.Graph().parse(data=content, format=form)
    expected = triples(home)
    assert isomorphic(back, expected)
    assert count == len(expected)
    if form == "nt":
        assert len(content.splitlines()) == count


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's of itself
@pytest.mark.parametrize(("ending", "form"), [(".nq", "nquads"), (".trig", "trig"), (".TriG.GZ", "trig")])
def test_every_named_graph(home, tmp_path, ending, form):
    target = tmp_path / f"all{ending}"
    count = export(home, target)
    content = target.read_bytes()
    if ending.lower().endswith(".gz"):
        content = gzip.decompress(content)
    back = rdflib.Dataset()
    back.parse(data=content, format=form)
    read = {tuple(term.n3() for term in quad) for quad in back.quads()}
    expected = {
        tuple(rdflib.util.from_n3(str(term)).n3() for term in (*quad.triple, quad.graph_name))
        for quad in stored(home)
    }
    assert read == expected
    assert count == len(stored(home)) == len(read)


def test_what_several_files_say_is_written_once(home, tmp_path, monkeypatch):
    store = GraphStore()
    store.load("".join(
        f"<http://x.org/{thing}> <http://x.org/is> {value} <http://x.org/{graph}> .\n"
        for graph, thing, value in [
            ("a", "one", '"1"'), ("a", "two", '"2"'), ("b", "one", '"1"'), ("b", "one", '"01"@en'),
            ("c", "one", '"1"'), ("c", "two", '"2"'), ("d", "two", '"2"'), ("d", "six", '"6"'),
        ]
    ).splitlines(keepends=True))  # fmt: skip
    monkeypatch.setattr(exporting, "open_store", lambda _folder: store)
    assert export(home, tmp_path / "all.nt") == 4
    assert sorted((tmp_path / "all.nt").read_text().splitlines()) == [
        '<http://x.org/one> <http://x.org/is> "01"@en .',
        '<http://x.org/one> <http://x.org/is> "1" .',
        '<http://x.org/six> <http://x.org/is> "6" .',
        '<http://x.org/two> <http://x.org/is> "2" .',
    ]


def test_turtle_uses_prefixes(home, tmp_path):
    export(home, tmp_path / "all.ttl")
    text = (tmp_path / "all.ttl").read_text()
    assert "@prefix schema: <https://schema.org/> ." in text
    assert "a schema:Movie" in text.replace("whyrec:Item , schema:Movie", "a schema:Movie")


def read_graphml(path):
    view = nx.read_graphml(path, force_multigraph=True)
    return view, {data["id"]: (name, data) for name, data in view.nodes(data=True)}


def test_graphml_has_nodes_facts_and_likes(built, tmp_path):
    home, graph = built
    count = export(home, tmp_path / "all.graphml")
    view, nodes = read_graphml(tmp_path / "all.graphml")
    assert view.is_directed()
    assert view.number_of_nodes() == graph.num_nodes
    assert view.number_of_edges() == count == len(graph.edges) + len(graph.interactions)
    film, told = nodes["f1"]
    assert (told["kind"], told["class"], told["label"]) == ("item", "Movie", "The Usual Suspects")
    assert told["iri"] == "https://whyrec.org/id/tiny/item/f1"
    director, _ = nodes["director:Singer"]
    assert [*view[film][director].values()] == [{"relation": "director", "label": "directed by"}]
    like = next(iter(view[nodes["ann"][0]][film].values()))
    assert like == {
        "relation": INTERACTED, "label": "likes", "part": "train", "weight": 5.0, "time": 1.0,
    }  # fmt: skip


def test_graphml_leaves_out_held_out_likes_unless_asked(home, tmp_path):
    for heldout, parts in ((False, set()), (True, {"test"})):
        export(home, tmp_path / "all.graphml", heldout=heldout)
        view, _ = read_graphml(tmp_path / "all.graphml")
        found = {data["part"] for _, _, data in view.edges(data=True) if "part" in data}
        assert found == {"train", "valid"} | parts


def test_graphml_holds_any_text_and_likes_without_a_time(graph, tmp_path):
    graph.labels[graph.node("item", "f1")] = TITLE
    graph.interactions.times[:] = float("nan")
    write_workspace(graph, tmp_path / "space")
    export(tmp_path / "space", tmp_path / "all.graphml.gz")
    view, nodes = read_graphml(tmp_path / "all.graphml.gz")
    assert nodes["f1"][1]["label"] == TITLE.replace("\x07", "\ufffd")
    likes = [data for _, _, data in view.edges(data=True) if data["relation"] == INTERACTED]
    assert likes
    assert all("time" not in data for data in likes)


def test_what_has_no_rdf(graph, tmp_path):
    write_workspace(graph, tmp_path / "space")
    with pytest.raises(WorkspaceError, match=r"holds no RDF.*\.graphml"):
        export(tmp_path / "space", tmp_path / "all.nt")


@pytest.mark.parametrize("name", ["all.docx", "ttl", "all.gz", "all.ttl.zip"])
def test_an_unknown_ending(home, tmp_path, name):
    with pytest.raises(WorkspaceError, match=r"\.ttl, \.nt, \.nq, \.trig, \.graphml, each also with \.gz"):
        export(home, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_nothing_is_left_where_it_fails(home, tmp_path, monkeypatch):
    def broken(graph):
        yield from islice(nodes(graph), 2)
        raise OSError(28, "No space left on device")

    nodes = exporting._nodes
    (tmp_path / "all.graphml").write_text("the old one")
    monkeypatch.setattr(exporting, "_nodes", broken)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(WorkspaceError, match=r"all\.graphml cannot be written.*No space left"):
        export(home, tmp_path / "all.graphml")
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "all.graphml").read_text() == "the old one"
    with pytest.raises(WorkspaceError, match="cannot be written"):
        export(home, tmp_path / "nowhere" / "all.nt")
    with pytest.raises(WorkspaceError, match="is not a workspace"):
        export(tmp_path / "nowhere", tmp_path / "all.nt")
