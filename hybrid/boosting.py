"""The strong ranker: boosted trees on top of the weighted sum, on the items that some scorer puts first."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hybrid.lessons import shortlisted
from hybrid.ranker import Ranker
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from hybrid.lessons import Lessons
    from hybrid.scorers.base import ScoreArray
    from hybrid.situation import Situation
    from kg.graph import BoolArray, FloatArray, IntArray

SITUATION = "situation"
_ROUNDS, _FOLDS = (20, 40, 80), 3
_SURE = 2.0  # standard errors that trees must win by on people whom they were not grown on
_FEWEST = 50  # people; of fewer nothing is learned that a weighted sum does not say
_K = 20
_TREES = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 30,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


@dataclass(frozen=True)
class Boosted(Ranker):
    """A weighted sum that trees correct: LambdaMART started at the sum's scores.

    The trees see the calibrated scores and the situation. A scorer's part is what it gives to the sum and
    its Shapley value in the trees; what the situation itself changes is a part of its own, the last one. The
    parts add up to the score. Only items that some scorer has among its first hundred are corrected.

    Sources: Burges, "From RankNet to LambdaRank to LambdaMART", 2010; Ke et al., "LightGBM", NIPS 2017;
    Lundberg et al., "Consistent individualized feature attribution for tree ensembles", 2018, for the parts.

    Attributes:
        trees: LightGBM's text of them.
    """

    trees: str = field(default="", repr=False)

    @property
    def part_names(self) -> tuple[str, ...]:
        """The scorers, and the situation."""
        return (*self.names, SITUATION)

    def parts(
        self, scores: Mapping[str, ScoreArray], candidates: BoolArray, situation: Situation
    ) -> npt.NDArray[np.float32]:
        """See `Ranker.parts`; shape (num_scorers + 1, n, num_items).

        What a scorer's silence means to the trees is a part of it too.
        """
        features = self.features(scores, candidates)
        people, items, seen = self._seen(features, candidates, situation)
        known = np.asarray(~np.isnan(features).all(axis=0))
        parts = np.concatenate(
            [self.weighed(features, situation), np.where(known, np.float32(0), np.float32(np.nan))[None]]
        )
        shares = self._shapley(seen)
        speaking = np.flatnonzero(self.weights > 0)
        for scorer, share in zip(speaking, shares.T, strict=False):
            before = parts[scorer, people, items]
            parts[scorer, people, items] = np.where(share == 0, before, np.nan_to_num(before) + share)
        parts[-1, people, items] += shares[:, len(speaking) : -1].sum(axis=1)
        return parts

    def total(self, parts: npt.NDArray[np.float32]) -> ScoreArray:
        """See `Ranker.total`."""
        total: ScoreArray = super().total(parts[:-1]) + parts[-1]
        return total

    def score(
        self, scores: Mapping[str, ScoreArray], candidates: BoolArray, situation: Situation
    ) -> ScoreArray:
        """See `Ranker.score`; without the parts, which take far longer."""
        features = self.features(scores, candidates)
        people, items, seen = self._seen(features, candidates, situation)
        total = super().total(self.weighed(features, situation))
        if len(seen):
            total[people, items] += self._booster.predict(seen) - self._usual
        return total

    def _seen(
        self, features: npt.NDArray[np.float32], candidates: BoolArray, situation: Situation
    ) -> tuple[IntArray, IntArray, npt.NDArray[np.float32]]:
        """Rows of people and items that the trees correct, and what they see of each, shape (n, features)."""
        used = features[self.weights > 0]
        people, items = np.nonzero(shortlisted(used, candidates & ~np.isnan(used).all(axis=0)))
        traits = (situation.people[people], situation.items[items])
        return people, items, np.column_stack([used[:, people, items].T, *traits]).astype(np.float32)

    def _shapley(self, seen: npt.NDArray[np.float32]) -> FloatArray:
        """What each feature adds to the trees' usual value, which comes last, shape (n, features + 1)."""
        if not len(seen):
            return np.zeros((0, seen.shape[1] + 1))
        return np.asarray(self._booster.predict(seen, pred_contrib=True), dtype=np.float64)

    @cached_property
    def _booster(self) -> Any:  # noqa: ANN401
        return lightgbm().Booster(model_str=self.trees)

    @cached_property
    def _usual(self) -> float:
        """What the trees say on average, which ranks nothing."""
        return float(self._shapley(np.zeros((1, self._booster.num_feature()), np.float32))[0, -1])


