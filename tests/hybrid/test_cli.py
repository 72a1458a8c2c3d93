"""The command line from a card to an answer, and every mistake in the input told in one sentence."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from hybrid import bench_page, cli

if TYPE_CHECKING:
    from pathlib import Path

CARD = """\
name: films
nodes:
  - kind: item
    class: Film
    file: films.csv
    id: id
    label: title
    text: [title, plot]
    links:
      - {column: genre, relation: genre, class: Genre}
  - {kind: user, file: people.csv, id: id}
relations:
  genre: {label: is of the genre, inverse_label: is the genre of}
interactions:
  - {file: likes.csv, user: user, item: film, time: at}
split: {by: time, test: 0.2, valid: 0.2}
"""
GENRES = {"Space": "A rocket flies to a distant planet.", "Love": "Two people meet in Paris and marry."}


def write_catalog(folder: Path) -> Path:
    """Six films and six people of either taste, and one person who likes nothing; the card's path."""
    films, likes = ["id,title,genre,plot"], ["user,film,at"]
    for number in range(12):
        genre = list(GENRES)[number // 6]
        films.append(f"f{number},{genre} {number % 6},{genre},{GENRES[genre]}")
        taste = number // 6 * 6
        likes += [f"p{number},f{taste + (number + step) % 6},{step}" for step in range(5)]
    people = ["id", *(f"p{number}" for number in range(12)), "newcomer"]
    for name, lines in (("films.csv", films), ("likes.csv", likes), ("people.csv", people)):
        (folder / name).write_text("\n".join(lines) + "\n")
    (folder / "dataset.yaml").write_text(CARD)
    return folder / "dataset.yaml"


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def whyrec(monkeypatch, capsys):
    """Runs `whyrec ...` through the entry point, in this process."""

    def run(*words) -> Answer:
        monkeypatch.setattr(sys, "argv", ["whyrec", *map(str, words)])
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        capsys.readouterr()
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return Answer(status, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A workspace that was built and trained by two processes, as a person would; copied for each test."""
    folder = tmp_path_factory.mktemp("cli")
    card = write_catalog(folder)
    built = process(folder, "build", card, "--into", folder / "space")
    made = process(folder, "train", folder / "space", "--device", "cpu", "--json")
    return folder, built, made


def process(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """`whyrec ...` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from hybrid.cli import main; main()", *map(str, words)],
        env={**os.environ, "WHYREC_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture
def home(trained, tmp_path, monkeypatch):
    folder, _, _ = trained
    monkeypatch.setenv("WHYREC_CACHE", str(folder / "cache"))
    for name in ("films.csv", "likes.csv", "people.csv", "dataset.yaml"):
        shutil.copy(folder / name, tmp_path)
    return shutil.copytree(folder / "space", tmp_path / "space")


def test_building_tells_what_was_built_and_what_comes_next(trained):
    _, built, _ = trained
    assert "films: 27 nodes" in built.stdout  # 12 films, 13 people, 2 genres
    assert "is of the genre" in built.stdout
    assert "Next: whyrec train" in built.stdout


def test_training_keeps_json_apart_from_progress(trained):
    _, _, made = trained
    told = json.loads(made.stdout)
    assert told["version"] == "0001"
    assert {"graph", "sequence", "text", "als", "ease"} <= set(told["weights"]) <= set(told["weights"])
    assert "graph: epoch 1, loss" in made.stderr
    assert all(f"fit {name}" in told["seconds"] for name in told["weights"])


def test_recommend_for_a_known_user(whyrec, home):
    table, machine = (
        whyrec("recommend", home, "--user", "p2"),
        whyrec("recommend", home, "--user", "p2", "--json", "-n", 3),
    )
    assert (table.status, table.err) == (0, "")
    items = machine.json["recommendations"]
    assert len(items) == 3
    assert items[0]["label"].startswith("Space")
    assert items[0]["label"] in table.out
    assert items[0]["paths"][0]["sentence"] in re.sub(r"\s+", " ", table.out)
    assert set(items[0]["paths"][0]) >= {"sentence", "nodes", "labels", "relations", "weight"}
    for item in items:
        assert sum(part or 0.0 for part in item["parts"].values()) == pytest.approx(item["score"], abs=1e-4)
        assert set(item) == {"item", "label", "score", "confidence", "parts", "paths", "notes"}


def test_stages_change_the_order_and_say_so(whyrec, home, tmp_path):
    plain = whyrec("recommend", home, "--user", "p2", "--json", "-n", 3).json["recommendations"]
    rules = tmp_path / "rules.yaml"
    first, _, third = (recommended["item"] for recommended in plain)
    rules.write_text(f"- exclude: {{item: {first}}}\n- {{pin: {{item: {third}}}, place: 1}}\n")
    asked = ["recommend", home, "--user", "p2", "-n", 3, "--stage", "mmr:weight=0.1"]
    asked += ["--stage", f"rules:file={rules}"]
    found = whyrec(*asked, "--json").json["recommendations"]
    assert found[0]["item"] == third
    assert first not in {item["item"] for item in found}
    assert any(note.startswith("rules: ") for note in found[0]["notes"])
    assert found[0]["notes"][0] in re.sub(r"\s+", " ", whyrec(*asked).out)


@pytest.mark.parametrize("stage", ["shuffle", "mmr:weight=2", "mmr:size=3", "rules:file=nowhere.yaml"])
def test_a_stage_that_is_none_is_refused_before_anything_is_loaded(whyrec, tmp_path, stage):
    answer = whyrec("recommend", tmp_path / "nowhere", "--likes", "f1", "--stage", stage)
    assert answer.status == 2
    assert "workspace" not in answer.err
    assert answer.err.count("\n") <= 2


def test_recommend_for_somebody_new(whyrec, home):
    answer = whyrec("recommend", home, "--likes", "f6, f7", "--json").json
    items = [item["item"] for item in answer["recommendations"]]
    assert not {"f6", "f7"} & set(items)
    assert set(items[:4]) == {"f8", "f9", "f10", "f11"}


def test_recommend_by_words(whyrec, home):
    answer = whyrec("recommend", home, "--text", "an astronaut in orbit", "--json").json
    assert {item["label"].split()[0] for item in answer["recommendations"][:6]} == {"Space"}
    with_user = whyrec("recommend", home, "--user", "newcomer", "--text", "a wedding", "--json").json
    assert with_user["recommendations"][0]["label"].startswith("Love")
    assert with_user["notes"] == ["user 'newcomer' has no likes in the graph"]


def test_a_query_file_and_options_add_up(whyrec, home, tmp_path, monkeypatch):
    asked = {"likes": ["f6"], "wanted": ["genre = love"], "n": 2, "dislikes": ["f8"]}
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    file = whyrec("recommend", home, "--query", tmp_path / "asked.json", "--exclude", "f7", "--json").json
    items = [item["item"] for item in file["recommendations"]]
    assert len(items) == 2
    assert set(items) <= {"f9", "f10", "f11"}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(asked)))
    more = whyrec("recommend", home, "--query", "-", "-n", 9, "--likes", "g7", "--json").json
    assert {item["item"] for item in more["recommendations"]} == {"f7", "f9", "f10", "f11"}
    for item in more["recommendations"]:
        assert item["parts"]["dislikes"] is not None
        assert sum(part or 0.0 for part in item["parts"].values()) == pytest.approx(item["score"], abs=1e-4)
    assert more["notes"][0].startswith("item 'g7' is not in the graph")
    assert more["notes"][-1] == "only 4 of the 9 items asked for: no others meet what is wanted"


def test_sparql_chooses_among_the_items(whyrec, home):
    sparql = 'SELECT ?f { ?f rdfs:label ?name FILTER(STRENDS(?name, " 3")) }'
    answer = whyrec("recommend", home, "--user", "p2", "--sparql", sparql, "--json").json
    assert {item["label"] for item in answer["recommendations"]} <= {"Space 3", "Love 3"}
    assert answer["recommendations"]


def test_explain_says_why_an_item_would_not_be_recommended(whyrec, home):
    asked = ["explain", home, "--likes", "f6", "--want", "genre = Love", "--item", "f1"]
    assert whyrec(*asked, "--json").json["notes"] == ["it does not meet 'genre = Love'"]
    assert "it does not meet 'genre = Love'" in whyrec(*asked).out


def test_explain_writes_a_page(whyrec, home, tmp_path):
    page = tmp_path / "why.html"
    told = whyrec("explain", home, "--user", "p2", "--item", "f3", "--html", page)
    assert told.status == 0
    assert "Written to" in told.out
    assert "Why Space 3" in page.read_text()
    nowhere = whyrec("explain", home, "--user", "p2", "--item", "f3", "--html", tmp_path / "no" / "why.html")
    assert nowhere.status != 0
    assert "cannot be written" in nowhere.err


def test_explain(whyrec, home):
    best = whyrec("recommend", home, "--user", "p2", "-n", 1, "--json").json["recommendations"][0]
    table = whyrec("explain", home, "--user", "p2", "--item", best["item"])
    assert table.status == 0
    machine = whyrec("explain", home, "--user", "p2", "--item", best["item"], "--json").json
    assert machine["score"] == pytest.approx(best["score"], abs=1e-4)
    assert {tuple(path["nodes"]) for path in machine["paths"]} >= {
        tuple(path["nodes"]) for path in best["paths"]
    }
    assert {path["verdict"] for path in machine["paths"]} <= {"because", "related"}
    told = re.sub(r"\s+", " ", table.out)
    assert told.startswith(machine["words"])
    for path in machine["paths"]:
        assert path["sentence"] in told
        assert path["verdict"] in told
    for name in machine["parts"]:
        assert name in told


def test_what_if_something_were_gone_or_there(whyrec, home):
    asked = ["explain", home, "--user", "p2", "--item", "f3"]
    machine = whyrec(*asked, "--without", "Space", "--with", "f9", "--json").json
    assert machine["changes"] == ["without 'Space' and its 6 facts", "with a like of 'Love 3'"]
    table = re.sub(r"\s+", " ", whyrec(*asked, "--without", "Space").out)
    assert "as it would be" in table
    assert re.search(r"place \d+ -> \d+, score", table)
    nothing = whyrec(*asked, "--without", "Nonsense")
    assert nothing.status == 2
    assert "no liked item and no entity has this id or name" in nothing.err


def test_what_an_item_hangs_on(whyrec, home):
    told = whyrec("explain", home, "--likes", "f6", "--item", "f7", "--hangs-on")
    assert told.status == 0
    assert "first 10" in told.out


@pytest.mark.parametrize(
    ("switches", "named"),
    [
        (["--hangs-on", "--json"], "--json and --hangs-on"),
        (["--hangs-on", "--html", "why.html"], "--html and --hangs-on"),
        (["--without", "Space", "--hangs-on"], "--without or --with and --hangs-on"),
        (["--instead-of", "f4", "--html", "why.html"], "--html and --instead-of"),
    ],
)
def test_a_switch_never_silently_wins_over_another(whyrec, home, switches, named):
    refused = whyrec("explain", home, "--user", "p2", "--item", "f3", *switches)
    assert refused.status == 2
    assert named in re.sub(r"[\s│]+", " ", refused.err)


def test_an_answer_can_be_asked_for_again(whyrec, home, tmp_path):
    file = tmp_path / "why.json"
    file.write_text(whyrec("explain", home, "--user", "p2", "--item", "f3", "--json").out, encoding="utf-8")
    again = whyrec("replay", file)
    assert (again.status, again.out.strip()) == (0, "The same answer.")
    changed = json.loads(file.read_text(encoding="utf-8"))
    changed["score"] += 1.0
    file.write_text(json.dumps(changed), encoding="utf-8")
    other = whyrec("replay", file)
    assert other.status == 1
    assert "score: was " in other.out


def test_explain_says_why_not_another(whyrec, home):
    asked = ["explain", home, "--user", "p2", "--item", "f3", "--instead-of", "f4"]
    machine = whyrec(*asked, "--json").json
    assert "Space 3" in machine["contrast"]
    assert "Space 4" in machine["contrast"]
    assert f"{machine['words']} {machine['contrast']}" in re.sub(r"\s+", " ", whyrec(*asked).out)


def test_reasons_in_german(whyrec, home):
    asked = ["--user", "p2", "--language", "de"]
    assert "Dir gefiel" in whyrec("recommend", home, *asked, "-n", 3).out
    machine = whyrec("explain", home, *asked, "--item", "f3", "--json").json
    assert all(path["sentence"].startswith("Dir gefiel") for path in machine["paths"])
    assert "Space 3" in machine["words"]


def test_evaluate(whyrec, home):
    models = whyrec("evaluate", home, "--json").json["models"]
    assert {"hybrid", "popularity", "ease", "itemknn", "graph", "text"} <= set(models)
    # of two films of their taste that nobody has seen, one is held out
    assert models["hybrid"]["metrics"]["ndcg@5"] > models["popularity"]["metrics"]["ndcg@5"]
    table = whyrec("evaluate", home)
    assert table.status == 0
    assert all(name in table.out for name in models)


def test_bench(whyrec, home, tmp_path):
    target = tmp_path / "results.json"
    page, card = tmp_path / "results.html", tmp_path / "dataset.yaml"
    answer = whyrec("bench", card, "--json", target, "--html", page, "--device", "cpu")
    assert answer.status == 0, answer.err
    films = json.loads(target.read_text())["datasets"]["films"]
    models = films["models"]
    assert {"hybrid", "popularity", "ease", "itemknn"} <= set(models)
    assert all({"metrics", "seconds", "peak_rss_mb"} <= set(model) for model in models.values())
    assert films["ablations"]
    assert "worth" not in films
    assert page.read_text() == bench_page.page({"datasets": {"films": films}})
    assert str(page) in answer.out.replace("\n", "")


def snapshot(folder: Path):
    """Every file and folder, with what is in it."""
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }


