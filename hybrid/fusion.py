"""Fuses what is known of nodes' contents (text, image, ...) into a graph network's inputs, with gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import torch
from torch import Tensor, nn

from kg.errors import WhyRecError

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIOR_INTERACTIONS = 7.0


class FusionError(WhyRecError):
    """Vectors of contents that do not fit the nodes."""


class Content(NamedTuple):
    """One modality of the nodes.

    Attributes:
        vectors: shape (num_nodes, size).
        present: which nodes have it, bool, shape (num_nodes,).
    """

    vectors: Tensor
    present: Tensor


class GatedContents(nn.Module):
    r"""Node inputs from a trained vector and a vector per modality, weighed by learned gates.

    For a node i with id embedding e_i, n_i interactions and a vector c_im of each modality m it has:

        p_im = W_m LayerNorm(c_im) + b_m
        l_im = a_m + v_m . p_im - s_m log(1 + n_i)
        (1 - g_i, g_i1, g_i2, ...) = softmax(0, l_i1, l_i2, ...)     over what the node has, g_i = sum_m g_im
        x_i = (1 - g_i) e_i + sum_m g_im p_im

    Two cases are rules and not learned: without any content g_i = 0, so x_i = e_i; with some and n_i = 0 the
    id embedding was never trained, so g_i = 1 and x_i is the mean of the p_im weighed by softmax(l_im). A
    node that joins later is therefore `project`ed exactly as it would have been here. A modality that a node
    lacks has g_im = 0 and the others share its part: it costs nothing.

    At the start v = 0, s = 1 and a = log(7): then one modality has g = 7 / (7 + 1 + n), the weight of a prior
    worth seven interactions against n observed ones, as in shrinkage estimation; the priors of several add
    up. Training moves all three, so it decides how much each modality is worth, for which contents, and how
    fast experience replaces it. W starts so that p has the spread of e (`scale`): neither drowns the other.

    While training, each node with content is treated as having nothing else with probability `id_dropout`,
    so that the projections learn to stand alone (after "DropoutNet", Volkovs et al. 2017), and each node with
    several modalities as lacking one of them with the same probability, so that they learn to stand without
    each other. It also gives the gates their meaning: otherwise only the product g p is fitted, and a small g
    with a large p does as well. The gates follow the gated multimodal unit (Arevalo et al., "Gated Multimodal
    Units for Information Fusion", 2017), with a scalar per node and modality and the count added to what
    they see.

    Vectors, `present` and `evidence` are inputs, not learned: they are not in the state dict, and are given
    again when a saved module is restored.
    """

    rows: Tensor
    evidence: Tensor

    def __init__(
        self,
        num_nodes: int,
        embedding_size: int,
        contents: Mapping[str, Content] | None = None,
        evidence: Tensor | None = None,
        *,
        id_dropout: float = 0.1,
        scale: float = 0.1,
    ) -> None:
        """Build the inputs of `num_nodes` nodes.

        Args:
            num_nodes: number of nodes.
            embedding_size: length of a node's input.
            contents: the modalities by name ("text", "image"); none where None.
            evidence: number of training interactions per node, shape (num_nodes,); where None every node
                counts as having one.
            id_dropout: probability with which, while training, a node is treated as having its contents
                only, and one with several as lacking one.
            scale: standard deviation of the id embeddings and of the projected contents at the start.

        Raises:
            FusionError: shapes do not fit each other, or id_dropout is no probability.
        """
        super().__init__()
        evidence = torch.ones(num_nodes) if evidence is None else evidence.float()
        _check(num_nodes, contents or {}, evidence, id_dropout)
        some = {name: content for name, content in (contents or {}).items() if content.present.any()}
        anywhere = torch.stack([content.present.bool() for content in some.values()]).any(0) if some else None
        rows = torch.zeros(0, dtype=torch.int64) if anywhere is None else anywhere.nonzero().flatten()
        self.id_dropout = id_dropout
        self.ids = nn.Embedding(num_nodes, embedding_size)
        nn.init.normal_(self.ids.weight, std=scale)
        self.register_buffer("rows", rows, persistent=False)
        self.register_buffer("evidence", evidence[rows], persistent=False)
        self.modalities = nn.ModuleDict(
            {name: _Modality(content, rows, embedding_size, scale) for name, content in some.items()}
        )

    @property
    def num_nodes(self) -> int:
        """Number of nodes."""
        return self.ids.num_embeddings

    def forward(self) -> Tensor:
        """The inputs of all nodes, shape (num_nodes, embedding_size)."""
        ids = self.ids.weight
        if not self.modalities:
            return ids
        projected, logits = self._contents()
        logits = self._drop_one(logits)
        gates = self._drop_ids(self._trust(logits)).unsqueeze(-1)
        content = (torch.softmax(logits, 1).unsqueeze(-1) * projected).sum(1)
        return ids.index_copy(0, self.rows, (1 - gates) * ids[self.rows] + gates * content)

    @torch.no_grad()
    def gates(self) -> dict[str, Tensor]:
        """The trust in each modality of every node, 0 (none) to 1 (only that), shape (num_nodes,) each."""
        if not self.modalities:
            return {}
        _, logits = self._contents()
        shares = self._trust(logits).unsqueeze(1) * torch.softmax(logits, 1)
        nothing = torch.zeros(self.num_nodes, device=shares.device)
        return {
            name: nothing.index_copy(0, self.rows, share)
            for name, share in zip(self.modalities, shares.T, strict=True)
        }

    def trust(self) -> dict[str, float]:
        """The mean trust in each modality, over the nodes that have it."""
        gates = self.gates()
        return {
            name: float(gates[name][self.rows[self._modality(name).places]].mean())
            for name in self.modalities
        }

    def project(self, contents: Mapping[str, Tensor]) -> Tensor:
        """Inputs of new nodes that have nothing but contents.

        Args:
            contents: vectors by modality, shape (n, size) each; modalities that the nodes lack are left out.

        Returns:
            Inputs, shape (n, embedding_size).

        Raises:
            FusionError: nothing is given, a modality that this module was made without, or vectors of
                another length.
        """
        if not contents:
            raise FusionError("a node without contents cannot be placed by them")
        parts = []
        for name, vectors in contents.items():
            if name not in self.modalities:
                raise FusionError(f"a model trained without {name} cannot place a node by its {name} alone")
            parts.append(self._modality(name)(vectors.to(self.ids.weight)))
        projected, logits = (torch.stack(part, 1) for part in zip(*parts, strict=True))
        placed: Tensor = (torch.softmax(logits, 1).unsqueeze(-1) * projected).sum(1)
        return placed

    def _modality(self, name: str) -> _Modality:
        return cast("_Modality", self.modalities[name])

    def _contents(self) -> tuple[Tensor, Tensor]:
        """Per row: projections, shape (rows, modalities, size), and logits, -inf where it lacks one."""
        parts = [self._modality(name).spread(self.evidence) for name in self.modalities]
        projected, logits = (torch.stack(part, 1) for part in zip(*parts, strict=True))
        return projected, logits

    def _trust(self, logits: Tensor) -> Tensor:
        """The trust in all contents of a row together: softmax against the id embedding's logit of 0."""
        together = torch.sigmoid(torch.logsumexp(logits, 1))
        return torch.where(self.evidence > 0, together, torch.ones_like(together))

    def _drop_ids(self, gates: Tensor) -> Tensor:
        if not self.training or self.id_dropout == 0:
            return gates
        dropped = torch.rand_like(gates) < self.id_dropout
        return torch.where(dropped, torch.ones_like(gates), gates)

    def _drop_one(self, logits: Tensor) -> Tensor:
        """While training, one modality less for some of the rows that have several."""
        if not self.training or self.id_dropout == 0 or logits.shape[1] == 1:
            return logits
        present = logits.isfinite()
        chosen = torch.rand_like(logits).masked_fill(~present, -1.0).argmax(1)
        dropped = (torch.rand_like(logits[:, 0]) < self.id_dropout) & (present.sum(1) > 1)
        one = nn.functional.one_hot(chosen, logits.shape[1]).bool() & dropped.unsqueeze(1)
        return logits.masked_fill(one, -torch.inf)


class _Modality(nn.Module):
    """The vectors of one modality, their projection, and how far they are trusted."""

    places: Tensor
    vectors: Tensor

    def __init__(self, content: Content, rows: Tensor, embedding_size: int, scale: float) -> None:
        super().__init__()
        present = content.present.bool()[rows]
        self.register_buffer("places", present.nonzero().flatten(), persistent=False)
        self.register_buffer("vectors", content.vectors[rows][present].float(), persistent=False)
        self.projection = _Projection(content.vectors.shape[1], embedding_size, scale)
        self.gate = nn.Linear(embedding_size, 1)
        self.evidence_gate = nn.Parameter(torch.ones(()))
        nn.init.zeros_(self.gate.weight)
        nn.init.constant_(self.gate.bias, torch.tensor(PRIOR_INTERACTIONS).log().item())

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Projections, shape (n, embedding_size), and logits of nodes without interactions, shape (n,).

        Raises:
            FusionError: vectors of another length.
        """
        if vectors.shape[-1] != self.vectors.shape[1]:
            raise FusionError(f"expected vectors of length {self.vectors.shape[1]}, got {vectors.shape[-1]}")
        projected = self.projection(vectors)
        return projected, self.gate(projected).squeeze(-1)

    def spread(self, evidence: Tensor) -> tuple[Tensor, Tensor]:
        """Projections and logits of all rows, zeros and -inf where a row lacks this modality."""
        projected, logits = self(self.vectors)
        logits = logits - self.evidence_gate * torch.log1p(evidence[self.places])
        everywhere = projected.new_zeros(len(evidence), projected.shape[1])
        nowhere = logits.new_full((len(evidence),), -torch.inf)
        return everywhere.index_copy(0, self.places, projected), nowhere.index_copy(0, self.places, logits)


class _Projection(nn.Sequential):
    """LayerNorm, then a linear map whose outputs start with standard deviation `scale`."""

    def __init__(self, size: int, embedding_size: int, scale: float) -> None:
        linear = nn.Linear(size, embedding_size)
        nn.init.normal_(linear.weight, std=scale / size**0.5)
        nn.init.zeros_(linear.bias)
        super().__init__(nn.LayerNorm(size), linear)


def _check(num_nodes: int, contents: Mapping[str, Content], evidence: Tensor, id_dropout: float) -> None:
    for name, (vectors, present) in contents.items():
        if vectors.dim() != 2 or not len(vectors) == len(present) == num_nodes:  # noqa: PLR2004
            raise FusionError(
                f"{num_nodes} nodes need a row of {name} vectors and of present each; "
                f"got shapes {tuple(vectors.shape)} and {tuple(present.shape)}"
            )
    if len(evidence) != num_nodes:
        raise FusionError(f"{num_nodes} nodes need evidence each; got {len(evidence)}")
    if not 0 <= id_dropout <= 1:
        raise FusionError(f"id_dropout must lie in 0 .. 1, got {id_dropout}")
