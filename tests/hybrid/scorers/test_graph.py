"""The graph scorer's options: layers, free people, embedded facts, contrast; on small worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gnn.layers import find
from gnn.named import OptionError
from hybrid.profiles import Profiles
from hybrid.scorers.graph_tasks import LikedItems, LikedPairs
from tests.graph_scorers import PUBLISHED, RESOURCES, SMALL, first, one_batch, task_of
from tests.worlds import checkerboard, make_graph, two_cliques


@pytest.mark.parametrize("name", sorted(name for name, layer in find().items() if layer.edges == "facts"))
def test_every_layer_over_facts_finds_the_colours(name):
    assert first(replace(SMALL, fact_layer=name), checkerboard()) == 1.0


@pytest.mark.parametrize("graph", [checkerboard(), two_cliques()], ids=["checkerboard", "two cliques"])
def test_lightgcn_as_published(graph):
    assert first(PUBLISHED, graph) > 0.9


@pytest.mark.parametrize("name", ["transe", "distmult", "complex", "rotate"])
def test_embedded_facts_place_an_item_that_nobody_likes(name):
    # i8 and i9 have no likes, and no layer sends the facts on: only their vectors say whose they are
    likes = [(user, item) for user in range(12) for item in range(8) if (user - item) % 2 == 0]
    facts = [(f"i{item}", "made_by", f"e{item % 2}") for item in range(10)]
    graph = make_graph(likes, num_items=10, facts=facts)
    options = {"num_fact_layers": 0, "dropout": 0.0, "epochs": 8, "batch_size": 64}
    scores = replace(SMALL, kge=name, kge_weight=1.0, **options).fit(graph, RESOURCES)
    scores = scores.score(Profiles.of_users(graph, np.arange(12)))
    right = (scores[::2, 8] > scores[::2, 9]).mean() + (scores[1::2, 9] > scores[1::2, 8]).mean()
    assert right / 2 == 1.0


def test_facts_of_people_are_embedded_only_where_people_have_vectors():
    graph = make_graph([(0, 0), (0, 1)], facts=[("u0", "aged", "e0"), ("i0", "about", "e1")])
    scorer = replace(SMALL, kge="transe", kge_negatives=3, batch_size=10)
    batch = one_batch(task_of(LikedItems, scorer, graph))
    assert batch.facts.shape == (10, 4, 3)
    assert set(batch.facts[..., 0].unique().tolist()) <= {1, 4}  # nodes: u0, i0, i1, e0, e1
    free = one_batch(task_of(LikedPairs, replace(scorer, people="free", batch_size=50), graph))
    assert {0, 1} <= set(free.facts[:, 0, 0].tolist())
    assert not len(one_batch(task_of(LikedItems, replace(scorer, kge=""), graph)).facts)


def test_a_graph_without_facts_has_none_to_embed():
    graph = two_cliques()
    scorer = replace(SMALL, kge="rotate").fit(graph, RESOURCES)
    assert np.isfinite(scorer.score(Profiles.of_users(graph, np.arange(3)))).all()


@pytest.mark.parametrize("people", ["history", "free"])
def test_contrast_is_added_with_its_weight(people):
    graph = checkerboard()
    kind = {"history": LikedItems, "free": LikedPairs}[people]
    plain = replace(SMALL, people=people, dropout=0.0, noise=0.0, temperature=0.5)
    values = []
    for weight in (0.0, 1e-9, 1.0):
        torch.manual_seed(0)
        task = task_of(kind, replace(plain, contrastive_weight=weight), graph)
        task.module.eval()
        values.append(task.loss(one_batch(task)).item())
    assert values[0] == pytest.approx(values[1], abs=1e-5)
    # without noise a node is nearest to itself: at most the loss of telling 20 nodes apart by chance, twice
    assert 0 < values[2] - values[0] < 2 * np.log(20)


@pytest.mark.parametrize("options", [{"contrastive_weight": 0.001}, {"adversarial": 0.5}])
def test_it_still_finds_the_colours_with(options):
    assert first(replace(SMALL, **options), checkerboard()) == 1.0


def test_an_epoch_of_pairs_is_every_like_once():
    graph = checkerboard()
    task = task_of(LikedPairs, replace(PUBLISHED, batch_size=50), graph)
    batches = list(task.batches(torch.Generator().manual_seed(0)))
    assert [len(batch.items) for batch in batches] == [50, 50, 50, 30]
    pairs = [
        (int(person), int(item))
        for batch in batches
        for person, item in zip(batch.people[batch.rows], batch.items, strict=True)
    ]
    liked = zip(graph.interactions.users.tolist(), graph.interactions.items.tolist(), strict=True)
    assert sorted(pairs) == sorted(liked)


def test_negatives_of_pairs_are_not_liked():
    graph = checkerboard()
    task = task_of(LikedPairs, replace(PUBLISHED, num_negatives=8), graph)
    liked = set(zip(graph.interactions.users.tolist(), graph.interactions.items.tolist(), strict=True))
    drawn = {
        (int(person), int(item))
        for batch in task.batches(torch.Generator().manual_seed(0))
        for person, row in zip(batch.people, batch.others, strict=True)
        for item in row
    }
    # nine of 20 items are liked: what five redraws leave of 1440 is about (9/20)^6 of them
    assert len(drawn & liked) < 40
    assert len(drawn) > 200


def test_the_loss_of_pairs_by_hand():
    graph = two_cliques(3)
    task = task_of(LikedPairs, replace(PUBLISHED, penalty=0.1), graph)
    task.module.eval()
    batch = one_batch(task)
    vectors = task.module["encoder"]()
    total = 0.0
    for person, item, other in zip(batch.people, batch.items, batch.others[:, 0], strict=True):
        gap = vectors.nodes[person] @ (vectors.items[item] - vectors.items[other])
        ends = vectors.inputs[[int(person), 6 + int(item), 6 + int(other)]]
        total += -torch.nn.functional.logsigmoid(gap) + 0.1 / 2 * ends.square().sum()
    assert task.loss(batch).item() == pytest.approx(total.item() / len(batch.items), rel=1e-5)


def test_free_people_are_their_nodes_and_somebody_new_is_placed_by_likes():
    graph = two_cliques()
    scorer = replace(PUBLISHED, epochs=5).fit(graph, RESOURCES)
    people = Profiles.of_users(graph, np.arange(graph.num_users))
    np.testing.assert_allclose(
        scorer.score(people), scorer.nodes[: graph.num_users] @ scorer.items.T, rtol=1e-4, atol=1e-5
    )
    new = Profiles.of_likes(people.history(0))
    expected = scorer.contexts[new.items].sum(0) / np.sqrt(len(new.items)) @ scorer.items.T
    np.testing.assert_allclose(scorer.score(new)[0], expected, rtol=1e-4, atol=1e-6)


def test_free_people_without_likes_get_no_numbers():
    graph = make_graph([(0, 0), (0, 1), (1, 0), (1, 1)], num_users=3)
    scores = replace(PUBLISHED, epochs=2).fit(graph, RESOURCES).score(Profiles.of_users(graph, np.arange(3)))
    assert np.isfinite(scores[:2]).all()
    assert np.isnan(scores[2]).all()


def test_shares_add_up_for_free_people_too():
    graph = two_cliques()
    scorer = replace(PUBLISHED, epochs=3).fit(graph, RESOURCES)
    person = Profiles.of_users(graph, np.array([4]))
    for item in (0, 7):
        rest = scorer.bases[4] @ scorer.items[item]
        score = scorer.score(person)[0, item]
        assert scorer.shares(person, np.array([item])).sum() + rest == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"fact_layer": "sage"}, "no layer over facts 'sage'; known are compgcn"),
        ({"kge": "transr"}, "no fact model 'transr'; known are complex"),
        ({"people": "nobody"}, "no kind of people 'nobody'; known are free, history"),
        ({"schedule": "never"}, "never"),
    ],
)
def test_an_unknown_name_is_told(option, message):
    with pytest.raises(OptionError, match=message):
        replace(SMALL, **option).fit(checkerboard(), RESOURCES)


@pytest.mark.parametrize(
    "options",
    [
        {"kge": "rotate", "contrastive_weight": 0.1, "batch_size": 64},
        {"people": "free"},
        {"people": "free", "loss": "bpr", "fan_out": (3, 2, 1), "batch_size": 64},
    ],
)
def test_a_run_goes_on_where_it_stopped(tmp_path, options):
    graph = checkerboard()
    scorer = replace(SMALL, epochs=3, **options)
    whole = scorer.fit(graph, RESOURCES)
    resumed = replace(RESOURCES, checkpoints=tmp_path)
    replace(scorer, stop_after=1).fit(graph, resumed)
    np.testing.assert_array_equal(scorer.fit(graph, resumed).nodes, whole.nodes)
