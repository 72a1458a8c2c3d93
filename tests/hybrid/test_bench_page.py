"""The page of a benchmark: all models, only the parts that were measured, and names as words."""

import copy
import functools
import io
import math
import re

import pytest
from rich.console import Console

from hybrid import bench_pictures
from hybrid.bench_page import page
from hybrid.bench_pictures import Point
from hybrid.show_bench import print_parts
from tests.hybrid.test_report import HOSTILE, Page

BETTER = {"difference": 0.05, "interval": [0.01, 0.09], "p": 0.001, "p_corrected": 0.004}
WORSE = {"difference": -0.1, "interval": [-0.15, -0.05], "p": 0.001, "p_corrected": 0.002}
SAME = {"difference": -0.001, "interval": [-0.01, 0.01], "p": 0.6, "p_corrected": 1.0}


def model(role, ndcg, beside=None, **more):
    found = {"role": role, "metrics": {"ndcg@10": ndcg, "recall@20": ndcg + 0.1}}
    found |= {"seconds": 75.0, "peak_rss_mb": 812.0, "command": "", "program": "whyrec 0.1.0"}
    found["beside_hybrid"] = {} if beside is None else {"ndcg@10": beside, "recall@20": SAME}
    return found | more


def sample():
    slices = {f"history q{number}": 0.1 * number for number in range(1, 5)} | {"head": 0.4, "tail": 0.1}
    parts = {name: {"people": 5, "metrics": {"ndcg@10": value}} for name, value in slices.items()}
    return {
        "models": {
            "hybrid": model("hybrid", 0.3, slices=parts, cpu_seconds=90.0, command="whyrec bench CARD"),
            "als": model("scorer", 0.2, WORSE, slices=parts, command="whyrec bench CARD --member als"),
            "popularity": model("baseline", 0.299, SAME, slices=parts),
            "KGAT": model("peer", 0.35, BETTER, program="RecBole 1.2.1", command="peers.py", seconds=None),
        },
        "data": {
            "split": "time", "people": 943, "tested": 900, "items": 1682, "facts": 20, "likes": 5000,
            "test_likes": 700,
        },
        "weights": {"als": 1.0}, "stages": {"tune als": 3.0}, "seed": 0, "command": "whyrec bench CARD",
        "machine": {
            "date": "2026-11-24", "cores": 2, "threads": "1", "memory_gb": 25.1, "python": "3.11.2",
            "platform": "Linux x86_64", "versions": {"numpy": "2.4.0"}, "commit": "abc1234",
        },
        "ablations": [
            {"without": "factors", "scorers": ["als"], "metrics": {"ndcg@10": 0.2, "recall@20": 0.3},
             "beside_hybrid": {"ndcg@10": WORSE, "recall@20": SAME}},
            {"without": "text", "scorers": ["text"], "metrics": {"ndcg@10": 0.35, "recall@20": 0.4},
             "beside_hybrid": {"ndcg@10": BETTER, "recall@20": SAME}},
        ],
        "worth": {
            "sentence": "The graph adds much on cold items.",
            "rows": [
                {"links": "true", "slice": "cold", "people": 77,
                 "metrics": {"ndcg@10": 0.5, "recall@20": 0.6},
                 "beside_true": {}},
                {"links": "none", "slice": "cold", "people": 77,
                 "metrics": {"ndcg@10": 0.4, "recall@20": 0.5},
                 "beside_true": {"ndcg@10": WORSE, "recall@20": SAME}},
            ],
        },
    }  # fmt: skip


@functools.cache
def whole():
    """The page of all parts."""
    return page({"datasets": {"data 0": sample()}})


def read(*datasets):
    return Page(page({"datasets": {f"data {number}": each for number, each in enumerate(datasets)}}))


def test_every_model_is_there_with_its_figures_best_first():
    html = whole()
    assert re.findall(r'<th scope="row"><span class="dot".*?</span>(.*?)</th>', html) == [
        "KGAT", "hybrid", "popularity", "als",
    ]  # fmt: skip
    text = Page(html).text
    for words in ("0.3000", "0.3500", "1 min 15 s", "1 min 30 s", "812", "another program: RecBole 1.2.1"):
        assert words in text


def test_what_is_really_better_is_marked_with_words():
    text = Page(whole()).text
    for words in ("▲better +0.0500", "▼worse −0.1000", "≈same −0.0010", "−0.1500 to −0.0500"):
        assert words in text
    assert "ndcg@10: the hybrid is better than als; worse than KGAT; not told apart from popularity" in text


