"""What the paths shown with a list are like: how recent, well known and varied what they speak of is.

A metric is a function of `Explained`, the list of one person with a path for each item; adding one is adding
it to `METRICS`. It gives one number, NaN where there is nothing to tell.

The measures are those of Balloccu, Boratto, Fenu and Marras, "Post Processing Recommender Systems with
Knowledge Graphs for Recency, Popularity, and Diversity of Explanations" (SIGIR 2022), and of their
"Reinforcement Recommendation Reasoning through Knowledge Graphs for Explanation Path Quality"
(Knowledge-Based Systems 2023). There a path has three steps, from a person over a liked item and an entity to
the recommended item; here it starts at the liked item and has one to four. Their *shared entity* is here the
last node before the recommended item, and the *type* of a path is the words of its last step, as there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, FloatArray, KnowledgeGraph
    from kg.paths import ReasoningPath

_HUBS = 0.01  # of the nodes with edges


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a graph says of the nodes of paths.

    Attributes:
        popularity: how well known each node is beside those of its class, `decayed` of its number of edges,
            shape (num_nodes,); NaN where all of a class have as many.
        hubs: whether a node is among the hundredth with the most edges, shape (num_nodes,).
        types: how many kinds of step can lead to an item.
        first_item: number of the first item's node.
    """

    popularity: FloatArray
    hubs: BoolArray
    types: int
    first_item: int

    @classmethod
    def of(cls, graph: KnowledgeGraph) -> Surroundings:
        """What a graph's facts and interactions say; held-out interactions are not read."""
        edges, likes, first = graph.edges, graph.interactions, graph.first("item")
        ends = np.concatenate([edges.heads, edges.tails, likes.users, likes.items + first])
        degrees = np.bincount(ends, minlength=graph.num_nodes).astype(np.float64)
        popularity = np.full(graph.num_nodes, np.nan)
        for group in range(len(graph.class_names)):
            members = np.flatnonzero(graph.classes == group)
            popularity[members] = decayed(degrees[members])
        linked = degrees[degrees > 0]
        least = np.quantile(linked, 1 - _HUBS) if len(linked) else np.inf
        types = len(np.unique(graph.facts_of("item")[1])) + bool(len(likes))
        return cls(popularity, degrees > least, types, first)


@dataclass(frozen=True, slots=True)
class Explained:
    """A list as it is shown to one person.

    Attributes:
        paths: the path shown with each item of the list; None for an item without one.
        recency: how recent each like of the person is (see `recency`), by item row.
        known: the graph.
    """

    paths: Sequence[ReasoningPath | None]
    recency: Mapping[int, float]
    known: Surroundings

    @property
    def shown(self) -> list[ReasoningPath]:
        """The paths there are."""
        return [path for path in self.paths if path is not None]


def decayed(values: FloatArray) -> FloatArray:
    r"""Values smoothed from the smallest to the largest, then scaled to 0 .. 1, shape as given.

    With v_1 <= v_2 <= ... <= v_n and b = 2 / (n + 1),

    .. math:: x_i = \frac{\sum_{j \le i} (1 - b)^{i - j} v_j}{\sum_{j \le i} (1 - b)^{i - j}}, \qquad
        \frac{x - x_1}{x_n - x_1}

    The papers write x_i = (1 - b) x_{i-1} + b v_i and name no b; this is what hopwise 0.9.1 computes for them
    (pandas' `ewm` with a span of n). Equal values are all given the last of their x, for their order says
    nothing. NaN where all are equal.
    """
    size, order = len(values), np.argsort(values, kind="stable")
    if not size or values[order[0]] == values[order[-1]]:
        return np.full(size, np.nan)
    smooth = pd.Series(values[order]).ewm(span=size).mean().to_numpy()
    result: FloatArray = smooth[np.searchsorted(values[order], values, side="right") - 1]
    scaled: FloatArray = (result - result.min()) / (result.max() - result.min())
    return scaled


def recency(profiles: Profiles, row: int) -> dict[int, float]:
    """How recent each like of one of some people is, from 0 to 1, by item row: `decayed` of its time.

    NaN where the times are unknown or all the same.
    """
    times = profiles.times[profiles.indptr[row] : profiles.indptr[row + 1]]
    liked = profiles.history(row).tolist()
    values = np.full(len(liked), np.nan) if np.isnan(times).any() else decayed(times)
    return dict(zip(liked, values.tolist(), strict=True))


def path_type(path: ReasoningPath) -> str:
    """What kind of path it is: the words of its last step."""
    return path.relations[-1]


def explained(list_: Explained) -> float:
    """The share of the list that has a path at all."""
    return len(list_.shown) / len(list_.paths) if list_.paths else np.nan


def lir(list_: Explained) -> float:
    """Linking interaction recency: how recent the likes are that the paths start at, their mean."""
    return _mean([list_.recency.get(path.nodes[0] - list_.known.first_item, np.nan) for path in list_.shown])


def sep(list_: Explained) -> float:
    """Shared entity popularity: how well known the nodes are that the paths go over last, their mean."""
    return _mean([list_.known.popularity[path.nodes[-2]] for path in list_.shown if _over_something(path)])


def etd(list_: Explained) -> float:
    """Explanation type diversity: different types / the most there could be, min(list's length, types)."""
    most = min(len(list_.paths), list_.known.types)
    return len({path_type(path) for path in list_.shown}) / most if most else np.nan


def lid(list_: Explained) -> float:
    """Linking interaction diversity: different likes that the paths start at / number of paths."""
    return _different([path.nodes[0] for path in list_.shown])


def sed(list_: Explained) -> float:
    """Shared entity diversity: different nodes that the paths go over last / number of paths that do."""
    return _different([path.nodes[-2] for path in list_.shown if _over_something(path)])


def ptd(list_: Explained) -> float:
    """Diversity of whole paths' types: 1 - the chance that two of the paths take the same kinds of step.

    One minus Simpson's index, 1 - sum n_t (n_t - 1) / (n (n - 1)) with n_t paths of type t. NaN for fewer
    than two paths.
    """
    counts = np.array(list(Counter(path.relations for path in list_.shown).values()))
    size = int(counts.sum())
    return float(1 - (counts * (counts - 1)).sum() / (size * (size - 1))) if size > 1 else np.nan


def hubs(list_: Explained) -> float:
    """The share of the paths that go over a hub, one of the hundredth of the nodes with the most edges."""
    return _mean([float(list_.known.hubs[list(path.nodes[1:-1])].any()) for path in list_.shown])


METRICS: Mapping[str, Callable[[Explained], float]] = {
    "explained": explained,
    "lir": lir,
    "sep": sep,
    "etd": etd,
    "lid": lid,
    "sed": sed,
    "ptd": ptd,
    "hubs": hubs,
}


def measure(lists: Sequence[Explained]) -> dict[str, FloatArray]:
    """Every metric of the lists of n people, shape (n,) each."""
    return {name: np.array([metric(each) for each in lists]) for name, metric in METRICS.items()}


def _over_something(path: ReasoningPath) -> bool:
    return len(path.nodes) > 2  # noqa: PLR2004


def _different(nodes: Sequence[int]) -> float:
    return len(set(nodes)) / len(nodes) if nodes else np.nan


def _mean(values: Sequence[float]) -> float:
    told = np.array([value for value in values if not np.isnan(value)])
    return float(told.mean()) if len(told) else np.nan
