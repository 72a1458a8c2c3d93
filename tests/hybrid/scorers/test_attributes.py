import numpy as np

from hybrid.scorers.attributes import shared_attributes
from tests.worlds import make_graph


def rows(facts, likes=(), num_items=4):
    graph = make_graph(likes, num_users=2, num_items=num_items, facts=facts)
    return graph, shared_attributes(graph).toarray()


def test_an_entity_of_n_items_makes_pairs_agree_by_one_over_root_n():
    facts = [("i0", "in", "x"), ("i1", "in", "x"), ("i2", "in", "x"), ("i3", "in", "x")]
    _, shared = rows(facts)
    np.testing.assert_allclose(shared.T @ shared, np.full((4, 4), 0.5), rtol=1e-6)


def test_direction_and_repetition_change_nothing():
    _, forth = rows([("i0", "by", "x"), ("i2", "by", "x")])
    _, back = rows([("x", "made", "i0"), ("i2", "by", "x"), ("i2", "with", "x"), ("i2", "by", "x")])
    np.testing.assert_array_equal(forth, back)
    np.testing.assert_allclose(forth, [[2**-0.25, 0, 2**-0.25, 0]])


def test_what_says_nothing_of_another_item_is_left_out():
    """Entities of one item, facts between items, between entities and about people."""
    facts = [
        ("i0", "by", "x"),
        ("i0", "sequel", "i1"),
        ("x", "in", "y"),
        ("u0", "aged", "z"),
        ("u1", "aged", "z"),
    ]
    _, shared = rows(facts)
    assert shared.shape == (0, 4)


def test_without_facts_there_are_no_rows():
    _, shared = rows([])
    assert shared.shape == (0, 4)
    assert shared.dtype == np.float32
