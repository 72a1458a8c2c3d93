"""The command that measures: `whyrec bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

out, err = Console(), Console(stderr=True)

Cards = Annotated[list[Path], typer.Argument(help="Dataset cards.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(bench)


def bench(
    cards: Cards,
    json_: Annotated[
        Path | None, typer.Option("--json", help="File to write the results to.", show_default=False)
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Page to write the results to.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto for CUDA where there is a GPU.")] = "auto",
    text_model: Annotated[
        str, typer.Option(help="Folder or hub name of the text encoder.", show_default=False)
    ] = "",
    member: Annotated[
        list[str] | None,
        typer.Option(help="A scorer of the hybrid; by default all but the baselines.", show_default=False),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            help="A baseline to measure beside; by default all, some of them slow.", show_default=False
        ),
    ] = None,
    ranker: Annotated[
        str, typer.Option(help="weighted: a sum of scores; boosted: with trees on top, where they help.")
    ] = "weighted",
    protocol: Annotated[
        str,
        typer.Option(
            help="Deal all likes anew, as in cold_items, global_time or k_fold (docs/evaluation.md).",
            show_default=False,
        ),
    ] = "",
    lists: Annotated[
        Path | None,
        typer.Option(
            help="Folder with ranked lists of other programs on this split, to measure beside "
            "(docs/peers.md); one card only.",
            show_default=False,
        ),
    ] = None,
    ablations: Annotated[
        bool | None,
        typer.Option(
            "--ablations/--no-ablations",
            help="Measure the hybrid without graph, text, factors and sequence; by default where a file "
            "is written.",
            show_default=False,
        ),
    ] = None,
    worth: Annotated[
        bool,
        typer.Option(
            help="Measure what the graph is worth: fit it three times more with other links, and all four "
            "to cold items."
        ),
    ] = False,
) -> None:
    """Build, train and evaluate each card on its own split or by a protocol, and write what was measured."""
    from hybrid import bench as benchmark
    from hybrid import bench_page, show, show_bench, show_progress
    from hybrid.options import Options
    from kg.errors import QueryError

    targets = [target for target in (json_, html) if target is not None]
    for target in targets:
        benchmark.check_target(target)
    if lists is not None and len(cards) > 1:
        raise QueryError("--lists names the lists of one split, so it takes one card")

    def keep(measured: dict[str, Any]) -> None:
        if json_ is not None:
            benchmark.write(measured, json_)
        if html is not None:
            benchmark.write_text(bench_page.page(measured), html)

    options = Options(tuple(member or ()), seed=seed, device=device, text_model=text_model, ranker=ranker)
    options.scorers()
    with show_progress.Screen(err) as say:
        benchmark.bench(
            cards,
            options,
            say,
            baselines=baseline,
            protocol=protocol,
            listed=lists,
            ablations=bool(targets) if ablations is None else ablations,
            worth=worth,
            show=lambda results: show.print_results(out, results),
            tell=lambda found: show_bench.print_parts(out, found),
            keep=keep,
        )
    for target in targets:
        out.print(f"Written to {target}", markup=False, soft_wrap=True)
