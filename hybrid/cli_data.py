"""The commands about data: draft a card, ask the graph, look at it, write it out."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hybrid import show
from kg.errors import CardError, QueryError

out = Console()

Workspace = Annotated[
    Path, typer.Argument(help="A workspace folder, made by `whyrec build`.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (draft, audit, query, describe, export):
        app.command()(command)


def draft(
    path: Annotated[
        Path, typer.Argument(help="A file, or a folder of files, that no card describes.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="The dataset's name; by default the folder's.")] = "",
    into: Annotated[
        Path | None, typer.Option("--into", help="Write the card to this file.", show_default=False)
    ] = None,
) -> None:
    """Draft a dataset card from files that nobody has described yet: look at it, correct it, build.

    For example: whyrec draft data/shop --into data/shop/dataset.yaml
    """
    from kg.draft import draft as drafted

    card = drafted(path, name=name or None)
    if into is None:
        sys.stdout.write(card.text)
    elif into.exists():
        raise CardError(f"{into} is there already; name a file that is new")
    else:
        into.write_text(card.text, encoding="utf-8")
    console = Console(stderr=True)
    console.print(card.summary(), markup=False, highlight=False, soft_wrap=True)


def audit(
    place: Annotated[Path, typer.Argument(help="A workspace, or a dataset card.", show_default=False)],
    titles: Annotated[
        Path | None,
        typer.Option(
            help="A table of titles whose ids the list of links may carry; tries to link anew by them.",
            show_default=False,
        ),
    ] = None,
    columns: Annotated[str, typer.Option(help="The columns of that table: an id and a title.")] = "id,title",
    separator: Annotated[str, typer.Option(help="What stands between its cells.")] = ",",
    encoding: Annotated[str, typer.Option(help="How its bytes become text.")] = "utf-8",
    into: Annotated[
        Path | None, typer.Option("--into", help="Write the links made anew to this CSV.", show_default=False)
    ] = None,
    json_: Json = False,
) -> None:
    """Tell whether items and graph belong together, without knowing one right link.

    Exits with 1 where the links are broken, in part or as a whole. The links are those of the card's `same:`.
    """
    from hybrid import show_audit
    from kg import audit as audits
    from kg.building import card_of
    from kg.formats import ReadOptions, read

    card = card_of(place)
    if titles is None:
        report, mended = audits.audit_card(card), None
    else:
        names = tuple(columns.split(","))
        table = read(titles, "tables", ReadOptions(separator=separator, columns=names, encoding=encoding))
        mended = audits.repair(card, table.rename(columns=dict(zip(names, ("id", "name"), strict=False))))
        report = mended.before
    if mended is not None and into is not None:
        mended.links.to_csv(into, index=False)
    if json_:
        show.print_json(show_audit.audit_as_json(report, mended))
    else:
        show_audit.print_audit(out, report, mended)
    if "broken" in report.verdict:
        raise typer.Exit(1)


def query(
    workspace: Workspace,
    sparql: Annotated[
        str,
        typer.Argument(
            metavar="SPARQL", help="A SELECT or ASK query; - reads it from the input.", show_default=False
        ),
    ],
    limit_seconds: Annotated[float, typer.Option(help="Give up after so many seconds.", min=0.1)] = 30.0,
    rows: Annotated[int, typer.Option(help="The most rows that the answer may have.", min=1)] = 1000,
    csv_: Annotated[bool, typer.Option("--csv", help="Print CSV for spreadsheets.")] = False,
    json_: Json = False,
) -> None:
    """Ask the graph in SPARQL; it is only read. Prefixes such as schema: and rdfs: are known already.

    For example: whyrec query runs/demo "SELECT ?it ?name { ?it a schema:Movie ; rdfs:label ?name } LIMIT 5"
    """
    from hybrid import show_data
    from kg.terms import with_prefixes
    from kg.workspace import open_store

    if csv_ and json_:
        raise QueryError("--csv and --json exclude each other; expected one of them")
    asked = sys.stdin.read() if sparql == "-" else sparql
    with open_store(workspace) as store:
        answer = store.query(with_prefixes(asked), limit_seconds, rows)
    if json_:
        show.print_json({"rows": answer})
    elif csv_:
        _print_csv(answer)
    else:
        show_data.print_rows(out, answer)


def describe(
    workspace: Workspace,
    entity: Annotated[
        str | None,
        typer.Argument(help="One node instead of all: its id, its label or its IRI.", show_default=False),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with pictures to this file.", show_default=False)
    ] = None,
    json_: Json = False,
) -> None:
    """Describe a workspace in numbers: classes, relations, likes and what is missing; or one node of it."""
    from hybrid import show_data

    if entity is not None:
        from kg.entity import page

        if html is not None:
            raise QueryError("--html describes the whole workspace; leave out either it or the node")
        found = page(workspace, entity)
        if json_:
            show.print_json(asdict(found))
        else:
            show_data.print_page(out, found)
        return
    from kg.describe import describe as measure

    told = measure(workspace)
    if html is not None:
        from hybrid.describe_page import write_page

        write_page(told, html)
    if json_:
        show.print_json(asdict(told))
    elif html is not None:
        out.print(f"Written to {html}", markup=False, highlight=False, soft_wrap=True)
    else:
        show_data.print_description(out, told)


def export(
    workspace: Workspace,
    file: Annotated[
        Path,
        typer.Argument(
            help="The file to write: .ttl, .nt, .nq, .trig or .graphml, each also with .gz.",
            show_default=False,
        ),
    ],
    with_heldout: Annotated[
        bool, typer.Option("--with-heldout", help="GraphML: add the likes that are kept for testing.")
    ] = False,
) -> None:
    """Export a workspace for other tools: RDF without the likes, or GraphML with them."""
    from kg.export import GRAPHML
    from kg.export import export as write

    count = write(workspace, file, heldout=with_heldout)
    what = "edges" if GRAPHML in file.name.lower() else "statements"
    out.print(f"Written to {file}: {count:,} {what}", markup=False, highlight=False, soft_wrap=True)


def _print_csv(rows: list[dict[str, str]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
