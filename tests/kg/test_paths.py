"""Reasoning paths: made of real edges, never of held-out ones, and the strongest first."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kg.paths import PathFinder
from tests.worlds import make_graph

LIKE, LIKED = "liked by", "likes"


def finder(graph, vectors=None, **options):
    return PathFinder(
        graph, np.ones((graph.num_nodes, 2), np.float32) if vectors is None else vectors, **options
    )


def best(graph, liked, item, *, shares=None, k=100, person=-1, **options):
    given = np.ones(len(liked)) if shares is None else np.array(shares)
    return finder(graph, **options).best(np.array(liked, dtype=np.int64), given, item, k=k, person=person)


def ids(graph, path):
    return [graph.id(node) for node in path.nodes]


FILMS = [
    ("i0", "directed_by", "d"),
    ("i1", "directed_by", "d"),
    *[(f"i{row}", "of_genre", "g") for row in range(5)],
]


def test_a_rare_link_is_a_better_reason_than_a_common_one():
    graph = make_graph(num_users=0, num_items=5, facts=FILMS)
    by_director, by_genre = best(graph, [0], 1)
    assert ids(graph, by_director) == ["i0", "d", "i1"]
    assert by_director.weight == pytest.approx(1 / 2)  # two steps of 1 / sqrt(1 * 2)
    assert by_director.kinds == ("item", "entity", "item")
    assert by_director.relations == ("directed by", "directed by of")
    assert ids(graph, by_genre) == ["i0", "g", "i1"]
    assert by_genre.weight == pytest.approx(1 / 5)  # two steps of 1 / sqrt(1 * 5)


def test_the_trained_model_can_say_otherwise():
    graph = make_graph(num_users=0, num_items=5, facts=FILMS)
    vectors = np.tile(np.array([[3.0, 0.0]], np.float32), (graph.num_nodes, 1))
    vectors[graph.node("entity", "d")] = (
        0,
        1,
    )  # at a right angle to the films: closeness 0, which counts 0.01
    vectors[graph.node("entity", "g")] = (1, 1)  # cosine 1 / sqrt(2)
    by_genre, by_director = best(graph, [0], 1, vectors=vectors)
    assert ids(graph, by_genre) == ["i0", "g", "i1"]
    assert by_genre.weight == pytest.approx(1 / 2 / 5)
    assert by_director.weight == pytest.approx(0.01**2 / 2)


def test_a_path_weighs_what_its_start_gave():
    graph = make_graph(num_users=0, num_items=5, facts=[*FILMS, ("i2", "directed_by", "d")])
    weights = {
        ids(graph, path)[0]: path.weight
        for path in best(graph, [0, 2], 1, shares=[0.2, 0.6])
        if "d" in ids(graph, path)
    }
    assert weights == {"i0": pytest.approx(0.2 / 3), "i2": pytest.approx(0.6 / 3)}


def test_one_and_three_steps():
    facts = [
        ("i0", "sequel_of", "i1"),
        ("i0", "made_by", "a"),
        ("a", "member_of", "b"),
        ("i1", "owned_by", "b"),
    ]
    graph = make_graph(num_users=0, num_items=2, facts=facts)
    one, three = sorted(best(graph, [0], 1), key=lambda path: len(path.nodes))
    assert ids(graph, one) == ["i0", "i1"]
    assert one.relations == ("sequel of",)
    assert ids(graph, three) == ["i0", "a", "b", "i1"]
    assert three.relations == ("made by", "member of", "owned by of")
    assert (one.weight, three.weight) == (pytest.approx(1), pytest.approx(1))
    back = best(graph, [1], 0)
    assert {path.relations for path in back} == {
        ("sequel of of",),
        ("owned by", "member of of", "made by of"),
    }


def test_four_steps_are_too_many():
    facts = [("i0", "r", "a"), ("a", "r", "b"), ("b", "r", "c"), ("c", "r", "i1")]
    graph = make_graph(num_users=0, num_items=2, facts=facts)
    assert best(graph, [0], 1) == ()


def test_people_who_liked_both_ends():
    # u1 likes two things, u2 four; i0 is liked by three people and i1 by two
    likes = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (2, 3)]
    graph = make_graph(likes)
    (path,) = best(graph, [0], 1, person=0)
    assert ids(graph, path) == ["i0", "u1", "i1"]  # whose two likes say more than the four of u2
    assert path.kinds == ("item", "user", "item")
    assert path.weight == pytest.approx((1 / 2 + 1 / 4) / (3 * 2) ** 0.5)
    assert "2 people who liked it also liked" in path.sentence


def test_nobody_is_evidence_for_themselves():
    graph = make_graph([(0, 0), (0, 1)])
    assert best(graph, [0], 1, person=0) == ()
    assert ids(graph, best(graph, [0], 1, person=-1)[0]) == ["i0", "u0", "i1"]


def test_heldout_likes_explain_nothing():
    graph = make_graph([(0, 0), (1, 0)], num_items=2, heldout=[(1, 1)])
    assert best(graph, [0], 1) == ()


def test_a_hub_is_not_walked_through():
    graph = make_graph(num_users=0, num_items=5, facts=FILMS)
    assert [ids(graph, path)[1] for path in best(graph, [0], 1, max_fan=5)] == ["d", "g"]
    assert [ids(graph, path)[1] for path in best(graph, [0], 1, max_fan=4)] == ["d"]


@pytest.mark.parametrize("relation", ["makes", "lives_in", "shown_in"])
def test_a_hub_in_the_middle_of_three_steps_is_not_walked_through(relation):
    """Whichever of the steps finds it crowded."""
    facts = [("i0", "makes", "a"), ("a", "lives_in", "b"), ("i1", "shown_in", "b")]
    crowd = {
        "makes": [(f"i{row}", "makes", "a") for row in (2, 3, 4)],
        "lives_in": [(f"p{row}", "lives_in", "b") for row in (2, 3, 4)],
        "shown_in": [(f"i{row}", "shown_in", "b") for row in (2, 3, 4)],
    }
    graph = make_graph(num_users=0, num_items=5, facts=[*facts, *crowd[relation]])
    assert len(best(graph, [0], 1, max_fan=4)) == 1
    assert best(graph, [0], 1, max_fan=3) == ()


def test_no_path_leads_over_another_liked_item_or_back():
    facts = [("i0", "r", "i2"), ("i2", "r", "i1"), ("i0", "r", "a"), ("i2", "r", "a")]
    graph = make_graph(num_users=0, num_items=3, facts=facts)
    assert [ids(graph, path) for path in best(graph, [0, 2], 1)] == [["i2", "i1"]]


def test_an_item_does_not_explain_itself():
    graph = make_graph([(1, 0), (1, 1)], facts=FILMS)
    assert all(ids(graph, path)[0] == "i0" for path in best(graph, [0, 1], 1))
    assert best(graph, [1], 1) == ()
    assert best(graph, [], 1) == ()


def test_an_item_liked_twice_starts_no_path_twice():
    graph = make_graph(num_users=0, num_items=5, facts=FILMS)
    assert len(best(graph, [0, 0], 1)) == 2


def test_a_graph_without_facts_or_likes():
    assert best(make_graph(num_users=1, num_items=2), [0], 1) == ()


def test_an_entity_without_a_name_is_told_by_a_neighbour_and_never_by_its_id():
    graph = make_graph(
        num_users=0,
        num_items=3,
        facts=[(f"i{row}", "directed_by", "Q2001") for row in range(3)],
        labels={"i0": "Spartacus", "i1": "Lolita", "i2": "The Shining"},
    )
    (path,) = best(graph, [0], 1)
    assert path.labels == ("Spartacus", "an entity shared with The Shining", "Lolita")
    assert (
        path.sentence == "You liked Spartacus. Like it, Lolita directed by an entity shared with The Shining."
    )


def random_graph(seed):
    """A graph in which anything may be linked to anything, with hubs, doubles and both kinds of evidence."""
    rng = np.random.default_rng(seed)
    names = [f"i{row}" for row in range(6)] + [f"e{row}" for row in range(5)] + ["u0", "u1"]
    facts = [
        (str(head), str(relation), str(tail))
        for head, tail in rng.choice(names, (28, 2))
        for relation in rng.choice(["r", "s"], 1)
        if head != tail
    ]
    pairs = rng.integers((5, 6), size=(16, 2))
    return make_graph(pairs[:12], num_users=5, num_items=6, facts=facts, heldout=pairs[12:]), rng


class Reference:
    """All paths by plain search, as the docstrings tell it; the best weight per list of nodes."""

    def __init__(self, graph, vectors, max_fan):
        edges = zip(graph.edges.heads, graph.edges.relations, graph.edges.tails, strict=True)
        facts = {(int(head), int(relation), int(tail)) for head, relation, tail in edges}
        likes = zip(graph.interactions.users, graph.interactions.items, strict=True)
        self.likes = {(int(user), int(item)) for user, item in likes}
        self.steps = {(h, 2 * r, t) for h, r, t in facts} | {(t, 2 * r + 1, h) for h, r, t in facts}
        self.vectors, self.max_fan, self.first = vectors.astype(float), max_fan, graph.first("item")

    def paths(self, liked, shares, target, person):
        self.starts, self.target = {self.first + item for item in liked}, self.first + target
        self.found = {}
        for item, share in zip(liked, shares, strict=True):
            self.walk((self.first + item,), share)
            self.by_people(item, share, target, person)
        return self.found

    def fan(self, node, code):
        return sum(start == node and word == code for start, word, _ in self.steps)

    def close(self, one, other):
        a, b = self.vectors[one], self.vectors[other]
        return max(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), 0.01)

    def walk(self, nodes, weight):
        here, inside = nodes[-1], len(nodes) > 1
        for code, end in [
            (code, end) for start, code, end in self.steps if start == here and end not in nodes
        ]:
            leaving, entering = self.fan(here, code), self.fan(end, code ^ 1)
            further = weight * self.close(here, end) / (leaving * entering) ** 0.5
            if inside and leaving > self.max_fan:
                continue
            if end == self.target:
                self.keep((*nodes, end), further)
            elif len(nodes) < 3 and end not in self.starts and entering <= self.max_fan:
                self.walk((*nodes, end), further)

    def by_people(self, item, share, target, person):
        both = [user for user in range(5) if {(user, item), (user, target)} <= self.likes and user != person]
        if both:
            breadth = {user: sum(one == user for one, _ in self.likes) for user in both}
            popular = [sum(other == one for _, other in self.likes) for one in (item, target)]
            spread = sum(1 / breadth[user] for user in both) / (popular[0] * popular[1]) ** 0.5
            nodes = (self.first + item, min(both, key=lambda user: (breadth[user], user)), self.target)
            self.keep(nodes, share * spread * self.close(nodes[0], self.target))

    def keep(self, nodes, weight):
        self.found[nodes] = max(self.found.get(nodes, 0.0), weight)


@pytest.mark.parametrize(("seed", "max_fan"), [*itertools.product(range(12), (2, 1000))])
def test_every_path_is_found_and_weighs_what_it_should(seed, max_fan):
    graph, rng = random_graph(seed)
    vectors = rng.normal(size=(graph.num_nodes, 3)).astype(np.float32) + 1
    liked, target, person = [0, 3], 5, int(rng.integers(-1, 5))
    shares = rng.uniform(0.1, 1, size=2)
    paths = best(graph, liked, target, shares=shares, person=person, vectors=vectors, max_fan=max_fan)
    expected = Reference(graph, vectors, max_fan).paths(liked, shares, target, person)
    assert {path.nodes: pytest.approx(path.weight, rel=1e-4) for path in paths} == expected
    weights = [path.weight for path in paths]
    assert weights == sorted(weights, reverse=True)
    few = best(graph, liked, target, shares=shares, person=person, vectors=vectors, max_fan=max_fan, k=2)
    assert few == paths[:2]


@pytest.mark.parametrize("seed", range(12))
def test_every_path_is_made_of_real_edges(seed):
    graph, _ = random_graph(seed)
    edges = zip(graph.edges.heads, graph.edges.relations, graph.edges.tails, strict=True)
    real = set()
    for head, relation, tail in edges:
        words = graph.relations[relation]
        real |= {(head, words.label, tail), (tail, words.inverse_label, head)}
    first = graph.first("item")
    for user, item in zip(graph.interactions.users, graph.interactions.items, strict=True):
        real |= {
            (first + item, "is liked by", user),
            (user, "likes", first + item),
        }
    seen = 0
    for target in range(1, 6):
        for path in best(graph, [0], target):
            seen += 1
            assert len(path.nodes) - 1 == len(path.relations) <= 3
            assert len(path.labels) == len(path.kinds) == len(path.nodes) == len(set(path.nodes))
            assert path.kinds == tuple(graph.kind(node) for node in path.nodes)
            steps = zip(path.nodes, path.relations, path.nodes[1:], strict=False)
            assert set(steps) <= real
    assert seen > 5
