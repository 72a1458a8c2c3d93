"""What `whyrec draft` looks at, what it decides and how it writes it down, one thing at a time."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import yaml

import kg
from kg import cardread
from kg.draft import Draft, draft
from kg.draft.column import Column
from kg.draft.evidence import Decision, Evidence, percent
from kg.draft.header import distinct, headed
from kg.draft.joins import fit, values
from kg.draft.layout import Layout, sniff
from kg.draft.separators import find as separator_of
from kg.draft.write import scalar

if TYPE_CHECKING:
    from pathlib import Path


def column(name: str, cells: list[str], place: int = 0) -> Column:
    made = Column(name, place)
    made.add(pd.Series(cells, dtype="str"))
    return made


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def built(folder: Path, found: Draft | None = None) -> kg.Catalog:
    card = folder / "dataset.yaml"
    card.write_text((found or draft(folder, name="made")).text, encoding="utf-8")
    return kg.read(card)


LAYOUTS = {
    "a.csv": ("id,name\n1,x\n2,y\n", {}),
    "b.csv": ("id;name\n1;x\n2;y\n", {"separator": ";"}),
    "c.dat": ("1::Alien (1979)::A|B\n2::Up::A\n", {"separator": "::", "columns": ("c1", "c2", "c3")}),
    "d.txt": ("h r t\n1 2 3\n4 5 6\n", {"separator": " "}),
    "e.tsv": ("1\tx\n2\ty\n", {"columns": ("c1", "c2")}),
    "f.txt": ('name,text\nx,"a, b"\ny,"c"\n', {"separator": ",", "quote": '"'}),
    "g.csv": ("id,id,\n1,2,3\n4,5,6\n", {"columns": ("id", "id 2", "column 3"), "skip": 1}),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_separator_header_and_quotes_are_told_by_the_lines(name: str, tmp_path: Path) -> None:
    text, wanted = LAYOUTS[name]
    (tmp_path / name).write_text(text)
    found = sniff(tmp_path / name)
    assert isinstance(found, Layout)
    options = found.options
    given = {
        "separator": options.separator,
        "columns": options.columns,
        "quote": options.quote,
        "skip": options.skip,
    }
    assert {key: value for key, value in given.items() if value} == wanted


def test_lists_atomic_files_and_json_lines_are_told_by_their_lines(tmp_path: Path) -> None:
    write(
        tmp_path,
        train__txt="0 4 5 6\n1 7\n2 4 9\n",
        a__log2="user:token\titem:token\n1\t2\n",
        b__txt='{"a": 1}\n{"a": 2}\n',
    )
    formats = [getattr(sniff(tmp_path / name), "format", None) for name in ("train.txt", "a.log2", "b.txt")]
    assert formats == ["kgat", "atomic", "jsonl"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The data set\nhas been collected, by us,\nfor you.\n", "text for people"),
        ("5\t6\n\n5\n", "no id of their own"),
        ("", "empty"),
        ("a\0b\nc\n", "not text"),
    ],
)
def test_what_is_no_table_is_named_with_the_reason(text: str, why: str, tmp_path: Path) -> None:
    found = sniff(write(tmp_path, x__txt=text) / "x.txt")
    assert isinstance(found, str)
    assert why in found


def test_the_encoding_is_that_of_the_whole_file(tmp_path: Path) -> None:
    rows = "id,name\n" + "1,plain\n" * 100_000
    for code in ("utf-8", "latin-1", "cp1252"):
        end = {"utf-8": "2,é“\n", "latin-1": "2,é\n", "cp1252": "2,“é”\n"}[code]
        (tmp_path / "x.csv").write_bytes((rows + end).encode(code))
        found = sniff(tmp_path / "x.csv")
        assert isinstance(found, Layout)
        assert found.options.encoding == code
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(("é,b\n1,2\n").encode("latin-1")))
    zipped = sniff(tmp_path / "x.csv.gz")
    assert isinstance(zipped, Layout)
    assert zipped.options.encoding == "latin-1"


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["user", "item"], ["1", "2"], ["3", "4"]], True),
        ([["1", "2"], ["3", "4"]], False),
        ([["title", "genre"], ["Alien", "Horror"], ["Up", "Comedy"]], True),
        ([["Alien", "Horror"], ["Up", "Comedy"], ["Jaws", "Horror"]], False),
        ([["http://x.org/a", "http://x.org/b"], ["http://x.org/c", "http://x.org/d"]], False),
    ],
)
def test_a_first_line_is_a_header_if_it_is_unlike_the_others(rows, header) -> None:
    assert headed(rows)[0] is header


def test_column_names_are_made_distinct() -> None:
    assert distinct(["a", "a", "", "a 2"]) == ("a", "a 2", "column 3", "a 2 2")


@pytest.mark.parametrize(
    ("name", "cells", "sort"),
    [
        ("x", ["1", "2", "3"], "integer"),
        ("x", ["1.5", "2"], "number"),
        ("Preis", ["1,50", "1.200,00"], "comma number"),
        ("x", ["0", "1", "1"], "flag"),
        ("x", ["7", "7"], "constant"),
        ("x", ["", ""], "empty"),
        ("year", ["1999", "2004"], "year"),
        ("time", ["978824195", "978824268"], "s"),
        ("time", ["1433221332117", "1433221332118"], "ms"),
        ("id", ["978824195", "978824268"], "integer"),
        ("x", ["2024-05-01", "2024-05-02T10:00:00"], "iso"),
        ("x", ["01-Jan-1995", "22-Feb-1996"], "date"),
        ("x", ["http://dbpedia.org/resource/Alien", "http://dbpedia.org/resource/Up"], "iri"),
        ("x", ["https://x.org/1.jpg", "https://x.org/2.jpg"], "url"),
        ("x", ["m.0bln8", "m.02vxxgs"], "code"),
        ("x", ["<a_12><b_3>", "<a_1><b_3>"], "token"),
        ("x", ["Alien", "The Thing"], "word"),
        (
            "x",
            ["A crew meets something that is not at all kind.", "A crew of men meets some ice and worse."],
            "text",
        ),
    ],
)
def test_the_sort_of_a_column(name: str, cells: list[str], sort: str) -> None:
    assert column(name, cells).sort == sort


@pytest.mark.parametrize(
    ("cells", "several", "separator"),
    [
        (["Drama|Comedy", "Drama", "Comedy|Horror"], False, "|"),
        (["Anna Smith, Omar Rossi", "Omar Rossi", "Anna Smith"], True, ","),
        (["Sealed Unit Parts Co., Inc.", "Stanley", "3M", "Acme"], False, None),
        (["Home > Kitchen", "Home > Garden"], False, " > "),
        (["Anna Smith", "Anna Rossi", "Omar Smith", "Omar Rossi"], True, None),
        (["The Thing of Ice", "The Thing of Fire"], False, None),
    ],
)
def test_the_separator_of_values(cells, several, separator) -> None:
    found = separator_of(column("x", cells), several=several)
    assert (found.text if found else None) == separator


def test_numbers_that_fit_by_chance_speak_less_than_ids_that_do_not() -> None:
    dense = column("id", [str(n) for n in range(1000)])
    some = column("x", [str(n) for n in range(0, 1000, 7)])
    sparse = column("id", [str(n * n) for n in range(1000)])
    squares = column("x", [str(n * n) for n in range(0, 1000, 7)])
    by_chance = fit(values([some], ""), values([dense], "")).points
    told = fit(values([squares], ""), values([sparse], "")).points
    assert by_chance < 0 < told


def test_numbers_that_are_equal_are_the_same_whatever_they_look_like() -> None:
    one, other = column("x", ["1", "2", " 3"]), column("x", ["3.0", "1.0", "2.00"])
    assert (one.hashes == other.hashes).all()


def test_evidence_adds_up_and_a_share_never_looks_whole_that_is_not() -> None:
    evidence = Evidence.at(0.5, "first").plus(2.0, "second")
    assert evidence.sure == pytest.approx(0.88)
    assert evidence.why == "first; second"
    assert percent(0.99999) == "99.9%"
    words = [Decision("f", "c", sure, "w").word for sure in (0.95, 0.94, 0.8, 0.79)]
    assert words == ["sure", "likely", "likely", "unsure"]


RATED = "user,item,rating\n" + "".join(f"u{n % 40},i{n % 60},{n % 5 + 1}\n" for n in range(600))
FILMS = "id,name\n" + "".join(f"i{n},Film {n}\n" for n in range(60))


def test_every_guess_says_how_sure_it_is_and_why(tmp_path: Path) -> None:
    found = draft(write(tmp_path, ratings__csv=RATED, films__csv=FILMS))
    by_field = {decision.field: decision for decision in found.decisions}
    assert {"nodes[0].file", "nodes[0].label", "interactions[0]", "interactions[0].liked", "split"} <= set(
        by_field
    )
    assert by_field["interactions[0].liked"].choice == "rating >= 4"
    for decision in found.decisions:
        assert 0 < decision.sure < 1
        assert decision.why
    assert "Check the lines marked (unsure)" in found.text
    assert found.text.count("%) ") >= len(found.decisions)
    assert found.summary().startswith(f"{len(found.decisions)} decisions")


def test_the_same_files_give_the_same_draft(tmp_path: Path) -> None:
    write(tmp_path, ratings__csv=RATED, films__csv=FILMS)
    assert draft(tmp_path).text == draft(tmp_path).text


def test_one_file_and_the_card_itself_do_as_well(tmp_path: Path) -> None:
    write(tmp_path, ratings__csv=RATED, dataset__yaml="")
    found = draft(tmp_path / "ratings.csv", name="made")
    assert len(built(tmp_path, found).interactions) == RATED.count(",4\n") + RATED.count(",5\n")
    assert "dataset.yaml" not in draft(tmp_path).unused


def test_copies_are_left_out_with_the_reason(tmp_path: Path) -> None:
    plain = RATED.partition("\n")[2]
    write(
        tmp_path,
        ratings__csv=RATED,
        copy__tsv=plain.replace(",", "\t"),
        half__tsv=plain[:3_000].rpartition("\n")[0].replace(",", "\t"),
    )
    found = draft(tmp_path)
    assert found.unused == {
        "copy.tsv": "the same rows as ratings.csv",
        "half.tsv": "its rows are all in ratings.csv",
    }


def test_rows_with_other_numbers_are_the_same_rows(tmp_path: Path) -> None:
    facts = [
        (f"m.{n:03}", ("film.directed_by", "film.starring")[n % 2], f"m.{n % 25 + 500}") for n in range(400)
    ]
    numbered = {"film.directed_by": "0", "film.starring": "1"}
    write(
        tmp_path,
        kg__tsv="".join("\t".join(fact) + "\n" for fact in facts),
        kg_numbered__tsv="".join(f"{h}\t{numbered[r]}\t{t}\n" for h, r, t in facts),
        likes__tsv="user\titem\n" + "".join(f"u{n % 30}\tm.{n % 400:03}\n" for n in range(900)),
    )
    found = draft(tmp_path, name="made")
    assert found.unused == {"kg_numbered.tsv": "the rows of kg.tsv with other ids"}
    assert set(built(tmp_path, found).facts["relation"]) == {"film.directed_by", "film.starring"}


def test_negatives_that_were_drawn_are_no_likes(tmp_path: Path) -> None:
    write(tmp_path, ratings_final__txt="".join(f"{n % 40}\t{n % 61}\t{n % 2}\n" for n in range(900)))
    catalog = built(tmp_path)
    assert len(catalog.interactions) == 450


def test_numbers_are_taken_back_to_the_ids_they_stand_for(tmp_path: Path) -> None:
    """KGAT's layout: lists of numbers, and lists that say what each stands for."""
    write(
        tmp_path,
        train__txt="".join(
            f"{u} " + " ".join(str((u * 7 + n) % 50) for n in range(9)) + "\n" for u in range(40)
        ),
        test__txt="".join(f"{u} {(u * 7 + 11) % 50}\n" for u in range(40)),
        user_list__txt="org_id remap_id\n" + "".join(f"{9000 + 3 * n} {n}\n" for n in range(40)),
        item_list__txt="org_id remap_id freebase_id\n"
        + "".join(f"{n * 5} {n} m.0{n:03}\n" for n in range(50)),
        entity_list__txt="org_id remap_id\n" + "".join(f"m.0{n:03} {n}\n" for n in range(80)),
        relation_list__txt="org_id remap_id\nfilm.film.directed_by 0\nfilm.film.actor 1\n",
        kg_final__txt="".join(f"{n % 50} {n % 2} {50 + n % 30}\n" for n in range(300)),
    )
    catalog = built(tmp_path)
    assert set(catalog.interactions["item"]) == {str(n * 5) for n in range(50)}
    assert set(catalog.interactions["user"]) == {str(9000 + 3 * n) for n in range(40)}
    assert set(catalog.interactions["part"]) == {"train", "test"}
    assert set(catalog.facts["relation"]) == {"film.film.directed_by", "film.film.actor"}
    assert set(catalog.facts["head_kind"]) == {"item"}
    assert set(catalog.facts["tail_kind"]) == {"entity"}


