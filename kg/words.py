"""Paths in words: templates of a language filled with the graph's labels, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kg.graph import KnowledgeGraph
    from kg.languages import Language

LIKED_BY, LIKES = -1, -2
_BY_PEOPLE = {LIKED_BY: "liked_by", LIKES: "likes"}


@dataclass(frozen=True, slots=True)
class Name:
    """What a node is called: "a director", again "that director", and of both ends "the same director"."""

    first: str
    again: str
    shared: str


def step(graph: KnowledgeGraph, code: int, language: Language) -> str:
    """The words of a step; its code is twice its relation, plus 1 against it, or below 0 for a like.

    A relation's are those of the card, in its language.
    """
    if code < 0:
        return language.say(_BY_PEOPLE[code])
    relation = graph.relations[code // 2]
    return relation.inverse_label if code % 2 else relation.label


def told(code: int, words: str, language: Language) -> str:
    """The words of a step as a sentence of a language tells it."""
    return words if code < 0 else language.step(words)


def name(
    graph: KnowledgeGraph,
    node: int,
    class_name: str,
    neighbours: Iterable[int],
    language: Language,
    *,
    besides: Sequence[int] = (),
) -> Name:
    """What to call a node: its label, or what it is to a neighbour with one; no entity is a bare id.

    Args:
        graph: the graph.
        node: the node.
        class_name: what it is in the path, "Director" for instance, though it may act as well.
        neighbours: nodes to which it is what it is in the path, best known first.
        language: to call it in.
        besides: nodes that are named anyway, so that naming this one by them would say nothing.
    """
    label, what = str(graph.labels[node]), language.class_name(class_name)
    if not label and graph.kind(node) == "item":
        label = language.say("numbered", what=what, id=graph.id(node))
    elif not label and graph.kind(node) == "user":
        label = language.say("somebody")
    if label:
        return Name(label, label, label)
    others = (
        str(graph.labels[other]) for other in neighbours if other not in besides and graph.labels[other]
    )
    again, known = language.say("again", what, what=what), next(others, None)
    if known is None:
        return Name(language.say("nameless", what, what=what), again, language.say("same", what, what=what))
    alike = language.say("alike", what, what=what, known=known)
    return Name(alike, again, alike)


def sentence(
    names: Sequence[Name], codes: Sequence[int], steps: Sequence[str], people: int, language: Language
) -> str:
    """A path as one sentence.

    Args:
        names: of the nodes, the liked item first.
        codes: of the steps.
        steps: their words.
        people: how many people liked both ends, for a path over people.
        language: to tell it in.
    """
    liked, found = names[0].first, names[-1].first
    if codes[0] == LIKED_BY:
        return language.say("people", str(people), liked=liked, people=str(people), found=found)
    if len(codes) == 2 and codes[0] == codes[1] ^ 1:  # noqa: PLR2004
        return language.say("shared", liked=liked, found=found, step=steps[0], shared=names[1].shared)
    further = _further(names, steps, language)
    return language.say("facts", liked=liked, step=steps[0], end=names[1].first, further=further)


def chain(names: Sequence[Name], steps: Sequence[str], language: Language) -> str:
    """A path between any two nodes as one sentence.

    Args:
        names: of the nodes, from first to last.
        steps: the words of the steps.
        language: to tell it in.
    """
    start, end, further = names[0].first, names[1].first, _further(names, steps, language)
    text = language.say("chain", start=start, step=steps[0], end=end, further=further)
    return f"{text[:1].upper()}{text[1:]}"


def _further(names: Sequence[Name], steps: Sequence[str], language: Language) -> str:
    """What follows the first step."""
    parts = [
        language.say("further", start=start.again, step=words, end=end.first)
        for start, words, end in zip(names[1:], steps[1:], names[2:], strict=False)
    ]
    return "".join(parts)