def check_refused(answer: Answer, *expected: str, after_progress: bool = False) -> None:
    """One sentence on stderr that names the place and what was expected, status 2, nothing else."""
    *progress, sentence = answer.err.splitlines()
    assert (answer.status, answer.out) == (2, "")
    assert "Traceback" not in answer.err
    assert progress == [] or after_progress
    assert sentence.startswith("whyrec: ")
    for part in expected:
        assert part in sentence


def change(name, old, new):
    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return edit


def write(name, text):
    return lambda folder: (folder / name).write_text(text)


def remove(name):
    return lambda folder: (folder / name).unlink()


BROKEN_CATALOGS = {
    "missing file": (remove("likes.csv"), ["likes.csv is missing", "expected"]),
    "missing card": (remove("dataset.yaml"), ["dataset.yaml is missing", "expected"]),
    "unknown column": (change("dataset.yaml", "label: title", "label: name"), ["line 7", "'name'", "title"]),
    "unknown field": (change("dataset.yaml", "label: title", "lable: title"), ["line 7", "or 'label'"]),
    "empty catalog": (write("films.csv", "id,title,genre,plot\n"), ["films.csv has no rows", "expected"]),
    "no nodes at all": (write("dataset.yaml", "name: nothing\n"), ["catalog is empty", "expected"]),
}