def test_relations_that_repeat_others_are_dropped(tmp_path: Path) -> None:
    rows = [f"m.{n}\tfilm.film.directed_by\tm.{900 + n % 40}\n" for n in range(200)]
    rows += [f"m.{900 + n % 40}\tfilm.director.film\tm.{n}\n" for n in range(200)]
    write(
        tmp_path,
        kg__tsv="".join(rows),
        likes__tsv="user\titem\n" + "".join(f"u{n % 30}\tm.{n % 200}\n" for n in range(700)),
    )
    card = yaml.safe_load(draft(tmp_path).text)
    assert card["relations"]["film.director.film"] == {"drop": True}
    assert card["relations"]["film.film.directed_by"]["label"] == "is directed by"


HOSTILE = [
    "a: b",
    "#x",
    "*",
    "- y",
    "{z}",
    "yes",
    "${HOME}",
    "!!python/object:os.system",
    "k\u2028l",
    "&a",
    "'",
    '"',
    "%d",
    "null",
]


def test_hostile_names_and_values_stay_text(tmp_path: Path) -> None:
    header = ",".join('"' + name.replace('"', '""') + '"' for name in ["id", "new\nnodes: []", *HOSTILE])
    rows = "".join(
        f"i{n}," + ",".join([f"v: {n % 3} # {n % 3}"] * (1 + len(HOSTILE))) + "\n" for n in range(60)
    )
    write(tmp_path, items__csv=f"{header}\n{rows}", ratings__csv=RATED)
    found = draft(tmp_path, name="made")
    assert set(yaml.safe_load(found.text)) <= {"name", "nodes", "relations", "interactions", "split"}
    catalog = built(tmp_path, found)
    assert (catalog.nodes["kind"] == "item").sum() == 60


