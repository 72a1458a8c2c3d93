"""What an item is like by all that is said of it: for items that nobody has liked yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy import linalg

from hybrid.evaluation.protocol import evaluate
from hybrid.scorers.als import Als, shares_of
from hybrid.scorers.base import Resources, ScoreArray, Scorer, likes, padded
from hybrid.scorers.content_features import Features
from hybrid.text.cold import hide_items, only
from hybrid.tuning import MAX_PEOPLE, some_people

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

CHOICES: Mapping[str, Sequence[Any]] = {
    "regularization": (1.0, 3.0, 10.0),
    "facts": (1.0, 2.0, 4.0),
}
_HIDDEN = 0.2  # of the liked items, taken for new ones to choose by
_BLOCK = 1_024  # items placed at a time


@dataclass(frozen=True)
class Content(Scorer):
    r"""Where an item stands among people's tastes, learned from what is said of liked items.

    .. math:: s_u = p_u \, Y_M^T \, (K_{MM} + \lambda I)^{-1} K_{M \cdot}

    Y are the factors that ALS finds for the M best-liked items (Hu, Koren, Volinsky, ICDM 2008), p those of a
    person by what is liked, and K how alike two items are by their facts, texts and numbers
    (`content_features`). So it is a kernel ridge regression from content to factors; an item needs no likes
    to have some. Factors teach it more than bare likes do, and more than likes that EASE has completed
    (docs/decisions/0013).

    Args:
        regularization: lambda, above 0. Where there are validation interactions, it is chosen from `CHOICES`,
            like the weight of facts, on a fifth of the liked items, whose likes are hidden for that.
        facts: weight of facts beside texts and counts, at least 0.
        alpha: how much more a like counts than its absence, for ALS, above 0.
        smoothing: the penalty of ALS, above 0.
        embedding_size: number of factors, at least 1.
        landmarks: M, at least 1; time grows with its cube, memory with its square.
    """

    name: ClassVar[str] = "content"
    reason: ClassVar[str] = "it is like what you like, by all that is said of it"
    kind: ClassVar[str] = "graph"
    reads_facts: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    usual: ClassVar[bool] = False

    regularization: float = 3.0
    facts: float = 2.0
    alpha: float = 10.0
    smoothing: float = 25.0
    embedding_size: int = 64
    landmarks: int = 4000
    factors: ScoreArray = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)
    rows: IntArray = field(init=False, repr=False, compare=False)
    weights: FloatArray = field(init=False, repr=False, compare=False)
    places: ScoreArray = field(init=False, repr=False, compare=False)
    described: BoolArray = field(init=False, repr=False, compare=False)
    size: IntArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Solve for the weights of the landmarks, shape (M, embedding_size), and place all items.

        Raises:
            ValueError: an option is out of its range.
        """
        if self.regularization <= 0 or self.landmarks < 1:
            raise ValueError("content needs a regularization above 0 and at least one landmark")
        features = Features.of(graph, resources.text)
        chosen = self if resources.validation is None else self._chosen(graph, features, resources)
        return chosen._solved(chosen._als().fit(graph, resources), graph, features)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Products of people's factors and items' places; NaN without known likes, or content."""
        people = self._als().with_factors(self.factors, self.known).fold_in(profiles)
        scores: ScoreArray = people @ self.places.T
        liked = profiles.matrix(len(self.known))[:, self.known]
        scores[np.diff(liked.indptr) == 0] = np.nan
        scores[:, ~self.described] = np.nan
        return scores

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`; as `Als.shares`, with the items where their content puts them."""
        shares = shares_of(self.factors[person.items], self.places[items].T, self.alpha)
        return np.where(self.known[person.items][:, None], shares, np.float32(0))

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """See `Scorer.grown`: a new item is what is said of it, as for one that nobody has liked."""
        features = Features.of(graph, resources.text, int(self.size[0]))
        new = np.arange(len(self.places), graph.num_items)
        return self._changed(
            factors=padded(self.factors, (0,), graph.num_items),
            known=padded(self.known, (0,), graph.num_items),
            places=np.concatenate([self.places, self._placed(features, new, self.rows, self.weights)]),
            described=np.concatenate([self.described, features.described[new]]),
        )

    def _als(self) -> Als:
        return Als(self.embedding_size, self.smoothing, alpha=self.alpha)

    def over(self, before: KnowledgeGraph, after: KnowledgeGraph, resources: Resources) -> Self:
        """See `Scorer.over`: what is said of items is read again, as in `grown`."""
        if before.edges is after.edges:
            return self
        features, items = Features.of(after, resources.text, int(self.size[0])), np.arange(after.num_items)
        places = self._placed(features, items, self.rows, self.weights)
        return self._changed(places=places, described=features.described)

    def _chosen(self, graph: KnowledgeGraph, features: Features, resources: Resources) -> Self:
        """With the options that rank items best among those whose likes are hidden, by NDCG@10.

        One option is varied at a time, the others held at the best so far.
        """
        warm, cold, hidden = hide_items(graph, _HIDDEN, resources.seed)
        if not len(cold):
            return self
        asked = some_people(cold, MAX_PEOPLE, resources.seed)
        taste = self._als().fit(warm, resources)

        def reached(trial: Content) -> float:
            score = only(trial._solved(taste, warm, features).score, hidden)
            found = evaluate(score, warm, asked, ks=(10,), seed=resources.seed, beyond=False)
            return found.metrics["ndcg@10"]

        best, highest = self, -np.inf
        for option, values in CHOICES.items():
            for trial in [replace(best, **{option: value}) for value in values]:
                if (ndcg := reached(trial)) > highest:
                    best, highest = trial, ndcg
        chosen = ", ".join(f"{option} {getattr(best, option)}" for option in CHOICES)
        resources.report(f"{self.name}: {chosen}, chosen on hidden items")
        return best

    def _solved(self, taste: Als, graph: KnowledgeGraph, features: Features) -> Self:
        counts = np.bincount(likes(graph).indices, minlength=graph.num_items)
        counts[~features.described] = 0
        rows = np.sort(np.argsort(-counts, kind="stable")[: min(self.landmarks, np.count_nonzero(counts))])
        kernel = features.kernel(rows, rows, self.facts)
        kernel[np.diag_indices(len(rows))] += self.regularization
        weights = taste.factors[rows].astype(np.float64)
        if len(rows):
            weights = linalg.solve(kernel, weights, assume_a="pos")
        return self._fitted(
            factors=taste.factors,
            known=taste.known,
            rows=rows,
            weights=weights,
            places=self._placed(features, np.arange(graph.num_items), rows, weights),
            described=features.described,
            size=np.array([graph.num_items]),
        )

    def _placed(self, features: Features, items: IntArray, rows: IntArray, weights: FloatArray) -> ScoreArray:
        """The factors of some items by their content, shape (len(items), embedding_size)."""
        places = np.zeros((len(items), weights.shape[1]), dtype=np.float32)
        for start in range(0, len(items), _BLOCK):
            block = slice(start, start + _BLOCK)
            places[block] = features.kernel(items[block], rows, self.facts) @ weights
        return places
