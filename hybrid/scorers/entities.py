"""Which items are linked to what is asked for: a director, a genre, a tag, a decade."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from scipy import sparse

from hybrid.scorers.base import Resources, ScoreArray, Scorer, binary
from hybrid.scorers.bridges import item_facts, power, scaled
from hybrid.scorers.naming import Names, dates

if TYPE_CHECKING:
    import numpy.typing as npt

    from hybrid.profiles import Profiles, Wish
    from kg.graph import IntArray, KnowledgeGraph

Asked = tuple[int, ...]  # nodes, any of which is what is asked for: the genre and the tag "Comedy"


@dataclass(frozen=True)
class Entities(Scorer):
    r"""How far an item is what each asked entity stands for, and the rarer entities count more.

    An item i that is linked to an asked entity e by a fact has d_ie = 1; one that is linked to it over one
    node between (a book by somebody who is one of the women) has d_ie = g, the decay; others have 0. Then

    .. math:: score_i = \sum_e \log \Bigl( 1 + \frac{n}{n_e} \Bigr)
        \Bigl( d_{ie} + g^2 \frac{w_{ie}}{\max_j w_{je}} \Bigr) \qquad w_e = F F^T \frac{d_e}{|d_e|}

    with n items, n_e of which have d > 0; n_e is 1 for what only items have that joined later. w walks on
    from those over a fact that they share with i, other than e, where a node of m facts has the weight
    m^(-1/2): it brings items that are most like them, and among them the most usual ones first.

    Asked for are the entities of a wish and those that its words call by name: the longest name at every
    place, in any case, accents and plurals aside. Years and decades are entities too, where items are
    numbered by year or have one at the end of their label.

    Args:
        decay: g, what each further step is worth.
    """

    name: ClassVar[str] = "entities"
    reason: ClassVar[str] = "it is linked to what was asked for"
    kind: ClassVar[str] = "graph"
    reads_facts: ClassVar[bool] = True
    reads_likes: ClassVar[bool] = False
    reads_text: ClassVar[bool] = True
    reads_entities: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    usual: ClassVar[bool] = False
    asked: ClassVar[float] = 4.0  # beside 1 of text and of words: benchmarks/text_queries.py

    decay: float = 0.5
    names: npt.NDArray[np.str_] = field(init=False, repr=False, compare=False)
    bearers: IntArray = field(init=False, repr=False, compare=False)
    near: sparse.csr_array = field(init=False, repr=False, compare=False)
    facts: sparse.csr_array = field(init=False, repr=False, compare=False)
    ends: IntArray = field(init=False, repr=False, compare=False)
    learned: IntArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Take the links and the names; no interaction is read. Nodes are items, entities, then dates."""
        return self._linked(graph, graph.num_items)

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """A fitted copy with the links of new items; what an entity or a fact is worth stays as it was."""
        return self._linked(graph, int(self.learned))

    def _linked(self, graph: KnowledgeGraph, size: int) -> Self:
        """With the links of all items, weighed by what is usual among the first `size`."""
        called, dated = dates(graph, size)
        facts, ends = item_facts(graph)
        first = graph.first("item")
        bearers = {
            row: str(label) for row, label in enumerate(graph.labels[first:]) if row >= graph.num_items
        }
        bearers |= dict(enumerate(called, start=graph.num_nodes - first))
        known = Names.of(bearers)
        shares = power(np.bincount(facts[:size].indices, minlength=facts.shape[1]), -0.25)
        return self._fitted(
            names=known.names,
            bearers=known.bearers,
            near=_near(graph, dated),
            facts=scaled(facts, columns=shares),
            ends=ends - first,
            learned=np.array(size),
        )

    def score(self, profiles: Profiles) -> ScoreArray:
        """Sums above 0 or 0; NaN where nothing asked for leads anywhere, and for items without a link."""
        wanted = [self._asked(wish) for wish in profiles.wishes]
        asked = sorted({each for some in wanted for each in some})
        place = {each: column for column, each in enumerate(asked)}
        pairs = [(row, place[each]) for row, some in enumerate(wanted) for each in some]
        rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        worth, degrees = self._degrees(asked)
        wishes = sparse.csr_array((worth[columns], (rows, columns)), shape=(len(profiles), len(asked)))
        scores = np.asarray(wishes @ degrees.T, dtype=np.float32)
        scores[wishes.sum(axis=1) == 0] = np.nan
        scores[:, np.diff(self.near.indptr)[: len(degrees)] == 0] = np.nan
        return scores

    def _asked(self, wish: Wish) -> list[Asked]:
        """What a wish asks for, each once."""
        given = {self._num_items + entity for entity in wish.entities}
        called = Names(self.names, self.bearers).within(wish.text)
        found = {tuple(each.tolist()) for each in called if given.isdisjoint(each.tolist())}
        return [*((node,) for node in given), *found]

    def _degrees(self, asked: list[Asked]) -> tuple[ScoreArray, ScoreArray]:
        """What each thing asked for counts, shape (n,), and how far each item is that, (num_items, n)."""
        columns = np.repeat(np.arange(len(asked)), [len(each) for each in asked])
        nodes = np.array([node for each in asked for node in each], dtype=np.int64)
        shape = (self.near.shape[0], len(asked))
        named = sparse.csr_array((np.ones(len(nodes), np.float32), (nodes, columns)), shape=shape)
        one = self.near @ named
        two = self.near[: self._num_items] @ one
        linked = np.where(one[: self._num_items].toarray() > 0, 1.0, self.decay * (two.toarray() > 0))
        walked, size = self._walks(linked, named), int(self.learned)
        found = np.count_nonzero(linked[:size], axis=0)
        worth = np.where(linked.any(axis=0), np.log1p(size / np.maximum(found, 1)), 0)
        return worth.astype(np.float32), (linked + self.decay**2 * walked).astype(np.float32)

    def _walks(self, linked: npt.NDArray[np.float64], named: sparse.csr_array) -> npt.NDArray[np.float64]:
        """Where walks from the linked items of the fit lead, 0 .. 1 among these, shape as `linked`."""
        size = int(self.learned)
        shared = self.facts[:size].T @ (linked[:size] / np.maximum(linked[:size].sum(axis=0), 1))
        shared[named[self.ends].toarray() > 0] = 0
        walked = self.facts @ shared
        most = walked[:size].max(axis=0, initial=0)
        return np.asarray(walked / np.where(most > 0, most, 1))

    @property
    def _num_items(self) -> int:
        return self.facts.shape[0]


def _near(graph: KnowledgeGraph, dated: sparse.csr_array) -> sparse.csr_array:
    """Ones between linked items, entities and dates, both ways; square."""
    first, size = graph.first("item"), graph.num_nodes - graph.first("item")
    heads, tails = graph.edges.heads - first, graph.edges.tails - first
    ours = (heads >= 0) & (tails >= 0)
    years = dated.tocoo()
    one = np.concatenate([heads[ours], years.row])
    other = np.concatenate([tails[ours], size + years.col])
    ends = np.concatenate([one, other]), np.concatenate([other, one])
    shape = (size + dated.shape[1], size + dated.shape[1])
    return binary(sparse.csr_array((np.ones(2 * len(one)), ends), shape=shape))
