"""Pictures of explanations: words are only words, pictures tell what they show, the page loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from importlib import resources
from itertools import pairwise

import numpy as np
import pytest

from hybrid.reasons import pictures
from hybrid.reasons.explanation import LikeShare
from hybrid.reasons.pictures.attribution import OTHER_SCORERS, scorers_drawn
from hybrid.reasons.pictures.drawn import data, frame
from hybrid.reasons.pictures.item_map import flattened, groups
from hybrid.reasons.pictures.neighbourhood import neighbourhood
from hybrid.reasons.pictures.page import lead, measure
from hybrid.reasons.pictures.spread import DOWN, spread
from kg.lettering import plain, width, wrapped
from kg.paths import ReasoningPath
from kg.paths.layout import lay_out
from kg.paths.picture import path_svg
from tests.hybrid.pictured import bare, explained, paths, ranked, world
from tests.hybrid.test_report import HOSTILE, Page
from tests.worlds import checkerboard

HOSTILE = f"{HOSTILE} </script><!-- <img src=x onerror=alert(1)>"
LONG = "Supercalifragilistic" * 30
WORDS = ["Alien", HOSTILE, LONG, "千と千尋の神隠し", "الحمراء"]
VECTORS = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 0]], np.float32)


def path(*nodes, relation="leads to"):
    """A path over nodes of these numbers."""
    steps = (relation,) * (len(nodes) - 1)
    kinds = ("item", *("entity",) * (len(nodes) - 2), "item")
    return ReasoningPath(
        nodes, tuple(f"node {node}" for node in nodes), kinds, steps, 1.0, "They are linked."
    )


def page(word="Alien", made=explained):
    graph, explanation = made(word)
    return pictures.explanation_page(explanation, graph, meanings={"graph": word}, vectors=VECTORS)


def data_of(told):
    return json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', told, re.DOTALL)[1])


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("made", [explained, bare])
def test_whatever_the_words_the_page_is_whole_and_loads_nothing(word, made):
    told = page(word, made)
    found = Page(told)
    assert found.tags.count("script") == 3
    assert not {"img", "iframe", "link", "object"} & set(found.tags)
    for _, name, value in found.attributes:
        assert not name.startswith("on")
        if name in {"src", "href", "xlink:href"}:
            assert value.startswith("#")
    own = told.split("<script>")[0]
    assert not re.search(r"url\((?!#)|@import", own)
    assert "default-src 'none'" in own


@pytest.mark.parametrize("word", WORDS)
def test_whatever_the_words_the_data_are_data(word):
    nodes = data_of(page(word))["nodes"]
    labels = [node["data"]["label"] for node in nodes]
    assert plain(word) in labels
    graph, explanation = explained(word)
    assert "<" not in data(neighbourhood(graph, explanation.paths))


def test_only_the_two_scripts_may_run():
    told = page()
    (policy,) = (value for _, _, value in Page(told).attributes if value.startswith("default-src"))
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    scripts = re.findall(r"<script>(.*?)</script>", told, re.DOTALL)
    sums = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    assert sums == allowed
    assert policy.endswith(tuple(f"'sha256-{each}'" for each in allowed))  # and nothing beside them


def test_the_library_is_the_one_that_its_readme_names():
    folder = resources.files("hybrid.reasons.pictures").joinpath("vendor")
    found = hashlib.sha256(folder.joinpath("cytoscape.min.js").read_bytes()).hexdigest()
    assert found in folder.joinpath("README.md").read_text()


def test_the_page_tells_all_of_it():
    text = " ".join(Page(page()).text.split())
    for words in (
        "Why Blade Runner Alien",
        "Score 1.250; of items with such a score, 30% turn out to be liked",
        "Note: Alien",
        "You liked Alien",
        "made by Alien",
        "because",
        "related",
        "untested",
        "+0.400",
        "not measured",
        "abstains",
        "what is wished",
        "ab" * 32,
        "cd" * 32,
        "Seed7",
    ):
        assert words in text, words


def test_an_explanation_of_nothing_says_so():
    text = " ".join(Page(page(made=bare)).text.split())
    assert "No path leads to it, and no scorer speaks for it." in text
    assert "No path of facts leads here" in text
    assert "Nobody noted which model" in text


def test_the_page_is_the_same_every_time():
    assert page() == page()


def test_what_passed_its_test_leads():
    _, explanation = explained()
    first, *others = explanation.reasons
    assert lead(explanation) == first.path.sentence
    turned = replace(explanation, reasons=(*others, first))
    assert lead(turned) == first.path.sentence


def test_numbers_that_are_none_are_not_measured():
    assert measure(float("nan")) == "not measured"
    assert measure(-0.25) == "−0.250"


@pytest.mark.parametrize("word", WORDS)
def test_notebooks_show_rankings_explanations_and_paths(word):
    graph, explanation = explained(word)
    shown = (ranked(word), explanation, explanation.paths[0], pictures.sankey(explanation.paths, graph))
    for each in shown:
        found = Page(each._repr_html_())
        assert not {"script", "img"} & set(found.tags)
        assert "svg" in found.tags
    assert "--ink:" in ranked(word)._repr_html_()  # it brings its colours


def test_a_ranking_of_nothing_is_shown_too():
    assert "Nothing is recommended." in replace(ranked(), recommendations=())._repr_html_()


def test_a_neighbourhood_in_a_notebook_stands_in_a_frame():
    graph, explanation = explained(HOSTILE)
    found = Page(frame(neighbourhood(graph, explanation.paths)))
    assert found.tags == ["iframe"]
    (inside,) = [value for _, name, value in found.attributes if name == "srcdoc"]
    assert Page(inside).tags.count("script") == 3


def test_paths_that_share_a_node_draw_it_once():
    told = path_svg(paths(world()))
    assert told.count("<title>Blade Runner Alien</title>") == 1
    assert "<text" in told
    assert ">item<" in told
    assert ">entity<" in told  # a shape's meaning is there in words


def test_a_long_label_is_cut_and_whole_in_its_tooltip():
    told = path_svg([replace(path(1, 2, 3), labels=("a", LONG, "b"))])
    assert f"<title>{LONG}</title>" in told
    assert f">{LONG}</text>" not in told
    assert "…</text>" in told


def test_no_paths_are_an_empty_picture():
    assert Page(path_svg([])).tags == ["svg"]


@pytest.mark.parametrize(
    "many",
    [
        [path(1, 2, 3)],
        [path(1, number, 3) for number in range(10, 20)],
        [path(1, 2, 3), path(1, 2, 4, 3), path(5, 4, 2, 3), path(1, 4, 2, 6, 3)],
        [path(number, 2, 3) for number in range(10, 20)] + [path(1, 3)],
    ],
)
def test_nothing_in_a_picture_of_paths_overlaps(many):
    layout = lay_out(many)
    for column in range(layout.columns):
        spots = sorted((s for s in layout.spots.values() if s.column == column), key=lambda s: s.y)
        for one, two in pairwise(spots):
            assert one.y + one.height / 2 <= two.y - two.height / 2
    for spot in layout.spots.values():
        assert spot.y - spot.height / 2 >= 0
        assert spot.y + spot.height / 2 <= layout.height
    ends = {spot.column for spot in layout.spots.values() if spot.words == "node 3"}
    assert ends == {layout.columns - 1}


def test_words_break_where_they_have_room():
    assert wrapped("one two three", 7, 2) == ["one two", "three"]
    assert wrapped("one two three", 7, 1) == ["one tw…"]
    assert wrapped("千と千尋の神隠し", 10, 2) == ["千と千尋の", "神隠し"]
    assert wrapped("abcdefgh", 3, 2) == ["abc", "de…"]
    assert wrapped("", 5, 2) == []
    assert width("e\u0301千") == 3
    assert plain("a\x00b\ud800\nc") == "a b c"


def test_bars_tell_the_likes_and_what_is_no_likes_share():
    _, explanation = explained()
    told = pictures.like_bars(explanation)
    text = Page(told).text
    assert "i1: Alien" in text  # the second like of the same name
    assert "no like's share" in text
    many = tuple(LikeShare(f"i{n}", f"Film {n}", {f"scorer {n}": 1.0 + n}) for n in range(20))
    crowd = replace(explanation, likes=many)
    assert "all other likes" in Page(pictures.like_bars(crowd)).text
    assert scorers_drawn(crowd)[-1] == OTHER_SCORERS
    assert len(scorers_drawn(crowd)) == 8


def test_a_scorer_that_abstained_has_no_bar():
    _, explanation = explained()
    text = Page(pictures.scorer_bars(explanation)).text
    assert "graph" in text
    assert "text" not in text.split()


def test_the_kinds_of_paths_are_counted():
    graph = world()
    text = Page(pictures.sankey(paths(graph), graph)).text
    found = len(paths(graph))
    assert f"Item · {found}" in text
    assert "made by Alien" in text
    assert pictures.sankey([], graph).startswith("<svg")


def test_the_map_names_what_is_liked_and_recommended():
    graph = world()
    text = Page(pictures.item_map(VECTORS, graph, [0, 1], [2])).text
    for words in ("Alien", "Heat", "Blade Runner Alien", "liked", "recommended"):
        assert words in text
    nothing = pictures.item_map(np.zeros((3, 2), np.float32), graph, [0], [2])
    assert "Heat" not in Page(nothing).text


def test_places_on_the_map_keep_what_differs_most():
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(40, 2)) * [5, 2]
    vectors = np.hstack([plane, rng.normal(size=(40, 3)) * 1e-3]).astype(np.float32)
    flat = flattened(vectors, np.ones(40, np.bool_))
    wanted = np.linalg.norm(plane[:, None] - plane[None], axis=-1)
    found = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    assert np.corrcoef(wanted.ravel(), found.ravel())[0, 1] > 0.999
    one = flattened(np.array([[1.0], [2.0]], np.float32), np.array([True, False]))
    assert np.isnan(one[1]).all()
    assert np.isfinite(one[0]).all()


def test_items_are_coloured_by_what_divides_them():
    graph = checkerboard(6)
    assert groups(graph) == ["white", "black"] * 3
    assert groups(graph, "has_colour") == groups(graph)
    assert groups(graph, "unknown") == ["others"] * 6


def test_a_neighbourhood_holds_paths_roles_and_facts():
    graph = world()
    near = neighbourhood(graph, paths(graph), liked=[0, 1], recommended=[2])
    roles = {node.label: node.role for node in near.nodes}
    assert roles["Alien"] == "liked"
    assert roles["Blade Runner Alien"] == "recommended"
    assert roles["Ridley Alien"] == ""
    assert any(link.path and link.relation == "made by Alien" for link in near.links)
    assert any(not link.path for link in near.links)  # what only one of them has
    assert "entity" in roles  # what has no name is called by its class
    assert len({(link.head, link.relation, link.tail) for link in near.links}) == len(near.links)


def test_a_neighbourhood_has_as_many_nodes_as_it_may():
    graph = checkerboard(10)
    near = neighbourhood(graph, recommended=[0], most=1)
    assert [node.role for node in near.nodes] == ["recommended"]
    assert near.left_out == 1
    assert neighbourhood(graph).nodes == ()


def test_no_two_nodes_of_a_neighbourhood_start_at_one_place():
    graph = checkerboard(60)
    near = neighbourhood(graph, liked=range(1, 30), recommended=[0, 2], most=60)
    places = np.array(list(spread(near).values()))
    apart = np.abs(places[:, None] - places[None]).max(axis=-1) + np.eye(len(places)) * 1000
    assert apart.min() >= DOWN / 2
