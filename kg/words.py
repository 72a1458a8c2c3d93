"""Paths in words: templates filled with the graph's labels, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kg.graph import KnowledgeGraph

LIKES = -1


def step(graph: KnowledgeGraph, code: int) -> str:
    """The words of a step; its code is twice the relation, plus 1 against its direction, or -1 for a like."""
    if code == LIKES:
        return "is liked by people who like"
    relation = graph.relations[code // 2]
    return relation.inverse_label if code % 2 else relation.label


def name(graph: KnowledgeGraph, node: int, neighbours: Iterable[int], *, besides: Sequence[int] = ()) -> str:
    """What to call a node: its label, or what it is to a neighbour with one; no entity is a bare id.

    Args:
        graph: the graph.
        node: the node.
        neighbours: nodes to which it is what it is in the path, best known first.
        besides: nodes that are named anyway, so that naming this one by them would say nothing.
    """
    label = str(graph.labels[node])
    if label:
        return label
    what = graph.class_names[int(graph.classes[node])].lower()
    if graph.kind(node) == "user":
        return "somebody"
    if graph.kind(node) == "item":
        return f"{what} {graph.id(node)}"
    shared = (
        str(graph.labels[other]) for other in neighbours if other not in besides and graph.labels[other]
    )
    known = next(shared, None)
    return f"the same {what}" if known is None else f"{_article(what)} {what} shared with {known}"


def sentence(labels: Sequence[str], codes: Sequence[int], steps: Sequence[str], people: int) -> str:
    """A path as one sentence.

    Args:
        labels: names of the nodes, the liked item first.
        codes: of the steps.
        steps: their words.
        people: how many people liked both ends, for a path over people.
    """
    liked, found = labels[0], labels[-1]
    if codes[0] == LIKES:
        who = "Somebody" if people == 1 else f"{people} people"
        return f"You liked {liked}. {who} who liked it also liked {found}."
    if len(codes) == 2 and codes[0] == codes[1] ^ 1:  # noqa: PLR2004
        return f"You liked {liked}. Like it, {found} {steps[0]} {labels[1]}."
    chain = f"You liked {liked}, which {steps[0]} {labels[1]}"
    for index in range(1, len(codes)):
        chain += f"; {labels[index]} {steps[index]} {labels[index + 1]}"
    return f"{chain}."


def _article(noun: str) -> str:
    return "an" if noun[:1] in "aeiou" else "a"