def boost(ranker: Ranker, lessons: Lessons, items: FloatArray, seed: int = 0) -> Ranker:
    """The ranker with trees on top; as it is where they do not help people whom they were not grown on.

    How many trees, of 20, 40 and 80, is chosen by threefold cross-validation over the people. They stay if
    NDCG@20 is better than the ranker's by two standard errors.

    Args:
        ranker: learned from the lessons.
        lessons: what the scorers say to people whose next likes are known.
        items: traits of all items, shape (num_items, num_item_traits).
        seed: of the folds, and of what trees are grown on.

    Raises:
        QueryError: LightGBM is not installed.
    """
    people = np.flatnonzero(lessons.liked.any(axis=1))
    if len(people) < _FEWEST:
        return ranker
    table = _Table(lessons, ranker, items, _sums(ranker, lessons, items), seed)
    gains = np.zeros((len(_ROUNDS), len(lessons)))
    for fold in np.array_split(np.random.default_rng(seed).permutation(people), _FOLDS):
        held = np.sort(fold)
        grown = table.grow(np.setdiff1d(people, held), max(_ROUNDS))
        before = table.ndcg(held)
        for row, rounds in enumerate(_ROUNDS):
            gains[row, held] = table.ndcg(held, grown, rounds) - before
    gains = gains[:, people]
    best = int(gains.mean(axis=1).argmax())
    if gains[best].mean() <= _SURE * gains[best].std() / len(people) ** 0.5:
        return ranker
    trees = table.grow(people, _ROUNDS[best]).model_to_string()
    return Boosted(**vars(ranker), trees=trees)


@dataclass(frozen=True)
class _Table:
    """Lessons as LightGBM reads them: a row for each person and item.

    Attributes:
        lessons: what the scorers say.
        ranker: the scorers without a weight are left out.
        items: traits of all items.
        sums: where the trees start, shape (n, width).
        seed: of what the trees are grown on.
    """

    lessons: Lessons
    ranker: Ranker
    items: FloatArray
    sums: FloatArray
    seed: int

    def grow(self, people: IntArray, rounds: int) -> Any:  # noqa: ANN401
        """So many trees for some people."""
        real = self.lessons.real[people]
        rows = lightgbm().Dataset(
            self._features(people),
            label=self.lessons.liked[people][real],
            group=real.sum(axis=1),
            init_score=self.sums[people][real],
        )
        options = _TREES | {"seed": self.seed, "num_threads": torch.get_num_threads()}
        return lightgbm().train(options, rows, rounds)

    def ndcg(self, people: IntArray, trees: Any = None, rounds: int = 0) -> FloatArray:  # noqa: ANN401
        """NDCG@20 of each of some people with the first so many trees, of the items in the lists."""
        real, liked = self.lessons.real[people], self.lessons.liked[people]
        sums = np.where(real, self.sums[people], -np.inf)
        if trees is not None:
            sums[real] += trees.predict(self._features(people), num_iteration=rounds)
        first = np.argsort(-sums, axis=1, kind="stable")[:, :_K]
        gains = 1 / np.log2(np.arange(2, _K + 2))
        ideal = np.cumsum(gains)[np.minimum(liked.sum(axis=1), _K) - 1]
        hits = np.take_along_axis(liked, first, axis=1)
        ndcg: FloatArray = (hits * gains[: hits.shape[1]]).sum(axis=1) / ideal
        return ndcg

    def _features(self, people: IntArray) -> npt.NDArray[np.float32]:
        """As `Boosted` shows them to the trees."""
        rows, places = np.nonzero(self.lessons.real[people])
        rows = people[rows]
        seen = self.lessons.scores[rows, places][:, self.ranker.weights > 0]
        traits = (self.lessons.people[rows], self.items[self.lessons.items[rows, places]])
        return np.column_stack([seen, *traits]).astype(np.float32)


def _sums(ranker: Ranker, lessons: Lessons, items: FloatArray) -> FloatArray:
    """The ranker's scores of the lessons' items, shape (n, width)."""
    by_person, by_item = (
        ranker.weights[:, None] * ranker.people.factors(lessons.people),
        ranker.items.factors(items),
    )
    sums = np.zeros(lessons.items.shape)
    for scorer, (person, item) in enumerate(zip(by_person, by_item, strict=True)):
        sums += np.nan_to_num(lessons.scores[:, :, scorer]) * person[:, None] * item[lessons.items]
    return sums


def lightgbm() -> Any:  # noqa: ANN401
    """The library.

    Raises:
        QueryError: it is not installed.
    """
    try:
        import lightgbm as found  # noqa: PLC0415  (an extra, and it takes a second)
    except ImportError as error:
        raise QueryError(
            "the boosted ranker needs LightGBM: pip install 'whyrec[boosted]', or leave --ranker out"
        ) from error
    return found
