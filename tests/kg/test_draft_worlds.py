"""Drafts of made catalogs need no correction, whatever the trade, the layout and the order of the columns."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

import pytest

import kg
from kg.draft import draft
from tests.kg import draft_layouts, draft_worlds

if TYPE_CHECKING:
    from pathlib import Path

WORLDS = {**draft_worlds.WORLDS, **draft_layouts.WORLDS}


def read(folder: Path) -> kg.Catalog:
    card = folder / "dataset.yaml"
    card.write_text(draft(folder, name="made").text, encoding="utf-8")
    return kg.read(card)


@pytest.mark.parametrize("name", WORLDS)
def test_a_draft_of_a_made_catalog_is_right_as_it_is(name: str, tmp_path: Path) -> None:
    truth = WORLDS[name](tmp_path)
    assert draft_worlds.wrong(read(tmp_path), truth) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["shop", "courses", "scores"])
def test_the_order_of_columns_does_not_matter(name: str, seed: int, tmp_path: Path) -> None:
    truth = WORLDS[name](tmp_path)
    for file in tmp_path.glob("*.csv"):
        with file.open(newline="") as lines:
            rows = list(csv.reader(lines))
        order = random.Random(seed).sample(range(len(rows[0])), len(rows[0]))  # noqa: S311
        file.write_text(draft_worlds.table([[row[place] for place in order] for row in rows]))
    assert draft_worlds.wrong(read(tmp_path), truth) == []
