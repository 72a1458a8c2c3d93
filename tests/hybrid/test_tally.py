"""Parts add up to the score, with dislikes taken off and with popularity where nothing else tells."""

from __future__ import annotations

import numpy as np

from hybrid.tally import STRENGTH, Tally

NAN = np.nan


def tally(*rows):
    parts = np.array(rows, dtype=np.float32)
    silent = np.isnan(parts).all(axis=0)
    return Tally(tuple("ab"[: len(rows)]), parts, np.where(silent, np.nan, np.nansum(parts, axis=0)))


def check_sums(found):
    for item in range(len(found.total)):
        if not np.isnan(found.total[item]):
            assert np.isclose(np.nansum(list(found.of(item).values())), found.total[item])


def test_dislikes_are_a_part():
    before = tally([1.0, 2.0, NAN, 1.0], [0.0, NAN, NAN, 1.0])
    after = before.without(np.array([10.0, -10.0, 10.0, NAN], dtype=np.float32))
    assert after.names == ("a", "b", "dislikes")
    np.testing.assert_allclose(after.total, [1 - 10 * STRENGTH, 2 + 10 * STRENGTH, NAN, 2.0])
    assert np.isnan(after.of(3)["dislikes"])
    check_sums(after)


def test_popularity_speaks_where_nothing_else_does():
    nobody = tally([NAN] * 4, [NAN] * 4)
    assert not nobody.speaks
    found = nobody.by_popularity(np.array([9, 0, 3, 99]), np.array([True, True, True, False]))
    assert found.guessed
    assert np.argsort(-found.total[:3]).tolist() == [0, 2, 1]
    assert np.isnan(found.total[3])
    check_sums(found.without(np.ones(4, dtype=np.float32)))
