"""The knowledge graph: typed nodes and typed edges, numbered once and never changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kg.errors import CatalogError
from kg.newitems import joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.newitems import NewItem
    from kg.vocabulary import Vocabulary

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Kind = Literal["user", "item", "entity"]
KINDS: tuple[Kind, ...] = ("user", "item", "entity")


@dataclass(frozen=True, slots=True)
class Interactions:
    """Who liked what, how much and when, or who rated what and how high; one row each.

    Attributes:
        users: rows of the user vocabulary, shape (n,).
        items: rows of the item vocabulary, shape (n,).
        weights: strength of each like, above 0, or the rating itself, any finite number, shape (n,).
        times: seconds since 1970, NaN where unknown, shape (n,).
        validation: True where the row is set aside for tuning, shape (n,).
    """

    users: IntArray
    items: IntArray
    weights: FloatArray
    times: FloatArray
    validation: BoolArray

    @classmethod
    def of(
        cls,
        users: npt.ArrayLike,
        items: npt.ArrayLike,
        *,
        weights: npt.ArrayLike | None = None,
        times: npt.ArrayLike | None = None,
        validation: npt.ArrayLike | None = None,
    ) -> Interactions:
        """Interactions from row numbers; weight 1, unknown time and no validation rows where not given."""
        rows = np.asarray(users, dtype=np.int64)
        size = len(rows)
        return cls(
            users=rows,
            items=np.asarray(items, dtype=np.int64),
            weights=np.ones(size) if weights is None else np.asarray(weights, dtype=np.float64),
            times=np.full(size, np.nan) if times is None else np.asarray(times, dtype=np.float64),
            validation=np.zeros(size, dtype=np.bool_)
            if validation is None
            else np.asarray(validation, dtype=np.bool_),
        )

    def __post_init__(self) -> None:
        sizes = {
            len(column) for column in (self.users, self.items, self.weights, self.times, self.validation)
        }
        if len(sizes) != 1:
            raise CatalogError(f"interactions need columns of one length, these have {sorted(sizes)}")

    def __len__(self) -> int:
        return len(self.users)

    @property
    def timed(self) -> bool:
        """Whether every row has a time (and there is one at all)."""
        return len(self) > 0 and not bool(np.isnan(self.times).any())

    def take(self, rows: npt.ArrayLike) -> Interactions:
        """The rows of a mask or an index array, in that order."""
        index = np.asarray(rows)
        return Interactions(
            self.users[index],
            self.items[index],
            self.weights[index],
            self.times[index],
            self.validation[index],
        )

    def matrix(self, num_users: int, num_items: int) -> sparse.csr_array:
        """The user-item weights, shape (num_users, num_items), float32; a repeated row keeps its largest."""
        order = np.argsort(self.weights, kind="stable")
        keys = self.users[order] * num_items + self.items[order]
        unique, last = np.unique(keys[::-1], return_index=True)
        weights = self.weights[order][::-1][last].astype(np.float32)
        return sparse.csr_array(
            (weights, (unique // num_items, unique % num_items)), shape=(num_users, num_items)
        )


@dataclass(frozen=True, slots=True)
class Relation:
    """A kind of fact, with the words that read it in either direction.

    Attributes:
        id: the external id, usually an IRI or a dotted name.
        label: words from head to tail: "Alien *directed by* Ridley Scott".
        inverse_label: words from tail to head: "Ridley Scott *directed* Alien".
    """

    id: str
    label: str
    inverse_label: str


@dataclass(frozen=True, slots=True)
class Edges:
    """Facts between nodes: head --relation--> tail, all as numbers, each of shape (num_edges,)."""

    heads: IntArray
    relations: IntArray
    tails: IntArray

    def __post_init__(self) -> None:
        if not len(self.heads) == len(self.relations) == len(self.tails):
            raise CatalogError("edges need heads, relations and tails of one length")

    def __len__(self) -> int:
        return len(self.heads)


@dataclass(frozen=True)
class KnowledgeGraph:
    """Users, items and entities with the facts and interactions that link them. Immutable.

    Nodes have one number each: users first (0 .. num_users-1), then items, then entities. `row` and `node`
    convert between a node's number and its row in its own vocabulary.

    Attributes:
        name: the dataset's name.
        users: ids of the people.
        items: ids of what is recommended.
        entities: ids of everything else: genres, directors, tags, age groups.
        labels: a name for people to read per node, "" where there is none, shape (num_nodes,).
        class_names: the classes in use, for instance ("User", "Movie", "Genre").
        classes: index into class_names per node, shape (num_nodes,).
        texts: free text per node, "" where there is none, shape (num_nodes,).
        relations: the kinds of fact.
        edges: the facts.
        interactions: who liked what, for training and validation.
        heldout: interactions kept for testing only. Nothing that learns, searches or explains reads them.
        ratings: who rated what, high or low, for training and validation; its `weights` are the ratings. What
            somebody rated and liked is among the interactions too.
        heldout_ratings: ratings kept for testing only, as `heldout`.
        numbers: what nodes have in numbers (price, year), NaN where unknown, by the property's name, shape
            (num_nodes,) each.
    """

    name: str
    users: Vocabulary
    items: Vocabulary
    entities: Vocabulary
    labels: npt.NDArray[np.object_]
    class_names: tuple[str, ...]
    classes: IntArray
    texts: npt.NDArray[np.object_]
    relations: tuple[Relation, ...]
    edges: Edges
    interactions: Interactions
    heldout: Interactions = field(default_factory=lambda: Interactions.of([], []))
    ratings: Interactions = field(default_factory=lambda: Interactions.of([], []))
    heldout_ratings: Interactions = field(default_factory=lambda: Interactions.of([], []))
    numbers: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for column in ("labels", "classes", "texts"):
            if len(getattr(self, column)) != self.num_nodes:
                raise CatalogError(f"graph {self.name!r} needs {self.num_nodes} {column}, one per node")
        for name, values in self.numbers.items():
            if len(values) != self.num_nodes:
                raise CatalogError(
                    f"graph {self.name!r} needs {self.num_nodes} numbers {name!r}, one per node"
                )
        _check_range("edge head", self.edges.heads, self.num_nodes)
        _check_range("edge tail", self.edges.tails, self.num_nodes)
        _check_range("edge relation", self.edges.relations, len(self.relations))
        _check_range("class", self.classes, len(self.class_names))
        for rows in (self.interactions, self.heldout, self.ratings, self.heldout_ratings):
            _check_range("interaction user", rows.users, self.num_users)
            _check_range("interaction item", rows.items, self.num_items)
        for ratings in (self.ratings, self.heldout_ratings):
            if not np.isfinite(ratings.weights).all():
                raise CatalogError(f"graph {self.name!r} has a rating that is no finite number")

    @property
    def num_users(self) -> int:
        """Number of users."""
        return len(self.users)

    @property
    def num_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @property
    def num_nodes(self) -> int:
        """Number of users, items and entities together."""
        return len(self.users) + len(self.items) + len(self.entities)

    def first(self, kind: Kind) -> int:
        """The number of the first node of a kind."""
        return {"user": 0, "item": self.num_users, "entity": self.num_users + self.num_items}[kind]

    def vocabulary(self, kind: Kind) -> Vocabulary:
        """The ids of a kind."""
        return {"user": self.users, "item": self.items, "entity": self.entities}[kind]

    def kind(self, node: int) -> Kind:
        """The kind of a node."""
        if node < self.num_users:
            return "user"
        return "item" if node < self.num_users + self.num_items else "entity"

    def node(self, kind: Kind, external: str) -> int:
        """The number of the node with this id.

        Raises:
            UnknownIdError: there is none.
        """
        return self.first(kind) + self.vocabulary(kind).number(external)

    def row(self, node: int) -> int:
        """The row of a node in the vocabulary of its kind."""
        return node - self.first(self.kind(node))

    def id(self, node: int) -> str:
        """The external id of a node."""
        return self.vocabulary(self.kind(node)).ids[self.row(node)]

    def label(self, node: int) -> str:
        """A node's label, or its id where it has none."""
        return str(self.labels[node]) or self.id(node)

    def item_label(self, row: int) -> str:
        """An item's label, or its id where it has none."""
        return self.label(self.num_users + row)

    @property
    def item_texts(self) -> tuple[str, ...]:
        """The free text of every item, "" where there is none."""
        return tuple(self.texts[self.num_users : self.num_users + self.num_items])

    def facts_of(self, kind: Kind) -> tuple[IntArray, IntArray, IntArray]:
        """Every fact as the nodes of a kind see it, from either end.

        Returns:
            The row of the node in the vocabulary of its kind, the directed relation (twice the relation's
            number, and one more where the node is the tail) and the number of the node at the other end,
            shape (n,) each. A fact between two nodes of the kind is there twice.
        """
        edges = self.edges
        rows = np.concatenate([edges.heads, edges.tails]) - self.first(kind)
        relations = np.concatenate([2 * edges.relations, 2 * edges.relations + 1])
        others = np.concatenate([edges.tails, edges.heads])
        ours = (rows >= 0) & (rows < len(self.vocabulary(kind)))
        return rows[ours], relations[ours], others[ours]

    def with_interactions(self, interactions: Interactions) -> KnowledgeGraph:
        """The same nodes and facts with other interactions to learn from."""
        return replace(self, interactions=interactions)

    def without_heldout(self) -> KnowledgeGraph:
        """The graph as a learner may see it: no test interaction and no test rating is in it."""
        nothing = Interactions.of([], [])
        return replace(self, heldout=nothing, heldout_ratings=nothing)

    def upto(self, time: float) -> KnowledgeGraph:
        """The graph with only the interactions and ratings of before a time (seconds since 1970).

        Raises:
            CatalogError: some interaction has no time.
        """
        if not self.interactions.timed:
            raise CatalogError(
                f"graph {self.name!r} has interactions without a time, so none is 'before' another"
            )
        likes, ratings = (rows.take(rows.times < time) for rows in (self.interactions, self.ratings))
        return replace(self, interactions=likes, ratings=ratings)

    def with_items(self, items: Sequence[NewItem]) -> KnowledgeGraph:
        """A new graph with further items after the last one, so that the rows of known items stay.

        The nodes of entities move up by the number of items.

        Raises:
            CatalogError: an id is taken, a name means several things, or a number is none.
            UnknownIdError: an item names a relation, an entity or a number that the graph does not know.
        """
        return joined(self, items)

    def count_nodes(self) -> dict[str, int]:
        """Number of nodes by class, largest first."""
        return _counts(self.class_names, self.classes)

    def count_edges(self) -> dict[str, int]:
        """Number of facts by relation id, largest first."""
        return _counts([relation.id for relation in self.relations], self.edges.relations)


def _counts(names: Sequence[str], numbers: IntArray) -> dict[str, int]:
    counts = np.bincount(numbers, minlength=len(names))
    return {names[index]: int(counts[index]) for index in np.argsort(-counts, kind="stable") if counts[index]}


def _check_range(what: str, numbers: IntArray, size: int) -> None:
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < size):
        raise CatalogError(
            f"{what} numbers must lie in 0 .. {size - 1}, found {numbers.min()} .. {numbers.max()}"
        )
