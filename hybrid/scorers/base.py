"""The contract of a scorer: small options, `fit`, `score`, and a state of arrays to save."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from gnn.tracking import Log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gnn.train import Epoch, History
    from hybrid.adapt.start import Start
    from hybrid.images.table import ImageTable
    from hybrid.profiles import Profiles
    from hybrid.space import Space
    from hybrid.text.table import TextTable
    from kg.graph import BoolArray, IntArray, Interactions, KnowledgeGraph

ScoreArray = npt.NDArray[np.float32]
State = dict[str, npt.NDArray[Any]]
KINDS = ("graph", "text", "factors", "sequence", "neighbours", "popularity")
_CSR_PARTS = ("data", "indices", "indptr", "shape")


@dataclass(frozen=True)
class Resources:
    """What scorers share while they are fitted.

    Attributes:
        text: vectors of the items' texts and the encoder that made them; None where there is no text.
        validation: interactions to stop early or choose options by; None when everything is learned from.
        seed: for everything random.
        device: "cpu", "cuda" or "auto".
        report: told of progress in words, for instance "epoch 3 of 20, loss 0.41".
        checkpoints: folder where training runs leave what they need to be resumed; None for nowhere.
        histories: filled with the training history of every scorer that has epochs, by name.
        epoch: told of every epoch of a training run; what it raises ends the run.
        images: the items' image vectors; None where there are none.
        curves: folder for TensorBoard's curves of training runs; None for nowhere.
        start: what another catalog's model says of the items; None where there is none.
    """

    text: TextTable | None = None
    validation: Interactions | None = None
    seed: int = 0
    device: str = "auto"
    report: Callable[[str], None] = field(default=lambda _message: None)
    checkpoints: Path | None = None
    histories: dict[str, History] = field(default_factory=dict)
    epoch: Callable[[Epoch], None] = field(default=lambda _epoch: None)
    images: ImageTable | None = None
    curves: Path | None = None
    start: Start | None = None

    def checkpoint(self, name: str) -> Path | None:
        """The file that the training run of a scorer is resumed from."""
        return None if self.checkpoints is None else self.checkpoints / f"{name}.safetensors"

    def log(self, name: str) -> Log | None:
        """Where the curves of a scorer's training run are kept."""
        return None if self.curves is None else Log(self.curves, name)


