"""Where the nodes of a neighbourhood stand at first: liked ones on the left, recommended ones on the right.

What links the two stands between them; what is known of one side only stands beyond it. In such an order a
path can be followed with the eye, which it cannot be where forces push all nodes into one heap.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.reasons.pictures.neighbourhood import Neighbourhood

ACROSS, DOWN = 125, 62  # between two nodes of a column and of neighbouring ones, in dots
PAUSE = 70  # more room between the columns of one kind and those of the next
MOST_ROWS = 12
BEYOND_LIKED, LIKED, BETWEEN, RECOMMENDED, BEYOND_RECOMMENDED = range(5)


def spread(near: Neighbourhood) -> dict[int, tuple[float, float]]:
    """A place for each node, in dots, to the right and down."""
    linked: dict[int, set[int]] = defaultdict(set)
    for link in near.links:
        linked[link.head].add(link.tail)
        linked[link.tail].add(link.head)
    roles = {node.node: node.role for node in near.nodes}
    columns: dict[int, list[int]] = defaultdict(list)
    for node in roles:
        columns[_column(node, roles, linked)].append(node)
    places: dict[int, tuple[float, float]] = {}
    left = 0.0
    for column in (LIKED, RECOMMENDED, BETWEEN, BEYOND_LIKED, BEYOND_RECOMMENDED):
        columns[column].sort(key=lambda node: _height(linked[node], places))
        places |= _grid(columns[column])
    for column in range(5):
        nodes = columns[column]
        places |= {node: (places[node][0] + left, places[node][1]) for node in nodes}
        left += ACROSS * _breadth(nodes) + (PAUSE if nodes else 0)
    return places


def _column(node: int, roles: Mapping[int, str], linked: Mapping[int, set[int]]) -> int:
    own = {"liked": LIKED, "recommended": RECOMMENDED}.get(roles[node])
    if own is not None:
        return own
    sides = {roles[other] for other in linked[node]}
    if sides == {"liked"}:
        return BEYOND_LIKED
    return BEYOND_RECOMMENDED if sides == {"recommended"} else BETWEEN


def _height(others: set[int], places: Mapping[int, tuple[float, float]]) -> float:
    """The mean height of what a node is linked to, so that links are short and cross little."""
    known = [places[other][1] for other in others if other in places]
    return sum(known) / len(known) if known else 0.0


def _breadth(nodes: Sequence[int]) -> int:
    return -(-len(nodes) // MOST_ROWS)


def _grid(nodes: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Nodes in as few columns as they need, row by row, every second column half a row lower."""
    breadth = _breadth(nodes)
    rows = -(-len(nodes) // breadth) if nodes else 0
    return {
        node: (
            ACROSS * (place % breadth),
            DOWN * (place // breadth - (rows - 1) / 2) + DOWN / 2 * (place % breadth % 2),
        )
        for place, node in enumerate(nodes)
    }
