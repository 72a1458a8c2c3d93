import numpy as np

from tests.worlds import chain, checkerboard, make_graph, text_table, two_cliques


def pairs(interactions):
    return set(zip(interactions.users.tolist(), interactions.items.tolist(), strict=True))


def test_the_held_out_is_the_only_unseen_of_its_colour():
    graph = checkerboard(8)
    assert pairs(graph.heldout) == {(user, user) for user in range(8)}
    assert pairs(graph.interactions) == {
        (user, item) for user in range(8) for item in range(user % 2, 8, 2) if item != user
    }
    assert graph.interactions.timed
    assert set(graph.item_texts[::2]) != set(graph.item_texts[1::2])
    assert np.isfinite(text_table(graph).vectors).all()


def test_the_cliques_do_not_touch():
    graph = two_cliques(4)
    assert all((user < 4) == (item < 4) for user, item in pairs(graph.interactions) | pairs(graph.heldout))
    assert len(graph.interactions) == 2 * 4 * 3
    assert len(graph.heldout) == 8


def test_the_next_of_the_chain_follows_the_newest():
    graph = chain(num_users=10, num_items=5, length=3)
    for user in range(10):
        rows = graph.interactions.users == user
        newest = graph.interactions.items[rows][graph.interactions.times[rows].argmax()]
        assert (user, (newest + 1) % 5) in pairs(graph.heldout)
    assert not pairs(graph.interactions) & pairs(graph.heldout)


def test_a_graph_of_ones_own():
    graph = make_graph(
        [(0, 1, 5, 2.0)],
        num_items=3,
        facts=[("i0", "directed_by", "ridley"), ("i2", "directed_by", "ridley"), ("u0", "age", "young")],
        texts={"i0": "in space"},
        labels={"ridley": "Ridley Scott"},
        heldout=[(1, 2)],
    )
    assert (graph.num_users, graph.num_items) == (2, 3)
    assert graph.entities.ids == ("ridley", "young")
    assert graph.relations[0].label == "directed by"
    assert graph.labels[graph.node("entity", "ridley")] == "Ridley Scott"
    assert graph.item_texts == ("in space", "", "")
    assert (graph.interactions.weights[0], graph.interactions.times[0]) == (2.0, 5.0)
    assert len(graph.heldout) == 1
    assert make_graph().num_nodes == 0