@dataclass(frozen=True)
class Scorer(ABC):
    """Scores every item for every person of a batch; subclasses are frozen dataclasses of options.

    One scorer is one file in `hybrid/scorers/`; discovery finds it and the contract tests run on it.

    What `fit` learns lives in further fields, declared without a value so that an unfitted scorer has none:

        weights: ScoreArray = field(init=False, repr=False, compare=False)

    `fit` returns `self._fitted(weights=...)`. Where all of them are numpy or csr arrays, `state` and
    `restored` below do the rest; a scorer that holds something else (a torch module) writes its own two.

    Class attributes:
        name: unique short name, used in tables and saved models.
        reason: what its part of a score means, a clause about "it" ("people with your taste like it").
        kind: what it goes by, one of `KINDS`; reports leave out the scorers of a kind together.
        reads_facts: True where other facts would make other scores.
        reads_likes: False where it goes by wishes alone, and abstains on whoever has none that it reads.
        reads_text: True where it reads the words of a wish.
        reads_entities: True where it reads the entities of a wish.
        reads_people: True where it reads what is known of a person, such as an age group.
        scores_new: True where it can score an item that nobody has liked, by its facts, text or image.
        usual: False for a scorer that only speaks of items that nobody has liked, to people with short
            histories, or of a wish: it has no weight in a usual situation.
        asked: its weight beside the others that read it, where a wish has what it reads.
        started: True where it tells only what another catalog's model says (`Resources.start`); it is in the
            default hybrid only where there is one.
        baseline: True for a scorer that is in every table for comparison; it is in the default hybrid only
            where it is not a usual one.
        personalised: False for a scorer that ignores who asks; only such a one, or one that answers all, may
            score an empty profile.
        answers_all: True where it scores every item for everybody, even somebody of whom nothing is known.
        inductive: True where somebody new with the history of a known person gets that person's scores.
        grid: options worth trying on validation data: field name -> values. Every training tries them.
        space: ranges that `whyrec tune` searches instead, see `hybrid.space.space_of`: field name -> range.
        quick: options that make `fit` fast enough for the contract tests: field name -> value.
        item_axes: the axes along which learned arrays have a place per item: field name -> axes.
    """

    name: ClassVar[str]
    reason: ClassVar[str]
    kind: ClassVar[str]
    reads_facts: ClassVar[bool] = False
    reads_likes: ClassVar[bool] = True
    reads_text: ClassVar[bool] = False
    reads_entities: ClassVar[bool] = False
    reads_people: ClassVar[bool] = False
    scores_new: ClassVar[bool] = False
    usual: ClassVar[bool] = True
    asked: ClassVar[float] = 1.0
    started: ClassVar[bool] = False
    baseline: ClassVar[bool] = False
    personalised: ClassVar[bool] = True
    answers_all: ClassVar[bool] = False
    inductive: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {}
    space: ClassVar[Mapping[str, Space]] = {}
    quick: ClassVar[Mapping[str, Any]] = {}
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"known": (0,)}

    @abstractmethod
    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy, learned from `graph.interactions` (all rows) and the graph's facts and texts."""

    @abstractmethod
    def score(self, profiles: Profiles) -> ScoreArray:
        """Scores, higher is better, shape (len(profiles), num_items), float32.

        NaN says "I cannot tell": for a whole row when nothing of the profile helps this scorer, for an item
        it knows nothing about. It is never replaced by a made-up number. Liked items are scored like others.
        The answer is dense: callers with many people ask in batches (`Profiles.batches`).
        """

    def state(self) -> State:
        """The learned arrays by field name, enough for `restored`; a csr array is kept as its four parts.

        Raises:
            AttributeError: the scorer is not fitted.
        """
        state: State = {}
        for name in self._learned():
            value = getattr(self, name)
            if isinstance(value, sparse.csr_array):
                state |= {f"{name}.{part}": np.asarray(getattr(value, part)) for part in _CSR_PARTS}
            else:
                state[name] = value
        return state

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """A fitted copy with these arrays, over the graph it was fitted to."""
        return self._fitted(**{name: _unpacked(state, name) for name in self._learned()})

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """A fitted copy over a graph with more items after the last one; the scores of known ones stay.

        What it cannot tell of the new ones is NaN. Where a scorer does not say otherwise it can tell nothing,
        and what it has learned is zero for them.

        Args:
            graph: the graph that this was fitted to, or last grown over, with `KnowledgeGraph.with_items`.
            resources: with the texts and images of that graph.
        """
        longer = {
            name: padded(getattr(self, name), axes, graph.num_items)
            for name, axes in self.item_axes.items()
            if name in self._learned()
        }
        return self._changed(**longer)

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray | None:  # noqa: ARG002
        """What each like gives to the scores of some items; None where a score is no sum over likes.

        With what else is known of the person, or wished, they add up to the score.

        Args:
            person: a batch of one.
            items: rows of the items.

        Returns:
            Shape (number of likes, len(items)), in the order of the history; 0 where it cannot tell.
        """
        return None

    def over(self, before: KnowledgeGraph, after: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """A fitted copy over a graph of the same nodes with other facts or likes: what if it had been so?

        What it has learned stays; what it computes from the graph when it answers is computed again.

        Args:
            before: the graph that it is over.
            after: the other graph.
            resources: with the texts and images of its items.
        """
        return self

    def settled(self) -> Self:
        """An unfitted copy with what validation decided (such as the number of epochs) fixed."""
        return replace(self)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """An unfitted scorer from the plain values of a manifest; JSON has lists where options have tuples.

        Raises:
            TypeError: there is no such option.
        """
        return cls(**{name: _tuples(value) for name, value in options.items()})

    def options(self) -> dict[str, Any]:
        """The options as plain values, for a manifest."""
        return {option.name: getattr(self, option.name) for option in fields(self) if option.init}

    def _fitted(self, **learned: Any) -> Self:  # noqa: ANN401
        """A copy with these options and exactly these learned fields.

        Raises:
            TypeError: the names are not those of the fields declared with `init=False`.
        """
        if learned.keys() != self._learned():
            raise TypeError(f"{type(self).__name__} learns {sorted(self._learned())}, not {sorted(learned)}")
        copy = replace(self)
        for name, value in learned.items():
            object.__setattr__(copy, name, value)
        return copy

    def _changed(self, **learned: Any) -> Self:  # noqa: ANN401
        """A fitted copy in which some of the learned fields are others.

        Raises:
            TypeError: a name is not that of a learned field.
        """
        return self._fitted(**{name: getattr(self, name) for name in self._learned()} | learned)

    def _learned(self) -> set[str]:
        return {option.name for option in fields(self) if not option.init}


def _tuples(value: object) -> object:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _unpacked(state: State, name: str) -> npt.NDArray[Any] | sparse.csr_array:
    if name in state:
        return state[name]
    data, indices, indptr, shape = (state[f"{name}.{part}"] for part in _CSR_PARTS)
    return sparse.csr_array((data, indices, indptr), shape=(int(shape[0]), int(shape[1])))


def padded(
    array: npt.NDArray[Any] | sparse.csr_array, axes: tuple[int, ...], size: int
) -> npt.NDArray[Any] | sparse.csr_array:
    """A dense or csr array made longer with zeros along some axes, up to a size."""
    more = [size - length if axis in axes else 0 for axis, length in enumerate(array.shape)]
    if not isinstance(array, sparse.csr_array):
        return np.pad(array, [(0, number) for number in more])
    indptr = np.pad(array.indptr, (0, more[0]), mode="edge")
    shape = (array.shape[0] + more[0], array.shape[1] + more[1])
    return sparse.csr_array((array.data, array.indices, indptr), shape=shape)


def abstain(scores: ScoreArray, profiles: Profiles, known_items: BoolArray) -> ScoreArray:
    """Put NaN, in place, where a scorer of items by items cannot tell.

    Args:
        scores: shape (len(profiles), num_items).
        profiles: the people scored.
        known_items: the items that training knew, shape (num_items,). The other columns become NaN, and so
            does the row of a history without any of them.
    """
    people = np.repeat(np.arange(len(profiles)), profiles.lengths)
    helpful = np.bincount(people[known_items[profiles.items]], minlength=len(profiles))
    scores[helpful == 0] = np.nan
    scores[:, np.flatnonzero(~known_items)] = np.nan  # by rows: a mask takes three times as long
    return scores


def among_all(scores: ScoreArray, known_items: BoolArray, profiles: Profiles) -> ScoreArray:
    """The scores of the m items that training knew in their places among all.

    Args:
        scores: shape (len(profiles), m).
        known_items: which items those are, shape (num_items,).
        profiles: the people scored.

    Returns:
        Shape (len(profiles), num_items), float32; NaN where `abstain` says so.
    """
    everywhere = np.zeros((len(profiles), len(known_items)), dtype=np.float32)
    everywhere[:, known_items] = scores
    return abstain(everywhere, profiles, known_items)


def known_shares(
    weights: ScoreArray, known: BoolArray, liked: IntArray, items: IntArray, worth: npt.ArrayLike = 1.0
) -> ScoreArray:
    """What each like gives to some items through weights between the m known ones.

    Args:
        weights: row: from the liked item, column: to the scored one, shape (m, m).
        known: which items those are, shape (num_items,).
        liked: rows of the liked items, in the order of the history.
        items: rows of the scored items.
        worth: what each like counts, shape (len(liked),).

    Returns:
        Shape (len(liked), len(items)), float32; 0 from and to items that are not known.
    """
    place = np.cumsum(known) - 1
    shares = np.zeros((len(liked), len(items)), dtype=np.float32)
    told = np.ix_(known[liked], known[items])
    shares[told] = weights[np.ix_(place[liked[known[liked]]], place[items[known[items]]])]
    shares *= np.reshape(np.asarray(worth, dtype=np.float32), (-1, 1))
    return shares


def seen_items(graph: KnowledgeGraph) -> BoolArray:
    """Which items have at least one interaction, shape (num_items,)."""
    seen = np.zeros(graph.num_items, dtype=np.bool_)
    seen[graph.interactions.items] = True
    return seen


def binary(matrix: sparse.csr_array) -> sparse.csr_array:
    """The matrix with 1 for every entry, however strong or often repeated; float32, same shape."""
    ones = matrix.astype(np.float32)
    ones.sum_duplicates()
    ones.data[:] = 1.0
    return ones


def likes(graph: KnowledgeGraph) -> sparse.csr_array:
    """The graph's interactions as a matrix of ones, shape (num_users, num_items), float32."""
    return binary(graph.interactions.matrix(graph.num_users, graph.num_items))
