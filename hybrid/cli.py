"""The command line: `whyrec`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hybrid import cli_add, cli_ask, cli_bench, cli_data, cli_explain, cli_query, cli_ratings, show
from kg.errors import WhyRecError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="WhyRec recommends items and says why: it turns a catalog into a knowledge graph, learns from the "
    "graph, from the items' texts and from who liked what, and gives each recommendation its reasoning path.",
)
out, err = Console(), Console(stderr=True)

Workspace = Annotated[
    Path, typer.Argument(help="A workspace folder, made by `whyrec build`.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Device = Annotated[str, typer.Option(help="cpu, cuda, or auto for CUDA where there is a GPU.")]
Model = Annotated[
    str, typer.Option("--text-model", help="Folder or hub name of the text encoder.", show_default=False)
]
ImageModel = Annotated[str, typer.Option(help="Folder or hub name of the vision model.", show_default=False)]
Ranker = Annotated[
    str, typer.Option(help="weighted: a sum of scores; boosted: with trees on top, where they help.")
]


@app.command()
def build(
    card: Annotated[Path, typer.Argument(help="A dataset card, dataset.yaml.", show_default=False)],
    into: Annotated[Path, typer.Option("--into", help="The workspace folder to make.", show_default=False)],
    json_: Json = False,
) -> None:
    """Build a workspace: turn a catalog into a graph, as its card says; again, to bring it up to date."""
    from hybrid import show_build
    from kg import building

    built = building.build_workspace(card, into)
    if json_:
        show.print_json(show_build.built_as_json(built))
    else:
        show_build.print_built(out, built, into)
        out.print(f"Next: whyrec train {into}")


@app.command()
def check(
    card: Annotated[Path, typer.Argument(help="A dataset card, or a workspace.", show_default=False)],
    json_: Json = False,
) -> None:
    """Check a catalog against its card: list the rows that could not go in; exit with 1 if there are any."""
    from hybrid import show_build
    from kg import building

    quarantine = building.quarantine(card)
    if json_:
        show.print_json({"quarantined": [row._asdict() for row in quarantine]})
    else:
        show_build.print_quarantine(out, quarantine)
    if len(quarantine):
        raise typer.Exit(1)


@app.command()
def merges(
    workspace: Workspace,
    apart: Annotated[
        tuple[str, str] | None, typer.Option(help="Ids of two entities that are not one.", show_default=False)
    ] = None,
    together: Annotated[
        tuple[str, str] | None, typer.Option(help="Ids of two entities that are one.", show_default=False)
    ] = None,
    json_: Json = False,
) -> None:
    """List the entities that were found to be one, and those that may be; take a merge back, or ask for one.

    A decision stands for good: the workspace is built again with it, now and whenever its files change.
    """
    from hybrid import show_build
    from kg import building

    for pair, verdict in ((apart, "different"), (together, "same")):
        if pair is not None:
            building.decide(workspace, *pair, verdict)
    found = building.merges(workspace)
    if json_:
        show.print_json({"merges": found.to_dict(orient="records")})
    else:
        show_build.print_merges(out, found)


@app.command()
def tune(
    workspace: Workspace,
    scorer: Annotated[
        list[str] | None,
        typer.Argument(help="Scorers to tune; by default all of the hybrid.", show_default=False),
    ] = None,
    trials: Annotated[int, typer.Option(help="Trials per scorer, earlier runs' among them.", min=1)] = 30,
    seconds: Annotated[
        float, typer.Option(help="Begin no trial of a scorer after so many seconds.", show_default=False)
    ] = float("inf"),
    over: Annotated[
        list[str] | None,
        typer.Option(
            help="A further range to search: SCORER.OPTION=LOW:HIGH, LOW:HIGH:log or VALUE,VALUE,...",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    device: Device = "auto",
    text_model: Model = "",
    image_model: ImageModel = "",
    json_: Json = False,
) -> None:
    """Search for the best options on validation likes; a search that was killed goes on where it stopped."""
    from hybrid import search, show_tuned
    from hybrid.options import Options
    from hybrid.study import Budget

    options = Options(
        tuple(scorer or ()), seed=seed, device=device, text_model=text_model, image_model=image_model
    )
    found = search.search(workspace, options, Budget(trials, seconds), ranges=over or (), report=_say)
    if json_:
        show.print_json(show_tuned.tuned_as_json(found))
    else:
        show_tuned.print_tuned(out, found)
        out.print(f"Written to {workspace / search.TUNED}. Next: whyrec train {workspace}")


@app.command()
def train(
    workspace: Workspace,
    seed: Seed = 0,
    device: Device = "auto",
    text_model: Model = "",
    image_model: ImageModel = "",
    adapt: Annotated[
        str,
        typer.Option(
            help="Adapt the text encoder to the likes: lora, bottleneck, ia3, prefix, top or full.",
            show_default=False,
        ),
    ] = "",
    ranker: Ranker = "weighted",
    cold_share: Annotated[
        float | None,
        typer.Option(
            help="Share of the first 20 places for items nobody has liked (docs/cold-start.md).",
            show_default=False,
        ),
    ] = None,
    start_from: Annotated[
        str,
        typer.Option(
            help="Trained workspace of another catalog, whose model places the items (docs/transfer.md).",
            show_default=False,
        ),
    ] = "",
    tuned: Annotated[bool, typer.Option(help="Take the options that `whyrec tune` found.")] = True,
    json_: Json = False,
) -> None:
    """Train the recommender on a workspace's graph; a run that was killed goes on where it stopped.

    Where nobody has liked anything yet, another catalog's model can start this one (`--start-from`).
    """
    from hybrid import flow, search, show_progress
    from hybrid.options import Options
    from hybrid.text.options import AdaptOptions

    overrides = search.tuned(workspace) if tuned else {}
    for name, chosen in overrides.items():
        _say(f"{name}: tuned options {chosen}")
    adaptation = AdaptOptions(adapt) if adapt else None
    options = Options(
        (),
        overrides,
        text_model,
        seed=seed,
        device=device,
        adapt=adaptation,
        image_model=image_model,
        ranker=ranker,
        cold_share=cold_share,
        start_from=start_from,
    )
    with show_progress.Screen(err) as say:
        recommender, version = flow.train(workspace, options, say)
    if json_:
        show.print_json(
            {"version": version, "weights": recommender.ranker.by_name(), "seconds": recommender.seconds}
        )
    else:
        who = "--user ID" if len(recommender.graph.interactions) else "--likes ID,ID"
        out.print(f"Saved as version {version}. Next: whyrec recommend {workspace} {who}")


@app.command()
def evaluate(workspace: Workspace, json_: Json = False) -> None:
    """Evaluate the trained model on the held-out likes, beside its parts and baselines; raters on ratings."""
    from hybrid import bench as benchmark
    from hybrid import flow
    from hybrid.ratings import show as show_ratings

    results, rated = flow.evaluate(workspace, _say), flow.evaluate_ratings(workspace, _say)
    if json_:
        show.print_json({"models": benchmark.as_json(results), "ratings": show_ratings.rated_as_json(rated)})
        return
    show.print_results(out, results)
    if rated:
        show_ratings.print_rated(out, rated)


@app.command()
def demo(
    card: Annotated[Path, typer.Option(help="The dataset card to run.")] = Path(
        "datasets/ml-100k/dataset.yaml"
    ),
    into: Annotated[Path, typer.Option(help="The workspace folder to make.")] = Path("runs/demo"),
    seed: Seed = 0,
    json_: Json = False,
) -> None:
    """Run the whole walk on MovieLens-100K: build, train, evaluate, recommend with reasons, report."""
    from hybrid import demo as walk

    result = walk.run(card, into, seed, Console(quiet=True) if json_ else out, _say)
    if json_:
        show.print_json(result)


cli_add.register(app)
cli_ask.register(app)
cli_bench.register(app)
cli_data.register(app)
cli_query.register(app)
cli_explain.register(app)
cli_ratings.register(app)


def main() -> None:
    """Run `whyrec`; a mistake in the input is told in one sentence and gives exit status 2."""
    try:
        app()
    except WhyRecError as error:
        err.print(f"whyrec: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)


def _say(message: str) -> None:
    err.print(message, style="dim", markup=False, highlight=False, soft_wrap=True)
