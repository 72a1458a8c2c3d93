"""Which items have the words that are asked for, in their label, their text or the labels around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

import numpy as np
from scipy import sparse

from hybrid.scorers.base import Resources, ScoreArray, Scorer, binary
from hybrid.scorers.bridges import scaled
from hybrid.scorers.stems import USUAL, stems, with_decades

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from hybrid.profiles import Profiles
    from kg.graph import IntArray, KnowledgeGraph


@dataclass(frozen=True)
class Words(Scorer):
    r"""BM25 over the fields of an item: its label, its text, and the labels of what it is linked to.

    With tf the number of times that a word w is in a field f of an item i, and |i_f| the field's length:

    .. math:: t_{iw} = \sum_f \frac{v_f \, tf_{ifw}}{1 - b + b |i_f| / \overline{|f|}} \qquad
        score_i = \sum_w q_w \, idf_w \, \frac{(k_1 + 1) t_{iw}}{k_1 + t_{iw}}

    (BM25F of Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009). q is 1
    for each time the word is asked for; those that a wish is put in ("films with") count where there are no
    others.

    Args:
        label_weight: v of an item's own label.
        text_weight: v of its text.
        link_weight: v of the labels of what it is linked to by any fact.
        saturation: k1, how long it goes on to count that a word is there again.
        length_share: b, how far a long field counts less for the same word: 0 not at all, 1 in proportion.
    """

    name: ClassVar[str] = "words"
    reason: ClassVar[str] = "it has the words that were asked for"
    kind: ClassVar[str] = "text"
    reads_facts: ClassVar[bool] = True
    reads_likes: ClassVar[bool] = False
    reads_text: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    usual: ClassVar[bool] = False

    label_weight: float = 1.0
    text_weight: float = 1.0
    link_weight: float = 1.0
    saturation: float = 1.2
    length_share: float = 0.4
    vocabulary: npt.NDArray[np.str_] = field(init=False, repr=False, compare=False)
    weights: sparse.csr_array = field(init=False, repr=False, compare=False)
    learned: IntArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Weigh every word of every item; no interaction is read."""
        return self._weighed(graph, graph.num_items)

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """With the words of new items; what is rare, and how long a field usually is, stay as they were."""
        return self._weighed(graph, int(self.learned))

    def score(self, profiles: Profiles) -> ScoreArray:
        """Sums of 0 or more; NaN without a word that some item has, and for items without any word."""
        texts = [stems(wish.text) for wish in profiles.wishes]
        scores = np.full((len(profiles), self.weights.shape[0]), np.nan, dtype=np.float32)
        if not any(texts):
            return scores
        telling = [[word for word in text if word not in USUAL] or text for text in texts]
        asked = _counts(telling, self.vocabulary)
        rows = np.flatnonzero(np.diff(asked.indptr))
        scores[rows] = (asked[rows] @ self.weights.T).toarray()
        scores[:, np.diff(self.weights.indptr) == 0] = np.nan
        return scores

    def _weighed(self, graph: KnowledgeGraph, size: int) -> Self:
        """With the words of all items, weighed by what is usual among the first `size`."""
        vocabulary, fields = _fields(graph)
        counts = sparse.csr_array(
            self._counted(fields.labels, self.label_weight, size)
            + self._counted(fields.texts, self.text_weight, size)
            + self._counted(fields.links, self.link_weight, size)
        )
        found = np.bincount(counts[:size].indices, minlength=len(vocabulary))
        rarity = np.log1p((size - found + 0.5) / (found + 0.5))
        counts.data *= (self.saturation + 1) / (self.saturation + counts.data)
        weights = scaled(counts, columns=rarity)
        return self._fitted(vocabulary=vocabulary, weights=weights, learned=np.array(size))

    def _counted(self, counts: sparse.csr_array, weight: float, size: int) -> sparse.csr_array:
        """The counts of a field over what its length lets expect, times its weight."""
        lengths = counts.sum(axis=1)
        usual = lengths[:size][lengths[:size] > 0]
        mean = usual.mean() if len(usual) else 1.0
        return scaled(counts, rows=weight / (1 - self.length_share + self.length_share * lengths / mean))


class _Fields(NamedTuple):
    """How often each word is in each field of each item, shape (num_items, number of words) each."""

    labels: sparse.csr_array
    texts: sparse.csr_array
    links: sparse.csr_array


def _fields(graph: KnowledgeGraph) -> tuple[npt.NDArray[np.str_], _Fields]:
    """The words of the items, in order, and what fields have them."""
    named = [with_decades(stems(str(label))) for label in graph.labels]
    texts = [with_decades(stems(text)) for text in graph.item_texts]
    vocabulary = np.array(sorted({word for words in (*named, *texts) for word in words}), dtype=np.str_)
    labels = _counts(named, vocabulary)
    items = slice(graph.first("item"), graph.first("entity"))
    return vocabulary, _Fields(labels[items], _counts(texts, vocabulary), _links(graph) @ labels)


def _links(graph: KnowledgeGraph) -> sparse.csr_array:
    """Ones for what each item is linked to, people aside, shape (num_items, num_nodes)."""
    items, _, others = graph.facts_of("item")
    told = others >= graph.first("item")
    shape = (graph.num_items, graph.num_nodes)
    return binary(sparse.csr_array((np.ones(told.sum()), (items[told], others[told])), shape=shape))


def _counts(texts: Sequence[Sequence[str]], vocabulary: npt.NDArray[np.str_]) -> sparse.csr_array:
    """How often each word of a sorted vocabulary is in each text, float32, shape (texts, words)."""
    words = np.array([word for text in texts for word in text], dtype=np.str_)
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    places = np.searchsorted(vocabulary, words)
    known = np.append(vocabulary, "")[places] == words
    ones = np.ones(known.sum(), dtype=np.float32)
    return sparse.csr_array((ones, (rows[known], places[known])), shape=(len(texts), len(vocabulary)))
