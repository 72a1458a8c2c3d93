"""Whether anything is told of some likes."""

import numpy as np

from hybrid.evaluation.telling import can_tell
from tests.worlds import checkerboard


def test_one_number_for_a_like_is_enough():
    graph = checkerboard(8)
    wanted = graph.heldout
    known = np.full((8, 8), np.nan, dtype=np.float32)
    assert not can_tell(lambda people: known[people.users], graph, wanted)
    known[2, 3] = 1  # user 2 does not want item 3
    assert not can_tell(lambda people: known[people.users], graph, wanted)
    known[2, wanted.items[wanted.users == 2]] = 0
    assert can_tell(lambda people: known[people.users], graph, wanted)


def test_of_nothing_nothing_can_be_told():
    graph = checkerboard(8)
    assert not can_tell(
        lambda _people: np.zeros((0, 8), np.float32), graph, graph.heldout.take(np.zeros(8, dtype=np.bool_))
    )
