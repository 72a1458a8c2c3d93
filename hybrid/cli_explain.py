"""The commands that say why: `whyrec explain`, and `whyrec replay`, which asks again."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from hybrid import show
from hybrid.cli_query import (
    IF,
    About,
    Dislikes,
    Exclude,
    File,
    Json,
    Language,
    Likes,
    Person,
    Rating,
    Sparql,
    Text,
    Time,
    User,
    Wanted,
    Workspace,
    asked_of,
    option,
)  # fmt: skip

if TYPE_CHECKING:
    from hybrid.reasons import Explanation
    from hybrid.recommender import Recommender

out = Console()


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (explain, replay):
        app.command()(command)


def explain(
    workspace: Workspace,
    item: Annotated[str, typer.Option(help="Id of the item to explain.", show_default=False)],
    query: File = "",
    user: User = None,
    likes: Likes = "",
    dislikes: Dislikes = "",
    rating: Rating = None,
    time: Time = None,
    person: Person = None,
    text: Text = "",
    about: About = None,
    want: Wanted = None,
    sparql: Sparql = "",
    exclude: Exclude = None,
    instead_of: Annotated[
        str, typer.Option(help="Id of another item: say why not that one.", show_default=False)
    ] = "",
    without: Annotated[
        list[str] | None,
        option(IF, "A like, an entity, or a fact as in 'A | directed by | B' that is gone. Repeatable."),
    ] = None,
    having: Annotated[
        list[str] | None,
        option(IF, "An item that is liked, or a fact that is there. Repeatable.", "--with"),
    ] = None,
    hangs_on: Annotated[
        bool,
        typer.Option(
            "--hangs-on",
            help="Look for the fewest likes and facts without which it leaves the first ten.",
            rich_help_panel=IF,
        ),
    ] = False,
    language: Language = "en",
    html: Annotated[
        Path | None,
        typer.Option(
            help="Write a page with pictures to this file; it needs no network.", show_default=False
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Explain an item for somebody: in words, what gave its score, and the paths that lead to it, tested.

    It takes the same query as `whyrec recommend`. What if something were gone, or there?

    whyrec explain runs/films --user 196 --item 50 --without 172 --without "Lucas, George"

    whyrec explain runs/films --user 196 --item 50 --with "50 | is directed by | Lucas, George"

    A file written by --json can be asked for again: whyrec replay FILE.
    """
    from hybrid import flow, models, show_reasons
    from hybrid.reasons import counterfactual, what_if
    from hybrid.reasons import replay as replaying

    what_if_asked = bool(without or having)
    _one_answer(
        {"--without or --with": what_if_asked, "--html": html is not None, "--hangs-on": hangs_on},
        {"--json": json_, "--html": html is not None, "--hangs-on": hangs_on},
        {"--without or --with": what_if_asked, "--html": html is not None, "--instead-of": bool(instead_of)},
    )
    asked = asked_of(query, user, likes, dislikes, rating, time, person, text, about, want, sparql, exclude)
    recommender = models.load(workspace).speaking(language)
    if what_if_asked:
        found = what_if(recommender, asked, item, without=without or (), having=having or ())
        if json_:
            show.print_json(show_reasons.what_if_as_json(found))
        else:
            show_reasons.print_what_if(out, found)
        return
    given = {"item": item, "instead_of": instead_of, "language": language}
    if json_:
        show.print_json(
            replaying.record(recommender, asked, replaying.answered(recommender, asked, given), **given)
        )
        return
    explained = recommender.explain(asked, item, passages=True)
    if html is not None:
        _write_page(html, recommender, explained)
        out.print(f"Written to {html}", markup=False, highlight=False, soft_wrap=True)
        return
    for told in replaying.in_words(recommender, explained, given).values():
        out.print(told, markup=False, highlight=False)
    show_reasons.print_explanation(out, explained, flow.reasons(recommender))
    if hangs_on:
        names = {like.item: like.label for like in explained.likes}
        show_reasons.print_counterfactual(out, counterfactual(recommender, asked, item), names)


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            help="An answer that `whyrec recommend --json` or `whyrec explain --json` wrote.",
            show_default=False,
        ),
    ],
    workspace: Annotated[
        Path | None,
        typer.Option(help="The workspace to ask; by default the one that answered.", show_default=False),
    ] = None,
) -> None:
    """Ask again for an answer that was written down: the same, or what has changed.

    The exit status is 1 where the answer is another one.
    """
    from hybrid.reasons import replay as replaying

    found = replaying.replay(file, workspace)
    out.print("The same answer." if found.same else "The answer is another one.")
    for change in found.changes:
        out.print(f"  {change}", markup=False, highlight=False)
    if not found.same:
        raise typer.Exit(1)


def _one_answer(*alternatives: dict[str, bool]) -> None:
    """Refuse switches of which one would silently win over another.

    Raises:
        typer.BadParameter: two of a set of alternatives are given.
    """
    for given in ([name for name, there in each.items() if there] for each in alternatives):
        if len(given) > 1:
            raise typer.BadParameter(f"{' and '.join(given)} are answers of their own: ask for one at a time")


def _write_page(file: Path, recommender: Recommender, explained: Explanation) -> None:
    from hybrid import flow
    from hybrid.htmlfile import write_html
    from hybrid.reasons import pictures

    page = pictures.explanation_page(
        explained,
        recommender.graph,
        meanings=flow.reasons(recommender),
        vectors=pictures.item_vectors(recommender),
    )
    write_html(page, file)
