"""The command that answers, `whyrec recommend`, and the options of a query."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from hybrid import show

if TYPE_CHECKING:
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


def option(panel: str, told: str, *names: str, metavar: str | None = None) -> Any:  # noqa: ANN401
    """An option of a query, in a panel of the help."""
    return typer.Option(*names, help=told, metavar=metavar, show_default=False, rich_help_panel=panel)


User = Annotated[str | None, option(WHO, "Id of a known user.")]
Likes = Annotated[str, option(WHO, "Ids (or titles) of liked items, oldest first, with commas: 12,7,3.")]
Dislikes = Annotated[str, option(WHO, "Ids of disliked items, with commas; what is like them sinks.")]
Rating = Annotated[
    list[str] | None,
    option(
        WHO,
        "A rating, as in 50=5; high ones are likes, low ones dislikes. May be repeated.",
        metavar="ITEM=STARS",
    ),
]
Time = Annotated[
    list[str] | None,
    option(
        WHO,
        "When a liked item was liked, in seconds since 1970. May be repeated.",
        metavar="ITEM=SECONDS",
    ),
]
Person = Annotated[
    list[str] | None,
    option(WHO, "What is known of somebody new, as in age=27. May be repeated.", metavar="NAME=VALUE"),
]
Text = Annotated[str, option(WHAT, "What is wanted, in words.")]
About = Annotated[
    list[str] | None,
    option(
        WHAT, "A director, a tag or the like (id or name) that is liked. May be repeated.", metavar="NAME"
    ),
]
Wanted = Annotated[
    list[str] | None,
    option(
        WHAT,
        'What an item must meet: "genre = noir | western", "price < 30". All that are given count.',
        "--want",
        metavar="CONDITION",
    ),
]
Sparql = Annotated[
    str,
    option(WHAT, "A SELECT query whose first variable gives the items that will do.", metavar="QUERY"),
]
Exclude = Annotated[
    list[str] | None,
    option(
        NOT, "An item to leave out, or an entity whose items are left out. May be repeated.", metavar="NAME"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(recommend)


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

    asked = asked_of(
        query, user, likes, dislikes, rating, time, person, text, about, want, sparql, exclude, n
    )
    stages = [rerank.parse(words) for words in stage or ()]
    rerank.check(stages)
    recommender = models.load(workspace).speaking(language)
    ranking = recommender.recommend(asked, stages=stages)
    if json_:
        given = {"stages": stage or (), "language": language}
        show.print_json(replaying.record(recommender, asked, show.ranking_as_json(ranking), **given))
    else:
        show.print_ranking(out, ranking, flow.reasons(recommender))


def asked_of(
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
