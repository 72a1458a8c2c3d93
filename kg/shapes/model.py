"""What a shape is, once read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.shapes.statements import Place, Term


@dataclass(frozen=True, slots=True)
class Path:
    """A property path.

    Attributes:
        sparql: the path as SPARQL writes it.
        predicate: its IRI where the path is one predicate, else "".
        words: what people call the values.
        simple: it is a predicate or its inverse, so that all its pairs are found by one scan.
    """

    sparql: str
    predicate: str
    words: str
    simple: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What a shape is about; `rule` is one of `kg.shapes.reading.TARGETS`."""

    rule: str
    term: Term


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint component of a shape.

    Attributes:
        name: its parameter without the prefix: "minCount".
        place: file and line.
        terms: the IRIs or literals it is given; of `closed`, the predicates that are allowed.
        number: the count it is given.
        shapes: the shapes it is given.
    """

    name: str
    place: Place
    terms: tuple[Term, ...] = ()
    number: int = 0
    shapes: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape, or a property shape where it has a path.

    Attributes:
        name: its IRI, or file and line where it has none.
        path: from a node to the values that are checked; None checks the node itself.
        targets: the nodes it is about, if it is not only part of others.
        constraints: what must hold, in the order of `kg.shapes.reading.FORMS`.
        severity: "Violation", "Warning", "Info" or an IRI.
        message: what to say, "" to say what is wrong.
    """

    name: str
    path: Path | None
    targets: tuple[Target, ...]
    constraints: tuple[Constraint, ...]
    severity: str
    message: str

    @property
    def words(self) -> str:
        """What people call that which is checked."""
        return "it" if self.path is None else self.path.words
