"""Full-ranking evaluation: every item is ranked for every person with something held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.evaluation.metrics import METRICS, coverage, find_hits
from hybrid.profiles import Profiles
from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from hybrid.scorers import ScoreArray
    from kg.graph import BoolArray, FloatArray, IntArray, Interactions, KnowledgeGraph

KS = (5, 10, 20)
_BATCH = 512
_SIGN = np.uint32(0x80000000)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a scorer ranks.

    Attributes:
        metrics: means over the people by "metric@k", for instance "ndcg@10", and "coverage@k" of the catalog.
        per_user: the numbers behind the means, by "metric@k", shape (n,) each.
        users: rows of the user vocabulary that the numbers belong to, ascending, shape (n,).
    """

    metrics: Mapping[str, float]
    per_user: Mapping[str, FloatArray]
    users: IntArray


def evaluate(
    score: Callable[[Profiles], ScoreArray],
    graph: KnowledgeGraph,
    heldout: Interactions,
    *,
    ks: Sequence[int] = KS,
    seed: int = 0,
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

    Raises:
        CatalogError: no held-out item is left to find.
        ValueError: `score` answers with another shape.
    """
    users, starts, items = _test_sets(graph, heldout)
    if not len(users):
        raise CatalogError(f"graph {graph.name!r} has nothing held out that could be found")
    rng = np.random.default_rng(seed)
    lists = []
    for _, batch in Profiles.of_users(graph, users).batches(_BATCH):
        liked = history_mask(batch, graph.num_items)
        lists.append(top_k(_checked(score(batch), liked.shape), max(ks), rng, exclude=liked))
    return _measure(np.concatenate(lists), users, starts, items, graph.num_items, ks)


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
    bits = (scores.astype(np.float32) + np.float32(0.0)).view(np.uint32)  # adding 0 makes -0 equal to 0
    # Flipping the bits of negative numbers and the sign of the others sorts integers as the floats would.
    order = np.where(bits & _SIGN, ~bits, bits | _SIGN)
    order[np.isnan(scores)] = 0
    if exclude is not None:
        order[exclude] = 0
    ties = rng.integers(2**32, size=scores.shape, dtype=np.uint32)
    keys = (order.astype(np.uint64) << np.uint64(32)) | ties
    width = min(k, scores.shape[1])
    best = np.argpartition(keys, -width, axis=1)[:, -width:]
    sorting = np.argsort(np.take_along_axis(keys, best, axis=1), axis=1)[:, ::-1]
    top = np.full((len(scores), k), -1, dtype=np.int64)
    top[:, :width] = np.take_along_axis(best, sorting, axis=1)
    top[:, :width][np.take_along_axis(order, top[:, :width], axis=1) == 0] = -1
    return top


def history_mask(profiles: Profiles, num_items: int) -> BoolArray:
    """True for what each person has liked already, shape (len(profiles), num_items)."""
    mask = np.zeros((len(profiles), num_items), dtype=np.bool_)
    mask[np.repeat(np.arange(len(profiles)), profiles.lengths), profiles.items] = True
    return mask


def _test_sets(graph: KnowledgeGraph, heldout: Interactions) -> tuple[IntArray, IntArray, IntArray]:
    """The people to evaluate, where the test items of each start, and the test items."""
    known = graph.interactions.users * graph.num_items + graph.interactions.items
    pairs = np.setdiff1d(heldout.users * graph.num_items + heldout.items, known)
    users, starts = np.unique(pairs // graph.num_items, return_index=True)
    return users, np.append(starts, len(pairs)), pairs % graph.num_items


def _checked(scores: ScoreArray, shape: tuple[int, ...]) -> ScoreArray:
    if scores.shape != shape:
        raise ValueError(f"scores have shape {scores.shape}, expected {shape}")
    return scores


def _measure(
    top: IntArray, users: IntArray, starts: IntArray, items: IntArray, num_items: int, ks: Sequence[int]
) -> Evaluation:
    sizes = np.diff(starts)
    hits = find_hits(top, np.repeat(np.arange(len(users)), sizes), items, num_items)
    per_user: dict[str, npt.NDArray[np.float64]] = {
        f"{name}@{k}": metric(hits, sizes, k) for k in ks for name, metric in METRICS.items()
    }
    metrics = {name: float(values.mean()) for name, values in per_user.items()}
    metrics |= {f"coverage@{k}": coverage(top, num_items, k) for k in ks}
    return Evaluation(metrics, per_user, users)
