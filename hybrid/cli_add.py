"""The command about new items: add them to a workspace and its model."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from hybrid import show

if TYPE_CHECKING:
    from kg.newitems import NewItem

out, err = Console(), Console(stderr=True)

Workspace = Annotated[
    Path, typer.Argument(help="A workspace folder, made by `whyrec build`.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of words.")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(add)


def add(
    workspace: Workspace,
    items: Annotated[
        Path,
        typer.Argument(
            help="New items: JSON, JSON lines or a table (docs/new-items.md).", show_default=False
        ),
    ],
    json_: Json = False,
) -> None:
    """Add new items to a workspace and its model, without training; all of them, or none if one is wrong."""
    from hybrid.adapt import growing

    added, version = growing.add(workspace, items, _say)
    if json_:
        told = {"items": [item.id for item in added], "version": version}
        show.print_json(told)
        return
    out.print(f"{_counted(added)} added to {workspace}", markup=False, highlight=False, soft_wrap=True)
    if version:
        asked = f"whyrec recommend {workspace} --likes {quote(added[0].id)}"
        out.print(f"Saved as version {version}. Next: {asked}", markup=False, highlight=False, soft_wrap=True)
    else:
        out.print(f"It has no model yet. Next: whyrec train {workspace}")


def _counted(items: tuple[NewItem, ...]) -> str:
    return f"{len(items):,} items" if len(items) > 1 else f"Item {items[0].id!r}"


def _say(message: str) -> None:
    err.print(message, style="dim", markup=False, highlight=False, soft_wrap=True)
