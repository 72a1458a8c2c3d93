"""What every language must do, run on each file that discovery finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kg import CatalogError, QueryError, languages
from kg.graph import Relation
from kg.languages.template import Template
from kg.paths import Limits, PathFinder
from tests.worlds import make_graph

CODES = languages.find()
ENGLISH = languages.load("en")
NAMES = {
    "i0": "Alien",
    "i1": "Gladiator",
    "i2": "Heat",
    "scott": "Ridley Scott",
    "tony": "Tony Scott",
}
HOSTILE = {
    "i0": "{0.__class__}",
    "i1": "{liked} %s %(end)s",
    "i2": "}{",
    "scott": "{end}${step}{{}}",
    "tony": "\\1 {",
}
FACTS = [
    ("i0", "director", "scott"),
    ("i1", "director", "scott"),
    ("i0", "sequel", "i1"),
    ("scott", "brother", "tony"),
    ("i1", "director", "tony"),
    ("i0", "director", "Q2"),
    ("i1", "director", "Q2"),
    ("i2", "director", "Q2"),
    ("i0", "director", "Q3"),
    ("i1", "director", "Q3"),
]


def told(code, labels):
    """A sentence of every kind: over people, by what is shared, in one to three steps, between two nodes."""
    likes = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 2)]
    graph = make_graph(likes, facts=FACTS, labels=labels, num_items=4)
    relations = tuple(replace(each, inverse_label=f"{each.label} inverse") for each in graph.relations)
    graph = replace(graph, relations=relations)
    finder = PathFinder(graph, np.ones((graph.num_nodes, 2), np.float32)).speaking(code)
    paths = [path for item in (1, 2) for path in finder.best(np.array([0]), np.ones(1), item, k=20)]
    start, end = graph.node("user", "u2"), graph.node("item", "i1")
    return (*paths, *finder.between(start, end, k=20, limits=Limits(max_hops=4)))


def test_there_is_more_than_one():
    assert {"de", "en"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_all_sentences_with_all_their_places(code):
    language = languages.load(code)
    assert language.code == code
    assert {name: template.places for name, template in language.sentences.items()} == {
        name: template.places for name, template in ENGLISH.sentences.items()
    }
    assert all(words == words.lower() for words in language.plain | set(language.numbers))
    assert all(float(value) >= 0 for value in language.numbers.values())
    assert language.you
    assert language.liking


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_comes_out_with_all_its_names(code):
    paths = told(code, NAMES)
    assert {len(path.nodes) for path in paths} == {2, 3, 4, 5}
    for path in paths:
        assert path.sentence.endswith(".")
        assert not set("{}") & set(path.sentence)
        for node, label in zip(path.nodes, path.labels, strict=True):
            assert label in path.sentence or path.kinds[path.nodes.index(node)] != "item"
        assert path.labels[0].lower() in path.sentence.lower()


@pytest.mark.parametrize("code", CODES)
def test_what_a_label_holds_is_never_a_template(code):
    plain, hostile = told(code, NAMES), told(code, HOSTILE)
    assert len(plain) == len(hostile)
    for one, other in zip(plain, hostile, strict=True):
        assert one.nodes == other.nodes
        assert "class '" not in other.sentence
        for label in other.labels:
            assert label in other.sentence or not any(name in label for name in HOSTILE.values())


def test_german_tells_the_relations_it_knows_and_quotes_the_others():
    facts = [("i0", "directed", "d"), ("i1", "directed", "d"), ("i0", "owned", "e"), ("i1", "owned", "e")]
    labels = {"i0": "Alien", "i1": "Gladiator", "d": "Scott", "e": "Fox"}
    graph = make_graph(num_users=0, num_items=2, facts=facts, labels=labels)
    words = (
        Relation("directed", "is directed by", "directed"),
        Relation("owned", "is owned by", "owns"),
    )
    graph = replace(graph, relations=words)
    finder = PathFinder(graph, np.ones((graph.num_nodes, 2), np.float32))
    sentences = {path.sentence for path in finder.speaking("de").best(np.array([0]), np.ones(1), 1, k=2)}
    assert sentences == {
        "Dir gefiel Alien. Auch Gladiator wurde inszeniert von Scott.",
        "Dir gefiel Alien. Auch Gladiator „is owned by“ Fox.",
    }
    assert finder.best(np.array([0]), np.ones(1), 1, k=1)[0].sentence.startswith("You liked Alien. Like it,")


@pytest.mark.parametrize(
    ("people", "who"), [(1, "Jemand, dem es gefiel, mochte"), (3, "3 Leute, denen es gefiel, mochten")]
)
def test_german_counts_people(people, who):
    likes = [(user, item) for user in range(people) for item in (0, 1)]
    graph = make_graph(likes, labels={"i0": "Alien", "i1": "Heat"})
    finder = PathFinder(graph, np.ones((graph.num_nodes, 2), np.float32)).speaking("de")
    (path,) = finder.best(np.array([0]), np.ones(1), 1)
    assert path.sentence == f"Dir gefiel Alien. {who} auch Heat."


def test_a_language_that_is_not_there_is_refused():
    with pytest.raises(QueryError, match=r"there is no language '\.\./en'; known are de, en"):
        languages.load("../en")


def test_the_most_exact_form_is_taken():
    """As Polish counts: 1, then 2 to 4 and what ends so, but 12 to 14, then the rest."""
    forms = {1: "{n} osoba", "*2 *3 *4": "{n} osoby", "*12 *13 *14": "{n} osób", "other": "{n} osób"}
    template = Template.of(forms)
    counted = [template.fill({"n": n}, n) for n in ("1", "2", "5", "11", "13", "22", "112")]
    assert counted == ["1 osoba", "2 osoby", "5 osób", "11 osób", "13 osób", "22 osoby", "112 osób"]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("You {0.__class__}", "a brace that belongs to no place"),
        ({"1": "one"}, "of which one is for 'other'"),
        (["a list"], "a text, or texts"),
    ],
)
def test_what_is_no_template_is_refused(told, problem):
    with pytest.raises(ValueError, match=problem):
        Template.of(told)


def test_an_unfinished_file_is_refused():
    with pytest.raises(CatalogError, match="language 'xx': 'adverbs' is missing"):
        languages.read("xx", "sentences: {}")
