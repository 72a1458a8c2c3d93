"""The house as DESIGN and README tell it: names, layers, the wheel, and every command that is shown."""

from __future__ import annotations

import ast
import importlib.metadata
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import typer

import gnn
import hybrid
import kg
from hybrid import cli

ROOT = Path(__file__).parents[1]
PACKAGES = ("kg", "gnn", "hybrid")


def python(code: str, **options: object) -> str:
    """What a program prints, run from the repository root."""
    done = subprocess.run(
        [sys.executable, "-c", code], **{"cwd": ROOT, **options}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_names_of_kg():
    assert kg.__all__ == [
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


def test_the_names_of_gnn():
    assert gnn.__all__ == [
        "Adjacency",
        "Embeddings",
        "EncoderOptions",
        "GraphEncoder",
        "TrainOptions",
        "to_hetero",
        "train",
    ]


def test_the_names_of_hybrid():
    assert hybrid.__all__ == ["Options", "Query", "Ranking", "Recommendation", "Recommender", "load"]


@pytest.mark.parametrize("package", [kg, gnn, hybrid], ids=PACKAGES)
def test_exported_names_are_there_and_explained(package):
    assert package.__doc__
    for name in package.__all__:
        assert getattr(package, name).__doc__


def test_every_error_for_people_is_a_whyrec_error():
    errors = {name for name in kg.__all__ if name.endswith("Error")}
    assert all(issubclass(getattr(kg, name), kg.WhyRecError) for name in errors)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names in the wheel, built from a copy so that nothing is left here."""
    source = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for folder in (*PACKAGES, "tests", "datasets"):  # what must stay out is there to be taken
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    code = "import setuptools.build_meta as backend; print(backend.build_wheel('out'))"
    name = python(code, cwd=source).splitlines()[-1]
    with zipfile.ZipFile(source / "out" / name) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel):
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == set(PACKAGES)


def test_the_wheel_holds_every_module_and_the_files_they_read(wheel):
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    modules = {str(path.relative_to(ROOT)) for path in files}
    assert modules <= set(wheel)
    languages = {str(path.relative_to(ROOT)) for path in (ROOT / "kg" / "languages").glob("*.yaml")}
    assert languages
    data = languages | {"kg/card.schema.json", "hybrid/report.html", "hybrid/describe.html"}
    pictures = ROOT / "hybrid" / "reasons" / "pictures"
    files = [path for path in pictures.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]
    assert {"explain.html", "cytoscape.min.js", "LICENSE.cytoscape"} <= {path.name for path in files}
    data |= {str(path.relative_to(ROOT)) for path in files}
    assert data | {f"{package}/py.typed" for package in PACKAGES} <= set(wheel)


def test_packages_import_only_downwards():
    """hybrid -> gnn -> kg; no tensors in kg, no language models in kg or gnn."""
    told = python("from importlinter.cli import lint_imports_command; lint_imports_command()")
    assert re.search(r"[1-9] kept, 0 broken", told), told


def test_kg_loads_no_tensors():
    code = (
        "import importlib, pkgutil, sys, kg\n"
        "for module in pkgutil.walk_packages(kg.__path__, 'kg.'): importlib.import_module(module.name)\n"
        "print(sorted({'torch', 'torch_geometric', 'transformers', 'peft'} & set(sys.modules)))"
    )
    assert python(code).startswith("[]")


def test_every_module_says_what_it_is_for():
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            text = ast.get_docstring(ast.parse(path.read_text()))
            assert text, path
            assert "TODO" not in text, path


def test_datasets_hold_no_package():
    """A package `datasets` here would shadow Hugging Face's."""
    assert not list((ROOT / "datasets").rglob("__init__.py"))
    assert not list(ROOT.glob("datasets/*.py"))


def test_the_repository_root_is_not_on_the_path():
    """Otherwise `import datasets` would find the folder of cards."""
    assert str(ROOT) not in sys.path
    assert "" not in sys.path


def test_the_version_is_one():
    found = importlib.metadata.version("whyrec")
    assert f'version = "{found}"' in (ROOT / "pyproject.toml").read_text()


README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """README's fenced blocks of a language."""
    parts = re.split(r"^```(.*)\n", README, flags=re.MULTILINE)  # text, "sh", block, "", text, ...
    return [block for name, block in zip(parts[1::4], parts[2::4], strict=True) if name == language]


COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("whyrec ")]


def test_readme_shows_every_command():
    shown = {shlex.split(line, comments=True)[1] for line in COMMANDS}
    assert shown == set(typer.main.get_command(cli.app).commands)


@pytest.mark.parametrize("line", COMMANDS)
def test_readme_commands_are_ones(line):
    name, *words = shlex.split(line, comments=True)[1:]
    command = typer.main.get_command(cli.app).commands[name]
    command.make_context(name, words)  # unknown options, missing arguments and wrong types are errors here


def test_readme_python_compiles():
    assert blocks("python")
    for block in blocks("python"):
        compile(block, "README.md", "exec")


def test_readme_names_only_files_that_are_here():
    tree = next(block for block in blocks("") if block.startswith("kg/"))
    folder, named = "", 0
    for line in tree.splitlines():
        names = list(itertools.takewhile(lambda word: re.search(r"[./*]", word), line.split()))
        if not line.startswith(" "):
            folder = names.pop(0)
            assert (ROOT / folder).is_dir()
        for name in names:
            assert list(ROOT.glob(folder + name.rstrip(";:,"))), f"README names {folder}{name}"
            named += 1
    assert named > 30


def test_readme_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README):
        assert (ROOT / target).exists(), target


def test_readme_card_is_a_card(tmp_path):
    (card,) = blocks("yaml")
    (tmp_path / "dataset.yaml").write_text(card)
    (tmp_path / "films.csv").write_text(
        "id,title,plot,genres,director\n1,Alien,A ship.,Horror|Space,R. Scott\n2,Heat,A coup.,Crime,M. Mann\n"
    )
    (tmp_path / "likes.csv").write_text("user,film,date\nann,1,2020-05-01\nann,2,2020-05-02T10:00:00\n")
    graph = kg.build(kg.read(tmp_path / "dataset.yaml"))
    assert graph.count_edges() == {"genre": 3, "director": 2}
    assert graph.interactions.timed


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """A folder like the one README starts from: the cards, and MovieLens-100K as the reader's own."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "datasets", folder / "datasets")
    for name in ("link.tsv", "dataset.yaml"):
        shutil.copy(ROOT / "datasets" / "ml-100k" / name, folder)
    return folder


@pytest.mark.slow
def test_readme_commands_run(films):
    """In order, as a reader would type them; `dataset.yaml` is MovieLens-100K's."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for line in COMMANDS:
        done = subprocess.run(
            shlex.split(line, comments=True),
            cwd=films,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.slow
def test_readme_python_runs(films):
    for block in blocks("python"):
        told = python(block, cwd=films)
        assert "You liked" in told
