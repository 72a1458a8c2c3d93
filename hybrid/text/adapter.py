"""Fuses text vectors into the inputs of a graph network, with a gate per node."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kg.errors import WhyRecError

PRIOR_INTERACTIONS = 7.0


class AdapterError(WhyRecError):
    """Text vectors that do not fit the nodes."""


class GatedText(nn.Module):
    r"""Node inputs from a trained vector and a text vector per node, weighed by a learned gate.

    For a node i with id embedding e_i, text vector t_i and n_i interactions:

        p_i = W LayerNorm(t_i) + b
        g_i = sigmoid(a + v . p_i - s log(1 + n_i))
        x_i = (1 - g_i) e_i + g_i p_i

    Two cases are rules and not learned: without text g_i = 0, so x_i = e_i; with text and n_i = 0 the id
    embedding was never trained, so g_i = 1 and x_i = p_i. A node that joins later is therefore `project`ed
    exactly as it would have been here.

    At the start v = 0, s = 1 and a = log(7): then g = 7 / (7 + 1 + n), the weight of a prior worth seven
    interactions against n observed ones, as in shrinkage estimation. Training moves all three, so it decides
    how much text is worth, for which texts, and how fast experience replaces it. W starts so that p has the
    spread of e (`scale`) and neither drowns the other.

    While training, each node with text is treated as text-only with probability `id_dropout`, so that the
    projection learns to stand alone (after "DropoutNet", Volkovs et al. 2017). It also gives the gate its
    meaning: otherwise only the product g p is fitted, and a small g with a large p does as well. The gate
    follows the gated multimodal unit (Arevalo et al., "Gated Multimodal Units for Information Fusion", 2017),
    with a scalar gate per node and the count added to what it sees.

    Text vectors, `present` and `evidence` are inputs, not learned: they are not in the state dict, and are
    given again when a saved module is restored.
    """

    rows: Tensor
    text: Tensor
    evidence: Tensor

    def __init__(
        self,
        num_nodes: int,
        embedding_size: int,
        text: Tensor | None = None,
        present: Tensor | None = None,
        evidence: Tensor | None = None,
        *,
        id_dropout: float = 0.1,
        scale: float = 0.1,
    ) -> None:
        """Build the inputs of `num_nodes` nodes.

        Args:
            num_nodes: number of nodes.
            embedding_size: length of a node's input.
            text: text vectors, shape (num_nodes, text_size); None where there is no text at all.
            present: which nodes have text, bool, shape (num_nodes,); all of them where None.
            evidence: number of training interactions per node, shape (num_nodes,); where None every node
                counts as having one.
            id_dropout: probability with which a node with text is treated as text-only while training.
            scale: standard deviation of the id embeddings and of the projected texts at the start.

        Raises:
            AdapterError: shapes do not fit each other, or id_dropout is no probability.
        """
        super().__init__()
        text = torch.zeros(num_nodes, 0) if text is None else text.float()
        present = torch.ones(num_nodes, dtype=torch.bool) if present is None else present.bool()
        evidence = torch.ones(num_nodes) if evidence is None else evidence.float()
        _check(num_nodes, text, present, evidence, id_dropout)
        rows = present.nonzero().flatten() if text.shape[1] else torch.zeros(0, dtype=torch.int64)
        self.id_dropout = id_dropout
        self.ids = nn.Embedding(num_nodes, embedding_size)
        nn.init.normal_(self.ids.weight, std=scale)
        self.register_buffer("rows", rows, persistent=False)
        self.register_buffer("text", text[rows], persistent=False)
        self.register_buffer("evidence", evidence[rows], persistent=False)
        self.projection: _Projection | None = None
        if len(rows):
            self.projection = _Projection(text.shape[1], embedding_size, scale)
            self.text_gate = nn.Linear(embedding_size, 1)
            self.evidence_gate = nn.Parameter(torch.ones(()))
            nn.init.zeros_(self.text_gate.weight)
            nn.init.constant_(self.text_gate.bias, torch.tensor(PRIOR_INTERACTIONS).log().item())

    @property
    def num_nodes(self) -> int:
        """Number of nodes."""
        return self.ids.num_embeddings

    def forward(self) -> Tensor:
        """The inputs of all nodes, shape (num_nodes, embedding_size)."""
        ids = self.ids.weight
        if self.projection is None:
            return ids
        projected = self.projection(self.text)
        gates = self._drop_ids(self._gates(projected)).unsqueeze(-1)
        return ids.index_copy(0, self.rows, (1 - gates) * ids[self.rows] + gates * projected)

    @torch.no_grad()
    def gates(self) -> Tensor:
        """The trust in text of every node, 0 (none) to 1 (only text), shape (num_nodes,)."""
        gates = torch.zeros(self.num_nodes, device=self.ids.weight.device)
        if self.projection is not None:
            gates[self.rows] = self._gates(self.projection(self.text))
        return gates

    def project(self, text: Tensor) -> Tensor:
        """Inputs of new nodes that have nothing but text.

        Args:
            text: text vectors, shape (n, text_size).

        Returns:
            Inputs, shape (n, embedding_size).

        Raises:
            AdapterError: this module was made without text, or for text vectors of another length.
        """
        if self.projection is None:
            raise AdapterError("a model trained without text cannot place a node by its text alone")
        if text.shape[-1] != self.text.shape[1]:
            raise AdapterError(f"expected text vectors of length {self.text.shape[1]}, got {text.shape[-1]}")
        projected: Tensor = self.projection(text.to(self.ids.weight))
        return projected

    def extra_repr(self) -> str:
        """Counts for `print`."""
        return f"num_nodes={self.num_nodes}, with_text={len(self.rows)}, id_dropout={self.id_dropout}"

    def _gates(self, projected: Tensor) -> Tensor:
        logits = self.text_gate(projected).squeeze(-1) - self.evidence_gate * torch.log1p(self.evidence)
        return torch.where(self.evidence > 0, torch.sigmoid(logits), torch.ones_like(logits))

    def _drop_ids(self, gates: Tensor) -> Tensor:
        if not self.training or self.id_dropout == 0:
            return gates
        dropped = torch.rand_like(gates) < self.id_dropout
        return torch.where(dropped, torch.ones_like(gates), gates)


class _Projection(nn.Sequential):
    """LayerNorm, then a linear map whose outputs start with standard deviation `scale`."""

    def __init__(self, text_size: int, embedding_size: int, scale: float) -> None:
        linear = nn.Linear(text_size, embedding_size)
        nn.init.normal_(linear.weight, std=scale / text_size**0.5)
        nn.init.zeros_(linear.bias)
        super().__init__(nn.LayerNorm(text_size), linear)


def _check(num_nodes: int, text: Tensor, present: Tensor, evidence: Tensor, id_dropout: float) -> None:
    if text.dim() != 2 or {len(text), len(present), len(evidence)} != {num_nodes}:  # noqa: PLR2004
        shapes = ", ".join(str(tuple(tensor.shape)) for tensor in (text, present, evidence))
        raise AdapterError(
            f"{num_nodes} nodes need a row of text, present and evidence each; got shapes {shapes}"
        )
    if not 0 <= id_dropout <= 1:
        raise AdapterError(f"id_dropout must lie in 0 .. 1, got {id_dropout}")
