"""The page of an explanation in a real browser, without a network: Debian's Chromium, headless."""

from __future__ import annotations

import json
import shutil

import pytest

from hybrid.reasons.pictures import explanation_page
from tests.hybrid.pictured import explained
from tests.hybrid.test_reasons_pictures import HOSTILE, VECTORS

webdriver = pytest.importorskip(
    "selenium.webdriver", reason="selenium is not installed (pip install '.[dev]')", exc_type=ImportError
)
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no Chromium here: apt-get install chromium chromium-driver"
)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage "
    "--host-resolver-rules=MAP\u0020*\u0020~NOTFOUND"
)
ON_SCREEN = """
const words = arguments[0];
return [...document.querySelectorAll("svg.whyrec-paths text")].some((text) => {
  if (text.textContent !== words) { return false; }
  text.scrollIntoView({block: "center", inline: "center"});
  const box = text.getBoundingClientRect();
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  return box.width > 5 && x > 0 && x < innerWidth && y > 0 && y < innerHeight
    && document.elementFromPoint(x, y).closest("svg") === text.closest("svg");
});
"""
SHOWN = """
const cy = document.querySelector(".near-graph")._cyreg.cy, done = arguments[0];
const count = () => done([cy.nodes(":visible").length, cy.edges(":visible").length]);
requestAnimationFrame(() => requestAnimationFrame(count));  // once the click has been drawn
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS.split(" --"):
        options.add_argument(f"--{flag.removeprefix('--')}")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens the page of an explanation whose catalog's word is this one."""

    def show(word="Alien", size=(1000, 900), colours="light"):
        graph, explanation = explained(word)
        file = tmp_path / "page.html"
        told = explanation_page(explanation, graph, vectors=VECTORS)
        file.write_text(told, encoding="utf-8", errors="replace")
        wide, tall = size
        metrics = {"width": wide, "height": tall, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"features": [{"name": "prefers-color-scheme", "value": colours}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
        for log in ("browser", "performance"):
            browser.get_log(log)
        browser.get(file.as_uri())
        return browser

    return show


def requested(browser):
    """The addresses that the page asked for, its own among them; not those of Chromium's first page."""
    events = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    return {each["request"]["url"] for each in sent if each["documentURL"] == browser.current_url}


@pytest.mark.parametrize("word", ["Alien", HOSTILE, "千と千尋の神隠し"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_error_nothing_loaded_and_the_graph_is_drawn(opened, word, colours):
    page = opened(word, colours=colours)
    assert page.get_log("browser") == []
    asked = requested(page)
    assert page.current_url in asked
    assert all(url.startswith(("file:", "data:")) for url in asked)
    assert page.execute_script("return document.querySelectorAll('.near-graph canvas').length") > 0
    nodes, links = page.execute_async_script(SHOWN)
    assert nodes >= 5
    assert links >= 5
    assert page.execute_script("return document.images.length") == 0


@pytest.mark.parametrize("size", [(1000, 900), (400, 800)])
def test_the_labels_of_the_paths_are_on_screen(opened, size):
    page = opened(size=size)
    for words in ("Alien", "Ridley Alien", "Blade Runner Alien", "Heat", "Horror", "made by Alien", "is of"):
        assert page.execute_script(ON_SCREEN, words), words


def test_the_page_is_as_wide_as_a_phone(opened):
    page = opened(size=(400, 800))
    assert page.execute_script("return document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize(("kind", "value"), [("relation", "is of"), ("what", "Entity")])
def test_a_checkbox_changes_what_is_shown(opened, kind, value):
    page = opened()
    before = page.execute_async_script(SHOWN)
    box = page.find_element("css selector", f'[data-filter="{kind}"][data-value="{value}"]')
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    box.click()
    nodes, links = page.execute_async_script(SHOWN)
    assert nodes < before[0]
    assert links < before[1]
    told = page.find_element("css selector", ".near-count").text
    assert told == f"{nodes} of {before[0]} nodes, {links} of {before[1]} links"
    box.click()
    assert page.execute_async_script(SHOWN) == before
    assert page.get_log("browser") == []


def test_only_the_paths_can_be_shown(opened):
    page = opened()
    nodes, links = page.execute_async_script(SHOWN)
    box = page.find_element("css selector", '[data-filter="path"]')
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    box.click()
    fewer, lines = page.execute_async_script(SHOWN)
    assert 0 < lines < links
    assert 0 < fewer < nodes


def test_a_node_can_be_dragged_and_the_picture_zoomed(opened):
    page = opened()
    canvas = page.find_element("css selector", ".near-graph")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    where = "return document.querySelector('.near-graph')._cyreg.cy.nodes('[role=\"recommended\"]')[0]"
    at = page.execute_script(f"{where}.renderedPosition()")
    size = page.execute_script("return [arguments[0].clientWidth, arguments[0].clientHeight]", canvas)
    off = (int(at["x"] - size[0] / 2), int(at["y"] - size[1] / 2))
    webdriver.ActionChains(page).move_to_element_with_offset(canvas, *off).click_and_hold().move_by_offset(
        -60, 40
    ).release().perform()
    moved = page.execute_script(f"{where}.renderedPosition()")
    assert moved["x"] == pytest.approx(at["x"] - 60, abs=3)
    assert moved["y"] == pytest.approx(at["y"] + 40, abs=3)
    zoom = "return document.querySelector('.near-graph')._cyreg.cy.zoom()"
    before = page.execute_script(zoom)
    page.find_element("css selector", '[data-do="in"]').click()
    assert page.execute_script(zoom) > before
