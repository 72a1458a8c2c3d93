"""Cards are checked: every error names the file, the line and the field, and nothing in one is executed."""

from __future__ import annotations

import pytest

from kg import CardError, cardread


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "    label: title",
            "    lable: title",
            "line 16, field nodes[1].lable: an unknown field; did you mean 'table' or 'label'?",
        ),
        (
            "kind: user",
            "kind: usr",
            "line 7, field nodes[0].kind: 'usr' where one of user, item, entity was expected",
        ),
        ("name: tiny", "name: 7", "line 1, field name: 7 where text was expected"),
        ("name: tiny\n", "", "line 1, the card: the field 'name' is missing"),
        ("test: 0.25", "test: most", "field split.test: 'most' where a number was expected"),
        (
            'stars: ">= 3"',
            'stars: "good"',
            "field interactions[0].where.stars: 'good' is not of the expected form",
        ),
        ("    id: id\n", "", "line 7, field nodes[0]: the field 'id' is missing"),
        ("name: tiny", "name: tiny\nname: two", "line 2, field name: given twice"),
        ("name: tiny", "name: [", "not YAML"),
        ("name: tiny", "name: !!python/object/apply:os.system [date]", "is not allowed"),
        ("name: tiny", "name: !mine tiny", "line 1, field name: the tag !mine is not allowed"),
        ("name: tiny", "name: &a tiny\nlicense: *a", "line 2: an alias"),
        ("name: tiny", "name: tiny\n1: 2", "line 2, the card: a key that is not text"),
        (
            "bins: [18, 30]",
            "bins: [18, young]",
            "field nodes[0].links[0].bins[1]: 'young' where a whole number",
        ),
    ],
)
def test_what_is_wrong_is_named(files, old: str, new: str, message: str) -> None:
    files.change("dataset.yaml", old, new)
    with pytest.raises(CardError) as caught:
        cardread.load(files.card)
    assert str(caught.value).startswith(str(files.card))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is empty"), ("- a\n", "list where fields"), ("[" * 9999, "line 1: nested too deep")],
)
def test_what_is_no_card_is_said(files, text: str, message: str) -> None:
    files.write("dataset.yaml", text)
    with pytest.raises(CardError, match=message):
        cardread.load(files.card)


def test_a_missing_card_is_named(tmp_path) -> None:
    with pytest.raises(CardError, match=r"nowhere\.yaml is missing; a dataset card was expected"):
        cardread.load(tmp_path / "nowhere.yaml")
    with pytest.raises(CardError, match="cannot be read"):
        cardread.load(tmp_path)


def test_the_root_may_come_from_the_environment(files, monkeypatch) -> None:
    files.change("dataset.yaml", "licence: none", "root: ${WHYREC_TEST_DATA:-.}/sub")
    source = cardread.load(files.card).nodes[0].source
    monkeypatch.delenv("WHYREC_TEST_DATA", raising=False)
    assert cardread.load(files.card).path(source) == files.folder / "sub" / "people.csv"
    monkeypatch.setenv("WHYREC_TEST_DATA", "/data")
    assert str(cardread.load(files.card).path(source)) == "/data/sub/people.csv"


def test_a_relative_folder_in_the_environment_is_relative_to_the_shell(files, monkeypatch) -> None:
    files.change("dataset.yaml", "licence: none", "root: ${WHYREC_TEST_DATA}")
    monkeypatch.setenv("WHYREC_TEST_DATA", "data")
    monkeypatch.chdir(files.folder)
    card = cardread.load(files.card)
    assert card.path(card.nodes[0].source) == files.folder / "data" / "people.csv"


def test_an_unset_variable_without_a_default_is_an_error(files, monkeypatch) -> None:
    monkeypatch.delenv("WHYREC_TEST_DATA", raising=False)
    files.change("dataset.yaml", "licence: none", "root: ${WHYREC_TEST_DATA}")
    with pytest.raises(
        CardError, match="line 3, field root: the environment variable WHYREC_TEST_DATA is not set"
    ):
        files.read()


def test_a_file_beside_the_card_is_named_with_card(files, monkeypatch) -> None:
    files.change("dataset.yaml", "licence: none", "root: /nowhere")
    files.change("dataset.yaml", "file: people.csv", 'file: "card:people.csv"')
    card = cardread.load(files.card)
    assert card.path(card.nodes[0].source) == files.folder / "people.csv"
    assert str(card.path(card.nodes[1].source)) == "/nowhere/films.csv"


def test_fetch_needs_a_package(files) -> None:
    files.change("dataset.yaml", "file: people.csv", 'file: "fetch:people.csv"')
    with pytest.raises(CardError, match="is to be fetched, but the card has no `fetch:`"):
        files.read()
