"""The page in a real browser: what a reader does to it, at a desk, on a phone, and on paper.

Skipped where Chromium or its driver is not installed.
"""

import base64
import json
import re
import shutil

import pytest
from selenium import webdriver

from lmul_pe.synth.report.site import page_files

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="Chromium and its driver are not installed"
)

CSS = "css selector"
DESIGNS = "#multipliers-table"
COUNT = 12
"""Rows of that table: six of each format."""

TEXT_COLOURS = ("ink", "muted", "link", "lmul", "exact", *(f"series-{n}" for n in range(1, 6)))


@pytest.fixture(scope="module")
def browser():
    """A browser without a window; with the paths of both nothing is looked for or fetched."""
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield started
    started.quit()


@pytest.fixture(scope="module")
def address(results, tmp_path_factory):
    path = tmp_path_factory.mktemp("browser") / "index.html"
    path.write_bytes(page_files(results, "make report")["index.html"])
    return path.as_uri()


@pytest.fixture
def opened(browser, address):
    """A function that opens the page: width and height, and what the reader prefers."""

    def visit(width=1280, height=900, scheme="light", media=""):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        wanted = [{"name": "prefers-color-scheme", "value": scheme}]
        emulated = {"media": media, "features": wanted}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", emulated)
        browser.get(address)
        return browser

    return visit


def column(browser, table, heading):
    """The figures of the rows shown, in their order; None where there is none."""
    return browser.execute_script(
        """
        const table = document.querySelector(arguments[0] + " table");
        const at = [...table.querySelectorAll("th")]
          .findIndex((each) => each.textContent === arguments[1]);
        return [...table.tBodies[0].rows].filter((row) => !row.hidden)
          .map((row) => row.cells[at].dataset.value ?? row.cells[at].textContent)
          .map((value) => value === "" ? null : isNaN(value) ? value : Number(value));
        """,
        table,
        heading,
    )


def heading(browser, table, name):
    """The heading of a column, by its words."""
    headings = browser.find_elements(CSS, f"{table} th")
    return next(each for each in headings if each.text == name)


def press(browser, element):
    """Press a button wherever it is."""
    browser.execute_script("arguments[0].click()", element)


def choose(browser, table, name, value):
    """Choose ``value`` of what narrows a table down."""
    browser.execute_script(
        """
        const control = document.querySelector(`${arguments[0]} [aria-label="${arguments[1]}"]`);
        control.value = arguments[2];
        control.dispatchEvent(new Event("input", { bubbles: true }));
        """,
        table,
        name,
        value,
    )


def test_it_opens_quietly_and_whole(opened, address):
    browser = opened()
    assert browser.get_log("browser") == []
    requests = [
        message["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    ]
    assert {url for url in requests if not url.startswith("data:")} == {address}
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('figure svg')]"
        ".map((each) => each.getBoundingClientRect()).map(({width, height}) => [width, height])"
    )
    assert len(sizes) > 10
    assert all(width > 300 and height > 100 for width, height in sizes)
    assert browser.execute_script("return document.images.length") == 0


def test_a_heading_sorts_both_ways_with_what_was_not_measured_last(opened):
    browser = opened()
    table, name = "#equal-clock-table", "area / adder"
    before = column(browser, table, name)
    figures = sorted(value for value in before if value is not None)
    nothing = [None] * (len(before) - len(figures))
    assert nothing
    assert figures
    assert before != figures + nothing
    for direction, expected in (("ascending", figures), ("descending", figures[::-1])):
        press(browser, heading(browser, table, name).find_element(CSS, "button"))
        assert column(browser, table, name) == expected + nothing
        assert heading(browser, table, name).get_attribute("aria-sort") == direction


def test_words_are_sorted_too(opened):
    browser = opened()
    press(browser, heading(browser, DESIGNS, "design").find_element(CSS, "button"))
    names = column(browser, DESIGNS, "design")
    assert names[0] == "adder_bf16"
    assert names[-1] == "lmul_e4m3_raw"


def test_choices_and_words_narrow_a_table_down(opened):
    browser = opened()
    count = browser.find_element(CSS, f"{DESIGNS} .count")
    assert count.text == f"{COUNT} of {COUNT} rows"
    choose(browser, DESIGNS, "format", "bf16")
    assert set(column(browser, DESIGNS, "format")) == {"bf16"}
    choose(browser, DESIGNS, "kind", "lmul")
    choose(browser, DESIGNS, "rows with this text", "GRADUAL")
    assert column(browser, DESIGNS, "design") == ["lmul_bf16_gradual"]
    assert count.text == f"1 of {COUNT} rows"
    choose(browser, DESIGNS, "rows with this text", "")
    choose(browser, DESIGNS, "kind", "")
    choose(browser, DESIGNS, "format", "")
    assert len(column(browser, DESIGNS, "design")) == COUNT


