"""Whether a graph tells what is tested: looked for before anything is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid.evaluation.leak_checks import CHECKS, Question
from kg import protocols
from kg.errors import QueryError, WhyRecError
from kg.graph import Interactions
from kg.split import FILES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from hybrid.evaluation.leak_checks import Answer
    from kg.graph import KnowledgeGraph


class LeakError(WhyRecError):
    """Something that is tested is told to whoever learns or asks; the message names person, item and row."""


@dataclass(frozen=True, slots=True)
class Leak:
    """What one check found.

    Attributes:
        kind: the check, a key of `Report.checked`.
        user: row of the person of the first row found, in the user vocabulary.
        item: row of its item.
        table: what it is a row of: "test likes", "test ratings", "likes to learn from", ...
        row: which.
        count: how many rows of that table were found.
        sentence: the first in words, with ids.
    """

    kind: str
    user: int
    item: int
    table: str
    row: int
    count: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at.

    Attributes:
        checked: how many rows, facts or texts were compared with what is tested, by check: see `examine`.
        leaks: what was found, at most one a check.
    """

    checked: Mapping[str, int]
    leaks: tuple[Leak, ...]


def check(
    graph: KnowledgeGraph,
    *,
    by: str = "",
    shown: Interactions | None = None,
    known: Collection[str] = (),
) -> Report:
    """Refuse a graph that tells what is tested.

    Args:
        graph: see `examine`.
        by: likewise.
        shown: likewise.
        known: kinds of leak that somebody has looked at and accepts; they are in the report and no error.

    Raises:
        LeakError: something else was found; the message has the first of each kind.
        QueryError: there is no protocol of the name, or no such kind.
    """
    if strange := sorted(set(known) - set(CHECKS)):
        raise QueryError(f"there is no kind of leak {strange[0]!r}; known are {', '.join(CHECKS)}")
    report = examine(graph, by=by, shown=shown)
    told = "; ".join(leak.sentence for leak in report.leaks if leak.kind not in known)
    if told:
        raise LeakError(f"graph {graph.name!r} tells what is tested: {told}")
    return report


def examine(graph: KnowledgeGraph, *, by: str = "", shown: Interactions | None = None) -> Report:
    """Look for what is tested in what may be learned from or asked with.

    The checks, and what is a leak to them:

    - "likes", "shown": a pair of person and item that is tested is among the likes to learn from, or shown.
    - "ratings", "rated": a pair of a test like, or of a test rating, is among the ratings to learn from.
    - "facts": a fact joins the person and the item of a test like, in either direction.
    - "times", "rating times", "shown times": a like or rating to learn from, or a like shown, is later than
      the first test like: of anybody where one time divides the data, of the same person in a split by time
      or where a cold user shows likes. Equal times are allowed.
    - "cold": an item (a person) of a test like has a like to learn from though the split is of cold ones.
    - "strict": the item of a test like has a fact that people made (`StrictColdItems.user_made`).
    - "texts": a person's text names the title of one of their test items, see `Mentions.of`, and no item of
      that title is one of those that they are known to like.

    Args:
        graph: what is held out and what is learned from, validation rows included.
        by: the split's protocol, "given", "none", or "" where it is not known: it decides what is
            asked of times and of what is cold; where it says nothing of them, nothing is looked for.
        shown: `Dealt.shown`, where there is some.

    Raises:
        QueryError: there is no protocol of the name.
    """
    known = (*FILES, *protocols.find())
    if by and by not in known:
        raise QueryError(f"there is no protocol {by!r}; known are {', '.join(known)}")
    question = Question(graph, by, Interactions.of([], []) if shown is None else shown)
    answers = {kind: answer(question) for kind, answer in CHECKS.items()}
    return Report(
        {kind: answer.checked for kind, answer in answers.items()},
        tuple(_leak(graph, kind, answer) for kind, answer in answers.items() if answer.found.any()),
    )


def _leak(graph: KnowledgeGraph, kind: str, answer: Answer) -> Leak:
    row, count = int(answer.found.argmax()), int(answer.found.sum())
    user, item = int(answer.rows.users[row]), int(answer.rows.items[row])
    who, what = f"user {graph.users.ids[user]!r}", f"item {graph.items.ids[item]!r}"
    more = f" ({count} such rows)" if count > 1 else ""
    sentence = f"{who} with {what}, row {row} of the {answer.table}, {answer.say(row)}{more}"
    return Leak(kind, user, item, answer.table, row, count, sentence)
