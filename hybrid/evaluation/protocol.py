"""Full-ranking evaluation: every item is ranked for every person with something held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.evaluation.beyond import OVERALL, PER_PERSON, Known, Lists
from hybrid.evaluation.metrics import METRICS, beaten_shares, find_hits
from hybrid.evaluation.ties import BLOCKED, best_places, comparable
from hybrid.profiles import Profiles
from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from scipy import sparse

    from hybrid.scorers import ScoreArray
    from kg.graph import BoolArray, FloatArray, IntArray, Interactions, KnowledgeGraph

KS = (5, 10, 20)
_CELLS = 4_000_000  # scores asked for at a time, 16 MB: what the processor's cache still holds
_MOST_PEOPLE = 512  # at a time


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a scorer ranks.

    Attributes:
        metrics: means over the people by "metric@k", for instance "ndcg@10", and numbers of all lists
            together, such as "coverage@k". What nobody has a number for ("diversity@k" without facts) is
            left out here and in `per_user`.
        per_user: the numbers behind the means, by "metric@k", shape (n,) each. NaN, which is no part of the
            mean, where a person has no number.
        users: rows of the user vocabulary that the numbers belong to, ascending, shape (n,).
    """

    metrics: Mapping[str, float]
    per_user: Mapping[str, FloatArray]
    users: IntArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be found.

    Attributes:
        users: the people with test items, ascending, shape (n,).
        starts: where the test items of each start and end, shape (n + 1,).
        items: the test items, ascending for each person, shape (starts[-1],).
    """

    users: IntArray
    starts: IntArray
    items: IntArray

    @classmethod
    def of(cls, graph: KnowledgeGraph, heldout: Interactions) -> Wanted:
        """The held-out items that are not in the person's history, each once.

        Raises:
            CatalogError: there is none.
        """
        known, pairs = (
            np.sort(rows.users * graph.num_items + rows.items) for rows in (graph.interactions, heldout)
        )
        new = np.append(known, -1)[np.searchsorted(known, pairs)] != pairs  # far faster than numpy's own sets
        new[1:] &= pairs[1:] != pairs[:-1]
        pairs = pairs[new]
        if not len(pairs):
            raise CatalogError(f"graph {graph.name!r} has nothing held out that could be found")
        users, starts = np.unique(pairs // graph.num_items, return_index=True)
        return cls(users, np.append(starts, len(pairs)), pairs % graph.num_items)

    @property
    def sizes(self) -> IntArray:
        """Number of test items of each person, at least 1, shape (n,)."""
        return np.diff(self.starts)

    @property
    def rows(self) -> IntArray:
        """Which of the people each test item belongs to, shape (starts[-1],)."""
        return np.repeat(np.arange(len(self.users)), self.sizes)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The lists of n people, before anything is measured.

    Attributes:
        top: item rows, best first, -1 for an empty place, shape (n, places).
        histories: what each of the people liked before, shape (n, num_items).
        beaten: see `hybrid.evaluation.metrics.beaten_shares`; None where not asked for.
    """

    top: IntArray
    histories: sparse.csr_array
    beaten: FloatArray | None = None


def evaluate(
    score: Callable[[Profiles], ScoreArray],
    graph: KnowledgeGraph,
    heldout: Interactions,
    *,
    ks: Sequence[int] = KS,
    seed: int = 0,
    auc: bool = False,
    beyond: bool = True,
) -> Evaluation:
    """Rank all items for everybody in `heldout`, without those in the person's history, and compare.

    A held-out item that is in the person's history is no test item, for it could never be recommended. People
    without test items are left out.

    Args:
        score: gives scores of shape (number of profiles, num_items), higher is better, NaN for "cannot tell".
        graph: its interactions are the histories, both asked with and masked.
        heldout: what should be found.
        ks: lengths of list to report.
        seed: ties in the scores are broken at random with it.
        auc: also sort all items for the "auc"; it takes longer than all else.
        beyond: also measure what `hybrid.evaluation.beyond` does; tuning can do without.

    Raises:
        CatalogError: no held-out item is left to find.
        ValueError: `score` answers with another shape.
    """
    wanted = Wanted.of(graph, heldout)
    ranking = rank(score, graph, wanted, places=max(ks), seed=seed, auc=auc)
    return measure(ranking, wanted, Known.of(graph) if beyond else None, ks)


