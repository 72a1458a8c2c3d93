"""Sampled parts of a graph: whole neighbourhoods give the whole graph's vectors; smaller ones are fair."""

import numpy as np
import pytest
import torch
from torch import nn
from torch_geometric.loader import LinkLoader, NodeLoader
from torch_geometric.sampler import NegativeSampling

from gnn.adjacency import Adjacency
from gnn.encoder import EncoderOptions, GraphEncoder
from gnn.layers import find
from gnn.sampling import FanOut, NeighbourSampler, SampledEncoder, is_like
from gnn.tensors import to_hetero
from tests.worlds import make_graph

SIZE = 6
ALL = 10**6
FACT_LAYERS = sorted(name for name, layer in find().items() if layer.edges == "facts")


def world(seed=0, num_users=60, num_items=50):
    """Sparse enough that two hops from a few seeds do not reach everything."""
    rng = np.random.default_rng(seed)
    likes = np.argwhere(rng.random((num_users, num_items)) < 0.05)
    likes = np.vstack([likes, likes[:5]])  # some likes twice
    facts = [(f"i{item}", "made_by", f"maker{rng.integers(25)}") for item in range(num_items)]
    facts += [(f"i{item}", "about", f"topic{rng.integers(9)}") for item in rng.integers(num_items, size=60)]
    facts += [(f"topic{number}", "part_of", f"topic{number // 2}") for number in range(1, 9)]
    facts += [(f"u{user}", "aged", f"age{user % 4}") for user in range(0, num_users, 3)]
    return make_graph(likes, num_users=num_users, num_items=num_items, facts=list(dict.fromkeys(facts)))


class Free(nn.Module):
    def __init__(self, num_nodes):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_nodes, SIZE))

    def forward(self):
        return self.weight


def encoder_of(graph, **options):
    torch.manual_seed(0)
    inputs = {kind: Free(len(graph.vocabulary(kind))) for kind in ("user", "item", "entity")}
    adjacency = Adjacency.of(to_hetero(graph), len(graph.relations))
    return GraphEncoder(EncoderOptions(embedding_size=SIZE, **options), inputs, adjacency, graph).eval()


def sampler_of(graph, likes=(ALL, ALL), facts=(ALL,), seed=0):
    return NeighbourSampler(to_hetero(graph), FanOut(likes, facts), torch.Generator().manual_seed(seed))


SEEDS = {"user": torch.tensor([7, 3]), "item": torch.tensor([11, 0, 20])}


@pytest.mark.parametrize("layer", FACT_LAYERS)
@pytest.mark.parametrize(("num_layers", "num_fact_layers"), [(2, 1), (1, 2), (3, 0), (0, 1)])
def test_whole_neighbourhoods_give_the_seeds_the_vectors_of_the_whole_graph(
    layer, num_layers, num_fact_layers
):
    graph = world()
    encoder = encoder_of(
        graph, fact_layer=layer, num_layers=num_layers, num_fact_layers=num_fact_layers, dropout=0.0
    )
    part = sampler_of(graph, (ALL,) * num_layers, (ALL,) * num_fact_layers).subgraph(SEEDS)
    few, whole = SampledEncoder(encoder, part)(), encoder()
    users, items = SEEDS["user"], SEEDS["item"]
    first = part["user"].num_nodes
    torch.testing.assert_close(few.nodes[:2], whole.nodes[users])
    torch.testing.assert_close(few.nodes[first : first + 3], whole.nodes[items + graph.num_users])
    for name, rows in (("items", items), ("contexts", items), ("bases", users)):
        torch.testing.assert_close(getattr(few, name)[: len(rows)], getattr(whole, name)[rows])


def test_gradients_are_those_of_the_whole_graph():
    graph = world()
    encoder = encoder_of(graph, dropout=0.0)
    part = sampler_of(graph).subgraph(SEEDS)
    gradients = []
    for vectors, rows in ((encoder(), SEEDS["item"]), (SampledEncoder(encoder, part)(), torch.arange(3))):
        encoder.zero_grad()
        vectors.items[rows].square().sum().backward()
        gradients.append([weight.grad.clone() for weight in encoder.parameters()])
    assert all(gradient.any() for gradient in gradients[0])
    for whole, few in zip(*gradients, strict=True):
        torch.testing.assert_close(few, whole)


def test_the_part_is_smaller_than_the_graph():
    graph = world()
    part = sampler_of(graph, (ALL,), ()).subgraph({"user": torch.tensor([7])})
    liked = np.unique(graph.interactions.items[graph.interactions.users == 7])
    assert part["user"].n_id.tolist() == [7]
    assert part["item"].n_id.tolist() == liked.tolist()
    assert part["entity"].num_nodes == 0


