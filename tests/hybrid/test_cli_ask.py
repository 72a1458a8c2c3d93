"""`whyrec ask`: an interview at the keyboard or from a file, and mistakes in one sentence."""

from __future__ import annotations

import io
import json
import sys

import pytest

from hybrid import cli, models
from hybrid.options import Options
from hybrid.recommender import Recommender
from kg.building import build_workspace
from kg.workspace import open_graph
from tests.hybrid.test_cli import write_catalog

TASTE = {f"f{number}": "like" if number < 6 else "dislike" for number in range(12)}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Six films of either taste, with a title that looks like markup."""
    folder = tmp_path_factory.mktemp("ask")
    card = write_catalog(folder)
    films = folder / "films.csv"
    films.write_text(films.read_text().replace("f3,Space 3", "f3,[bold red]Space[/] 3", 1))
    build_workspace(card, folder / "space")
    options = Options(members=("itemknn",), device="cpu")
    models.save(Recommender(options).fit(open_graph(folder / "space")), folder / "space")
    return folder / "space"


@pytest.fixture
def ask(monkeypatch, capsys):
    """Runs `whyrec ask ...` with somebody at the keyboard; the status and what is printed."""

    def run(*words, keys=""):
        monkeypatch.setattr(sys, "argv", ["whyrec", "ask", *map(str, words)])
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        monkeypatch.setattr(sys, "stdin", io.StringIO(keys))
        capsys.readouterr()
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def taste(tmp_path):
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(TASTE))
    return path


def test_answers_from_a_file_lead_to_the_taste(ask, home, taste):
    status, told, err = ask(home, "--answers", taste, "--questions", 3, "--json")
    assert (status, err) == (0, "")
    answer = json.loads(told)
    assert len(answer["answers"]) == 3
    assert all(TASTE[item] == said for item, said in answer["answers"].items())
    best = [each["item"] for each in answer["recommendations"][:3]]
    assert all(TASTE[item] == "like" for item in best)
    assert not set(best) & set(answer["answers"])


def test_strategies_can_be_chosen(ask, home, taste):
    for name in ("random", "popularity", "entropy", "neighbours"):
        status, told, _ = ask(
            home, "--answers", taste, "--strategy", name, "--questions", 8, "--json", "-n", 2
        )
        assert status == 0
        assert len(json.loads(told)["recommendations"]) == 2


def test_at_the_keyboard(ask, home):
    status, told, err = ask(home, "--questions", 3, keys="y\nwhat\nn\n\n")
    assert status == 0
    assert "1. " in told
    assert err.count("[y/n/s/q]") == 4  # "what" is asked again
    assert "Please select one of the available options" in err


def test_titles_are_only_words(ask, home):
    _, _, err = ask(home, "--questions", 12, "--strategy", "random", keys="y\n" * 12)
    assert "[bold red]Space[/] 3" in err


@pytest.mark.parametrize("keys", ["y\nq\n", "y\n"])
def test_enough_is_enough(ask, home, keys):
    status, told, err = ask(home, keys=keys)
    assert status == 0
    assert "1. " in told
    assert err.count("[y/n/s/q]") == 2


@pytest.mark.parametrize("keys", ["q\n", ""])
def test_who_leaves_at_once_is_told_that_nothing_follows(ask, home, keys):
    status, told, err = ask(home, keys=keys)
    assert (status, told) == (0, "")
    assert err.rstrip().endswith("Nothing was answered, so nothing is recommended.")


def test_mistakes_are_told_in_one_sentence(ask, home, tmp_path, taste):
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"f99": "like"}')
    for words, expected in (
        ([home, "--strategy", "oracle"], "no interview strategy 'oracle'"),
        ([home, "--answers", tmp_path / "nowhere.json"], "nowhere.json cannot be read"),
        ([home, "--answers", wrong], "item 'f99' is not in the graph"),
        ([tmp_path / "nowhere", "--answers", taste], "nowhere is not a workspace"),
    ):
        status, told, err = ask(*words)
        assert (status, told) == (2, "")
        assert expected in err
        assert err.startswith("whyrec: ")
        assert err.count("\n") == 1
    status, _, err = ask(home, "--questions", 2, keys="n\nn\n")
    assert status == 2
    assert "of 2 answers none is a like" in err
