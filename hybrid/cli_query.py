"""The commands that answer: `whyrec recommend` and `whyrec explain`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from hybrid import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.query import Query

out = Console()

WHO, WHAT, NOT, IF = "Who asks", "What is wanted", "What is not", "What if"
Workspace = Annotated[
    Path, typer.Argument(help="A workspace folder, made by `whyrec build`.", show_default=False)
]
Language = Annotated[
    str, typer.Option(metavar="CODE", help="What to tell reasons in: en, de (docs/words.md).")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
File = Annotated[
    str,
    typer.Option(
        "--query",
        metavar="FILE",
        help="A query as JSON, - for the input; the options below add to it or override it.",
        show_default=False,
    ),
]


def _option(panel: str, told: str, *names: str, metavar: str | None = None) -> Any:  # noqa: ANN401
    """An option of a query, in a panel of the help."""
    return typer.Option(*names, help=told, metavar=metavar, show_default=False, rich_help_panel=panel)


User = Annotated[str | None, _option(WHO, "Id of a known user.")]
Likes = Annotated[str, _option(WHO, "Ids (or titles) of liked items, oldest first, with commas: 12,7,3.")]
Dislikes = Annotated[str, _option(WHO, "Ids of disliked items, with commas; what is like them sinks.")]
Rating = Annotated[
    list[str] | None,
    _option(
        WHO,
        "A rating, as in 50=5; high ones are likes, low ones dislikes. May be repeated.",
        metavar="ITEM=STARS",
    ),
]
Time = Annotated[
    list[str] | None,
    _option(
        WHO,
        "When a liked item was liked, in seconds since 1970. May be repeated.",
        metavar="ITEM=SECONDS",
    ),
]
Person = Annotated[
    list[str] | None,
    _option(WHO, "What is known of somebody new, as in age=27. May be repeated.", metavar="NAME=VALUE"),
]
Text = Annotated[str, _option(WHAT, "What is wanted, in words.")]
About = Annotated[
    list[str] | None,
    _option(
        WHAT, "A director, a tag or the like (id or name) that is liked. May be repeated.", metavar="NAME"
    ),
]
Wanted = Annotated[
    list[str] | None,
    _option(
        WHAT,
        'What an item must meet: "genre = noir | western", "price < 30". All that are given count.',
        "--want",
        metavar="CONDITION",
    ),
]
Sparql = Annotated[
    str,
    _option(WHAT, "A SELECT query whose first variable gives the items that will do.", metavar="QUERY"),
]
Exclude = Annotated[
    list[str] | None,
    _option(
        NOT, "An item to leave out, or an entity whose items are left out. May be repeated.", metavar="NAME"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (recommend, explain, replay):
        app.command()(command)


def recommend(
    workspace: Workspace,
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
    n: Annotated[
        int | None, typer.Option("-n", help="How many items; 10 if nothing says.", min=1, show_default=False)
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option(
            help="Re-rank, as in mmr:weight=0.3 or rules:file=PATH; again for more (docs/reranking.md).",
            show_default=False,
        ),
    ] = None,
    language: Language = "en",
    json_: Json = False,
) -> None:
    """Recommend items, with reasons, for any mix of who asks and what is wanted (docs/queries.md).

    For a known user: whyrec recommend runs/films --user 196

    For somebody new: whyrec recommend runs/films --likes 50,172 --dislikes 1 --person age=27

    For a wish: whyrec recommend runs/films --text "space adventure" --want "decade = 1990-1999"

    What could not be used is said below the answer, which comes from the rest.
    """
    from hybrid import flow, models, rerank
    from hybrid.reasons import replay as replaying

    asked = _asked(query, user, likes, dislikes, rating, time, person, text, about, want, sparql, exclude, n)
    stages = [rerank.parse(words) for words in stage or ()]
    rerank.check(stages)
    recommender = models.load(workspace).speaking(language)
    ranking = recommender.recommend(asked, stages=stages)
    if json_:
        given = {"stages": stage or (), "language": language}
        _print_json(replaying.record(recommender, asked, show.ranking_as_json(ranking), **given))
    else:
        show.print_ranking(out, ranking, flow.reasons(recommender))


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
        _option(IF, "A like, an entity, or a fact as in 'A | directed by | B' that is gone. Repeatable."),
    ] = None,
    having: Annotated[
        list[str] | None,
        _option(IF, "An item that is liked, or a fact that is there. Repeatable.", "--with"),
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
    json_: Json = False,
) -> None:
    """Explain an item for somebody: in words, what gave its score, and the paths that lead to it, tested.

    It takes the same query as `whyrec recommend`. What if something were gone, or there?

    whyrec explain runs/films --user 196 --item 50 --without 172 --without "Lucas, George"

    whyrec explain runs/films --user 196 --item 50 --with "50 | is directed by | Lucas, George"

    A file written by --json can be asked for again: whyrec replay FILE.
    """
    from hybrid import flow, models, show_reasons
    from hybrid.reasons import contrast, counterfactual, paragraph, what_if
    from hybrid.reasons import replay as replaying

    asked = _asked(query, user, likes, dislikes, rating, time, person, text, about, want, sparql, exclude)
    recommender = models.load(workspace).speaking(language)
    if without or having:
        found = what_if(recommender, asked, item, without=without or (), having=having or ())
        if json_:
            _print_json(show_reasons.what_if_as_json(found))
        else:
            show_reasons.print_what_if(out, found)
        return
    given = {"item": item, "instead_of": instead_of, "language": language}
    if json_:
        _print_json(
            replaying.record(recommender, asked, replaying.answered(recommender, asked, given), **given)
        )
        return
    explained = recommender.explain(asked, item, passages=True)
    out.print(paragraph(explained, language), markup=False, highlight=False)
    if instead_of:
        other = recommender.explain(asked, instead_of, tested=False)
        out.print(contrast(explained, other, language), markup=False, highlight=False)
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


def _asked(
    file: str,
    user: str | None,
    likes: str,
    dislikes: str,
    rating: list[str] | None,
    time: list[str] | None,
    person: list[str] | None,
    text: str,
    about: list[str] | None,
    want: list[str] | None,
    sparql: str,
    exclude: list[str] | None,
    n: int | None = None,
) -> Query:
    """The query of a file, if there is one, with what the options say."""
    from hybrid import queryfile

    flags = {
        "user": user,
        "likes": queryfile.listed(likes),
        "dislikes": queryfile.listed(dislikes),
        "ratings": queryfile.numbers("--rating", rating or ()),
        "times": queryfile.numbers("--time", time or ()),
        "person": queryfile.pairs("--person", person or ()),
        "text": text or None,
        "about": tuple(about or ()),
        "wanted": tuple(want or ()),
        "sparql": sparql or None,
        "exclude": tuple(exclude or ()),
        "n": n,
    }
    return queryfile.merged(queryfile.read(file) if file else {}, flags)


def _print_json(value: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
