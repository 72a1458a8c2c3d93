"""The words and numbers that describe a workspace; `kg.describe` finds them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A node that is named as an example.

    Attributes:
        kind: user, item or entity.
        id: its external id.
        label: its name, "" where it has none.
        class_name: its class.
        degree: facts and likes that it has a part in.
    """

    kind: str
    id: str
    label: str
    class_name: str
    degree: int


@dataclass(frozen=True, slots=True)
class ClassCount:
    """The nodes of one kind and class; `iri` is "" where the workspace holds no RDF."""

    kind: str
    name: str
    iri: str
    nodes: int
    labelled: int
    with_text: int


@dataclass(frozen=True, slots=True)
class Link:
    """How many facts of a relation, or likes, lead from one class to another."""

    head: str
    tail: str
    facts: int


@dataclass(frozen=True, slots=True)
class RelationCount:
    """The facts of one relation.

    Attributes:
        id: the relation's id in the data.
        label: its words from head to tail.
        iri: its IRI, "" where the workspace holds no RDF.
        facts: how many there are.
        links: between which classes, most frequent first.
        mean: facts per head that has any.
        most: facts of the head that has most.
    """

    id: str
    label: str
    iri: str
    facts: int
    links: tuple[Link, ...]
    mean: float
    most: int


@dataclass(frozen=True, slots=True)
class Likes:
    """Who liked what.

    Attributes:
        count: all likes.
        heldout: those of them that are kept for testing.
        users: people who like anything.
        items: items that anybody likes.
        median: likes of a person, of those who like anything.
        first: the day of the earliest in ISO 8601, "" where no time is known.
        last: that of the latest.
        links: between which classes, most frequent first.
    """

    count: int
    heldout: int
    users: int
    items: int
    median: float
    first: str
    last: str
    links: tuple[Link, ...]

    @property
    def share_heldout(self) -> float:
        """The share kept for testing, 0 where there are none at all."""
        return self.heldout / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Degrees:
    """How many facts and likes, in either direction, the nodes of a kind have.

    Attributes:
        kind: user, item or entity.
        median: of all nodes of the kind.
        p90: nine of ten nodes have at most this.
        most: of any node.
        spread: (degree, number of nodes) for every degree above 0, ascending.
        hubs: the nodes with most, at most ten.
    """

    kind: str
    median: float
    p90: float
    most: int
    spread: tuple[tuple[int, int], ...]
    hubs: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Nodes that lack something: how many, and some of them."""

    count: int
    examples: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Components:
    """Parts of the graph that nothing links: how many, nodes of the largest, and lone nodes among them."""

    count: int
    largest: int
    lone: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file, what it says and when; times in ISO 8601, "" where unknown."""

    file: str
    statements: int
    sha256: str
    modified: str
    loaded: str
    quarantined: int


@dataclass(frozen=True, slots=True)
class Description:
    """All that `describe` tells.

    Attributes:
        name: the dataset's name.
        description: what it is, in its card's words.
        licence: its terms of use, in its card's words.
        nodes: all nodes.
        facts: all facts.
        classes: the nodes by kind and class, most frequent first.
        relations: the relations that have facts, most frequent first.
        likes: who liked what.
        degrees: by kind; a kind without nodes is left out.
        unlabelled: items and entities without a name; people need none.
        orphans: nodes without any fact or like.
        components: parts that hang together.
        sources: the files, where they are known.
    """

    name: str
    description: str
    licence: str
    nodes: int
    facts: int
    classes: tuple[ClassCount, ...]
    relations: tuple[RelationCount, ...]
    likes: Likes
    degrees: tuple[Degrees, ...]
    unlabelled: Gap
    orphans: Gap
    components: Components
    sources: tuple[SourceFile, ...]
