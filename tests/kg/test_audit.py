"""The audit of links: worlds with one right answer, the formula the slow way, and cards."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from kg.audit import Evidence, audit, audit_card, read_evidence, repair
from kg.audit.evidence import indicator, scale, weigh, words
from kg.audit.fit import _Blocks, measure
from kg.audit.permutation import beat
from kg.errors import CatalogError

if TYPE_CHECKING:
    from scipy import sparse

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("WHYREC_DATA") or REPOSITORY.parent / "shared" / "data")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}; set WHYREC_DATA to its folder")

GROUP = 10


def names(prefix: str, size: int) -> pd.DataFrame:
    ids = [f"{prefix}{row}" for row in range(size)]
    return pd.DataFrame({"id": ids, "label": ids, "year": ""}, dtype="str")


def told(rows: list[set[str]]) -> sparse.csr_array:
    lengths = [len(row) for row in rows]
    values = [value for row in rows for value in sorted(row)]
    return indicator(np.repeat(np.arange(len(rows)), lengths), values, len(rows))


def world(groups: int = 2, seed: int = 0) -> Evidence:
    """Items and entities in groups of ten that have a genre and people; item 7 is entity 7."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), GROUP)
    size = len(group)
    facts = [{f"genre {g}", *(f"tag {g}-{t}" for t in rng.choice(8, 4, replace=False))} for g in group]
    likes = [{f"person {g}-{p}" for p in rng.choice(9, 4, replace=False)} for g in group]
    return Evidence(
        title="world",
        items=names("i", size),
        entities=names("e", size),
        links=np.column_stack([np.arange(size), np.arange(size)]),
        own={"genre": told([{f"kind {g}"} for g in group]), "people": told(likes)},
        graph=told(facts),
    )


def with_entities(evidence: Evidence, order: np.ndarray) -> Evidence:
    return evidence.linked(np.column_stack([evidence.links[:, 0], order]))


def shuffled(evidence: Evidence, share: float, seed: int = 1) -> Evidence:
    rng = np.random.default_rng(seed)
    order = np.arange(len(evidence.links))
    chosen = rng.choice(order, size=int(share * len(order)), replace=False)
    order[chosen] = order[np.roll(chosen, 1)]
    return with_entities(evidence, order)


# --- worlds with one right answer


def test_right_links_belong_together() -> None:
    report = audit(world(), permutations=199, seed=1)
    assert report.verdict == "belongs together"
    assert report.p == pytest.approx(1 / 200)
    assert {family.name: family.ratio > 1.5 for family in report.families} == {"genre": True, "people": True}
    assert all(family.z > 5 and family.fit > 0.6 for family in report.families)
    assert report.broken_share == 0
    assert report.worst.empty


def test_shuffled_links_are_broken() -> None:
    report = audit(shuffled(world(), 1.0), permutations=199)
    assert report.verdict == "broken"
    assert report.p > 0.01
    assert "do not belong together" in str(report)


def test_one_swapped_pair_are_the_two_worst() -> None:
    order = np.arange(40)
    order[[3, 37]] = 37, 3
    report = audit(with_entities(world(groups=4), order), permutations=99)
    assert report.verdict == "belongs together"
    assert set(report.ranking["item"].head(2)) == {"i3", "i37"}
    assert report.ranking["reason"].iloc[0] == "by genre and people it fits worse than most random links"


def test_some_right_links_do_not_save_a_broken_list() -> None:
    report = audit(shuffled(world(groups=20), 0.8), permutations=199)
    assert report.p < 0.01
    assert report.verdict == "broken"
    assert 0.6 < report.broken_share < 1


def test_a_third_of_the_links_broken_is_told_with_its_share_and_its_links() -> None:
    evidence = shuffled(world(groups=20), 0.3)
    report = audit(evidence, permutations=199)
    assert report.verdict == "partly broken"
    assert report.broken_share == pytest.approx(0.3, abs=0.12)
    wrong = report.worst["item"].str[1:] != report.worst["entity"].str[1:]
    assert wrong.mean() > 0.9
    assert wrong.sum() > 0.8 * 60
    assert report.worst["doubt"].is_monotonic_decreasing