WRONG_ROWS = {
    "broken row": (change("films.csv", "f3,Space 3,", "f3,Space 3,what,is,"), "films.csv", 5, "4 were"),
    "duplicate id": (change("films.csv", "f4,", "f3,"), "films.csv", 6, "a new item id"),
    "time that is none": (change("likes.csv", "p0,f0,0", "p0,f0,soon"), "likes.csv", 2, "a number was"),
}


@pytest.mark.parametrize("name", WRONG_ROWS)
def test_a_wrong_row_is_left_out_and_said(whyrec, home, name):
    edit, source, line, reason = WRONG_ROWS[name]
    card = home.parent / "dataset.yaml"
    assert whyrec("check", card).status == 0
    edit(card.parent)
    checked = whyrec("check", card, "--json")
    assert checked.status == 1
    (row,) = json.loads(checked.out)["quarantined"]
    assert (row["source"], row["line"]) == (source, line)
    assert reason in row["reason"]
    built = whyrec("build", card, "--into", home)
    assert built.status == 0
    assert f"1 rows of {source} were left out" in " ".join(built.out.split())
    assert whyrec("check", home).status == 1


@pytest.mark.parametrize("name", BROKEN_CATALOGS)
def test_a_broken_catalog_leaves_the_workspace_as_it_was(whyrec, home, tmp_path, name):
    breaking, expected = BROKEN_CATALOGS[name]
    breaking(tmp_path)
    before = snapshot(home)
    check_refused(whyrec("build", tmp_path / "dataset.yaml", "--into", home), str(tmp_path), *expected)
    assert snapshot(home) == before
    beside = {path.name for path in tmp_path.iterdir()}
    assert beside <= {"films.csv", "likes.csv", "people.csv", "dataset.yaml", "space"}
    benched = whyrec("bench", tmp_path / "dataset.yaml", "--json", tmp_path / "results.json")
    check_refused(benched, *expected, after_progress=True)
    assert not (tmp_path / "results.json").exists()


