"""The command about ratings: how many stars somebody would give."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from hybrid import show

if TYPE_CHECKING:
    from hybrid.ratings.expect import Expected

out, err = Console(), Console(stderr=True)

Workspace = Annotated[
    Path, typer.Argument(help="A workspace folder, made by `whyrec build`.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(rate)


def rate(
    workspace: Workspace,
    user: Annotated[str, typer.Option(help="Id of the person.", show_default=False)],
    item: Annotated[
        list[str], typer.Option(help="Id of an item; several times for several.", show_default=False)
    ],
    rater: Annotated[str, typer.Option(help="Which rater predicts: see docs/ratings.md.")] = "factors",
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto for CUDA where there is a GPU.")] = "auto",
    json_: Json = False,
) -> None:
    """Predict how somebody would rate items; this learns from the workspace's ratings first.

    For example: whyrec rate runs/demo --user 7 --item 50 --item 172
    """
    from hybrid.ratings.expect import expect
    from hybrid.scorers.base import Resources
    from kg.workspace import open_graph

    resources = Resources(
        seed=seed, device=device, report=lambda message: err.print(message, style="dim", markup=False)
    )
    found = expect(open_graph(workspace), user, item, rater, resources)
    if json_:
        show.print_json({"ratings": [each._asdict() for each in found]})
    else:
        for each in found:
            out.print(_sentence(each), highlight=False, soft_wrap=True)


def _sentence(each: Expected) -> str:
    strangers = [f"{kind} {name!r}" for kind, name in each.unknown.items()]
    note = f" [yellow]({escape(' and '.join(strangers))} is unknown here)[/yellow]" if strangers else ""
    stars = f"[bold]{each.rating:.1f}[/bold] of {each.highest:g}"
    return f"{escape(each.label)}: about {stars}, liked with a chance of {each.chance:.0%}{note}"
