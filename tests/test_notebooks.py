"""The notebooks: pairs in sync, without outputs, and with public names only. `make notebooks` runs them."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import jupytext
import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
SCRIPTS = sorted(FOLDER.glob("*.py"))
HOUSE = ("kg", "gnn", "hybrid")
PAIR = "run `.venv/bin/jupytext --update --to ipynb notebooks/*.py`"

pytestmark = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def cells(notebook):
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def test_the_pair_is_in_sync(script):
    paired = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    assert cells(jupytext.read(script)) == cells(paired), PAIR


def test_no_output_is_kept(script):
    for cell in nbformat.read(script.with_suffix(".ipynb"), as_version=4).cells:
        if cell.cell_type == "code":
            assert not cell.outputs, PAIR
            assert cell.execution_count is None, PAIR


def test_it_uses_public_names_only(script):
    tree = ast.parse(script.read_text(encoding="utf-8"))
    names = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in HOUSE:
            names += [*str(node.module).split("."), *(name.name for name in node.names)]
            module = importlib.import_module(str(node.module))
            assert all(hasattr(module, name.name) for name in node.names), node.module
    assert not [name for name in names if name.startswith("_")]


def test_it_reads_as_a_tutorial(script):
    told = [cell.source for cell in jupytext.read(script).cells if cell.cell_type == "markdown"]
    number = int(script.name[:2])
    assert told[0].startswith(f"# {number}. ")
    code = [cell.source for cell in jupytext.read(script).cells if cell.cell_type == "code"]
    assert len(told) >= len(code) / 2


def test_all_ten_files_are_there(script):
    assert len(SCRIPTS) == 5
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == [path.stem for path in SCRIPTS]