NO_MODEL = "has no trained model; run `whyrec train"
COMMANDS = {
    "train": ["train"],
    "recommend": ["recommend", "--user", "p2"],
    "explain": ["explain", "--user", "p2", "--item", "f3"],
    "evaluate": ["evaluate"],
}


def ask(whyrec, home, command):
    name, *options = COMMANDS[command]
    return whyrec(name, home, *options)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_workspace_from_an_older_version(whyrec, home, command):
    manifest = json.loads((home / "workspace.json").read_text())
    (home / "workspace.json").write_text(json.dumps({**manifest, "format": 0}))
    before = snapshot(home)
    check_refused(
        ask(whyrec, home, command), str(home), "older version, format 0", "reads format 2", "whyrec build"
    )
    assert snapshot(home) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_workspace(whyrec, home, tmp_path, command):
    check_refused(ask(whyrec, tmp_path / "nowhere", command), "nowhere is not a workspace", "whyrec build")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", ["recommend", "explain", "evaluate"])
def test_a_workspace_without_a_model(whyrec, home, command):
    shutil.rmtree(home / "models")
    before = snapshot(home)
    check_refused(ask(whyrec, home, command), str(home), NO_MODEL)
    assert snapshot(home) == before


@pytest.mark.parametrize("command", ["recommend", "explain", "evaluate"])
def test_a_model_of_an_older_version_or_of_an_older_graph(whyrec, home, tmp_path, command):
    manifest = home / "models" / "0001" / "model.json"
    whole = manifest.read_text()
    manifest.write_text(json.dumps({**json.loads(whole), "format": 0}))
    check_refused(ask(whyrec, home, command), "another version, format 0", "whyrec train")
    manifest.write_text(whole)
    change("films.csv", "Space 3", "Space III")(tmp_path)
    assert whyrec("build", tmp_path / "dataset.yaml", "--into", home).status == 0
    check_refused(
        ask(whyrec, home, command), str(home), "was built again after its model was trained", "whyrec train"
    )


