"""The command that interviews somebody new: `whyrec ask`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.adapt.onboarding import Interview, Question

out, err = Console(), Console(stderr=True)

Workspace = Annotated[
    Path, typer.Argument(help="A workspace folder, made by `whyrec build`.", show_default=False)
]
AnswerFile = Annotated[
    Path | None,
    typer.Option(
        help='A JSON file that answers in your place: {"ITEM ID": "like", "dislike" or "skip"}; '
        "what is not in it is skipped.",
        show_default=False,
    ),
]

_KEYS = {"y": "like", "n": "dislike", "s": "skip"}
_QUIT = "q"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(ask)


def ask(
    workspace: Workspace,
    questions: Annotated[int, typer.Option(help="At most so many questions.", min=1)] = 10,
    strategy: Annotated[
        str, typer.Option(help="How to choose what to ask: see docs/onboarding.md.", show_default=False)
    ] = "",
    n: Annotated[int, typer.Option("-n", help="How many items to recommend.", min=1)] = 10,
    answers: AnswerFile = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")] = False,
) -> None:
    """Ask somebody new about a few items, each chosen by the answers so far, and recommend."""
    from hybrid import flow, models, show
    from hybrid.adapt import interviewers, onboarding

    chosen = strategy or onboarding.DEFAULT
    interviewers.make(chosen)
    given = None if answers is None else onboarding.read_answers(answers)
    recommender = models.load(workspace)
    if given is not None:
        recommender.graph.items.numbers(given)
    interview = onboarding.Interview(recommender, chosen, seed=seed)
    _hold(interview, questions, given)
    if not interview.answers:
        err.print("Nothing was answered, so nothing is recommended.")
        return
    ranking = recommender.recommend(interview.query(), n)
    if json_:
        told = {"answers": interview.answers, **show.ranking_as_json(ranking)}
        show.print_json(told)
    else:
        show.print_ranking(out, ranking, flow.reasons(recommender))


def _hold(interview: Interview, questions: int, given: Mapping[str, str] | None) -> None:
    """Ask, until there were enough questions, none is left, or somebody has enough of it."""
    if given is None:
        err.print("Do you like it? y: yes, n: no, s: don't know (or Enter), q: enough", style="dim")
    for number in range(1, questions + 1):
        question = interview.question()
        if question is None:
            return
        answer = _answer(question, number) if given is None else given.get(question.item, "skip")
        if answer is None:
            return
        interview.answer(answer)


def _answer(question: Question, number: int) -> str | None:
    """What somebody at the keyboard says; None when they want no more questions."""
    hint = f" [dim]({escape(question.hint)})[/dim]" if question.hint else ""
    words = f"{number:>2}. [bold]{escape(question.label)}[/bold]{hint}"
    try:
        key = Prompt.ask(words, console=err, choices=[*_KEYS, _QUIT], default="s", show_default=False)
    except EOFError:
        return None
    return _KEYS.get(key)
