"""LightGCN's propagation over users and items."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gnn.layers.base import Layer

if TYPE_CHECKING:
    from torch import Tensor

    from gnn.adjacency import Adjacency


class LightGCN(Layer):
    r"""The propagation of "LightGCN" (He et al., SIGIR 2020): no weights, no activation.

    .. math:: x'_v = \sum_{w \in N(v)} \frac{x_w}{\sqrt{|N(v)|\,|N(w)|}}

    over interactions in both directions. A node without interactions gets zeros.

    Args:
        embedding_size: not used; layers share one constructor.
        num_relations: not used.
    """

    name: ClassVar[str] = "lightgcn"
    edges: ClassVar[str] = "likes"

    def __init__(self, embedding_size: int, num_relations: int) -> None:  # noqa: ARG002
        super().__init__()

    def forward(self, x: Tensor, adjacency: Adjacency) -> Tensor:
        """Propagate once; x and the result have shape (number of users and items, embedding_size)."""
        return adjacency.likes(x)
