"""What an item is like by all that is said of it: for items that nobody has liked yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from scipy import linalg, sparse

from hybrid.evaluation.protocol import evaluate
from hybrid.scorers.base import Resources, ScoreArray, Scorer, likes
from hybrid.scorers.content_features import Features
from hybrid.scorers.ease import item_weights
from hybrid.text.cold import hide_items, only
from hybrid.tuning import MAX_PEOPLE, some_people

if TYPE_CHECKING:
    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, IntArray, KnowledgeGraph

PENALTIES = (1.0, 3.0, 10.0, 30.0)
_HIDDEN = 0.2  # of the liked items, taken for new ones to choose the penalty by


@dataclass(frozen=True)
class Content(Scorer):
    r"""What somebody likes, as a linear model of likes completes it, carried over to items by their content.

    .. math:: s_u = x_u \, B \, (\Phi_M \Phi_M^T + \lambda I)^{-1} \Phi_M \, \Phi^T

    x is who liked what of the M best-liked items, B the weights of EASE between these (Steck, WWW 2019),
    and Phi what is said of items: their facts, texts and numbers (`content_features`). So it is a kernel
    ridge regression from content to how much a person would like each item by the likes of others; what has
    been completed by B teaches it more than bare likes do (docs/decisions/0013). An item needs no likes to
    be scored.

    Args:
        regularization: lambda, above 0. Where there are validation interactions, it is chosen from
            `PENALTIES` on a fifth of the liked items, whose likes are hidden for that.
        smoothing: the penalty of EASE, above 0.
        landmarks: M, at least 1; time grows with its cube, memory with its square.
    """

    name: ClassVar[str] = "content"
    reason: ClassVar[str] = "it is like what you like, by all that is said of it"
    kind: ClassVar[str] = "graph"
    reads_facts: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    usual: ClassVar[bool] = False

    regularization: float = 3.0
    smoothing: float = 300.0
    landmarks: int = 4000
    rows: IntArray = field(init=False, repr=False, compare=False)
    weights: ScoreArray = field(init=False, repr=False, compare=False)
    facts: sparse.csr_array = field(init=False, repr=False, compare=False)
    rest: ScoreArray = field(init=False, repr=False, compare=False)
    described: BoolArray = field(init=False, repr=False, compare=False)
    size: IntArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Solve for the weights between the landmarks, shape (M, M).

        Raises:
            ValueError: an option is out of its range.
        """
        if self.regularization <= 0 or self.landmarks < 1:
            raise ValueError("content needs a regularization above 0 and at least one landmark")
        features = Features.of(graph, resources.text)
        chosen = self if resources.validation is None else self._chosen(graph, features, resources)
        return chosen._solved(graph, features)

    def score(self, profiles: Profiles) -> ScoreArray:
        """What the content of liked items says; NaN without liked landmarks, and for items without any."""
        history = profiles.matrix(len(self.rest))[:, self.rows]
        history.data[:] = 1.0
        wanted = history @ self.weights
        scores: ScoreArray = (wanted @ self.rest[self.rows]) @ self.rest.T
        scores += (self.facts @ (self.facts[self.rows].T @ wanted.T)).T
        scores[np.diff(history.indptr) == 0] = np.nan
        scores[:, ~self.described] = np.nan
        return scores

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`."""
        alike = self.rest[self.rows] @ self.rest[items].T + self.facts[self.rows] @ self.facts[items].T
        place = np.full(len(self.rest), -1)
        place[self.rows] = np.arange(len(self.rows))
        given = self.weights[place[person.items]] @ np.asarray(alike)
        return np.where((place[person.items] >= 0)[:, None], given, np.float32(0))

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """See `Scorer.grown`: a new item is what is said of it, as for one that nobody has liked."""
        features = Features.of(graph, resources.text, int(self.size[0]))
        return self._changed(facts=features.facts, rest=features.rest, described=features.described)

    def over(self, before: KnowledgeGraph, after: KnowledgeGraph, resources: Resources) -> Self:
        """See `Scorer.over`: what is said of items is read again, as in `grown`."""
        return self if before.edges is after.edges else self.grown(after, resources)

    def _chosen(self, graph: KnowledgeGraph, features: Features, resources: Resources) -> Self:
        """With the penalty that ranks items best among those whose likes are hidden, by NDCG@10."""
        warm, cold, hidden = hide_items(graph, _HIDDEN, resources.seed)
        if not len(cold):
            return self
        asked = some_people(cold, MAX_PEOPLE, resources.seed)

        def reached(trial: Content) -> float:
            score = only(trial._solved(warm, features).score, hidden)
            return evaluate(score, warm, asked, ks=(10,), seed=resources.seed, beyond=False).metrics[
                "ndcg@10"
            ]

        trials = [replace(self, regularization=penalty) for penalty in PENALTIES]
        best = max(trials, key=reached)
        resources.report(f"{self.name}: regularization {best.regularization}, chosen on hidden items")
        return best

    def _solved(self, graph: KnowledgeGraph, features: Features) -> Self:
        liked = likes(graph)
        counts = np.bincount(liked.indices, minlength=graph.num_items)
        counts[~features.described] = 0
        rows = np.sort(np.argsort(-counts, kind="stable")[: min(self.landmarks, np.count_nonzero(counts))])
        completed = item_weights(liked[:, rows], self.smoothing)
        kernel = features.kernel(rows)
        kernel[np.diag_indices(len(rows))] += self.regularization
        weights = linalg.solve(kernel, completed.T, assume_a="pos").T if len(rows) else completed
        return self._fitted(
            rows=rows,
            weights=np.ascontiguousarray(weights, dtype=np.float32),
            facts=features.facts,
            rest=features.rest,
            described=features.described,
            size=np.array([graph.num_items]),
        )
