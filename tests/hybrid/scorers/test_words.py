import numpy as np
import pytest

from hybrid.profiles import Profiles, Wish
from hybrid.scorers import Resources
from hybrid.scorers.words import Words
from tests.worlds import make_graph

GRAPH = make_graph(
    num_users=1,
    num_items=5,
    facts=[("i0", "director", "scott"), ("i1", "director", "scott"), ("i2", "genre", "horror")],
    labels={
        "i0": "Alien (1979)",
        "i1": "Blade Runner (1982)",
        "i2": "Scott's Movie",
        "scott": "Ridley Scott",
    },
    texts={"i2": "a whale and a whale at sea", "i3": "a sea and a boat"},
)


def fit(graph=GRAPH, **options):
    return Words(**options).fit(graph, Resources())


def score(text, scorer=None):
    return (scorer or fit()).score(asking(text))[0]


def best(text):
    return np.nanargmax(score(text))


def asking(*texts):
    people = Profiles.of_users(GRAPH, np.zeros(len(texts), dtype=np.int64))
    return Profiles(
        people.users, people.indptr, people.items, people.weights, people.times, tuple(map(Wish, texts))
    )


def test_a_linked_entity_is_found_by_its_name():
    scores = score("films by Ridley Scott")
    assert scores[[0, 1]].min() > scores[2] > scores[3]
    assert scores[3] == 0


def test_label_text_decade_and_plural_are_read():
    assert best("blade runners") == 1
    assert best("whales") == 2
    assert best("from the eighties") == 1
    assert best("something from the 70s") == 0


def test_a_word_counts_by_the_formula():
    graph = make_graph(num_items=3, num_users=0, texts={"i0": "whale whale", "i1": "sea boat", "i2": "sea"})
    found = score("whale", fit(graph, saturation=1.5, length_share=0.5))[0]
    length, rarity = 2 / (5 / 3), np.log(1 + 2.5 / 1.5)
    tf = 2 / (0.5 + 0.5 * length)
    assert found == pytest.approx(rarity * 2.5 * tf / (1.5 + tf), rel=1e-5)


def test_usual_words_count_where_there_are_no_others():
    np.testing.assert_array_equal(score("a movie about boats"), score("boats"))
    assert best("movie") == 2
    assert np.isnan(score("a movie about zebras")).all()


def test_without_a_known_word_it_abstains():
    scores = fit().score(asking("", "zebra", "sea"))
    assert np.isnan(scores[:2]).all()
    assert np.isfinite(scores[2, :4]).all()
    assert np.isnan(scores[2, 4])  # an item without any word


def test_what_people_write_is_only_words():
    for text in ('"); DROP TABLE', "[a-z]*(", "\x00\ud800", "ｆｕｌｌ", "x" * 100_000):
        assert fit().score(asking(text)).shape == (1, 5)


def test_a_graph_without_words():
    assert np.isnan(score("sea", fit(make_graph(num_users=1, num_items=5)))).all()
