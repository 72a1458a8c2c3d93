"""Images that a card names: vectors in a column or an array, or pictures of a folder; else a clear error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kg import images
from kg.building import build_workspace
from kg.errors import CardError, CatalogError, WorkspaceError

CARD = """\
name: films
nodes:
  - {{kind: item, file: films.csv, id: id, label: title}}
interactions:
  - {{file: likes.csv, user: user, item: film}}
images:
  - {{{images}}}
"""
FILMS = 'id,title,vector,picture\n007,Bond,"0.5, -1",bond.png\nNA,Nothing,,\n3,Third,[2e0|4],sub/third.jpg\n'
WANTED = np.array([[0.5, -1.0], [2.0, 4.0]], dtype=np.float32)


@pytest.fixture
def catalog(tmp_path):
    """A function from what the card says of images to the card."""
    (tmp_path / "films.csv").write_text(FILMS)
    (tmp_path / "likes.csv").write_text("user,film\nann,007\nann,3\n")
    (tmp_path / "pictures" / "sub").mkdir(parents=True)

    def card(said):
        (tmp_path / "dataset.yaml").write_text(CARD.format(images=said))
        return tmp_path / "dataset.yaml"

    return card


def array(catalog, values, name="posters.npy"):
    np.save(catalog("file: films.csv, id: id").parent / name, values)
    return f"file: films.csv, id: id, vectors: {name}"


def test_vectors_of_a_column(catalog):
    found = images.read(catalog("file: films.csv, id: id, column: vector"))
    assert found.items == ("007", "3")
    np.testing.assert_array_equal(found.vectors, WANTED)
    assert found.files == ()


def test_vectors_of_a_parquet_file(catalog):
    card = catalog("file: vectors.parquet, id: film, column: vector")
    table = pd.DataFrame({"film": ["3", "stranger"], "vector": [[0.1, 0.2], [1e-30, 2.0]]})
    table.to_parquet(card.parent / "vectors.parquet")
    found = images.read(card)
    assert found.items == ("3", "stranger")
    np.testing.assert_array_equal(found.vectors, np.array([[0.1, 0.2], [1e-30, 2]], np.float32))


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64])
def test_vectors_of_an_array_by_row(catalog, kind):
    found = images.read(catalog(array(catalog, np.arange(6).reshape(3, 2).astype(kind))))
    assert found.items == ("007", "NA", "3")
    np.testing.assert_array_equal(found.vectors, np.arange(6, dtype=np.float32).reshape(3, 2))


def test_rows_that_a_condition_leaves_out_keep_their_vectors_in_step(catalog):
    said = array(catalog, np.arange(6.0).reshape(3, 2)) + ', where: {title: "!= Nothing"}'
    found = images.read(catalog(said))
    assert found.items == ("007", "3")
    np.testing.assert_array_equal(found.vectors, [[0, 1], [4, 5]])


def test_an_archive_of_one_array(catalog):
    card = catalog("file: films.csv, id: id, vectors: posters.npz")
    np.savez(card.parent / "posters.npz", anything=np.ones((3, 4)))
    assert images.read(card).vectors.shape == (3, 4)


def test_ids_go_through_a_map(catalog):
    card = catalog("file: rows.csv, id: {column: row, map: rows, missing: drop}, column: v")
    card.write_text(card.read_text() + "maps: {rows: {file: map.csv, from: row, to: film}}\n")
    (card.parent / "map.csv").write_text("row,film\n0,3\n")
    (card.parent / "rows.csv").write_text("row,v\n0,1 2\n1,3 4\n")
    assert images.read(card).items == ("3",)


def test_pictures_of_a_column(catalog):
    card = catalog("file: films.csv, id: id, folder: pictures, picture: picture")
    found = images.read(card)
    assert found.items == ("007", "3")
    assert [file.relative_to(card.parent).as_posix() for file in found.files] == [
        "pictures/bond.png",
        "pictures/sub/third.jpg",
    ]
    assert found.vectors is None


def test_pictures_that_are_called_like_the_item(catalog):
    card = catalog("file: films.csv, id: id, folder: pictures")
    for name in ("007.PNG", "3.txt", "stranger.jpg"):
        (card.parent / "pictures" / name).write_bytes(b"")
    found = images.read(card)
    assert (found.items, found.files) == (("007",), (card.parent / "pictures" / "007.PNG",))


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "sub/../../secret.png", "link.png"])
def test_a_picture_outside_its_folder_is_refused(catalog, name):
    card = catalog("file: films.csv, id: id, folder: pictures, picture: picture")
    (card.parent / "secret.png").write_bytes(b"")
    (card.parent / "pictures" / "link.png").symlink_to(card.parent / "secret.png")
    (card.parent / "films.csv").write_text(f"id,title,picture\n1,One,{name}\n")
    with pytest.raises(CatalogError, match=r"films\.csv, line 2: .* lies outside the folder"):
        images.read(card)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("file: films.csv, id: id", "expected one of `column`, `vectors` and `folder`"),
        ("file: films.csv, id: id, column: vector, folder: pictures", "expected one of"),
        ("file: films.csv, id: id, column: vector, picture: x", "there is no `folder`"),
        ("file: films.csv, id: id, column: poster", "no column 'poster'"),
        ("file: films.csv, id: id, colunm: vector", "did you mean 'column'"),
    ],
)
def test_a_wrong_card_is_told(catalog, said, message):
    with pytest.raises(CardError, match=message):
        images.read(catalog(said))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("file: films.csv, id: id, column: title", r"line 2, column 'title': 'Bond' where a vector"),
        ("file: films.csv, id: id, vectors: none.npy", r"none\.npy is missing"),
        ("file: films.csv, id: id, vectors: films.csv", r"films\.csv is no \.npy"),
        ("file: films.csv, id: id, folder: nowhere", "nowhere is no folder"),
    ],
)
def test_a_wrong_file_is_told(catalog, said, message):
    with pytest.raises(CatalogError, match=message):
        images.read(catalog(said))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((2, 2)), "has 2 rows and .* has 3"),
        (np.ones(3), "array of shape"),
        (np.array([[1.0], [np.nan], [1.0]]), r"posters\.npy, row 1: a vector of finite numbers"),
        (np.ones((3, 0)), "a vector of finite numbers"),
        (np.array([["a"], ["b"], ["c"]]), "no .npy or .npz file of one array of numbers"),
        (np.array([[{}], [1], [2]], dtype=object), "allow_pickle"),
    ],
)
def test_an_array_that_does_not_fit_is_told(catalog, values, message):
    with pytest.raises(CatalogError, match=message):
        images.read(catalog(array(catalog, values)))


def test_vectors_of_unequal_length_are_told(catalog):
    card = catalog("file: films.csv, id: id, column: vector")
    (card.parent / "films.csv").write_text('id,title,vector\n1,One,1 2\n2,Two,"1,2,3"\n')
    with pytest.raises(CatalogError, match=r"line 3.*length 3, the first has 2"):
        images.read(card)


def test_two_images_of_an_item_are_told(catalog):
    card = catalog("file: films.csv, id: id, column: vector")
    card.write_text(card.read_text() + "  - {file: films.csv, id: id, column: vector}\n")
    with pytest.raises(CatalogError, match=r"line 2.*'007' has an image already, in .*line 2"):
        images.read(card)


def test_vectors_beside_pictures_are_refused(catalog):
    card = catalog("file: films.csv, id: id, column: vector, where: {title: = Bond}")
    card.write_text(
        card.read_text()
        + "  - {file: films.csv, id: id, folder: pictures, picture: picture, where: {title: = Third}}\n"
    )
    with pytest.raises(CardError, match="field images: some items have vectors and some have pictures"):
        images.read(card)


def test_a_workspace_keeps_vectors_exactly(catalog, tmp_path):
    build_workspace(catalog("file: films.csv, id: id, column: vector"), tmp_path / "space")
    found = images.of_workspace(tmp_path / "space")
    assert found.items == ("007", "3")
    np.testing.assert_array_equal(found.vectors, WANTED)
    assert found.vectors.dtype == np.float32


def test_a_workspace_keeps_the_places_of_pictures(catalog, tmp_path):
    card = catalog("file: films.csv, id: id, folder: pictures, picture: picture")
    build_workspace(card, tmp_path / "space")
    assert images.of_workspace(tmp_path / "space") == images.read(card)


def test_a_workspace_without_images_has_none(catalog, tmp_path):
    card = catalog("file: films.csv, id: id, column: vector")
    card.write_text(card.read_text().split("images:", maxsplit=1)[0])
    build_workspace(card, tmp_path / "space")
    assert not (tmp_path / "space" / images.FILE).exists()
    assert images.of_workspace(tmp_path / "space") == images.Images()


def test_changed_vectors_make_a_workspace_anew(catalog, tmp_path):
    card = catalog(array(catalog, np.zeros((3, 2))))
    assert build_workspace(card, tmp_path / "space").written
    assert not build_workspace(card, tmp_path / "space").written
    np.save(tmp_path / "posters.npy", np.ones((3, 2)))
    assert build_workspace(card, tmp_path / "space").written
    assert images.of_workspace(tmp_path / "space").vectors.min() == 1


def test_a_damaged_file_of_a_workspace_is_told(catalog, tmp_path):
    build_workspace(catalog("file: films.csv, id: id, column: vector"), tmp_path / "space")
    (tmp_path / "space" / images.FILE).write_bytes(b"PAR1")
    with pytest.raises(WorkspaceError, match=r"images\.parquet is missing or damaged"):
        images.of_workspace(tmp_path / "space")
