from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest
from scipy import sparse

from hybrid.profiles import Profiles, Wish
from hybrid.scorers import Resources, Scorer, find
from hybrid.scorers.base import abstain, binary, likes, seen_items
from tests.worlds import make_graph


@dataclass(frozen=True)
class Toy(Scorer):
    name: ClassVar[str] = "toy"
    reason: ClassVar[str] = "it is a toy"
    size: int = 2
    table: np.ndarray = field(init=False, repr=False, compare=False)
    links: sparse.csr_array = field(init=False, repr=False, compare=False)

    def fit(self, graph, resources):
        links = sparse.csr_array((np.float32([1, 2]), ([0, 2], [1, 0])), shape=(3, 2))
        return self._fitted(table=np.arange(self.size), links=links)

    def score(self, profiles):
        return self.table


def test_a_fitted_copy_leaves_the_original_unfitted():
    toy = Toy(size=3)
    fitted = toy.fit(None, None)
    assert len(fitted.table) == 3
    assert not hasattr(toy, "table")
    assert not hasattr(fitted.settled(), "table")
    assert fitted == toy
    assert hash(fitted) == hash(toy)


def test_learned_fields_are_no_options():
    assert Toy().options() == {"size": 2}
    assert repr(Toy().fit(None, None)) == "Toy(size=2)"
    with pytest.raises(TypeError):
        Toy(table=np.zeros(1))


def test_learned_fields_must_be_given_completely():
    with pytest.raises(TypeError, match=r"Toy learns \['links', 'table'\], not \['table'\]"):
        Toy()._fitted(table=np.zeros(1))


def test_the_state_keeps_dense_and_sparse_arrays():
    fitted = Toy().fit(None, None)
    state = fitted.state()
    assert set(state) == {"table", "links.data", "links.indices", "links.indptr", "links.shape"}
    assert all(isinstance(value, np.ndarray) for value in state.values())
    restored = Toy().restored(state, None, Resources())
    np.testing.assert_array_equal(restored.table, fitted.table)
    np.testing.assert_array_equal(restored.links.toarray(), fitted.links.toarray())
    assert restored.links.dtype == np.float32
    with pytest.raises(AttributeError):
        Toy().state()


def test_discovery_finds_only_scorers_of_the_folder():
    assert {"popularity", "ease", "itemknn", "rp3beta", "als", "recent", "text"} <= set(find())
    assert "toy" not in find()
    assert list(find()) == sorted(find())


def test_abstaining():
    profiles = Profiles(
        users=np.array([0, 1, 2]),
        indptr=np.array([0, 2, 2, 3]),
        items=np.array([0, 2, 2]),
        weights=np.ones(3),
        times=np.full(3, np.nan),
        wishes=(Wish(),) * 3,
    )
    scores = abstain(np.ones((3, 3), np.float32), profiles, np.array([True, True, False]))
    nan = np.nan
    np.testing.assert_array_equal(scores, [[1, 1, nan], [nan] * 3, [nan] * 3])


def test_likes_are_binary_and_seen_items_known():
    graph = make_graph([(0, 0, 5, 3.5), (0, 0, 6, 2.0), (1, 2, 7, 0.5)], num_items=4)
    np.testing.assert_array_equal(likes(graph).toarray(), [[1, 0, 0, 0], [0, 0, 1, 0]])
    np.testing.assert_array_equal(seen_items(graph), [True, False, True, False])
    twice = sparse.csr_array((np.array([2.0, 3.0]), np.array([1, 1]), np.array([0, 2])), shape=(1, 2))
    np.testing.assert_array_equal(binary(twice).toarray(), [[0, 1]])
    np.testing.assert_array_equal(twice.data, [2, 3])
