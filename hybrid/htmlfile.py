"""Writing a page to a file, so that a reader never meets half of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kg.errors import WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path


def write_html(page: str, path: Path) -> None:
    """Write a page aside first, then put it where it belongs.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_text(page, encoding="utf-8", errors="replace", newline="\n")
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise WorkspaceError(f"{path} cannot be written: {error}") from error