def rank(
    score: Callable[[Profiles], ScoreArray],
    graph: KnowledgeGraph,
    wanted: Wanted,
    *,
    places: int,
    seed: int = 0,
    auc: bool = False,
) -> Ranking:
    """The lists behind `evaluate`, of which the arguments are."""
    profiles, rng = Profiles.of_users(graph, wanted.users), np.random.default_rng(seed)
    top: list[IntArray] = []
    beaten: list[FloatArray] = []
    for first, batch, able in _scored(score, profiles, graph.num_items):
        top.append(best_places(able, places, rng))
        if auc:
            starts = wanted.starts[first : first + len(batch) + 1]
            items = wanted.items[starts[0] : starts[-1]]
            beaten.append(beaten_shares(able, starts - starts[0], items, batch.lengths))
    histories = profiles.matrix(graph.num_items)
    return Ranking(np.concatenate(top), histories, np.concatenate(beaten) if auc else None)


def measure(ranking: Ranking, wanted: Wanted, known: Known | None, ks: Sequence[int] = KS) -> Evaluation:
    """All metrics of the lists of the people in `wanted`; those of accuracy alone without `known`."""
    hits = find_hits(ranking.top, wanted.rows, wanted.items, ranking.histories.shape[1])
    per_user: dict[str, FloatArray] = {
        f"{name}@{k}": metric(hits, wanted.sizes, k) for k in ks for name, metric in METRICS.items()
    }
    if ranking.beaten is not None:
        per_user["auc"] = np.bincount(wanted.rows, ranking.beaten) / wanted.sizes
    overall: dict[str, float] = {}
    if known is not None:
        lists = Lists(ranking.top, hits, ranking.histories, known)
        per_user |= {f"{name}@{k}": metric(lists, k) for k in ks for name, metric in PER_PERSON.items()}
        overall = {f"{name}@{k}": metric(lists, k) for k in ks for name, metric in OVERALL.items()}
    per_user = {name: values for name, values in per_user.items() if not np.isnan(values).all()}
    metrics = {name: float(np.nanmean(values)) for name, values in per_user.items()}
    metrics |= {name: value for name, value in overall.items() if not np.isnan(value)}
    return Evaluation(metrics, per_user, wanted.users)


def top_k(
    scores: ScoreArray, k: int, rng: np.random.Generator, *, exclude: BoolArray | None = None
) -> IntArray:
    """The k best items of each row, best first; equal scores in random order.

    A fixed order among equal scores would leak whatever the order of ids says (usually popularity), so that a
    scorer that knows nothing would look as if it knew.

    Args:
        scores: shape (n, num_items), float32. NaN is never recommended.
        k: places in the list, at least 1.
        rng: breaks the ties.
        exclude: True for what may not be recommended, shape (n, num_items).

    Returns:
        Item rows, shape (n, k); -1 where fewer than k items have a score.
    """
    able = comparable(scores)
    if exclude is not None:
        able[exclude] = BLOCKED
    return best_places(able, k, rng)


def history_mask(profiles: Profiles, num_items: int) -> BoolArray:
    """True for what each person has liked already, shape (len(profiles), num_items)."""
    mask = np.zeros((len(profiles), num_items), dtype=np.bool_)
    mask[np.repeat(np.arange(len(profiles)), profiles.lengths), profiles.items] = True
    return mask


def _scored(
    score: Callable[[Profiles], ScoreArray], profiles: Profiles, num_items: int
) -> Iterator[tuple[int, Profiles, ScoreArray]]:
    """Some people at a time, with the first one's row and their scores, `BLOCKED` for their histories."""
    size = min(_MOST_PEOPLE, max(1, _CELLS // num_items))
    room = np.empty(
        (min(size, len(profiles)), num_items), dtype=np.float32
    )  # new memory costs more than sums
    for first, batch in profiles.batches(size):
        scores = score(batch)
        if scores.shape != (len(batch), num_items):
            raise ValueError(f"scores have shape {scores.shape}, expected {(len(batch), num_items)}")
        able = comparable(scores, room[: len(batch)])
        able[np.repeat(np.arange(len(batch)), batch.lengths), batch.items] = BLOCKED
        yield first, batch, able