def test_all_that_was_measured_is_said():
    found = Page(whole())
    for words in (
        "943 people, 1,682 items, 20 facts", "the latest likes are tested", "900 people with test likes",
        "the fifth of the items that most people like", "What the hybrid loses without a part",
        "The graph adds much on cold items.", "whyrec bench CARD --member als", "peers.py",
        "2026-11-24", "abc1234", "numpy 2.4.0", "25.1 GB",
    ):  # fmt: skip
        assert words in found.text
    assert found.tags.count("svg") == 5  # time, memory, histories, head, tail; nothing is cold here
    bars = [value for tag, name, value in found.attributes if name == "style" and value.startswith("width: ")]
    assert bars == ["width: 100.0%", "width: 50.0%"]


PARTS = {
    "ablations": "What the hybrid loses",
    "worth": "What the graph is worth",
    "data": "people with test likes",
    "machine": "When and on what",
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_was_not_measured_has_no_section(part):
    dataset = sample()
    assert PARTS[part] in Page(whole()).text
    del dataset[part]
    assert PARTS[part] not in read(dataset).text


def test_models_are_enough():
    models = {
        name: {key: each[key] for key in ("role", "metrics")} for name, each in sample()["models"].items()
    }
    found = read({"models": models})
    assert "KGAT" in found.text
    assert "For whom" not in found.text
    assert "Run it again" not in found.text


def test_no_hybrid_and_one_model_alone():
    assert "als" in read({"models": {"als": model("scorer", 0.2)}}).text


def test_several_datasets_are_put_side_by_side():
    assert "At a glance" not in Page(whole()).text
    found = read(sample(), sample())
    assert "At a glance" in found.text
    targets = {value for tag, name, value in found.attributes if name == "href" and tag == "a"}
    assert targets == {"#data-1", "#data-2"}
    assert {target[1:] for target in targets} <= {v for _, name, v in found.attributes if name == "id"}


def test_seeds_are_named():
    text = read(sample() | {"seed": None, "seeds": ["0", "1", "2"]}).text
    assert "medians over the seeds 0, 1, 2" in text


@pytest.mark.parametrize("name", ["<b>", HOSTILE])
def test_names_are_words(name):
    """A model, a dataset, a command and all else from the JSON is text, whatever it looks like."""
    dataset = sample()
    plain = Page(whole())
    hostile = copy.deepcopy(dataset)
    hostile["models"][name] = hostile["models"].pop("als")
    hostile["models"][name]["command"] = hostile["command"] = name
    hostile["models"]["KGAT"]["program"] = name
    hostile["ablations"][0] |= {"without": name, "scorers": [name]}
    hostile["worth"]["sentence"] = name
    hostile["worth"]["rows"][0] |= {"links": name, "slice": name}
    hostile["machine"]["versions"] = {name: name}
    hostile["data"]["split"] = name
    html = page({"datasets": {name: hostile}})
    found = Page(html)
    assert "<b>" not in html
    assert set(found.tags) == set(plain.tags)
    assert not {tag for tag in found.tags if tag in ("script", "img", "iframe")}
    loads = [value for _, key, value in found.attributes if key in ("src", "href", "srcset")]
    assert all(value.startswith("#") for value in loads)
    assert found.text.count(name.replace("\x00", "�")) + found.text.count(name) > 5


def test_the_page_is_the_same_each_time():
    assert page({"datasets": {"data 0": sample()}}) == whole()


def test_every_known_point_is_named_once():
    points = [Point(f"model {number}", "scorer", 10.0, 0.1 + 0.001 * number) for number in range(12)]
    points += [Point("no cost", "peer", math.nan, 0.3), Point("free", "peer", 0.0, 0.3)]
    drawn = str(bench_pictures.scatter(points, "cost", "ndcg@10", "models by cost"))
    assert all(drawn.count(f">{point.name}<") == 1 for point in points[:12])
    assert "no cost" not in drawn
    assert "free" not in drawn


def test_a_picture_of_nothing_is_empty():
    assert "<svg" in str(bench_pictures.scatter([], "cost", "ndcg@10", "nothing"))


def test_the_parts_for_the_terminal():
    console = Console(file=io.StringIO(), width=80)
    print_parts(console, sample())
    said = console.file.getvalue()
    assert "The graph adds much on cold items." in said
    assert [line.split()[:3] for line in said.splitlines() if "factors" in line] == [
        ["factors", "0.2000", "-0.1000*"]
    ]
    print_parts(quiet := Console(file=io.StringIO()), {"models": {}})
    assert quiet.file.getvalue() == ""
