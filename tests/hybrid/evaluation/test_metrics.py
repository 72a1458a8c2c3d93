import ir_measures
import numpy as np
import pytest
from ir_measures import RR, P, R, Success, nDCG

from hybrid.evaluation.metrics import METRICS, coverage, find_hits, mrr, ndcg, precision, recall

MEASURES = {"ndcg": nDCG, "recall": R, "mrr": RR, "hit": Success, "precision": P}


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


def test_the_ideal_list_is_no_longer_than_k():
    assert ndcg(hits_of([1, 1]), np.array([50]), 2)[0] == pytest.approx(1.0)
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
    np.testing.assert_allclose(found, [expected[row] for row in range(num_users)], rtol=0, atol=1e-9)


def test_hits_and_empty_places():
    top = np.array([[1, -1], [0, 2]])
    # Row 1 misses item 0; the empty place of row 1 must not be read as the last item of row 0.
    found = find_hits(top, np.array([0, 0, 1]), np.array([1, 2, 2]), 3)
    np.testing.assert_array_equal(found, [[True, False], [False, True]])


def test_coverage_counts_items_once_and_no_empty_places():
    top = np.array([[1, 2, 3], [1, 0, -1]])
    assert coverage(top, 10, 1) == pytest.approx(0.1)
    assert coverage(top, 10, 3) == pytest.approx(0.4)
