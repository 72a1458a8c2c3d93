from dataclasses import replace

import numpy as np
import pytest

from hybrid.scorers.naming import LONGEST, Names, dates
from tests.worlds import make_graph

NAMES = Names.of(
    {
        3: "Ridley Scott",
        4: "Scott",
        5: "Noir",
        6: "film noir",
        7: "women",
        8: "noir",
        9: "best films",
        10: "x",
        11: "a " * LONGEST + "sentence",
        12: "science fiction",
    }
)


def called(text):
    return [found.tolist() for found in NAMES.within(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("films by RIDLEY SCOTT, by women", [[3], [7]]),
        ("scott's noir", [[4], [5, 8]]),
        ("Scott", [[4]]),
        ("a noir film noir", [[5, 8], [6]]),
        ("Science-Fictions", [[12]]),
        ("best films by x", []),
        ("fiction about ridley", []),
        ("", []),
    ],
)
def test_the_longest_name_at_every_place(text, found):
    assert called(text) == found


def test_nobody_has_a_name():
    assert Names.of({}).within("noir") == []


def test_years_of_labels_in_brackets_at_their_end():
    graph = make_graph(
        num_users=0, num_items=3, labels={"i0": "Alien (1979)", "i1": "1984", "i2": "M (1931)"}
    )
    names, items = dates(graph)
    assert names == ["1930s", "1931", "1970s", "1979"]
    np.testing.assert_array_equal(items.toarray(), [[0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0]])


def test_years_of_numbers_come_before_labels():
    graph = make_graph(num_users=0, num_items=2, labels={"i0": "Alien (1979)", "i1": "M (1931)"})
    numbers = {"year": np.array([1980.0, np.nan]), "price": np.array([19.5, 1999.0])}
    names, items = dates(replace(graph, numbers=numbers))
    assert names == ["1930s", "1931", "1980", "1980s"]
    np.testing.assert_array_equal(items.toarray(), [[0, 0, 1, 1], [1, 1, 0, 0]])


def test_no_years():
    names, items = dates(make_graph(num_users=0, num_items=2))
    assert names == []
    assert items.shape == (2, 0)
