"""The files of a folder as tables; what is no table is named with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kg.draft import table as tables
from kg.draft.layout import sniff
from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.draft.table import Table

MOST_FILES = 500
DEEPEST = 6
LEFT_OUT = frozenset({"yaml", "yml", "md", "py", "ipynb", "html", "pdf", "png", "jpg", "jpeg", "log", "toml", "ini"})
PLACES = ("card:", "fetch:")


@dataclass
class Folder:
    """What was found: tables in the order of their names, and files that are none, with the reason."""

    root: Path
    tables: list[Table] = field(default_factory=list)
    unused: dict[str, str] = field(default_factory=dict)


def look(path: Path) -> Folder:
    """Look at a file, or at every file of a folder and its folders.

    Raises:
        CatalogError: there is nothing at the path.
    """
    if not path.exists():
        raise CatalogError(f"{path} is missing; a file or a folder of files was expected there")
    found = Folder(path if path.is_dir() else path.parent)
    for number, (file, place) in enumerate(_files(found.root, path)):
        if number == MOST_FILES:
            found.unused[file] = f"only the first {MOST_FILES} files are looked at; draft a folder of fewer"
            break
        reason = _refusal(file, place)
        if reason:
            found.unused[file] = reason
        else:
            _add(found, file, place)
    return found


def _files(root: Path, path: Path) -> Iterator[tuple[str, Path]]:
    places = sorted(path.rglob("*")) if path.is_dir() else [path]
    for place in places:
        file = place.relative_to(root)
        hidden = any(part.startswith(".") for part in file.parts)
        if not hidden and place.is_file() and len(file.parts) <= DEEPEST:
            yield file.as_posix(), place


def _refusal(file: str, place: Path) -> str:
    if place.is_symlink():
        return "a link to another place"
    if not file.isprintable() or file.startswith(PLACES):
        return "a card cannot name it"
    if place.suffix.lstrip(".").lower() in LEFT_OUT:
        return "no format for data"
    return ""


def _add(found: Folder, file: str, place: Path) -> None:
    layout = sniff(place)
    if isinstance(layout, str):
        found.unused[file] = layout
        return
    try:
        table = tables.look(file, place, layout)
    except CatalogError as error:
        found.unused[file] = f"it cannot be read: {str(error).removeprefix(str(place)).lstrip(' ,:')}"
        return
    if any(column.filled for column in table.columns):
        found.tables.append(table)
    else:
        found.unused[file] = "all its cells are empty"
