"""Reasoning paths: the bounded, typed search from what somebody liked to what is recommended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg import words

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy import sparse

    from kg.graph import FloatArray, IntArray, Kind, KnowledgeGraph

MAX_HOPS = 3
_COLUMNS = ["start", "code", "end"]


@dataclass(frozen=True, slots=True)
class ReasoningPath:
    """A chain of real edges from a liked item to a recommended one.

    Attributes:
        nodes: numbers of the nodes, the liked item first, the recommended one last.
        labels: a name for people per node.
        kinds: "user", "item" or "entity" per node.
        relations: words per step, read in the direction of the path.
        weight: the path's strength; comparable between the paths of one recommendation.
        sentence: the path in words.
    """

    nodes: tuple[int, ...]
    labels: tuple[str, ...]
    kinds: tuple[Kind, ...]
    relations: tuple[str, ...]
    weight: float
    sentence: str


class PathFinder:
    """Finds the strongest paths of at most three hops by the facts, and by people who liked both ends.

    A path's weight is what the trained model gave the liked item in the score of the recommended one, times
    the strength of each step. A step's strength is the model's closeness of its ends (cosine, at least 0.01),
    divided by the root of the product of their numbers of edges of that relation: the coefficient by which a
    graph network sends a message there. So a rare shared director counts for more than a shared language.

    Args:
        graph: its facts and interactions; held-out interactions are never read.
        vectors: the trained model's vector per node, shape (num_nodes, size).
        max_fan: a node with more edges of one relation than this explains nothing and is not walked through.
    """

    def __init__(
        self, graph: KnowledgeGraph, vectors: npt.NDArray[np.float32], *, max_fan: int = 1000
    ) -> None:
        self.graph = graph
        self.max_fan = max_fan
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        self._units = vectors / np.maximum(norms, 1e-12)
        self._facts = _Facts(graph)
        self._classes = self._facts.classes(graph)
        likes = graph.interactions.matrix(graph.num_users, graph.num_items)
        likes.data[:] = 1.0
        self._likes: sparse.csr_array = likes
        self._liked_by: sparse.csr_array = likes.T.tocsr()

    def best(
        self, liked: IntArray, shares: FloatArray, item: int, *, k: int = 3, person: int = -1
    ) -> tuple[ReasoningPath, ...]:
        """The k strongest paths to an item, strongest first; one per set of nodes.

        Args:
            liked: rows of the liked items to start from, shape (n,).
            shares: what each gave to the item's score in the trained model, shape (n,).
            item: row of the recommended item.
            k: how many paths.
            person: row of the user who asks, who is no evidence for themselves; -1 for somebody new.
        """
        first = self.graph.first("item")
        target = first + item
        starts = pd.Series(
            np.maximum(shares, 1e-3 * max(float(np.max(shares, initial=0.0)), 1e-6)), liked + first
        )
        starts = starts[(starts.index != target) & ~starts.index.duplicated()]
        if starts.empty:
            return ()
        frames = [*self._by_facts(starts, target), self._by_people(starts, target, person)]
        found = pd.concat([frame for frame in frames if len(frame)] or [_no_paths()], ignore_index=True)
        found = found.sort_values("weight", ascending=False, kind="stable").drop_duplicates("nodes").head(k)
        return tuple(
            self._path(*row) for row in found[["nodes", "codes", "weight", "people"]].itertuples(index=False)
        )

    def _by_facts(self, starts: pd.Series[float], target: int) -> list[pd.DataFrame]:
        """Paths of one, two and three facts, one frame each."""
        out = self._steps(starts.index.to_numpy())
        back = self._steps(np.array([target]))
        back = back.rename(columns={"start": "t", "end": "b", "code": "back", "strength": "last"})
        out = out.rename(columns={"start": "h", "end": "a", "code": "code0", "strength": "first"})
        out["share"] = starts.loc[out["h"]].to_numpy()
        inner = out[(out["a"] != target) & ~out["a"].isin(starts.index) & (out["fan"] <= self.max_fan)]
        ends = back[~back["b"].isin(starts.index) & (back["fan"] <= self.max_fan)]
        direct = out[out["a"] == target]
        one = _found(direct[["h", "a"]], direct[["code0"]], direct["share"] * direct["first"])
        pairs = inner.merge(ends, left_on="a", right_on="b")
        codes = pairs[["code0"]].assign(code1=pairs["back"] ^ 1)
        two = _found(pairs[["h", "a", "t"]], codes, pairs["share"] * pairs["first"] * pairs["last"])
        middle = self._steps(ends["b"].drop_duplicates().to_numpy()).rename(
            columns={"start": "b", "end": "a"}
        )
        passable = middle[["fan", "fan_here"]].max(axis=1) <= self.max_fan
        middle = middle[passable & middle["a"].isin(inner["a"]) & (middle["a"] != middle["b"])]
        middle = middle[middle["a"] != target]
        triples = ends.merge(middle[["b", "a", "code", "strength"]], on="b").merge(
            inner.drop(columns="fan"), on="a"
        )
        codes = triples[["code0"]].assign(code1=triples["code"] ^ 1, code2=triples["back"] ^ 1)
        weight = triples["share"] * triples["first"] * triples["strength"] * triples["last"]
        three = _found(triples[["h", "a", "b", "t"]], codes, weight)
        return [one, two, three]

    def _by_people(self, starts: pd.Series[float], target: int, person: int) -> pd.DataFrame:
        """Paths over people who liked both ends: one per liked item, over the person whose likes say most."""
        first = self.graph.first("item")
        rows = starts.index.to_numpy() - first
        fans = self._liked_by[[target - first]].indices
        fans = fans[fans != person]
        if not len(fans):
            return _no_paths()
        breadth = np.diff(self._likes.indptr)
        both = self._likes[fans][:, rows].tocsc()
        popularity = np.diff(self._liked_by.indptr)
        paths = []
        for column, node in enumerate(starts.index):
            people = fans[both.indices[both.indptr[column] : both.indptr[column + 1]]]
            if len(people):
                spread = float((1 / breadth[people]).sum()) / np.sqrt(
                    popularity[rows[column]] * popularity[target - first]
                )
                weight = (
                    float(starts.iloc[column])
                    * spread
                    * self._closeness(np.array([node]), np.array([target]))[0]
                )
                paths.append(
                    (
                        (node, int(people[breadth[people].argmin()]), target),
                        (words.LIKED_BY, words.LIKES),
                        weight,
                        len(people),
                    )
                )
        return pd.DataFrame(paths, columns=["nodes", "codes", "weight", "people"])

    def _steps(self, nodes: IntArray) -> pd.DataFrame:
        """Every fact at the nodes: start, code, end, strength, and the edges of it at either end."""
        steps = self._facts.at(nodes)
        here, there = steps["start"].to_numpy(), steps["end"].to_numpy()
        fan_here = self._facts.fan(here, steps["code"].to_numpy())
        fan_there = self._facts.fan(there, steps["code"].to_numpy() ^ 1)
        steps["strength"] = self._closeness(here, there) / np.sqrt(fan_here * fan_there)
        steps["fan"], steps["fan_here"] = fan_there, fan_here
        return steps

    def _closeness(self, here: IntArray, there: IntArray) -> FloatArray:
        cosine = np.einsum("nd,nd->n", self._units[here], self._units[there])
        closeness: FloatArray = np.maximum(cosine, 0.01).astype(np.float64)
        return closeness

    def _path(
        self, nodes: tuple[int, ...], codes: tuple[int, ...], weight: float, people: int
    ) -> ReasoningPath:
        numbers = tuple(int(node) for node in nodes)
        steps = tuple(words.step(self.graph, int(code)) for code in codes)
        # a node's role is the step that leads to it, seen from the node; the first one's, the step it takes
        roles = (codes[0], *(code ^ 1 for code in codes))
        names = tuple(
            words.name(self.graph, node, self._what(node, role), self._alike(node, role), besides=numbers)
            for node, role in zip(numbers, roles, strict=True)
        )
        labels = tuple(name.first for name in names)
        sentence = words.sentence(names, codes, steps, people)
        kinds = tuple(self.graph.kind(node) for node in numbers)
        return ReasoningPath(numbers, labels, kinds, steps, float(weight), sentence)

    def _what(self, node: int, role: int) -> str:
        """What a node is in the role it has in a path: the class of most nodes in it, or its own."""
        return self.graph.class_names[self._classes.get(role, int(self.graph.classes[node]))].lower()

    def _alike(self, node: int, role: int) -> IntArray:
        """The nodes that a node is the same thing to, those that most people like first."""
        others = self._facts.neighbours(node, role)
        rows = others - self.graph.first("item")
        items = (rows >= 0) & (rows < self.graph.num_items)
        popularity = np.diff(self._liked_by.indptr)
        counts = np.where(items, popularity[np.where(items, rows, 0)], 0)
        return others[np.argsort(-counts, kind="stable")]


class _Facts:
    """Facts in both directions, by node; the code of a step is twice its relation, plus 1 against it."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        edges = graph.edges
        frame = pd.DataFrame(
            {
                "start": np.concatenate([edges.heads, edges.tails]),
                "code": np.concatenate([2 * edges.relations, 2 * edges.relations + 1]),
                "end": np.concatenate([edges.tails, edges.heads]),
            }
        )
        self._frame = frame.drop_duplicates().sort_values(_COLUMNS, ignore_index=True)
        self._starts = np.searchsorted(self._frame["start"], np.arange(graph.num_nodes + 1))
        self._width = 2 * max(len(graph.relations), 1)
        keys = self._frame["start"].to_numpy() * self._width + self._frame["code"].to_numpy()
        self._keys, self._sizes = np.unique(keys, return_counts=True)

    def at(self, nodes: IntArray) -> pd.DataFrame:
        """The facts that start at these nodes."""
        rows = [np.arange(self._starts[node], self._starts[node + 1]) for node in nodes]
        return self._frame.iloc[np.concatenate(rows) if rows else []].reset_index(drop=True)

    def neighbours(self, node: int, code: int) -> IntArray:
        """The other ends of a node's facts of one code."""
        facts = self._frame.iloc[self._starts[node] : self._starts[node + 1]]
        others: IntArray = facts["end"].to_numpy()[facts["code"].to_numpy() == code]
        return others

    def classes(self, graph: KnowledgeGraph) -> dict[int, int]:
        """The most frequent class of the nodes that have facts of each code."""
        starts = self._frame[["start", "code"]].drop_duplicates()
        starts["class"] = graph.classes[starts["start"].to_numpy()]
        common = starts.groupby("code")["class"].agg(lambda classes: int(classes.value_counts().index[0]))
        return dict(zip(common.index.tolist(), common.tolist(), strict=True))

    def fan(self, nodes: IntArray, codes: IntArray) -> IntArray:
        """How many facts of each code each node has, shape (len(nodes),)."""
        sizes: IntArray = self._sizes[np.searchsorted(self._keys, nodes * self._width + codes)]
        return sizes


def _found(nodes: pd.DataFrame, codes: pd.DataFrame, weight: pd.Series[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "nodes": list(nodes.itertuples(index=False, name=None)),
            "codes": list(codes.itertuples(index=False, name=None)),
            "weight": weight.to_numpy(),
            "people": 0,
        }
    )


def _no_paths() -> pd.DataFrame:
    return pd.DataFrame({"nodes": [], "codes": [], "weight": [], "people": []})
