"""The files of a folder as tables; what is no table is named with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kg.draft import contents
from kg.draft import table as tables
from kg.draft.lexicon import vocabulary
from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.draft.table import Table
    from kg.formats.base import Location

MOST_FILES = 500
DEEPEST = 6
LEFT_OUT = vocabulary("yaml yml md py ipynb pdf png jpg jpeg gif svg log toml ini cfg sh npz npy pt")
CARD = "dataset.yaml"  # the draft itself, once it is written
PLACES = ("card:", "fetch:")
PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")


@dataclass
class Folder:
    """What was found: tables in the order of their names, and files that are none, with the reason."""

    tables: list[Table] = field(default_factory=list)
    unused: dict[str, str] = field(default_factory=dict)


def look(path: Location) -> Folder:
    """Look at a file, at a database by its URL, or at every file of a folder and its folders.

    Raises:
        CatalogError: there is nothing at the path.
    """
    found = Folder()
    if "://" in str(path):
        hidden = PASSWORD.search(str(path))
        _add(found, "${WHYREC_DATABASE}" if hidden else str(path), str(path))
        return found
    path = Path(path)
    if not path.exists():
        raise CatalogError(f"{path} is missing; a file or a folder of files was expected there")
    root = path if path.is_dir() else path.parent
    for number, place in enumerate(_places(path)):
        file = place.relative_to(root).as_posix()
        if number == MOST_FILES:
            found.unused[file] = f"only the first {MOST_FILES} files are looked at; draft a folder of fewer"
            break
        reason = _refusal(file, place)
        if reason:
            found.unused[file] = reason
        else:
            _add(found, file, place)
    return found


def _places(path: Path) -> Iterator[Path]:
    """The files, and in place of the pieces of one table the folder that holds nothing else."""
    if not path.is_dir():
        yield path
        return
    pieces: set[Path] = set()
    for place in sorted(path.rglob("*")):
        parts = place.relative_to(path).parts
        if any(part.startswith(".") for part in parts) or len(parts) > DEEPEST or place.parent in pieces:
            continue
        if place.is_dir() and _in_pieces(place):
            pieces.add(place)
            yield place
        elif place.is_file() and place.name != CARD:
            yield place


def _in_pieces(folder: Path) -> bool:
    """Whether a folder holds files whose names differ by their numbers only."""
    names = [place.name for place in folder.iterdir() if place.name[0] not in "._"]
    return len(names) > 1 and len({re.sub(r"\d+", "0", name) for name in names}) == 1


def _refusal(file: str, place: Path) -> str:
    if place.is_symlink():
        return "a link to another place"
    if not file.isprintable() or file.startswith(PLACES) or "${" in file or "://" in file:
        return "a card cannot name it"
    if place.suffix.lstrip(".").lower() in LEFT_OUT:
        return "no format for data"
    return ""


def _add(found: Folder, file: str, place: Location) -> None:
    first = _first(place) if isinstance(place, Path) and place.is_dir() else place
    layouts = contents.layouts(first)
    if isinstance(layouts, str):
        found.unused[file] = layouts
        return
    for layout in layouts:
        try:
            table = tables.look(file, place, layout)
        except CatalogError as error:
            found.unused[file] = f"it cannot be read: {str(error).removeprefix(str(place)).lstrip(' ,:')}"
            continue
        if any(column.filled for column in table.columns):
            found.tables.append(table)
        else:
            found.unused[table.name] = "all its cells are empty"


def _first(folder: Path) -> Path:
    return min(place for place in folder.iterdir() if place.name[0] not in "._")
