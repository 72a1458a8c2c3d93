"""Small worlds with one right answer, as graphs; `from tests.worlds import checkerboard`.

(pytest's importlib mode makes `tests` a package of its own accord: nothing is on `sys.path` for it.)
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.text.table import TextTable
from kg.graph import Edges, Interactions, KnowledgeGraph, Relation
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt


def make_graph(
    likes: npt.ArrayLike = (),
    *,
    num_users: int | None = None,
    num_items: int | None = None,
    facts: Sequence[tuple[str, str, str]] = (),
    texts: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    heldout: npt.ArrayLike = (),
    name: str = "world",
) -> KnowledgeGraph:
    """A graph of users u0, u1, ..., items i0, i1, ... and whatever entities the facts name.

    Args:
        likes: rows of (user, item), (user, item, time) or (user, item, time, weight).
        num_users: as many as the likes need where not given.
        num_items: likewise.
        facts: (head id, relation id, tail id).
        texts: by node id.
        labels: by node id; entities and items without one get "".
        heldout: rows as in likes.
        name: of the dataset.
    """
    rows, kept = _rows(likes), _rows(heldout)
    pairs = np.vstack([rows[:, :2], kept[:, :2], [[-1, -1]]])
    users = _ids("user", "u", num_users, pairs[:, 0])
    items = _ids("item", "i", num_items, pairs[:, 1])
    ends = [end for head, _, tail in facts for end in (head, tail)]
    entities = Vocabulary(
        "entity", dict.fromkeys(end for end in ends if end not in users and end not in items)
    )
    nodes = {external: number for number, external in enumerate((*users, *items, *entities))}
    relations = Vocabulary("relation", dict.fromkeys(relation for _, relation, _ in facts))
    return KnowledgeGraph(
        name=name,
        users=users,
        items=items,
        entities=entities,
        labels=_column(nodes, labels),
        class_names=("User", "Item", "Entity"),
        classes=np.repeat([0, 1, 2], [len(users), len(items), len(entities)]),
        texts=_column(nodes, texts),
        relations=tuple(
            Relation(name, name.replace("_", " "), f"{name.replace('_', ' ')} of") for name in relations
        ),
        edges=Edges(
            np.array([nodes[head] for head, _, _ in facts], dtype=np.int64),
            np.array([relations.number(relation) for _, relation, _ in facts], dtype=np.int64),
            np.array([nodes[tail] for _, _, tail in facts], dtype=np.int64),
        ),
        interactions=_interactions(rows),
        heldout=_interactions(kept),
    )


def checkerboard(size: int = 20) -> KnowledgeGraph:
    """As many users as items; even users like even items, odd users odd ones, and the texts say the same.

    Each user has one item held out, which is the only unseen one of the right colour: the best
    recommendation. `size` must be even and at least 6.
    """
    users, items = np.nonzero(np.add.outer(np.arange(size), np.arange(size)) % 2 == 0)
    shift = (items - users) % size
    # Each user goes round the board from another place, so that the order of likes favours no item.
    rows = np.column_stack([users, items, 1_000 + shift])
    colours = {f"i{item}": ("white", "black")[item % 2] for item in range(size)}
    return make_graph(
        rows[shift > 0],
        heldout=rows[shift == 0],
        facts=[(item, "has_colour", colour) for item, colour in colours.items()],
        texts={item: f"a {colour} {colour} {colour} field of the board" for item, colour in colours.items()},
        labels={item: f"Field {item[1:]}" for item in colours},
        name="checkerboard",
    )


def two_cliques(size: int = 6) -> KnowledgeGraph:
    """Two groups of `size` people and items that do not touch, without texts or facts; no times.

    User u and item i are of the first group where u, i < size. Each user likes all items of the group except
    one (the next: (u + 1) modulo size), which is held out.
    """
    users, items = np.nonzero(np.kron(np.eye(2), np.ones((size, size))))
    wanted = (users + 1) % size == items % size
    rows = np.column_stack([users, items])
    return make_graph(rows[~wanted], heldout=rows[wanted], name="two-cliques")


def chain(num_users: int = 60, num_items: int = 12, length: int = 6) -> KnowledgeGraph:
    """Time-ordered histories round a ring: whoever liked item i liked i + 1 (modulo num_items) next.

    User u starts at item u modulo num_items and likes `length` items in a row, less than num_items; the item
    after the last is held out.
    """
    steps = np.arange(length + 1)
    users = np.repeat(np.arange(num_users), length + 1)
    items = (users + np.tile(steps, num_users)) % num_items
    rows = np.column_stack([users, items, np.tile(1_000 + steps, num_users)])
    last = np.tile(steps == length, num_users)
    return make_graph(rows[~last], heldout=rows[last], name="chain")


@dataclass(frozen=True)
class WordEncoder:
    """A stand-in for a language model: the unit vector of hashed words."""

    size: int = 32

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors of the texts, shape (len(texts), size)."""
        vectors = np.zeros((len(texts), self.size), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, zlib.crc32(word.encode()) % self.size] += 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def text_table(graph: KnowledgeGraph) -> TextTable:
    """The graph's item texts, encoded by their words."""
    return TextTable.of(graph.item_texts, WordEncoder())


def _rows(likes: npt.ArrayLike) -> npt.NDArray[np.float64]:
    rows = np.asarray(likes, dtype=np.float64)
    return rows if rows.ndim == 2 else np.zeros((0, 2))


def _interactions(rows: npt.NDArray[np.float64]) -> Interactions:
    times, weights = (rows[:, column] if rows.shape[1] > column else None for column in (2, 3))
    return Interactions.of(rows[:, 0], rows[:, 1], times=times, weights=weights)


def _ids(kind: str, letter: str, size: int | None, numbers: npt.NDArray[np.float64]) -> Vocabulary:
    needed = int(numbers.max()) + 1
    return Vocabulary(kind, (f"{letter}{number}" for number in range(needed if size is None else size)))


def _column(nodes: Mapping[str, int], values: Mapping[str, str] | None) -> npt.NDArray[np.object_]:
    column = np.full(len(nodes), "", dtype=object)
    for external, value in (values or {}).items():
        column[nodes[external]] = value
    return column
