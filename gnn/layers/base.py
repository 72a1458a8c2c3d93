"""The contract of a layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

    from gnn.adjacency import Adjacency

QUIET = 0.1  # facts begin with a quiet voice: at 1 they drown the likes before they are understood (LOG.md)


class Layer(nn.Module, ABC):
    """Sends messages along the edges of an adjacency, once.

    Class attributes:
        name: unique short name.
        edges: the edges it uses: "likes" (interactions) or "facts".

    Args of every layer's constructor:
        embedding_size: length of a node's vector.
        num_relations: number of directed relations (twice the graph's relations).
    """

    name: ClassVar[str]
    edges: ClassVar[str]

    @abstractmethod
    def forward(self, x: Tensor, adjacency: Adjacency) -> Tensor:
        """New node vectors from old ones, both of shape (num_nodes, embedding_size).

        A layer over likes gets only users and items: as many rows as `adjacency.likes` has.
        """
