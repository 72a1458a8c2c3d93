"""What peers are given, how they are run, and what the command makes of it; no environment is made here."""

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hybrid.evaluation import lists
from tests.worlds import make_graph

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def peering(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import peering  # noqa: PLC0415

    return peering


@pytest.fixture
def files(monkeypatch):
    """The two modules that peers share, which need nothing but pandas and SciPy."""
    monkeypatch.syspath_prepend(str(BENCHMARKS / "peers"))
    import handed  # noqa: PLC0415
    import recbole_files  # noqa: PLC0415

    return handed, recbole_files


@pytest.fixture
def graph():
    """u0 liked i0, i1, i2 in this order and u1 liked i0; u0's last like is aside; i3 is tested for both."""
    world = make_graph(
        [(0, 0, 10), (0, 1, 20), (0, 2, 30), (1, 0, 40)],
        num_users=3,
        heldout=[(0, 3, 50), (1, 3, 60)],
        facts=[("i0", "about", "e0"), ("e0", "near", "e1"), ("u0", "aged", "e1"), ("i3", "about", "e0")],
    )
    likes = world.interactions
    return replace(world, interactions=replace(likes, validation=np.arange(4) == 2))


def rows(path):
    return [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]


def test_peers_are_given_everything_but_the_test_likes(peering, graph, tmp_path):
    peering.give(graph, tmp_path / "given")
    assert rows(tmp_path / "given" / "likes.csv") == [
        ["u0", "i0", "10.0", "train"],
        ["u0", "i1", "20.0", "train"],
        ["u0", "i2", "30.0", "valid"],
        ["u1", "i0", "40.0", "train"],
    ]
    assert rows(tmp_path / "given" / "people.csv") == [["u0"], ["u1"]]
    assert rows(tmp_path / "given" / "items.csv") == [["i0"], ["i1"], ["i2"], ["i3"]]
    assert rows(tmp_path / "given" / "facts.csv") == [
        ["item", "i0", "about", "entity", "e0"],
        ["entity", "e0", "near", "entity", "e1"],
        ["user", "u0", "aged", "entity", "e1"],
        ["item", "i3", "about", "entity", "e0"],
    ]
    assert sorted(path.name for path in (tmp_path / "given").iterdir()) == [
        "facts.csv",
        "items.csv",
        "likes.csv",
        "people.csv",
    ]


def test_validation_likes_are_set_aside_where_there_are_none(peering, tmp_path):
    graph = make_graph([(0, item, item) for item in range(10)], heldout=[(0, 10, 11)])
    peering.give(graph, tmp_path)
    assert [row[3] for row in rows(tmp_path / "likes.csv")] == ["train"] * 9 + ["valid"]


def test_a_peer_reads_what_it_is_given(peering, files, graph, tmp_path):
    handed, _ = files
    peering.give(graph, tmp_path)
    given = handed.Given.read(tmp_path)
    assert given.matrix("train").toarray()[:2].tolist() == [[1, 1, 0, 0], [1, 0, 0, 0]]
    assert given.matrix("train", "valid").toarray()[0].tolist() == [1, 1, 1, 0]
    assert given.asked.tolist() == [0, 1]
    table = handed.lists(given, [1, 0], [[3, -1], [2, 3]])
    assert table.to_numpy().tolist() == [["u1", "i3", 1], ["u0", "i2", 1], ["u0", "i3", 2]]


def recbole(files, peering, graph, folder, kind, learn):
    handed, recbole_files = files
    peering.give(graph, folder / "given")
    options = recbole_files.write(handed.Given.read(folder / "given"), folder / "data", kind, learn)
    tables = {
        path.name.removeprefix("likes."): path.read_text(encoding="utf-8").splitlines()
        for path in (folder / "data" / "likes").iterdir()
    }
    return options, tables


def test_recbole_files_of_likes(files, peering, graph, tmp_path):
    _, tables = recbole(files, peering, graph, tmp_path, "general", ["train"])
    assert tables["train.inter"] == ["user_id:token\titem_id:token", "u0\ti0", "u0\ti1", "u1\ti0"]
    assert tables["valid.inter"][1:] == ["u0\ti2"]
    assert tables["test.inter"][1:] == ["u0\ti0"]


def test_recbole_learns_from_all_likes_where_nothing_is_validated(files, peering, graph, tmp_path):
    _, tables = recbole(files, peering, graph, tmp_path, "general", ["train", "valid"])
    assert tables["train.inter"][1:] == ["u0\ti0", "u0\ti1", "u0\ti2", "u1\ti0"]
    assert tables["valid.inter"][1:] == ["u0\ti0"]


def test_a_like_is_in_one_part_once(files, peering, graph, tmp_path):
    likes = graph.interactions.take([0, 0, 1, 1, 3])
    likes = replace(likes, validation=np.array([False, False, False, True, False]))
    again = replace(graph, interactions=likes)
    _, tables = recbole(files, peering, again, tmp_path, "general", ["train"])
    assert tables["train.inter"][1:] == ["u0\ti0", "u0\ti1", "u1\ti0"]
    assert tables["valid.inter"][1:] == []


def test_recbole_files_of_sequences(files, peering, graph, tmp_path):
    options, tables = recbole(files, peering, graph, tmp_path, "sequential", ["train"])
    assert tables["train.inter"][1:] == ["u0\ti0\ti1"]
    assert tables["valid.inter"][1:] == ["u0\ti0 i1\ti2"]
    assert options["alias_of_item_id"] == ["item_id_list"]


def test_recbole_files_of_facts(files, peering, graph, tmp_path):
    _, tables = recbole(files, peering, graph, tmp_path, "knowledge", ["train"])
    assert tables["kg"][1:] == ["e0\tr0\te1", "e1\tr1\te3", "e2\tr0\te1"]
    assert tables["link"][1:] == ["i0\te0"]  # nobody likes i3 yet


def test_facts_keep_what_nodes_and_relations_are_called(peering, files, graph, tmp_path):
    handed, recbole_files = files
    peering.give(graph, tmp_path)
    given = handed.Given.read(tmp_path)
    facts = recbole_files.Facts.of(given)
    assert facts.nodes.tolist() == ["item i0", "entity e0", "item i3", "entity e1"]
    assert facts.names.tolist() == ["about", "near"]
    assert facts.of_items(given).tolist() == [0, -1, 3, -1]


@pytest.fixture
def names(peering, files, graph, tmp_path):
    """What hopwise's numbers are called; its 0 is nothing, and its items are the first entities."""
    import hopwise_paths  # noqa: PLC0415

    handed, recbole_files = files
    peering.give(graph, tmp_path)
    given = handed.Given.read(tmp_path)
    tokens = {
        "user_id": ["[PAD]", "u0", "u1"],
        "item_id": ["[PAD]", "i1", "i2", "i0"],
        "entity_id": ["[PAD]", "i1", "i2", "e0", "e1", "e3"],
        "relation_id": ["[PAD]", "r0", "r1", "r0_r", "r1_r", "[UI-Relation]"],
    }
    return hopwise_paths.Names(given, recbole_files.Facts.of(given), tokens)


def test_paths_of_hopwise_are_told_by_our_ids(names):
    over_a_fact = [("self_loop", "user", 1), (5, "entity", 3), (1, "entity", 4), (3, "item", 2)]
    assert json.loads(names.path(over_a_fact)) == ["item i0", "about", "entity e0", "about", "item i2"]
    in_words = [(None, "user", 2), ("[UI-Relation]", "entity", 3), ("r1_r", "entity", 5), ("r1", "entity", 1)]
    assert json.loads(names.path(in_words)) == ["item i0", "near", "entity e1", "near", "item i1"]
    over_a_person = [("self_loop", "user", 1), (5, "entity", 3), (5, "user", 2), (5, "entity", 1)]
    assert json.loads(names.path(over_a_person)) == ["item i0", "likes", "user u1", "likes", "item i1"]


def test_only_pgpr_walks_over_people(files):
    import hopwise_paths  # noqa: PLC0415

    start = [[None, "user"], ["[UI-Relation]", "entity"]]
    over_the_fact = [*start, ["r0", "entity"], ["r0_r", "entity"]]
    assert hopwise_paths.patterns("CAFE", 1) == [over_the_fact]
    over_people = [*start, ["[UI-Relation]", "user"], ["[UI-Relation]", "entity"]]
    assert hopwise_paths.patterns("PGPR", 1) == [over_the_fact, over_people]


@pytest.fixture
def peer_paths(peering):
    import peer_paths  # noqa: PLC0415

    return peer_paths


def test_paths_of_lists_are_measured_as_ours(peer_paths, graph):
    path = json.dumps(["item i0", "about", "entity e0", "about", "item i3"])
    table = pd.DataFrame({"user": ["u0", "u0"], "item": ["i3", "i2"], "rank": [1, 11], "path": [path, path]})
    first, second = peer_paths.given(table, graph, np.array([0, 1]))
    assert [len(each) for each in first.candidates] == [1] + [0] * 9  # the eleventh is not read
    assert [len(each) for each in second.candidates] == [0] * 10
    (shown,) = first.candidates[0]
    assert [graph.id(node) for node in shown.nodes] == ["i0", "e0", "i3"]
    assert shown.relations == ("about", "about")
    assert first.recency[0] == 0.0  # the oldest of the likes
    known = peer_paths.paths.Surroundings.of(graph)
    chosen = peer_paths.by_taste(peer_paths.Taste(), known)(first)
    assert chosen == [shown] + [None] * 9
    assert peer_paths.paths.explained(peer_paths.paths.Explained(chosen, first.recency, known)) == 0.1


def test_a_path_of_what_nobody_knows_is_refused(peer_paths, graph):
    with pytest.raises(peer_paths.kg.WhyRecError, match="e9"):
        peer_paths.read(json.dumps(["item i0", "about", "entity e9", "about", "item i3"]), graph)


@pytest.fixture
def stub(peering, monkeypatch, tmp_path):
    """A program of ours in place of a peer's: it recommends the last item to everybody."""
    folder = tmp_path / "peers"
    folder.mkdir()
    monkeypatch.setattr(peering, "PEERS", folder)
    for name in ("handed.py", "measured.py"):
        (folder / name).write_text(
            (BENCHMARKS / "peers" / name).read_text(encoding="utf-8"), encoding="utf-8"
        )

    def write(body):
        text = f"import handed\n\ndef run(spec, given):\n    {body}\n\nhanded.answer(run)\n"
        (folder / "run_stub.py").write_text(text, encoding="utf-8")

    lists_of_all = "handed.lists(given, given.asked, [[len(given.items) - 1]] * len(given.asked))"
    write(f'return {lists_of_all}, {{"options": spec["options"]}}')
    return write


def start(peering, graph, tmp_path, limit=60.0):
    peering.give(graph, tmp_path / "given")
    peer = peering.Peer("mine", "Stub 1.0", "last", {"size": 3})
    return peering.run(
        peer, Path(sys.executable), tmp_path / "given", tmp_path, seed=0, threads=1, limit=limit
    )


def test_a_run_leaves_lists_and_says_what_it_cost(peering, stub, graph, tmp_path):
    said = start(peering, graph, tmp_path)
    assert said["options"] == {"size": 3}
    assert said["seconds"] > 0
    assert said["cpu_seconds"] > 0
    assert 10 < said["peak_rss_mb"] < 500
    (listed,) = lists.read(tmp_path, graph)
    assert lists.evaluate(listed, graph, graph.heldout, ks=(1,)).metrics["recall@1"] == 1.0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_paths_beside_the_lists_are_kept(peering, stub, graph, tmp_path):
    stub('return handed.lists(given, [0], [[3]]).assign(path="[]"), {}')
    start(peering, graph, tmp_path)
    assert rows(tmp_path / "mine.csv") == [["u0", "i3", "1", "[]"]]
    assert len(lists.read(tmp_path, graph)) == 1


def test_a_run_that_fails_says_why(peering, stub, graph, tmp_path):
    stub('raise ValueError("no such model")')
    with pytest.raises(peering.PeerError, match="exit status 1: ValueError: no such model"):
        start(peering, graph, tmp_path)
    assert not (tmp_path / "mine.csv").exists()


def test_a_run_that_takes_too_long_is_ended(peering, stub, graph, tmp_path):
    stub("import time; time.sleep(60)")
    with pytest.raises(peering.PeerError, match="longer than"):
        start(peering, graph, tmp_path, limit=0.5)


def test_a_ready_environment_is_used_again(peering, tmp_path):
    wanted = "".join(
        (BENCHMARKS / "peers" / name).read_text(encoding="utf-8")
        for name in ("recbole.txt", "recbole.alone.txt")
    )
    (tmp_path / "ready").write_text(wanted, encoding="utf-8")
    assert peering.environment("RecBole 1.2.1", tmp_path) == tmp_path / "bin" / "python"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ready"]


@pytest.fixture
def command(peering):
    import peers  # noqa: PLC0415

    return peers


def test_a_failed_peer_is_named_and_the_others_go_on(command, peering, graph, monkeypatch, tmp_path):
    card = tmp_path / "dataset.yaml"
    monkeypatch.setattr(command.kg, "read", lambda _path: None)
    monkeypatch.setattr(command.kg, "build", lambda _catalog: graph)
    monkeypatch.setattr(command, "environment", lambda _program: Path(sys.executable))

    def run(peer, _python, _given, into, **_limits):
        if peer.name == "recbole-bpr":
            raise peering.PeerError("it does not like the data")
        (into / f"{peer.name}.csv").write_text("user,item,rank\nu0,i3,1\n", encoding="utf-8")
        return {"seconds": 1.0, "cpu_seconds": 1.0, "peak_rss_mb": 1.0, "options": dict(peer.options)}

    monkeypatch.setattr(command, "run", run)
    into = tmp_path / "lists"
    words = [str(card), "--peers", "recbole-bpr,recbole-lightgcn", "--into", str(into), "--epochs", "7"]
    assert command.main(command.parsed(words)) == 1
    assert (into / "failed.txt").read_text(encoding="utf-8") == "recbole-bpr: it does not like the data\n"
    told = json.loads((into / "recbole-lightgcn.json").read_text(encoding="utf-8"))
    assert told["options"] == {"epochs": 7, "stopping_step": 50}
    assert told["split"] == lists.fingerprint(graph)
    assert told["command"] == (
        f"python benchmarks/peers.py {card} --peers recbole-lightgcn --seed 0 --threads 1 --epochs 7"
    )
    assert [listed.name for listed in lists.read(into, graph)] == ["recbole-lightgcn"]


def test_a_model_of_sequences_is_left_out_where_there_are_no_times(command, graph, tmp_path):
    timeless = replace(
        graph, interactions=replace(graph.interactions, times=np.full(4, np.nan)), edges=graph.edges
    )
    (sasrec,) = command.chosen("recbole-sasrec")
    with pytest.raises(command.PeerError, match="the data has no times"):
        command.measured(sasrec, timeless, tmp_path, tmp_path, command.parsed(["card"]))


def test_an_unknown_peer_is_refused(command, capsys):
    with pytest.raises(SystemExit):
        command.parsed(["card", "--peers", "recbole-none"])
    assert "there is no peer 'recbole-none'" in capsys.readouterr().err


def test_every_peer_has_a_script_and_its_requirements(command):
    for peer in command.KNOWN:
        assert (BENCHMARKS / "peers" / f"run_{peer.library}.py").is_file()
        assert (BENCHMARKS / "peers" / f"{peer.library}.txt").is_file()
    assert len({peer.name for peer in command.KNOWN}) == len(command.KNOWN)


@pytest.mark.parametrize("script", sorted((BENCHMARKS / "peers").glob("*.py")), ids=lambda path: path.name)
def test_scripts_of_peers_parse_and_know_nothing_of_ours(script):
    nodes = list(ast.walk(ast.parse(script.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    imported = {name.split(".", maxsplit=1)[0] for name in names}
    assert not imported & {"kg", "gnn", "hybrid", "peering"}


def test_text_stays_text(files, tmp_path):
    handed, _ = files
    pd.DataFrame({"id": ["007", "NA", ""]}).to_csv(tmp_path / "ids.csv", index=False)
    assert handed.text(tmp_path / "ids.csv")["id"].tolist() == ["007", "NA", ""]
