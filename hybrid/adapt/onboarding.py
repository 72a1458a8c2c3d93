"""An interview: a few questions to somebody new, each chosen by the answers so far, and then a query."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.adapt import interviewers
from hybrid.adapt.interviewers import Answer, Crowd
from hybrid.evaluation.protocol import top_k
from hybrid.query import Query
from kg.errors import QueryError

if TYPE_CHECKING:
    from pathlib import Path

    from hybrid.adapt.interviewers import Answers, Worth
    from hybrid.recommender import Recommender
    from kg.graph import KnowledgeGraph

DEFAULT = "neighbours"
_HINTS = 4  # facts that tell an item from others of its name
_COMMON = 0.5  # what so many of the items have in common tells nothing


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked: do you like it?

    Attributes:
        item: its id.
        label: its name for people.
        hint: a few facts that help to know which it is: "1994 · Comedy · Romance"; "" where there are none.
    """

    item: str
    label: str
    hint: str


class Interview:
    """Asks somebody new about one item after the other.

    Args:
        recommender: a fitted one; what it learned from says what others would have answered.
        strategy: how to choose the next question, a name in `hybrid.adapt.interviewers`.
        seed: of what is drawn, such as which of two equally good questions comes first.

    Raises:
        QueryError: there is no such strategy.
    """

    def __init__(self, recommender: Recommender, strategy: str = DEFAULT, *, seed: int = 0) -> None:
        self._graph = recommender.graph
        self._worth = interviewers.make(strategy).prepared(Crowd.of(self._graph, seed), seed)
        self._rng = np.random.default_rng(seed)
        self._given: dict[int, Answer] = {}
        self._asked = -1

    def question(self) -> Question | None:
        """The next question, the same until it is answered; None when there is nothing left to ask."""
        if self._asked < 0:
            self._asked = best_question(self._worth, self._given, self._rng)
        if self._asked < 0:
            return None
        ids, label = self._graph.items.ids, self._graph.item_label(self._asked)
        return Question(ids[self._asked], label, hint(self._graph, self._asked))

    def answer(self, answer: str) -> None:
        """Answer the present question.

        Args:
            answer: "like", "dislike" or "skip".

        Raises:
            QueryError: it is none of them, or there is no question left.
        """
        said = parsed(answer)
        if self.question() is None:
            raise QueryError("there is no question left to answer: every item was asked about")
        self._given[self._asked] = said
        self._asked = -1

    @property
    def answers(self) -> dict[str, Answer]:
        """What was answered so far, by item id, in the order asked."""
        return {self._graph.items.ids[row]: answer for row, answer in self._given.items()}

    def query(self) -> Query:
        """What was answered, as a query for `Recommender.recommend`.

        Raises:
            QueryError: nothing that was asked about is liked.
        """
        given = self.answers
        liked, disliked = (
            tuple(item for item, answer in given.items() if answer is kind)
            for kind in (Answer.LIKE, Answer.DISLIKE)
        )
        if not liked:
            raise QueryError(
                f"of {len(given)} answers none is a like, so there is nothing to go by; ask more questions"
            )
        return Query(
            likes=liked, dislikes=disliked
        )  # `dislikes=disliked` in place of `exclude` once it is there


def best_question(worth: Worth, answers: Answers, rng: np.random.Generator) -> int:
    """The row of the item to ask about next, equal ones at random; -1 when there is none.

    Args:
        worth: of a prepared interviewer.
        answers: so far; none of these items is asked again.
        rng: breaks the ties.
    """
    values = worth(answers).astype(np.float32)[None]
    asked = np.zeros(values.shape, dtype=np.bool_)
    asked[0, list(answers)] = True
    return int(top_k(values, 1, rng, exclude=asked | np.isneginf(values))[0, 0])


def parsed(answer: str) -> Answer:
    """An answer from its word.

    Raises:
        QueryError: it is none.
    """
    try:
        return Answer(answer)
    except ValueError:
        raise QueryError(f"{answer!r} is no answer; {', '.join(Answer)} were expected") from None


def read_answers(path: Path) -> dict[str, Answer]:
    """Answers by item id from a JSON file, {"50": "like", "7": "dislike"}.

    Raises:
        QueryError: the file cannot be read, or holds something else.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise QueryError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(given, dict):
        raise QueryError(f'{path} holds no answers; {{"ITEM ID": "like", ...}} was expected')
    try:
        return {item: parsed(answer) for item, answer in given.items()}
    except QueryError as error:
        raise QueryError(f"{path}: {error}") from error


def hint(graph: KnowledgeGraph, item: int) -> str:
    """A few facts of an item (row), in words: its numbers, and what it shares with the most others."""
    numbers = [
        f"{name} {values[graph.num_users + item]:g}"
        for name, values in graph.numbers.items()
        if np.isfinite(values[graph.num_users + item])
    ]
    rows, _, others = graph.facts_of("item")
    shared = np.bincount(others, minlength=graph.num_nodes)
    named = {
        int(node): int(shared[node])
        for node in others[rows == item]
        if graph.kind(int(node)) == "entity"
        and graph.labels[node]
        and 1 < shared[node] < _COMMON * graph.num_items
    }
    common = sorted(named, key=lambda node: -named[node])
    return " · ".join([*numbers, *(str(graph.labels[node]) for node in common)][:_HINTS])
