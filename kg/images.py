"""The images of items that a card names: vectors made elsewhere, or picture files; numbers, and no RDF."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import parquet

from kg import cardread, formats, workspace
from kg.cells import Cells
from kg.errors import CatalogError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from kg.card import Card, ImageTable, Source

VectorArray = npt.NDArray[np.float32]
FILE = "images.parquet"
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
AROUND = str.maketrans("[](),;|", " " * 7)  # what may stand around and between the numbers of a vector


@dataclass(frozen=True, slots=True)
class Images:
    """The images of items; those that are not named have none.

    Attributes:
        items: ids of items, each once. They need not be in the graph.
        vectors: a vector per item, shape (len(items), size); None where pictures are given.
        files: a picture per item; empty where vectors are given.
    """

    items: tuple[str, ...] = ()
    vectors: VectorArray | None = None
    files: tuple[Path, ...] = ()


@dataclass
class _Draft:
    """What has been read so far: where each image is told of, and the image."""

    places: dict[str, str] = field(default_factory=dict)
    vectors: list[VectorArray] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def add(self, item: str, place: str) -> None:
        if item in self.places:
            raise CatalogError(f"{place}: item {item!r} has an image already, in {self.places[item]}")
        self.places[item] = place


def read(path: str | Path) -> Images:
    """The images that a dataset card names.

    Args:
        path: the card.

    Raises:
        CardError: the card is not right, or gives vectors and pictures both.
        CatalogError: a file is missing or broken, a vector is none or of another length than the first, an
            item has two images, or a picture lies outside its folder; names file and row.
    """
    card = cardread.load(path)
    cells, draft = Cells(card), _Draft()
    for table in card.images:
        _check(card, table)
        frame, ids = cells.kept(cells.frame(table.source), table.source, id=table.id)
        _READERS[_form(table)](cells, table, frame, ids["id"], draft)
    if draft.vectors and draft.files:
        raise card.error(("images",), "some items have vectors and some have pictures; give one of the two")
    vectors = np.stack(draft.vectors) if draft.vectors else None
    return Images(tuple(draft.places), vectors, tuple(draft.files))


def write(card: str | Path, folder: Path) -> None:
    """Write the images that a card names, if any, into a workspace that is being made.

    Raises:
        CardError, CatalogError: as for `read`.
    """
    images = read(card)
    columns: dict[str, pa.Array] = {"item": pa.array(images.items, pa.string())}
    if images.vectors is not None:
        numbers = pa.array(images.vectors.ravel(), pa.float32())
        columns["vector"] = pa.FixedSizeListArray.from_arrays(numbers, images.vectors.shape[1])
    elif images.files:
        columns["file"] = pa.array(map(str, images.files), pa.string())
    else:
        return
    parquet.write_table(pa.table(columns), folder / FILE)


def of_workspace(folder: str | Path) -> Images:
    """The images of a workspace; none where its card names none.

    Raises:
        WorkspaceError: the folder is no workspace, or the file is damaged.
    """
    path = Path(folder) / FILE
    if FILE not in workspace.read_manifest(Path(folder)).get("files", {}):
        return Images()
    try:
        table = parquet.read_table(path)
        items = tuple(table["item"].to_pylist())
        if "file" in table.column_names:
            return Images(items, files=tuple(map(Path, table["file"].to_pylist())))
        vectors = table["vector"].combine_chunks()
        numbers: VectorArray = vectors.flatten().to_numpy(zero_copy_only=False)
        return Images(items, numbers.reshape(len(items), -1))
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise WorkspaceError(f"{path} is missing or damaged ({error}); build the workspace again") from error


def _form(table: ImageTable) -> str:
    return "column" if table.column else "vectors" if table.vectors else "folder"


def _check(card: Card, table: ImageTable) -> None:
    given = [bool(table.column), table.vectors is not None, table.folder is not None]
    if sum(given) != 1:
        raise card.error(table.source.at, "expected one of `column`, `vectors` and `folder`")
    if table.picture and table.folder is None:
        raise card.error((*table.source.at, "picture"), "a column of picture files, but there is no `folder`")


def _read_column(cells: Cells, table: ImageTable, frame: pd.DataFrame, ids: pd.Series, draft: _Draft) -> None:
    """Vectors written in a column; an empty cell is no image."""
    source = table.source
    column = cells.column(frame, source, table.column, (*source.at, "column"))
    for line, item, text in zip(frame.index, ids, column, strict=True):
        if not text.strip():
            continue
        place = f"{cells.card.path(source)}, {frame.index.name} {line}, column {table.column!r}"
        draft.add(item, place)
        _take(draft, place, _numbers(place, text))


def _numbers(place: str, text: str) -> VectorArray:
    try:
        return np.array(text.translate(AROUND).split(), dtype=np.float32)
    except ValueError as error:
        raise CatalogError(f"{place}: {text[:40]!r} where a vector of numbers was expected") from error


def _read_array(cells: Cells, table: ImageTable, frame: pd.DataFrame, ids: pd.Series, draft: _Draft) -> None:
    """Vectors in an array file, a row for each row of the table."""
    source = table.source
    lines = formats.read(cells.card.path(source), source.format, source.options).index
    path = _local(cells.card, table.vectors)
    array = _array(path)
    if len(array) != len(lines):
        raise CatalogError(
            f"{path} has {len(array)} rows and {cells.card.path(source)} has {len(lines)}; "
            "a vector for each row was expected"
        )
    for row, item in zip(lines.get_indexer(frame.index), ids, strict=True):
        place = f"{path}, row {row}"
        draft.add(item, place)
        _take(draft, place, array[row])


def _array(path: Path) -> VectorArray:
    """The array of a file; pickled objects are refused, for they run code when they are read."""
    try:
        array = np.load(path, allow_pickle=False)
        if not isinstance(array, np.ndarray):  # an archive of several
            with array:
                (array,) = (array[name] for name in array.files)
        vectors: VectorArray = np.atleast_1d(array).astype(np.float32, casting="same_kind")
    except FileNotFoundError as error:
        raise CatalogError(f"{path} is missing; an array of vectors was expected there") from error
    except (OSError, ValueError, TypeError) as error:
        raise CatalogError(f"{path} is no .npy or .npz file of one array of numbers ({error})") from error
    if vectors.ndim != 2:  # noqa: PLR2004
        raise CatalogError(f"{path} has an array of shape {vectors.shape}; a row per vector was expected")
    return vectors


def _take(draft: _Draft, place: str, vector: VectorArray) -> None:
    if not len(vector) or not np.isfinite(vector).all():
        raise CatalogError(f"{place}: a vector of finite numbers was expected")
    if draft.vectors and len(vector) != len(draft.vectors[0]):
        raise CatalogError(
            f"{place}: a vector of length {len(vector)}, the first has {len(draft.vectors[0])}; "
            "all must have the same length"
        )
    draft.vectors.append(vector)


def _read_folder(cells: Cells, table: ImageTable, frame: pd.DataFrame, ids: pd.Series, draft: _Draft) -> None:
    """Picture files; an empty cell, or no file named like the item, is no image."""
    source, folder = table.source, _local(cells.card, table.folder).resolve()
    if not folder.is_dir():
        raise CatalogError(f"{folder} is no folder; one with pictures was expected there")
    if table.picture:
        names = cells.column(frame, source, table.picture, (*source.at, "picture")).str.strip()
    else:
        names = ids.map(_by_stem(folder.iterdir())).fillna("")
    for line, item, name in zip(frame.index, ids, names, strict=True):
        if not name:
            continue
        place = f"{cells.card.path(source)}, {frame.index.name} {line}"
        if not (folder / name).resolve().is_relative_to(folder):
            raise CatalogError(f"{place}: {name!r} lies outside the folder {folder}")
        draft.add(item, place)
        draft.files.append(folder / name)


def _by_stem(files: Iterable[Path]) -> Mapping[str, str]:
    """Names of picture files by what stands before the ending."""
    return {file.stem: file.name for file in sorted(files) if file.suffix.lower() in PICTURES}


def _local(card: Card, source: Source | None) -> Path:
    place = "" if source is None else card.path(source)
    if not isinstance(place, Path):
        raise CatalogError(f"{place} is no file; vectors and pictures are read from files")
    return place


_READERS = {"column": _read_column, "vectors": _read_array, "folder": _read_folder}
