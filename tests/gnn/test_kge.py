"""Embeddings of facts: PyG's scores on lent vectors, false facts, filtered ranks, worlds to learn."""

from __future__ import annotations

import pytest
import torch
from torch_geometric.nn import kge

from gnn import losses
from gnn.kge import MODELS, FactScorer, corrupted, link_quality
from gnn.named import OptionError

SIZE = 8
CLASSES = {"transe": kge.TransE, "distmult": kge.DistMult, "complex": kge.ComplEx, "rotate": kge.RotatE}


def vectors(count, size=SIZE, seed=0):
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", MODELS)
def test_scores_are_those_of_pyg_on_the_same_vectors(name):
    torch.manual_seed(0)
    scorer, nodes = FactScorer(name, 3, SIZE), vectors(5)
    parts = 2 if name in {"complex", "rotate"} else 1
    more = {"p_norm": 2.0} if name == "transe" else {}
    plain = CLASSES[name](5, 3, SIZE // parts, **more)
    own = {key: value for key, value in scorer.model.state_dict().items() if not key.startswith("node_emb")}
    lent = zip(("node_emb.weight", "node_emb_im.weight"), nodes.chunk(parts, dim=1), strict=False)
    plain.load_state_dict(own | dict(lent))
    facts = torch.tensor([[0, 0, 1], [4, 2, 3], [2, 1, 2]])
    torch.testing.assert_close(scorer(nodes, facts), plain(*facts.T))
    torch.testing.assert_close(scorer(nodes, facts.view(3, 1, 3)), plain(*facts.T).view(3, 1))


@pytest.mark.parametrize("name", MODELS)
def test_only_the_relations_are_its_own_and_the_nodes_get_a_gradient(name):
    scorer, nodes = FactScorer(name, 3, SIZE), vectors(5).requires_grad_()
    assert all(weight.shape[0] == 3 for weight in scorer.parameters())
    scorer(nodes, torch.tensor([[0, 0, 1], [2, 1, 3]])).sum().backward()
    assert (nodes.grad[:4].abs().sum(1) > 0).all()
    assert not nodes.grad[4].any()
    assert all(weight.grad.any() for weight in scorer.parameters())


def test_what_cannot_be():
    with pytest.raises(
        OptionError, match="no fact model 'transr'; known are complex, distmult, rotate, transe"
    ):
        FactScorer("transr", 3, SIZE)
    with pytest.raises(OptionError, match="rotate needs an even embedding_size, got 7"):
        FactScorer("rotate", 3, 7)
    FactScorer("transe", 3, 7)


def test_false_facts_differ_in_one_end():
    facts, nodes = torch.tensor([[0, 1, 5], [3, 0, 4]]).repeat(50, 1), torch.tensor([7, 9])
    both = corrupted(facts, nodes, 4, torch.Generator().manual_seed(0))
    assert both.shape == (100, 5, 3)
    assert torch.equal(both[:, 0], facts)
    changed = both[:, 1:] != facts.unsqueeze(1)
    assert torch.equal(changed.sum(2), torch.ones(100, 4, dtype=torch.long))
    assert not changed[..., 1].any()
    assert set(both[:, 1:][changed].tolist()) == {7, 9}
    assert 120 < int(changed[..., 0].sum()) < 280  # heads and tails alike
    again = corrupted(facts, nodes, 4, torch.Generator().manual_seed(0))
    assert torch.equal(both, again)


class Table(torch.nn.Module):
    """A scorer that reads the score of (head, tail) from a table."""

    def __init__(self, rows):
        super().__init__()
        self.rows = torch.tensor(rows, dtype=torch.float32)

    def forward(self, nodes, facts):
        return self.rows[facts[..., 0], facts[..., 2]]


def test_ranks_worked_out_by_hand():
    scorer = Table([[0, 5, 9, 4], [7, 0, 0, 0], [1, 0, 0, 0], [0, 6, 0, 0]])
    fact, other = torch.tensor([[0, 0, 1]]), torch.tensor([[0, 1, 2]])
    # tails of 0: 9 > 5, so rank 2; heads of 1: 6 > 5, so rank 2
    plain = link_quality(scorer, torch.zeros(4, 1), fact, torch.cat([fact, other]))
    assert (plain.mrr, plain.hits_at_1, plain.hits_at_10) == (0.5, 0.0, 1.0)
    known = torch.tensor([[0, 0, 1], [0, 0, 2], [3, 0, 1]])  # now what is better is known: both ranks are 1
    filtered = link_quality(scorer, torch.zeros(4, 1), fact, known)
    assert (filtered.mrr, filtered.hits_at_1) == (1.0, 1.0)
    same = link_quality(Table([[1.0] * 4] * 4), torch.zeros(4, 1), fact, fact)
    assert same.mrr == pytest.approx(1 / 2.5)  # four tie for ranks 1 to 4


def test_batches_rank_like_the_whole():
    facts = torch.randint(6, (20, 3), generator=torch.Generator().manual_seed(2)) % torch.tensor([6, 2, 6])
    torch.manual_seed(0)
    scorer, nodes = FactScorer("distmult", 2, SIZE), vectors(6)
    whole = link_quality(scorer, nodes, facts, facts)
    assert link_quality(scorer, nodes, facts, facts, cells=1) == whole
    assert whole.hits_at_10 == 1.0  # there are only six


def ring(size=12):
    """Everybody knows the next one, and the one after that by another relation."""
    here = torch.arange(size)
    one = torch.stack([here, torch.zeros_like(here), (here + 1) % size], dim=1)
    two = torch.stack([here, torch.ones_like(here), (here + 2) % size], dim=1)
    return torch.cat([one, two])


@pytest.mark.parametrize("name", ["complex", "rotate"])
def test_a_fact_left_out_of_a_ring_is_found(name):
    # two steps by the first relation are one by the second: what was left out follows from the rest
    facts, left_out = ring(), torch.tensor([True] * 3 + [False] * 21)
    torch.manual_seed(0)
    scorer, nodes = FactScorer(name, 2, 32), torch.nn.Parameter(0.5 * vectors(12, 32))
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam([nodes, *scorer.parameters()], lr=0.05)
    for _ in range(150):
        scores = scorer(nodes, corrupted(facts[~left_out], torch.arange(12), 8, generator))
        optimizer.zero_grad()
        losses.bpr(scores[:, 0], scores[:, 1:]).backward()
        optimizer.step()
    assert link_quality(scorer, nodes, facts[~left_out], facts).mrr > 0.9
    if name == "rotate":
        assert link_quality(scorer, nodes, facts[left_out], facts).mrr > 0.9


@pytest.mark.parametrize("name", MODELS)
def test_the_right_tail_is_learned(name):
    # six makers of five things each; relation 1 leads back
    things, makers = torch.arange(30), 30 + torch.arange(30) % 6
    facts = torch.cat(
        [
            torch.stack([things, torch.zeros(30, dtype=torch.long), makers], dim=1),
            torch.stack([makers, torch.ones(30, dtype=torch.long), things], dim=1),
        ]
    )
    torch.manual_seed(0)
    scorer, nodes = FactScorer(name, 2, 16), torch.nn.Parameter(0.1 * vectors(36, 16))
    before = link_quality(scorer, nodes, facts, facts).mrr
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam([nodes, *scorer.parameters()], lr=0.05)
    for _ in range(200):
        scores = scorer(nodes, corrupted(facts, torch.arange(36), 8, generator))
        optimizer.zero_grad()
        losses.bpr(scores[:, 0], scores[:, 1:]).backward()
        optimizer.step()
    assert before < 0.4
    assert link_quality(scorer, nodes, facts, facts).mrr > 0.8
