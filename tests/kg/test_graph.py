"""Facts as the nodes of a kind see them."""

from __future__ import annotations

from tests.worlds import make_graph


def test_a_fact_is_seen_from_both_ends():
    graph = make_graph(
        [(0, 0)], num_items=2, facts=[("i0", "has", "e0"), ("u0", "likes", "e0"), ("i0", "is", "i1")]
    )
    item, entity = graph.first("item"), graph.first("entity")
    names = [relation.id for relation in graph.relations]
    has, likes, same = (names.index(name) for name in ("has", "likes", "is"))
    assert set(zip(*graph.facts_of("item"), strict=True)) == {
        (0, 2 * has, entity),
        (0, 2 * same, item + 1),
        (1, 2 * same + 1, item),
    }
    assert set(zip(*graph.facts_of("entity"), strict=True)) == {(0, 2 * has + 1, item), (0, 2 * likes + 1, 0)}


def test_a_graph_without_facts_has_none_to_see():
    assert [len(part) for part in make_graph([(0, 0)]).facts_of("item")] == [0, 0, 0]
