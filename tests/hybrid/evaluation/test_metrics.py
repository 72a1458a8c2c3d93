import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, P, R, Success, nDCG
from scipy import stats

from hybrid.evaluation.metrics import (
    METRICS,
    average_precision,
    beaten_shares,
    find_hits,
    mrr,
    ndcg,
    precision,
    recall,
)

MEASURES = {"ndcg": nDCG, "recall": R, "mrr": RR, "hit": Success, "precision": P, "map": AP}


def hits_of(*rows):
    return np.array(rows, dtype=bool)


def test_by_hand():
    hits, sizes = hits_of([0, 1, 0, 1], [0, 0, 0, 0]), np.array([3, 1])
    np.testing.assert_allclose(recall(hits, sizes, 4), [2 / 3, 0])
    np.testing.assert_allclose(precision(hits, sizes, 4), [2 / 4, 0])
    np.testing.assert_allclose(mrr(hits, sizes, 4), [1 / 2, 0])
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    np.testing.assert_allclose(ndcg(hits, sizes, 4), [(1 / np.log2(3) + 1 / np.log2(5)) / ideal, 0])
    np.testing.assert_allclose(ndcg(hits, sizes, 1), [0, 0])
    np.testing.assert_allclose(average_precision(hits, sizes, 4), [(1 / 2 + 2 / 4) / 3, 0])


def test_the_ideal_list_is_no_longer_than_k():
    assert ndcg(hits_of([1, 1]), np.array([50]), 2)[0] == pytest.approx(1.0)
    assert average_precision(hits_of([1, 1]), np.array([50]), 2)[0] == pytest.approx(1.0)
    assert recall(hits_of([1, 1]), np.array([50]), 2)[0] == pytest.approx(2 / 50)


@pytest.mark.parametrize("k", [5, 10, 20])
@pytest.mark.parametrize("name", sorted(METRICS))
def test_ir_measures_agrees(name, k):
    rng = np.random.default_rng(k)
    num_users, num_items = 60, 40
    top = np.argsort(rng.random((num_users, num_items)), axis=1)[:, :20]
    relevant = rng.random((num_users, num_items)) < 0.15
    relevant[:, 0] = True
    rows, items = np.nonzero(relevant)
    found = METRICS[name](find_hits(top, rows, items, num_items), relevant.sum(axis=1), k)
    qrels = [ir_measures.Qrel(str(row), str(item), 1) for row, item in zip(rows, items, strict=True)]
    run = [
        ir_measures.ScoredDoc(str(row), str(item), 20.0 - place)
        for row, ranked in enumerate(top)
        for place, item in enumerate(ranked)
    ]
    measure = MEASURES[name] @ k
    expected = {int(value.query_id): value.value for value in ir_measures.iter_calc([measure], qrels, run)}
    sizes = relevant.sum(axis=1)
    if name == "map":  # theirs is divided by the number of test items, be the list as short as it may
        found = found * np.minimum(sizes, k) / sizes
        assert k > 5 or (sizes > k).any()
    np.testing.assert_allclose(found, [expected[row] for row in range(num_users)], rtol=0, atol=1e-9)


def test_hits_and_empty_places():
    top = np.array([[1, -1], [0, 2]])
    # Row 1 misses item 0; the empty place of row 1 must not be read as the last item of row 0.
    found = find_hits(top, np.array([0, 0, 1]), np.array([1, 2, 2]), 3)
    np.testing.assert_array_equal(found, [[True, False], [False, True]])


INF = np.inf


def test_the_auc_by_hand():
    # Person 0 liked item 5 (blocked) and has test items 0 and 1 beside items 2, 3, 4. Item 0 is above two of
    # the three, item 1 is above one and equal to one. Person 1 has none but a test item beside a blocked one.
    scores = np.array([[3, 2, 1, 2, 4, -INF], [1, -INF, -INF, -INF, -INF, -INF]], dtype=np.float32)
    shares = beaten_shares(scores, np.array([0, 2, 3]), np.array([0, 1, 0]), np.array([1, 5]))
    np.testing.assert_allclose(shares, [2 / 3, 1.5 / 3, np.nan])


def test_what_has_no_score_is_below_all_others_and_equal_to_its_like():
    scores = np.array([[-INF, 5, -INF, -INF, 1]], dtype=np.float32)  # item 3 is in the history
    shares = beaten_shares(scores, np.array([0, 2]), np.array([0, 1]), np.array([1]))
    np.testing.assert_allclose(shares, [0.5 / 2, 1])


def test_the_auc_is_the_statistic_of_mann_and_whitney():
    rng = np.random.default_rng(0)
    scores = rng.integers(8, size=(30, 50)).astype(np.float32)
    kinds = rng.choice(3, p=[0.6, 0.2, 0.2], size=scores.shape)  # unseen, a test item, in the history
    kinds[:, :2] = [0, 1]
    scores[kinds == 2] = -INF
    rows, items = np.nonzero(kinds == 1)
    starts = np.append(np.unique(rows, return_index=True)[1], len(rows))
    shares = beaten_shares(scores.copy(), starts, items, (kinds == 2).sum(axis=1))
    found = np.bincount(rows, shares) / np.diff(starts)
    for row, kind, value in zip(scores, kinds, found, strict=True):
        wanted, others = row[kind == 1], row[kind == 0]
        statistic = stats.mannwhitneyu(wanted, others).statistic
        assert value == pytest.approx(statistic / (len(wanted) * len(others)))
