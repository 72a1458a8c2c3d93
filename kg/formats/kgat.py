"""KGAT and LightGCN lists: one line per user, the user first and then that user's items."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kg.errors import CatalogError
from kg.formats.base import Reader, ReadOptions, frame_of, text_lines, write_text

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


class Kgat(Reader):
    """`user item item item` lines as a long frame; `columns` names it otherwise than (user, item).

    A user without items gives no row. A `kg_final` file of such a dataset is a table of three columns.
    """

    name: ClassVar[str] = "kgat"

    def read(self, path: Path, options: ReadOptions) -> pd.DataFrame:
        """One row per user and item, in the order of the lines; see `Reader.read`."""
        columns = options.columns or ("user", "item")
        if len(columns) != 2:  # noqa: PLR2004
            raise CatalogError(
                f"{path}: {len(columns)} column names where a user's and an item's were expected"
            )
        rows: list[tuple[str, str]] = []
        lines: list[int] = []
        for number, line in enumerate(text_lines(path, options), start=options.skip + 1):
            user, *items = line.split(options.separator) if line.strip() else ("",)
            rows.extend((user, item.strip()) for item in items if item.strip())
            lines.extend([number] * (len(rows) - len(lines)))
        return frame_of(path, rows, lines, columns)

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write one line per run of rows of one user; see `Reader.write`."""
        separator = options.separator or " "
        lists: dict[str, list[str]] = {}
        for user, item in frame.itertuples(index=False):
            lists.setdefault(user, []).append(item)
        write_text(
            path, "".join(separator.join([user, *items]) + "\n" for user, items in lists.items()), options
        )