@pytest.mark.parametrize("size", [0, 5])
def test_few_links_cannot_be_told(size: int) -> None:
    evidence = world()
    report = audit(evidence.take(np.arange(size)))
    assert (report.verdict, report.links) == ("cannot tell", size)
    assert ("20 are needed" if size else "no item is linked to an entity") in str(report)


def test_without_evidence_nothing_can_be_told() -> None:
    absent = {"people": "the card has no interactions"}
    report = audit(dataclasses.replace(world(), own={}, absent=absent))
    assert (report.verdict, report.judged) == ("cannot tell", 0)
    assert "Nothing by people: the card has no interactions." in report.sentences()


def test_a_graph_in_which_all_entities_are_alike_tells_nothing() -> None:
    evidence = world()
    alike = told([{"thing"}] * 20)
    assert audit(dataclasses.replace(evidence, graph=alike)).verdict == "cannot tell"


def test_the_same_seed_gives_the_same_report() -> None:
    evidence = shuffled(world(groups=6), 0.2)
    one, other = (audit(evidence, permutations=49, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.ranking, other.ranking)
    assert one.sentences() == other.sentences()


def test_names_settle_it_and_propose_the_right_entity() -> None:
    evidence = world(groups=4)
    titles = [f"{word} {row} (19{row + 40})" for row, word in enumerate(["Comet", "Harbour"] * 20)]
    years = [f"19{row + 40}" for row in range(40)]
    order = np.arange(40)
    order[[1, 2]] = 2, 1  # of one group, so that only the names tell
    both = words(titles)
    named = dataclasses.replace(
        evidence,
        items=evidence.items.assign(label=titles, name=titles, year=years),
        entities=evidence.entities.assign(label=titles, year=years),
        names=(both, both),
    )
    report = audit(with_entities(named, order), permutations=99)
    worst = report.worst.set_index("item")
    assert sorted(worst.index) == ["i1", "i2"]
    assert worst["repair"].to_dict() == {"i1": "e1", "i2": "e2"}
    assert "the years differ" not in worst["reason"].iloc[0]  # one apart
    assert "the names differ" in worst["reason"].iloc[0]


def test_a_remake_is_doubted_for_its_year() -> None:
    evidence = world(groups=4)
    years = [""] * 38 + ["1954", "1954"]
    entity_years = [""] * 38 + ["1998", "1955"]
    dated = dataclasses.replace(
        evidence,
        items=evidence.items.assign(year=years),
        entities=evidence.entities.assign(year=entity_years),
    )
    worst = audit(dated, permutations=99).worst
    assert worst["item"].to_list() == ["i38"]
    assert worst["reason"].iloc[0].startswith("the years differ")


# --- the statistics


def test_the_permutation_test_keeps_its_level() -> None:
    rng = np.random.default_rng(5)
    evidence = world(groups=3)
    values = np.array(
        [
            beat(with_entities(evidence, rng.permutation(30)), permutations=39, seed=seed)[0].p
            for seed in range(300)
        ]
    )
    for level in (0.05, 0.25, 0.5, 0.75):
        spread = np.sqrt(level * (1 - level) / len(values))
        assert abs((values <= level).mean() - level) < 4 * spread


def test_the_fit_of_random_links_is_uniform() -> None:
    rng = np.random.default_rng(6)
    evidence = world(groups=20)
    p = np.concatenate([measure(with_entities(evidence, rng.permutation(200))).p for _ in range(10)])
    assert p.mean() == pytest.approx(0.5, abs=0.03)
    assert (p <= 0.1).mean() == pytest.approx(0.1, abs=0.03)
    assert (p > 0.8).mean() == pytest.approx(0.2, abs=0.04)


def test_the_fit_is_what_the_long_way_gives() -> None:
    evidence = shuffled(world(groups=3), 0.3)
    graph = weigh(evidence.graph[evidence.links[:, 1]])
    own = weigh(evidence.own["people"][evidence.links[:, 0]])
    size = own.shape[0]
    near, alike = (graph @ graph.T).toarray(), (own @ own.T).toarray()
    blocks = _Blocks.of(graph, own)
    every = np.arange(size)
    got = blocks.block(every, every)
    for item in range(size):
        usual = np.mean([alike[item, other] for other in range(size) if other != item])
        for entity in range(size):
            others = [other for other in range(size) if other not in {item, entity}]
            wanted = sum(near[entity, other] * (alike[item, other] - usual) for other in others)
            assert got[item, entity] == pytest.approx(wanted, abs=1e-5)
    np.testing.assert_allclose(blocks.diagonal(), np.diag(got), atol=1e-5)


def test_weighing_leaves_out_what_one_row_or_nearly_all_rows_have() -> None:
    table = told([{"all", "two", "alone"}, {"all", "two"}, {"all", "pair"}, {"all", "pair"}])
    assert weigh(table).shape == (4, 2)
    np.testing.assert_allclose(weigh(table).sum(axis=1), 1)


def test_weighing_keeps_the_fullest_columns() -> None:
    table = told([{"a", "b"}, {"a", "b"}, {"a"}, set()])
    np.testing.assert_allclose(weigh(table, columns=1).toarray(), [[1], [1], [1], [0]])


def test_a_scale_makes_near_years_alike_and_far_ones_not() -> None:
    steps = scale(pd.Series([1990.0, 1992.0, 2005.0, np.nan]))
    alike = (steps @ steps.T).toarray()
    assert alike[0, 1] == 3
    assert alike[0, 2] == 0
    assert alike[3].sum() == 0


def test_evidence_is_checked() -> None:
    evidence = world()
    with pytest.raises(CatalogError, match="a row for each of its 20 entities"):
        dataclasses.replace(evidence, graph=told([{"x"}]))
    with pytest.raises(CatalogError, match="rows of items and of entities"):
        evidence.linked(np.array([[0, 99]]))


# --- cards

CARD = """\
name: films
nodes:
  - kind: item
    class: Movie
    file: films.csv
    id: id
    label: title
    properties: {year: year}
    links: [{column: genre, relation: genre, class: Genre}]
same:
  - {file: links.csv, item: film, entity: entity}
facts:
  - {file: facts.csv, head: head, relation: relation, tail: tail}
interactions:
  - {file: likes.csv, user: user, item: film}
split: {by: none}
"""
FIRST = ("Red", "Lost", "Final", "Quiet", "Second", "Broken")
SECOND = ("Harbour", "Voyage", "Summer", "Witness", "Garden", "Mountain", "Letter", "Orchard")
TITLES = [f"{first} {second}" for first in FIRST for second in SECOND]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """48 films of four genres; entity m.7 is film 7, but the list has the ids of another catalog."""
    rng = np.random.default_rng(0)
    rows, facts, likes = ["id,title,year,genre"], ["head,relation,tail"], ["user,film"]
    for film, title in enumerate(TITLES):
        genre = film % 4
        rows.append(f"{film},{title},{1950 + film},G{genre}")
        facts += [f"m.{film},about,m.tag{genre}x{tag}" for tag in rng.choice(8, 4, replace=False)]
        likes += [f"p{genre}x{person},{film}" for person in rng.choice(9, 4, replace=False)]
    theirs = rng.permutation(len(TITLES))
    (tmp_path / "films.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "facts.csv").write_text("\n".join(facts) + "\n")
    (tmp_path / "likes.csv").write_text("\n".join(likes) + "\n")
    pairs = [f"{other},m.{film}" for film, other in enumerate(theirs)]
    (tmp_path / "links.csv").write_text("film,entity\n" + "\n".join(pairs) + "\n")
    (tmp_path / "titles.csv").write_text(
        "id,name\n"
        + "\n".join(f"{other},{TITLES[film]} ({1950 + film})" for film, other in enumerate(theirs))
    )
    (tmp_path / "dataset.yaml").write_text(CARD)
    return tmp_path


def test_a_card_keeps_what_items_say_apart_from_the_graph(films: Path) -> None:
    evidence = read_evidence(films / "dataset.yaml")
    assert sorted(evidence.own) == ["genre", "people", "words", "year"]
    assert evidence.own["genre"].shape == (48, 4)
    assert evidence.graph.shape[0] == len(evidence.entities) == 48
    assert set(np.diff(evidence.graph.indptr)) == {4}
    assert evidence.absent == {"name": "the graph names its entities by ids that say nothing"}
    assert evidence.items["year"].iloc[7] == "1957"


def test_a_label_read_from_the_entity_is_no_evidence(films: Path) -> None:
    card = films / "dataset.yaml"
    card.write_text(card.read_text().replace("    label: title\n", ""))
    evidence = read_evidence(card)
    assert evidence.names is None
    assert "words" not in evidence.own
    assert evidence.absent["name"] == "the items have no names of their own"


def test_a_list_with_another_catalogs_ids_is_flagged_and_repaired(films: Path) -> None:
    card = films / "dataset.yaml"
    assert audit_card(card, permutations=199).verdict == "broken"
    titles = pd.read_csv(films / "titles.csv", dtype="str")
    mended = repair(card, titles, permutations=199)
    assert mended.accepted
    assert mended.coverage == 1
    assert dict(zip(mended.links["entity"], mended.links["item"], strict=True)) == {
        f"m.{film}": str(film) for film in range(48)
    }
    assert mended.before.verdict == "broken"
    assert mended.after.verdict == "belongs together"
    mended.links[["item", "entity"]].rename(columns={"item": "film"}).to_csv(films / "links.csv", index=False)
    assert audit_card(card, permutations=199).verdict == "belongs together"


def test_a_table_of_other_titles_repairs_nothing(films: Path) -> None:
    strange = pd.DataFrame({"id": ["1", "2"], "name": ["Zephyr (1901)", "Quokka (1902)"]}, dtype="str")
    mended = repair(films / "dataset.yaml", strange, permutations=49)
    assert not mended.accepted
    assert (len(mended.links), mended.coverage) == (0, 0)
    assert len(mended.unmatched) == 48
    assert "nothing shows" in str(mended)


def test_a_table_without_names_is_refused(films: Path) -> None:
    with pytest.raises(CatalogError, match="needs a column 'name'"):
        repair(films / "dataset.yaml", pd.DataFrame({"id": ["1"]}, dtype="str"))


# --- real data


@pytest.fixture
def movielens(tmp_path: Path) -> Path:
    """The card of MovieLens-100K on RecBole's files in the data folder, and one with the shipped links."""
    card = (REPOSITORY / "datasets" / "ml-100k" / "dataset.yaml").read_text(encoding="utf-8")
    head, _, rest = card.partition("fetch:\n")
    body = rest[rest.index("\nnodes:") :]
    text = f"{head}root: {DATA / 'ml100k' / 'recbole'}\n{body}"
    (tmp_path / "repaired.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "shipped.yaml").write_text(text.replace('"card:link.tsv"', "ml-100k.link"), encoding="utf-8")
    shutil.copy(REPOSITORY / "datasets" / "ml-100k" / "link.tsv", tmp_path / "link.tsv")
    return tmp_path


@needs_data
@pytest.mark.slow
def test_the_shipped_links_of_movielens_are_flagged_and_repaired(movielens: Path) -> None:
    assert audit_card(movielens / "shipped.yaml").verdict == "broken"
    assert audit_card(movielens / "repaired.yaml").verdict == "belongs together"
    lines = (DATA / "ml1m-pearlm" / "movies.dat").read_text(encoding="latin-1").splitlines()
    titles = pd.DataFrame([line.split("::")[:2] for line in lines], columns=["id", "name"], dtype="str")
    mended = repair(movielens / "shipped.yaml", titles)
    assert mended.accepted
    truth = pd.read_csv(REPOSITORY / "datasets" / "ml-100k" / "link.tsv", sep="\t", dtype="str")
    right = set(truth.itertuples(index=False, name=None))
    found = set(mended.links[["item", "entity"]].itertuples(index=False, name=None))
    assert len(found & right) / len(found) >= 0.99
    assert mended.coverage >= 0.94


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("name", ["ml1m-pearlm", "cikgrec-dbbook2014", "colakg-lastfm", "lightkg-lastfm"])
def test_good_links_of_real_data_are_not_flagged(name: str) -> None:
    evidence = read_evidence(REPOSITORY / "datasets" / name / "dataset.yaml")
    assert audit(evidence).verdict == "belongs together"
    assert audit(shuffled(evidence, 1.0)).verdict == "broken"