BAD_QUERIES = {
    "nothing asked": (["recommend"], ["a query needs a user, likes or text"]),
    "nothing asked to explain": (["explain", "--item", "f3"], ["a query needs a user, likes or text"]),
    "empty likes": (["recommend", "--likes", " , "], ["a query needs a user, likes or text"]),
    "unknown user": (["recommend", "--user", "p99"], ["user 'p99' is not in the graph", "did you mean"]),
    "unknown likes": (
        ["recommend", "--likes", "g7,g8"],
        ["nothing in the query says anything", "item 'g7' is not in the graph", "'g8'", "add likes"],
    ),
    "like and dislike": (["recommend", "--likes", "f1", "--dislikes", "f1"], ["'f1' is both liked and"]),
    "a condition that is none": (["recommend", "--want", "genre Love"], ["expected one of", "position 11"]),
    "nothing left": (["recommend", "--want", "genre=Love", "--want", "genre=Space"], ["no item meets all"]),
    "SPARQL that writes": (["recommend", "--sparql", "DROP ALL"], ["a SELECT or an ASK query was expected"]),
    "no such file": (["recommend", "--query", "nowhere.json"], ["nowhere.json cannot be read"]),
    "no pair": (["recommend", "--person", "27"], ["--person: expected NAME=VALUE, found '27'"]),
    "no number": (["recommend", "--rating", "f1=good"], ["--rating: expected a number for 'f1'"]),
    "unknown language": (
        ["explain", "--user", "p1", "--item", "f3", "--language", "tlh"],
        ["there is no language 'tlh'", "de, en"],
    ),
    "unknown item": (["explain", "--user", "p1", "--item", "f77"], ["item 'f77' is not in the graph"]),
    "nothing known": (["recommend", "--likes", "nothing"], ["says anything to any scorer", "(--likes)"]),
}