def paper(browser):
    """The colour behind everything."""
    return browser.execute_script(
        "return getComputedStyle(document.documentElement).backgroundColor"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reader_chooses_light_or_dark(opened, scheme):
    browser = opened(scheme=scheme)
    own = paper(browser)
    assert (sum(map(int, re.findall(r"\d+", own)[:3])) > 380) is (scheme == "light")
    button = browser.find_element(CSS, "#theme")
    press(browser, button)
    assert paper(browser) != own
    press(browser, button)
    assert paper(browser) == own


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(opened, scheme):
    browser = opened(scheme=scheme)
    colours = browser.execute_script(
        """
        const probe = document.body.appendChild(document.createElement("i"));
        return ["paper", ...arguments[0]].map((name) => {
          probe.style.color = `var(--${name})`;
          return getComputedStyle(probe).color;
        });
        """,
        TEXT_COLOURS,
    )
    ground, *texts = map(luminance, colours)
    for name, text in zip(TEXT_COLOURS, texts, strict=True):
        low, high = sorted((ground, text))
        # What WCAG 2 asks of text of any size.
        assert (high + 0.05) / (low + 0.05) >= 4.5, name


def luminance(colour):
    """Relative luminance of ``rgb(r, g, b)`` by WCAG 2."""
    channels = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    ]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_a_phone_scrolls_down_only(opened):
    browser = opened(width=380, height=800)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 380
    wide = browser.execute_script(
        "return [...document.querySelectorAll('figure, .table, p, h1, h2, dl')]"
        ".filter((each) => each.getBoundingClientRect().right > 380.5)"
        ".map((each) => each.outerHTML)"
    )
    assert wide == []
    heights = browser.execute_script(
        "return [...document.querySelectorAll('svg text')]"
        ".map((each) => each.getBoundingClientRect()).map((box) => Math.min(box.width, box.height))"
    )
    assert min(heights) > 6


def test_at_a_desk_no_table_hides_a_column(opened):
    browser = opened(width=1280)
    hiding = browser.execute_script(
        "return [...document.querySelectorAll('.scroll')]"
        ".filter((each) => each.scrollWidth > each.clientWidth)"
        ".map((each) => each.parentElement.id)"
    )
    assert hiding == []


def test_on_a_phone_rows_are_cards(opened):
    browser = opened(width=390, height=800)
    headings, cells = browser.execute_script(
        """
        const table = document.querySelector(arguments[0] + " table");
        const row = table.tBodies[0].rows[0];
        return [
          [...table.querySelectorAll("th")].map((each) => each.textContent),
          [...row.cells].map((each) => {
            const box = each.getBoundingClientRect();
            const label = getComputedStyle(each, "::before").content;
            return [box.left, box.width, box.top, label.slice(1, -1)];
          }),
        ];
        """,
        DESIGNS,
    )
    # One below the other, each named by its heading.
    assert len({(left, width) for left, width, *_ in cells}) == 1
    assert cells[0][1] > 300
    tops = [top for _, _, top, _ in cells]
    assert tops == sorted(set(tops))
    assert [label for *_, label in cells] == headings
    choose(browser, DESIGNS, "rows with this text", "lmul_bf16_gradual")
    shown = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
        ".filter((each) => each.getClientRects().length > 0).length",
        DESIGNS,
    )
    assert shown == 1


@pytest.mark.slow
def test_paper_has_everything_and_nothing_to_press(opened):
    # A4 across without its margins.
    browser = opened(width=1032, height=710, scheme="dark", media="print")
    assert paper(browser) == "rgb(255, 255, 255)"
    hidden = browser.execute_script(
        "return [...document.querySelectorAll('#theme, .controls, nav, .data')]"
        ".every((each) => each.getClientRects().length === 0)"
    )
    assert hidden
    cut = browser.execute_script(
        "return [...document.querySelectorAll('.scroll')]"
        ".filter((each) => each.scrollWidth > each.clientWidth + 1"
        " || each.scrollHeight > each.clientHeight + 1)"
        ".map((each) => each.parentElement.id)"
    )
    assert cut == []
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")