@pytest.mark.parametrize(
    "text", [*HOSTILE, "", " ", "a\nb", "\x07", "é", "1", "1.0", "2024-01-01", "~", "a #b", "\U0001f600"]
)
def test_any_text_is_written_so_that_it_is_read_back(text: str) -> None:
    assert yaml.safe_load(f"{{{scalar(text)}: {scalar(text)}}}") == {text: text}


def test_what_a_card_cannot_name_or_must_not_follow_is_left_out(tmp_path: Path) -> None:
    inside = tmp_path / "data"
    inside.mkdir()
    write(tmp_path, secret__csv=RATED)
    write(inside, ratings__csv=RATED)
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    (inside / "${HOME}.csv").write_text(RATED.replace("u", "x"))
    (inside / ".hidden.csv").write_text(RATED)
    assert draft(inside).unused == {
        "${HOME}.csv": "a card cannot name it",
        "link.csv": "a link to another place",
    }


@pytest.mark.parametrize(
    "files", [{}, {"README__md": "# nothing"}, {"notes__txt": "just\nsome words, here\n"}]
)
def test_a_folder_without_data_is_an_error_that_says_so(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(kg.CatalogError, match="nothing that a card could use"):
        draft(write(tmp_path, **files))


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(kg.CatalogError, match="is missing; a file or a folder"):
        draft(tmp_path / "nowhere")


def test_a_password_is_not_written_down(tmp_path: Path) -> None:
    with pytest.raises(kg.CatalogError) as told:
        draft("postgresql://me:hunter2@127.0.0.1:9/shop")
    assert "hunter2" not in str(told.value)


def test_the_pieces_of_one_table_are_read_as_one(tmp_path: Path) -> None:
    lines = RATED.splitlines(keepends=True)
    (tmp_path / "events").mkdir()
    for number in range(3):
        (tmp_path / "events" / f"part-{number}.csv").write_text(lines[0] + "".join(lines[1 + number :: 3]))
    found = draft(tmp_path, name="made")
    assert cardread.load(_saved(tmp_path, found)).interactions[0].source.file == "events"
    assert len(built(tmp_path, found).interactions) == 240


def _saved(folder: Path, found: Draft) -> Path:
    card = folder / "dataset.yaml"
    card.write_text(found.text, encoding="utf-8")
    return card