@pytest.mark.parametrize("name", BAD_QUERIES)
def test_a_query_that_cannot_be_answered(whyrec, home, name):
    (command, *options), expected = BAD_QUERIES[name]
    before = snapshot(home)
    check_refused(whyrec(command, home, *options), *expected)
    assert snapshot(home) == before


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [("--text-model", "/no/such/folder", "no such folder"), ("--device", "abacus", "'abacus'")],
)
def test_training_with_what_is_not_there(whyrec, home, option, value, expected):
    before = snapshot(home)
    check_refused(whyrec("train", home, option, value), expected, after_progress=True)
    assert snapshot(home) == before


def test_a_catalog_without_likes_cannot_be_trained(whyrec, home, tmp_path):
    text = (tmp_path / "dataset.yaml").read_text()
    (tmp_path / "dataset.yaml").write_text(text[: text.index("interactions:")])
    assert whyrec("build", tmp_path / "dataset.yaml", "--into", tmp_path / "bare").status == 0
    before = snapshot(tmp_path / "bare")
    answer = whyrec("train", tmp_path / "bare", "--device", "cpu")
    check_refused(answer, "'films'", "likes", after_progress=True)
    assert snapshot(tmp_path / "bare") == before


def test_a_catalog_without_likes_starts_from_another_one(whyrec, home, tmp_path):
    text = (tmp_path / "dataset.yaml").read_text().replace("name: films", "name: cinema")
    (tmp_path / "dataset.yaml").write_text(text[: text.index("interactions:")])
    assert whyrec("build", tmp_path / "dataset.yaml", "--into", tmp_path / "bare").status == 0
    made = whyrec("train", tmp_path / "bare", "--device", "cpu", "--start-from", home)
    assert made.status == 0, made.err
    assert "Next: whyrec recommend" in made.out
    shown = whyrec("recommend", tmp_path / "bare", "--likes", "f0", "-n", "5", "--json")
    assert {each["item"] for each in shown.json["recommendations"]} == {f"f{film}" for film in range(1, 6)}
    wanted = whyrec(
        "recommend", tmp_path / "bare", "--text", "a rocket flies to a planet", "-n", "3", "--json"
    )
    assert {each["item"] for each in wanted.json["recommendations"]} <= {f"f{film}" for film in range(6)}
    check_refused(
        whyrec("train", tmp_path / "bare", "--start-from", tmp_path / "nothing"),
        "nothing",
        after_progress=True,
    )


