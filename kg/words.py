"""Paths in words: templates filled with the graph's labels, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kg.graph import KnowledgeGraph

LIKED_BY, LIKES = -1, -2
_BY_PEOPLE = {LIKED_BY: "is liked by", LIKES: "likes"}


@dataclass(frozen=True, slots=True)
class Name:
    """What a node is called: "a director", again "that director", and of both ends "the same director"."""

    first: str
    again: str
    shared: str


def step(graph: KnowledgeGraph, code: int) -> str:
    """The words of a step; its code is twice its relation, plus 1 against it, or below 0 for a like."""
    if code < 0:
        return _BY_PEOPLE[code]
    relation = graph.relations[code // 2]
    return relation.inverse_label if code % 2 else relation.label


def name(
    graph: KnowledgeGraph, node: int, what: str, neighbours: Iterable[int], *, besides: Sequence[int] = ()
) -> Name:
    """What to call a node: its label, or what it is to a neighbour with one; no entity is a bare id.

    Args:
        graph: the graph.
        node: the node.
        what: what it is in the path, "director" for instance, though it may act as well.
        neighbours: nodes to which it is what it is in the path, best known first.
        besides: nodes that are named anyway, so that naming this one by them would say nothing.
    """
    label = str(graph.labels[node])
    if not label and graph.kind(node) == "item":
        label = f"{what} {graph.id(node)}"
    if label:
        return Name(label, label, label)
    if graph.kind(node) == "user":
        return Name("somebody", "somebody", "somebody")
    shared = (
        str(graph.labels[other]) for other in neighbours if other not in besides and graph.labels[other]
    )
    known = next(shared, None)
    first = f"{'an' if what[:1] in 'aeiou' else 'a'} {what}"
    if known is None:
        return Name(first, f"that {what}", f"the same {what}")
    return Name(f"{first} shared with {known}", f"that {what}", f"{first} shared with {known}")


def sentence(names: Sequence[Name], codes: Sequence[int], steps: Sequence[str], people: int) -> str:
    """A path as one sentence.

    Args:
        names: of the nodes, the liked item first.
        codes: of the steps.
        steps: their words.
        people: how many people liked both ends, for a path over people.
    """
    liked, found = names[0].first, names[-1].first
    if codes[0] == LIKED_BY:
        who = "Somebody" if people == 1 else f"{people} people"
        return f"You liked {liked}. {who} who liked it also liked {found.rstrip('.')}."
    if len(codes) == 2 and codes[0] == codes[1] ^ 1:  # noqa: PLR2004
        return f"You liked {liked}. Like it, {found} {steps[0]} {names[1].shared}."
    chain = f"You liked {liked}, which {steps[0]} {names[1].first}"
    for index in range(1, len(codes)):
        chain += f"; {names[index].again} {steps[index]} {names[index + 1].first}"
    return f"{chain.rstrip('.')}."


def chain(names: Sequence[Name], steps: Sequence[str]) -> str:
    """A path between any two nodes as one sentence.

    Args:
        names: of the nodes, from first to last.
        steps: the words of the steps.
    """
    told = [
        f"{start.again if index else start.first} {step} {end.first}"
        for index, (start, step, end) in enumerate(zip(names, steps, names[1:], strict=False))
    ]
    text = "; ".join(told).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
