"""The report is one well-formed page that loads nothing and shows hostile names as words."""

import math
import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from hybrid.htmlfile import write_html
from hybrid.pictures import bars, path_picture, shorten, stacked
from hybrid.ranking import Recommendation
from hybrid.report import Curve, Model, Person, Report, render

HOSTILE = (
    '<script>alert(1)</script> & "quoted" \'it\' $x^$ http://evil.example/ id="a" #010205 日本 \ud800 \x00'
)
VOID = {"meta", "link", "br", "img", "hr", "input"}


@dataclass(frozen=True)
class Path:
    """The fields of `kg.paths.ReasoningPath`."""

    nodes: tuple[int, ...]
    labels: tuple[str, ...]
    relations: tuple[str, ...]
    kinds: tuple[str, ...]
    weight: float
    sentence: str


def sample(word="Alien (1979)"):
    path = Path(
        (0, 5, 9, 6),
        ("Ann", word, "Ridley Scott", "Blade Runner"),
        ("liked", "directed by", word),
        ("user", "item", "entity", "item"),
        0.5,
        f"Ann liked {word}, directed by Ridley Scott, who directed Blade Runner.",
    )
    items = (
        Recommendation("6", word, 1.25, {"graph": 1.5, word: -0.25, "text": math.nan}, (path,)),
        Recommendation("7", "No path", 0.5, {"graph": 0.5, word: 0.0, "text": math.nan}, ()),
    )
    return Report(
        dataset=word,
        description=word,
        nodes={word: 1682, "User": 943},
        edges={word: 5000, "directed by": 1},
        protocol=word,
        models=(
            Model("hybrid", "hybrid", {"ndcg@10": 0.3, "recall@10": 0.2}),
            Model(word, "baseline", {"ndcg@10": 0.1, "recall@10": math.nan}),
        ),
        curves=(Curve(word, (1, 2, 3), (0.7, 0.5, 0.4), (0.1, math.nan, 0.2), "ndcg@10"),),
        weights={"graph": 0.8, word: 0.2},
        reasons={word: word},
        people=(Person(word, (word, "Aliens"), items), Person("nobody", (), ())),
        timings={word: 12.0, "train": 75.0},
        peak_memory_mb=1234.0,
        notes=(word,),
    )


class Page(HTMLParser):
    """Checks that tags are balanced and gathers tags, attributes and visible text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def hostile():
    return Page(render(sample(HOSTILE)))


def test_hostile_names_are_words(hostile):
    assert "script" not in hostile.tags
    assert HOSTILE in hostile.text
    assert not {name for _, name, _ in hostile.attributes if name.startswith("on")}


def test_nothing_is_loaded(hostile):
    for tag, name, value in hostile.attributes:
        if name in {"href", "src", "srcset", "action", "style", "data"}:
            assert "//" not in value, (tag, name, value)
            assert "url(" not in value
    assert not {"img", "link", "iframe", "object", "embed", "script"} & set(hostile.tags)
    assert "xmlns" not in render(sample())
    assert not re.search(r"https?://", render(sample()))


def test_pictures_have_descriptions_and_tables_have_captions(hostile):
    labels = [value for tag, name, value in hostile.attributes if tag == "svg" and name == "aria-label"]
    assert len(labels) == hostile.tags.count("svg") == 7
    assert all(labels)
    assert hostile.tags.count("table") == hostile.tags.count("caption") == 5
    assert ("html", "lang", "en") in hostile.attributes


def test_headings_do_not_skip_a_level(hostile):
    levels = [int(tag[1]) for tag in hostile.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_links_within_the_page_lead_somewhere(hostile):
    anchors = {value for _, name, value in hostile.attributes if name == "id"}
    links = {value[1:] for _, name, value in hostile.attributes if name == "href"}
    assert links <= anchors


def test_what_it_says():
    page = Page(render(sample()))
    words = " ".join(page.text.split())
    for expected in (
        "Ann liked Alien (1979), directed by Ridley Scott, who directed Blade Runner.",
        "text no opinion",
        "score +1.25",
        "Alien (1979) −0.25",
        "1 min 15 s",
        "1,234 MB",
        "No short path leads here",
        "how near to the top",
    ):
        assert expected in words
    assert "–" in words


def test_the_same_report_is_the_same_page():
    assert render(sample()) == render(sample())


def test_a_report_with_next_to_nothing():
    bare = replace(
        sample(),
        nodes={},
        edges={},
        models=(),
        curves=(),
        weights={},
        people=(),
        timings={},
        notes=(),
        reasons={},
    )
    assert "How well it predicts" in Page(render(bare)).text


def test_the_file_is_written_in_one_go(tmp_path):
    target = tmp_path / "report.html"
    write_html(render(sample(HOSTILE)), target)
    Page(target.read_text(encoding="utf-8"))
    assert [file.name for file in target.parent.iterdir()] == ["report.html"]


def test_pictures_follow_the_page_and_escape():
    drawn = str(bars({HOSTILE[:20]: 1.0, "b": math.nan, "c": 0.25}, "a & b"))
    assert 'aria-label="a &amp; b"' in drawn
    assert "#0102" not in drawn
    assert "var(--strong)" in drawn
    assert "<script" not in drawn
    assert "var(--series-1)" in stacked([{"a": 1.0, "b": -1.0}], ("a", "b"), "x")
    assert "<script" not in path_picture(sample(HOSTILE).people[0].recommendations[0].paths[0])


def test_shortened_words():
    assert shorten("short") == "short"
    assert shorten("a title of several words too long", 20) == "a title of several…"
    assert shorten("x" * 50, 10) == "x" * 9 + "…"
    assert shorten("one\ntwo\x00three") == "one two three"