def test_nothing_held_out_cannot_be_evaluated(whyrec, home, tmp_path):
    change("dataset.yaml", "test: 0.2, valid: 0.2", "test: 0.0, valid: 0.2")(tmp_path)
    before = snapshot(home)
    for switch in ("--json", "--html"):
        check = whyrec("bench", tmp_path / "dataset.yaml", switch, tmp_path / "nowhere" / "results")
        check_refused(check, "cannot be written", "a folder that exists")
    two = whyrec("bench", tmp_path / "dataset.yaml", tmp_path / "other.yaml", "--lists", tmp_path)
    check_refused(two, "it takes one card")
    stranger = whyrec("bench", tmp_path / "dataset.yaml", "--member", "nobody")
    check_refused(stranger, "no scorer 'nobody'")
    assert whyrec("build", tmp_path / "dataset.yaml", "--into", tmp_path / "other").status == 0
    shutil.copytree(home / "models", tmp_path / "other" / "models")
    check_refused(whyrec("evaluate", tmp_path / "other"), "whyrec train")
    assert snapshot(home) == before


def test_a_folder_of_other_things_is_not_built_into(whyrec, home, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    check_refused(whyrec("build", tmp_path / "dataset.yaml", "--into", tmp_path / "mine"), "is no workspace")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_hostile_names_are_only_words(whyrec, home, tmp_path):
    """Square brackets are markup to rich; a title is not."""
    change("films.csv", "f3,Space 3", "f3,[bold red]Space[/] [link=x] 3")(tmp_path)
    answer = whyrec("build", tmp_path / "dataset.yaml", "--into", tmp_path / "other", "--json")
    assert answer.json["nodes"] == {"User": 13, "Film": 12, "Genre": 2}
    check_refused(whyrec("recommend", home, "--user", "[/bold]"), "user '[/bold]' is not in the graph")


@pytest.mark.parametrize(
    "words",
    [["recommend"], ["nonsense"], ["recommend", "space", "-n", "0"], ["recommend", "space", "--magic"]],
)
def test_a_command_that_is_not_one(whyrec, words):
    answer = whyrec(*words)
    assert answer.status == 2
    assert "Traceback" not in answer.err
    assert "Usage" in answer.err


def test_help_explains_every_command(whyrec):
    for command in (
        "build", "check", "merges", "draft", "audit", "query", "describe", "export",
        "train", "recommend", "explain", "evaluate", "bench", "demo",
    ):  # fmt: skip
        assert command in whyrec("--help").out
        assert whyrec(command, "--help").status == 0


def test_merges_are_listed_and_taken_back(whyrec, tmp_path):
    card = write_catalog(tmp_path)
    rule = "linking:\n  - {classes: Genre, threshold: 0.5}\n"
    card.write_text(CARD.replace("relations:\n", f"{rule}relations:\n"))
    films = (tmp_path / "films.csv").read_text()
    (tmp_path / "films.csv").write_text(films.replace("Space 3,Space", "Space 3,SPACE!"))
    assert whyrec("build", card, "--into", tmp_path / "space").status == 0
    (pair,) = whyrec("merges", tmp_path / "space", "--json").json["merges"]
    ids = (pair["kept"], pair["merged"])
    assert sorted(ids) == ["genre:SPACE!", "genre:Space"]
    together = whyrec("merges", tmp_path / "space", "--together", *ids, "--json").json["merges"]
    assert [(row["verdict"], row["reason"]) for row in together] == [("merged", "a person said so")]
    apart = whyrec("merges", tmp_path / "space", "--apart", *ids)
    assert "0 pairs became one" in apart.out
    refused = whyrec("merges", tmp_path / "space", "--apart", "a", "b")
    check_refused(refused, "'a' and 'b' are not among the merges")
