"""KGAT and LightGCN lists: one line per user, the user first and then that user's items."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kg.errors import CatalogError
from kg.formats import packed, rows
from kg.formats.base import ReadOptions, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from kg.formats.base import Location, Reject


class Kgat(Writer):
    """`user item item item` lines as a long frame; `columns` names it otherwise than (user, item).

    A user without items gives no row. A `kg_final` file of such a dataset is a table of three columns.
    """

    name: ClassVar[str] = "kgat"

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """One row per user and item, in the order of the lines; see `Reader.stream`."""
        columns = options.columns or ("user", "item")
        if len(columns) != 2:  # noqa: PLR2004
            raise CatalogError(
                f"{path}: {len(columns)} column names where a user's and an item's were expected"
            )
        pairs = _pairs(packed.file(path), options)
        for lines, cells in rows.batches(pairs, len(columns)):
            yield rows.frame_of(cells, lines, columns, reject, encoding=options.encoding)

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write one line per user, with all items of that user; see `Writer.write`."""
        separator = options.separator or " "
        lists: dict[str, list[str]] = {}
        for user, item in frame.itertuples(index=False):
            lists.setdefault(user, []).append(item)
        text = "".join(separator.join([user, *items]) + "\n" for user, items in lists.items())
        packed.write_text(path, text, options)


def _pairs(path: Path, options: ReadOptions) -> Iterator[tuple[int, list[str]]]:
    for number, line in packed.lines(path, options):
        user, *items = line.split(options.separator) if line.strip() else ("",)
        for item in items:
            if item.strip():
                yield number, [user, item.strip()]
