"""What a language model is trained to do, and to find a person's next liked text for one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from hybrid.text.augmentation import Augmenter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hybrid.text.adapted import AdaptedEncoder
    from hybrid.text.batches import TextBatches
    from hybrid.text.table import VectorArray
    from kg.graph import IntArray

Batch = tuple[Tensor, Tensor, Tensor]


class Texts(nn.Module):
    """What is trained: a language model, beside it the latest vector of every item's text.

    The vectors that are not of the batch come from this memory (Wang et al., "Cross-batch memory for
    embedding learning", 2020): a person is the mean of all their liked texts, of which only those of the
    batch are read anew.
    """

    memory: Tensor

    def __init__(self, language: nn.Module, vectors: VectorArray, head: nn.Module | None = None) -> None:
        """Start from `vectors`, the texts' vectors by the model as it is, shape (num_items, size)."""
        super().__init__()
        self.language = language
        self.head = head
        self.register_buffer("memory", torch.from_numpy(vectors).clone())

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Unit vectors of the texts of a batch, see `hybrid.text.language.Language`."""
        vectors: Tensor = self.language(input_ids, attention_mask)
        return vectors


@dataclass(frozen=True)
class Material:
    """What there is to learn from.

    Attributes:
        texts: of all items.
        vectors: the texts' unit vectors by the model as it is, zeros where there is no text, shape
            (num_items, size).
        likes: who likes what, ones, shape (num_users, num_items).
        batches: draws the items of a batch.
        measure: a metric on validation data, higher is better; None where there is none.
    """

    texts: Sequence[str]
    vectors: VectorArray
    likes: sparse.csr_array
    batches: TextBatches
    measure: Callable[[], float] | None = None


class TextTask(ABC):
    """A task for `gnn.train.train`: batches of items' texts, with who liked them.

    A batch is the rows of m items and their tokens and mask, shapes (m,), (m, length) and (m, length).
    """

    def __init__(self, encoder: AdaptedEncoder, material: Material, head: nn.Module | None = None) -> None:
        """Train the encoder's language model in place, and the head with it."""
        self.module = Texts(encoder.language, material.vectors, head)
        self._options, self._encoder, self._material = encoder.adapt, encoder, material
        self._augment = Augmenter(encoder.adapt.augment)

    def batches(self, generator: torch.Generator) -> Iterator[Batch]:
        """The batches of one epoch."""
        rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
        for rows in self._material.batches.draw(generator):
            ids, mask = self._encoder.tokens([self._augment(self._material.texts[row], rng) for row in rows])
            yield torch.from_numpy(rows), ids, mask

    def loss(self, batch: Batch) -> Tensor:
        """The loss of a batch, a scalar."""
        device = self.module.memory.device
        rows, ids, mask = (part.to(device) for part in batch)
        fresh: Tensor = self.module(ids, mask)
        loss = self.of(rows, fresh)
        self.module.memory[rows] = fresh.detach()
        return loss

    @abstractmethod
    def of(self, rows: Tensor, fresh: Tensor) -> Tensor:
        """The loss of items with these vectors, shapes (m,) and (m, size); a scalar."""

    def validate(self) -> float | None:
        """The metric on validation data."""
        return None if self._material.measure is None else self._material.measure()

    def _sums(self, people: IntArray, memory: Tensor, rows: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor]:
        """The sum of each person's liked texts, and which of the batch these are: (n, size) and (n, m).

        Texts of the batch count with their fresh vectors, others with those in memory.
        """
        liked = self._material.likes[people]
        index = torch.from_numpy(liked.indices.astype(np.int64)).to(memory.device)
        owner = torch.from_numpy(np.repeat(np.arange(len(people)), np.diff(liked.indptr))).to(memory.device)
        sums = memory.new_zeros(len(people), memory.shape[1]).index_add_(0, owner, memory[index])
        inside = torch.from_numpy(liked[:, rows.cpu().numpy()].toarray()).to(memory)
        return sums + inside @ (fresh - memory[rows]), inside

    def _few(self, users: IntArray, columns: IntArray) -> tuple[IntArray, IntArray]:
        """At most `pairs` of the pairs, drawn at random."""
        if len(users) <= self._options.pairs:
            return users, columns
        drawn = torch.randperm(len(users))[: self._options.pairs].numpy()
        return users[drawn], columns[drawn]


class LikedTexts(TextTask):
    r"""Each liked text of the batch, among all of the batch, from the person's other liked texts.

    .. math:: -\log \frac{\exp(a \cdot t_i / \tau - \log q_i)}
                         {\sum_j \exp(a \cdot t_j / \tau - \log q_j)},
              \quad a = \mathrm{unit}\Big(\sum_{k \in L(u) \setminus i} t_k\Big)

    InfoNCE (van den Oord et al., 2018) with the negatives of the batch, which has hard ones in it; q is how
    often an item is drawn. Other liked texts of the person are no negatives. It is the question that the text
    scorer answers: what is nearest to the mean of what somebody likes. As in its centred form, t are unit
    vectors of what sets a text apart: the mean of all texts is taken off first.
    """

    def __init__(self, encoder: AdaptedEncoder, material: Material) -> None:
        super().__init__(encoder, material)
        self._present = torch.from_numpy(np.flatnonzero(material.vectors.any(axis=1)))
        self._log_rates = material.batches.log_rates(len(material.texts))
        # who likes a single thing has nothing left that it could be found from
        enough = np.diff(material.likes.indptr) > 1
        self._likers = sparse.diags_array(enough.astype(np.float32)).tocsr() @ material.likes
        self._likers = sparse.csc_array(self._likers)
        self._likers.eliminate_zeros()

    def of(self, rows: Tensor, fresh: Tensor) -> Tensor:
        """Mean loss over pairs of a person and a liked text."""
        users, columns = self._few(*self._likers[:, rows.cpu().numpy()].nonzero())
        if not len(users):  # nobody to learn from in this batch: a zero that has a gradient
            return fresh.sum() * 0
        memory = self.module.memory
        centre = memory[self._present].mean(dim=0)
        memory, fresh = normalize(memory - centre, dim=1), normalize(fresh - centre, dim=1)
        people, owners = np.unique(users, return_inverse=True)
        sums, inside = self._sums(people, memory, rows, fresh)
        owner, own = (torch.from_numpy(part.astype(np.int64)).to(fresh.device) for part in (owners, columns))
        anchors = normalize(sums[owner] - fresh[own], dim=1)
        logits = anchors @ fresh.T / self._options.temperature - self._log_rates.to(fresh)[rows]
        others = inside[owner].bool().scatter(1, own[:, None], value=False)
        return cross_entropy(logits.masked_fill(others, -torch.inf), own)