def test_no_more_neighbours_are_drawn_than_asked_for():
    graph = world()
    part = sampler_of(graph, likes=(2, 2), facts=(1,)).subgraph(SEEDS)
    whole = to_hetero(graph)
    fullest = {True: 0, False: 0}
    for name in part.edge_types:
        sources, targets = part[name].edge_index
        counts = torch.bincount(targets, minlength=1)
        fullest[is_like(name)] = max(fullest[is_like(name)], int(counts.max()))
        pairs = torch.stack([part[name[0]].n_id[sources], part[name[2]].n_id[targets]]).T.tolist()
        assert len({tuple(pair) for pair in pairs}) == len(pairs)
        real = {tuple(pair) for pair in whole[name].edge_index.T.tolist()}
        assert {tuple(pair) for pair in pairs} <= real
    assert fullest == {True: 2, False: 1}
    assert part["item"].n_id[:3].tolist() == SEEDS["item"].tolist()
    for kind in part.node_types:
        assert len(part[kind].n_id.unique()) == part[kind].num_nodes


def test_the_seed_decides():
    def drawn(seed):
        part = sampler_of(world(), (2, 2), (1,), seed).subgraph(SEEDS)
        return {name: part[name].edge_index.tolist() for name in part.edge_types}

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_every_neighbour_is_as_likely():
    graph = make_graph([(0, item) for item in range(5)])
    sampler = sampler_of(graph, likes=(2,), facts=())
    counts = np.zeros(5)
    for _ in range(1_000):
        counts[sampler.subgraph({"user": torch.tensor([0])})["item"].n_id.numpy()] += 1
    np.testing.assert_allclose(counts, 400, atol=62)  # 4 standard deviations


def test_a_sampled_sum_is_right_on_average():
    graph = world()
    encoder = encoder_of(graph, num_layers=1, num_fact_layers=0, dropout=0.0)
    user = int(np.bincount(np.unique(
        np.stack([graph.interactions.users, graph.interactions.items]), axis=1)[0]).argmax())  # fmt: skip
    sampler = sampler_of(graph, likes=(2,), facts=())
    with torch.no_grad():
        mean = sum(
            SampledEncoder(encoder, sampler.subgraph({"user": torch.tensor([user])}))().nodes[0]
            for _ in range(300)
        ) / 300  # fmt: skip
        torch.testing.assert_close(mean, encoder().nodes[user], atol=0.07, rtol=0.0)


def test_pyg_loaders_take_it():
    graph = world()
    sampler, encoder = sampler_of(graph), encoder_of(graph, dropout=0.0)
    whole = encoder()
    nodes = NodeLoader(sampler.data, sampler, input_nodes=("item", SEEDS["item"]), batch_size=2)
    for batch, rows in zip(nodes, (SEEDS["item"][:2], SEEDS["item"][2:]), strict=True):
        few = SampledEncoder(encoder, batch)().items[: len(rows)]
        torch.testing.assert_close(few, whole.items[rows])
    pairs = sampler.data["user", "likes", "item"].edge_index[:, :6]
    links = LinkLoader(
        sampler.data, sampler, (("user", "likes", "item"), pairs), batch_size=6,
        neg_sampling=NegativeSampling("triplet"),
    )  # fmt: skip
    batch = next(iter(links))
    few = SampledEncoder(encoder, batch)()
    torch.testing.assert_close(few.nodes[batch["user"].src_index], whole.nodes[pairs[0]])
    torch.testing.assert_close(few.items[batch["item"].dst_pos_index], whole.items[pairs[1]])


def test_the_original_data_keeps_what_it_had():
    data = to_hetero(world())
    before = data["user", "likes", "item"].edge_index.clone()
    NeighbourSampler(data, FanOut(), torch.Generator())
    assert torch.equal(data["user", "likes", "item"].edge_index, before)
    assert "weight" in data["user", "likes", "item"]
    assert "degree" not in data["user"]


def test_a_graph_with_next_to_nothing_in_it():
    graph = make_graph(num_users=2, num_items=3)
    part = sampler_of(graph).subgraph({"item": torch.tensor([2])})
    encoder = encoder_of(graph, dropout=0.0)
    torch.testing.assert_close(SampledEncoder(encoder, part)().items[0], encoder().items[2])


def test_a_fan_out_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        FanOut((0, 2))
