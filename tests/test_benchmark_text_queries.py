"""The queries of `benchmarks/text_queries.py`: what is asked about is hidden, and what should be found."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from hybrid.scorers import Resources
from hybrid.scorers.words import Words
from tests.worlds import make_graph

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "wishing.py"
TAGS = {"space": range(3), "Space": (3,), "robots": range(4), "sea": range(2)}
GRAPH = make_graph(
    [(0, item) for item in range(6)],
    num_items=6,
    facts=[
        *((f"i{item}", "tag", f"t:{tag}") for tag, items in TAGS.items() for item in items),
        *((f"i{item}", "genre", "sf") for item in range(6)),
        *((f"i{item}", "director", "scott") for item in (0, 1, 2)),
        ("i5", "actor", "scott"),
    ],
    labels={
        **{f"t:{tag}": tag for tag in TAGS},
        **{f"i{item}": f"Film ({year})" for item, year in enumerate((1982, 1985, 1991, 1982, 1984, 1989))},
        "sf": "Sci-Fi",
        "scott": "Ridley Scott",
    },
)
EVERYTHING = np.ones(6, dtype=np.bool_)


@pytest.fixture(scope="module")
def wishing():
    spec = importlib.util.spec_from_file_location("wishing", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["wishing"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_tags_spelled_alike_are_one_and_are_not_in_the_graph(wishing):
    kind = wishing.film_tags(GRAPH, EVERYTHING, 0)
    asked = {query.text: query.items.tolist() for query in kind.queries}
    assert sorted(asked.values()) == [[0, 1, 2, 3], [0, 1, 2, 3]]  # "sea" has two films only
    assert sorted(text.split()[0] for text in asked) == ["robots", "space"]
    assert kind.tuning.tolist() == [True, False]
    words = Words().fit(kind.graph, Resources())
    assert {"sea", "scott"} <= set(words.vocabulary[words.weights.indices])
    assert not {"space", "robot"} & set(words.vocabulary[words.weights.indices])


def test_only_ranked_items_are_to_be_found(wishing):
    ranked = EVERYTHING.copy()
    ranked[0] = False
    found = [query.items.tolist() for query in wishing.film_tags(GRAPH, ranked, 0).queries]
    assert found == [[1, 2, 3], [1, 2, 3]]


def test_facts_put_together_are_of_films_that_have_all(wishing):
    kind = wishing.film_facts(GRAPH, EVERYTHING, 0)
    (query,) = kind.queries
    assert query.text == "science fiction from the 1980s with Ridley Scott"
    assert query.items.tolist() == [0, 1, 5]
    assert kind.graph is GRAPH


def test_halves_do_not_depend_on_the_seed(wishing):
    first, second = wishing._divided(list(range(9)))
    assert (first, second) == wishing._divided(list(range(9)))
    assert sorted(first + second) == list(range(9))
    assert len(first) == 5
