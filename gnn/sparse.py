"""Sparse matrices times dense ones: constant entries (`Product`) and learned ones (`Pattern`)."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd.function import once_differentiable
from torch_geometric import EdgeIndex

if TYPE_CHECKING:
    from torch import Tensor


class Product:
    """A constant sparse matrix, applied to dense ones: `product(x)`; differentiable in x.

    PyG's EdgeIndex keeps the CSR and its transpose, so that neither direction scatters (8x faster here).

    Args:
        rows: row of each entry, shape (num_entries,).
        columns: column of each entry, shape (num_entries,).
        values: the entries, shape (num_entries,).
        shape: (num_rows, num_columns).
    """

    def __init__(self, rows: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> None:
        _settle_warnings()
        order = torch.argsort(rows * shape[1] + columns)
        index = torch.stack([rows[order], columns[order]])
        self.shape = shape
        self._index = EdgeIndex(index, sparse_size=shape, sort_order="row").fill_cache_()
        self._values = values[order].float()

    def __call__(self, x: Tensor) -> Tensor:
        """The product, shape (num_rows, size) for x of shape (num_columns, size)."""
        with _full_precision(x):
            product: Tensor = self._index.matmul(x.float(), self._values)
        return product

    def to(self, device: torch.device) -> Product:
        """The same matrix on a device (in place)."""
        self._index, self._values = self._index.to(device), self._values.to(device)
        return self


class Pattern:
    """Where a sparse matrix has entries; what they are is given with each call.

    PyG's EdgeIndex.matmul turns to scattering where the entries need a gradient, which copies a vector per
    entry; the two products here are each other's gradients and copy none (50x faster for 420,000 entries).

    Args:
        rows: row of each entry, rising, shape (num_entries,).
        columns: column of each entry, shape (num_entries,).
        shape: (num_rows, num_columns).
    """

    def __init__(self, rows: Tensor, columns: Tensor, shape: tuple[int, int]) -> None:
        _settle_warnings()
        self.shape = shape
        self._starts, self._columns = starts_of(rows, shape[0]), columns
        self._order = torch.argsort(columns, stable=True)
        self._column_starts, self._rows = starts_of(columns[self._order], shape[1]), rows[self._order]

    def dots(self, left: Tensor, right: Tensor) -> Tensor:
        """The product of a row of `left` and a row of `right` for each entry; differentiable in both.

        Args:
            left: shape (num_rows, size).
            right: shape (num_columns, size).

        Returns:
            Shape (num_entries,).
        """
        products: Tensor = _Dots.apply(self, left.float(), right.float())  # type: ignore[no-untyped-call]
        return products

    def product(self, values: Tensor, x: Tensor) -> Tensor:
        """The matrix with these entries, shape (num_entries,), times x; differentiable in both.

        Args:
            values: shape (num_entries,).
            x: shape (num_columns, size).

        Returns:
            Shape (num_rows, size).
        """
        product: Tensor = _Times.apply(self, values.float(), x.float())  # type: ignore[no-untyped-call]
        return product

    def sampled(self, left: Tensor, right: Tensor) -> Tensor:
        """`dots` without a gradient."""
        if not len(self._columns):
            return left.new_zeros(0)
        with _full_precision(left):
            zeros = self._matrix(left.new_zeros(len(self._columns)))
            values: Tensor = torch.sparse.sampled_addmm(zeros, left.contiguous(), right.T, beta=0.0).values()
        return values

    def times(self, values: Tensor, x: Tensor) -> Tensor:
        """`product` without a gradient."""
        with _full_precision(x):
            return self._matrix(values) @ x

    def transposed_times(self, values: Tensor, x: Tensor) -> Tensor:
        """The transpose of the matrix with these entries times x, shape (num_columns, size)."""
        flipped = torch.sparse_csr_tensor(
            self._column_starts, self._rows, values[self._order], (self.shape[1], self.shape[0])
        )
        with _full_precision(x):
            return flipped @ x

    def _matrix(self, values: Tensor) -> Tensor:
        return torch.sparse_csr_tensor(self._starts, self._columns, values, self.shape)


class _Dots(torch.autograd.Function):
    """Sampled dense-dense product; its gradients are two sparse products."""

    @staticmethod
    def forward(ctx: Any, pattern: Pattern, left: Tensor, right: Tensor) -> Tensor:  # noqa: ANN401
        ctx.pattern = pattern
        ctx.save_for_backward(left, right)
        return pattern.sampled(left, right)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, Tensor]:  # noqa: ANN401
        left, right = ctx.saved_tensors
        return None, ctx.pattern.times(gradient, right), ctx.pattern.transposed_times(gradient, left)


class _Times(torch.autograd.Function):
    """Sparse-dense product; the entries' gradient is a sampled product, the vectors' a sparse one."""

    @staticmethod
    def forward(ctx: Any, pattern: Pattern, values: Tensor, x: Tensor) -> Tensor:  # noqa: ANN401
        ctx.pattern = pattern
        ctx.save_for_backward(values, x)
        return pattern.times(values, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, Tensor]:  # noqa: ANN401
        values, x = ctx.saved_tensors
        return None, ctx.pattern.sampled(gradient, x), ctx.pattern.transposed_times(values, gradient)


def _full_precision(tensor: Tensor) -> torch.autocast:
    """Sparse products are not there in bfloat16."""
    return torch.autocast(tensor.device.type, enabled=False)


def starts_of(rows: Tensor, num_rows: int) -> Tensor:
    """Where the entries of each row begin when they are sorted by row, and the end; shape (num_rows + 1,)."""
    starts = rows.new_zeros(num_rows + 1)
    starts[1:] = torch.bincount(rows, minlength=num_rows).cumsum(0)
    return starts


def spans(first: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """The places of spans one after another, and which span each is of.

    Args:
        first: place that each span begins at, shape (num_spans,).
        counts: length of each span, shape (num_spans,).

    Returns:
        The span, 0 .. num_spans - 1, and the place, shape (sum of counts,) each.
    """
    owner = torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts)
    shift = first - counts.cumsum(0) + counts
    return owner, torch.arange(len(owner), device=counts.device) + shift[owner]


@cache
def _settle_warnings() -> None:
    """Torch says once per process that CSR is in beta; it is meant here, so it is said to nobody."""
    torch.sparse.check_sparse_tensor_invariants.disable()  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.eye(1).to_sparse_csr()
