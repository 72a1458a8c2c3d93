"""What ranks items that nobody has liked, for comparison: chance, and neighbours by facts or text.

They are scorers, written small here so that none of them ships. `tuned` chooses their options, as those of
the networks in `cold_networks`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from hybrid.evaluation.protocol import evaluate
from hybrid.scorers.base import Resources, ScoreArray, Scorer, binary, seen_items
from hybrid.scorers.content_features import Features
from hybrid.text.cold import hide_items, only
from hybrid.tuning import MAX_PEOPLE, some_people

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

    from hybrid.profiles import Profiles
    from kg.graph import KnowledgeGraph

HIDDEN = 0.2  # of the liked items of the training graph: what options and epochs are chosen on
_SIZE = 128  # facts are reduced to so many numbers for the networks


def tuned(scorer: Scorer, graph: KnowledgeGraph, resources: Resources) -> Scorer:
    """Fitted to a graph with the best options of its grid, all combinations of which are tried.

    A fifth of the graph's liked items is hidden; NDCG@10 of these among themselves decides, of the options as
    of the epochs. What is tested is not in the graph.
    """
    warm, cold, _ = hide_items(graph, HIDDEN, resources.seed)
    known = replace(resources, validation=some_people(cold, MAX_PEOPLE, resources.seed))
    choices = [
        dict(zip(scorer.grid, values, strict=True)) for values in itertools.product(*scorer.grid.values())
    ]
    trials = [replace(scorer, **chosen).fit(warm, known) for chosen in choices]
    reached = [judged(warm, known)(trial.score) or 0.0 for trial in trials]
    best = trials[int(np.argmax(reached))]
    resources.report(f"{scorer.name}: hidden NDCG@10 {max(reached):.4f} with {best.options()}")
    return best.settled().fit(graph, resources)


def judged(
    graph: KnowledgeGraph, resources: Resources
) -> Callable[[Callable[[Profiles], ScoreArray]], float | None]:
    """A function from `score` to NDCG@10 of the validation items that the graph does not know, if any."""
    asked = resources.validation
    if asked is None:
        return lambda _score: None
    hidden = np.zeros(graph.num_items, dtype=np.bool_)
    hidden[asked.items] = True

    def measure(score: Callable[[Profiles], ScoreArray]) -> float:
        return evaluate(only(score, hidden), graph, asked, ks=(10,), beyond=False).metrics["ndcg@10"]

    return measure


@dataclass(frozen=True)
class Chance(Scorer):
    """Any order: equal scores, which the evaluation orders at random."""

    name: ClassVar[str] = "random"
    reason: ClassVar[str] = "by chance"
    kind: ClassVar[str] = "popularity"
    num_items: int = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Nothing is learned."""
        return self._fitted(num_items=graph.num_items)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Zeros."""
        return np.zeros((len(profiles), self.num_items), dtype=np.float32)


@dataclass(frozen=True)
class FactsKnn(Scorer):
    """The sum of an item's cosines with liked items, by facts; rarer facts count more, as in `Features`.

    Args:
        neighbours: only so many, the nearest of the items that anybody likes, are heard.
    """

    name: ClassVar[str] = "facts kNN"
    reason: ClassVar[str] = "it shares facts with what you like"
    kind: ClassVar[str] = "graph"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"neighbours": (20, 100, 100_000)}

    neighbours: int = 100
    likeness: sparse.csr_array = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Find the neighbours of every item."""
        vectors = self._vectors(graph, resources)
        lengths = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1))).ravel()
        units = sparse.csr_array(sparse.diags_array(1 / np.maximum(lengths, 1e-12)) @ vectors)
        near = np.asarray((units @ units.T).toarray(), dtype=np.float32)
        np.fill_diagonal(near, 0.0)
        near[:, ~seen_items(graph)] = 0.0
        least = -np.sort(-near, axis=1)[:, min(self.neighbours, near.shape[1]) - 1]
        near[near < least[:, None]] = 0.0
        return self._fitted(likeness=sparse.csr_array(near.T))

    def score(self, profiles: Profiles) -> ScoreArray:
        """Sums of cosines; 0 where no neighbour is liked."""
        liked = binary(profiles.matrix(self.likeness.shape[0]))
        return np.asarray((liked @ self.likeness).toarray(), dtype=np.float32)

    def _vectors(self, graph: KnowledgeGraph, resources: Resources) -> sparse.csr_array:
        return Features.of(graph, resources.text).facts


@dataclass(frozen=True)
class TextKnn(FactsKnn):
    """The same by the vectors of texts, with their mean taken off."""

    name: ClassVar[str] = "text kNN"
    reason: ClassVar[str] = "its text is like those of what you like"
    kind: ClassVar[str] = "text"

    def _vectors(self, graph: KnowledgeGraph, resources: Resources) -> sparse.csr_array:
        table = resources.text
        if table is None:
            return sparse.csr_array((graph.num_items, 1), dtype=np.float32)
        centred = table.vectors - table.vectors[table.present].mean(axis=0)
        return sparse.csr_array(centred * table.present[:, None])


def contents(graph: KnowledgeGraph, resources: Resources) -> Tensor:
    """What is said of the items, for a network: facts as at most 128 numbers, texts, counts and years."""
    features = Features.of(graph, resources.text)
    size = min(_SIZE, min(features.facts.shape) - 1)
    facts = TruncatedSVD(size, random_state=resources.seed).fit_transform(features.facts)
    together = np.hstack([facts, features.rest])
    return torch.from_numpy((together / max(together.std(), 1e-6)).astype(np.float32))
