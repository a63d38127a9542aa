"""The page needs nothing else, is the same every time, and has all data beside it."""

import base64
import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lmul_pe.model.command.project import version
from lmul_pe.synth.report import site
from lmul_pe.synth.report.section import Results, Section
from lmul_pe.synth.report.site import breakable, code, page_files, sections
from lmul_pe.synth.report.table import Table, figures
from lmul_pe.synth.results.quantities import AREA
from tests.synth.small_report import multipliers_alone, small_report

COMMAND = "make report"


class Elements(HTMLParser):
    """Every opening tag with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.all = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.all.append((tag, dict(attributes)))


@pytest.fixture(scope="module")
def files(results):
    return page_files(results, COMMAND)


@pytest.fixture(scope="module")
def text(files):
    return files["index.html"].decode()


def test_the_page_is_whole(text):
    elements = Elements(text).all
    identifiers = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for tag, attributes in elements:
        assert "src" not in attributes, tag
        target = attributes.get("href", "#")
        if target.startswith("#"):
            assert target == "#" or target[1:] in identifiers
        elif tag == "a":
            assert target.startswith(("data:", "https://arxiv.org/abs/2410.00907"))
        else:
            assert target.startswith("data:")
        for name in attributes.get("aria-labelledby", "").split():
            assert name in identifiers
    assert 'class="missing"' not in text


def test_text_of_the_data_is_text(text):
    assert "paper&#39;s" in text
    assert "<&>" not in text


@pytest.mark.slow
def test_equal_results_are_equal_bytes(results, files):
    assert page_files(results, COMMAND) == files


def test_the_verdict_comes_first(text):
    (said,) = re.findall(r'<p class="verdict">(.*?)</p>', text)
    assert "78\N{NO-BREAK SPACE}% less energy than a conventional one in bf16" in said
    assert "An 8 x 8 array that sums in fp32 saves 43\N{NO-BREAK SPACE}% in bf16" in said


def test_what_it_is_when_and_by_what_stands_on_top(text):
    header = text[text.index("<header>") : text.index("</header>")]
    assert "L-Mul multiplies two floating-point numbers by one integer addition" in header
    assert "Measured on 2026-02-03, lmul-pe " in header
    assert version() in header
    # Of the records, never of the day on which the page is made.
    assert set(re.findall(r"\b20\d\d-\d\d-\d\d\b", text)) == {"2026-02-03"}


def test_the_repository_is_linked_where_the_package_names_it(results, undrawn, monkeypatch):
    monkeypatch.setattr(site, "repository", lambda: "https://example.org/lmul-pe?a&b")
    text = page_files(results, COMMAND)["index.html"].decode()
    address = "https://example.org/lmul-pe?a&amp;b"
    assert f'<a href="{address}">{address}</a></p>' in text


def test_what_matters_most_stands_first(text):
    places = [
        'class="definition"',
        'class="verdict"',
        'id="verdict-words"',
        'class="facts"',
        'id="verdict-array-words"',
        'id="verdict-dot-words"',
        'id="summary-table"',
        "<nav",
        'id="levels"',
        'id="errors"',
        'id="claims"',
    ]
    found = [text.index(place) for place in places]
    assert found == sorted(found)


def test_every_cell_is_named_by_its_heading(text):
    for table in re.findall(r"<table.*?</table>", text, flags=re.DOTALL):
        headings = [
            re.sub(r"<small>(\w+)</small> (.*)", r"\2 (\1)", heading)
            for heading in re.findall(r"<th [^>]*>(.*?)</th>", table)
        ]
        rows = re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL)[1:]
        assert rows
        for row in rows:
            assert re.findall(r'<td [^>]*data-label="([^"]*)"', row) == headings


def test_cards_tell_their_cells_apart(results):
    for section in sections(results):
        for table in section.tables:
            labels = [column.label for column in table.compact().columns]
            assert len(labels) == len(set(labels)), table.name


def test_every_picture_and_table_names_its_command(text):
    tags = [tag for tag, _ in Elements(text).all]
    assert tags.count("figure") == tags.count("svg") > 10
    caption = r"<figcaption>.*?<code>(?:make|lmul-pe) [^<]*</code></figcaption>"
    assert len(re.findall(caption, text)) == tags.count("figure")
    made = r'<p class="made"><code>(?:make|lmul-pe) '
    assert len(re.findall(made, text)) == tags.count("table") > 15


def test_links_hold_the_tables(text, files):
    links = {
        attributes["download"]: attributes["href"]
        for tag, attributes in Elements(text).all
        if tag == "a" and "download" in attributes
    }
    for name, address in links.items():
        kind, content = address.split(",", 1)
        assert kind == "data:text/csv;base64"
        assert base64.b64decode(content) == files[f"data/{name}"]
    assert {f"data/{name}" for name in links} == {name for name in files if name.endswith(".csv")}


def test_every_table_is_a_file_and_every_file_is_in_one(files):
    content = json.loads(files["data/report.json"])
    assert {name: value for name, value in content.items() if name != "tables"} == {
        "formats": ["e4m3", "bf16"],
        "technology": "nangate45",
        "measured_on": "2026-02-03",
        "workload": "normal",
        "command": COMMAND,
    }
    assert set(files) == {
        "index.html",
        "data/report.json",
        *(f"data/{name}.csv" for name in content["tables"]),
    }
    for name, rows in content["tables"].items():
        assert rows, name
        read = list(csv.DictReader(io.StringIO(files[f"data/{name}.csv"].decode())))
        assert len(read) == len(rows)
        assert list(read[0]) == list(rows[0])


def test_data_are_unrounded(files):
    rows = json.loads(files["data/report.json"])["tables"]["savings"]
    (total,) = (
        row["total_percent"]
        for row in rows
        if (row["design"], row["baseline"], row["clocks"], row["workload"])
        == ("lmul_bf16", "exact_bf16", "315 to 600", "normal")
    )
    assert total == pytest.approx(100 * (1 - 55 / 210), rel=1e-12)


def test_sections_have_names_of_their_own_and_something_to_show(results):
    found = sections(results)
    assert len({section.name for section in found}) == len(found) == 15
    for section in found:
        assert section.tables
        assert not section.missing
        assert section.command.startswith(("make ", "lmul-pe "))
        for table in section.tables:
            assert table.rows, table.name
            assert table.caption, table.name


def test_tables_have_names_of_their_own(results):
    names = [table.name for section in sections(results) for table in section.tables]
    charts = [chart.name for section in sections(results) for chart in section.charts]
    assert len(names) == len(set(names))
    assert len(charts) == len(set(charts))


def test_what_is_not_there_says_what_makes_it(bare, undrawn):
    text = page_files(bare, COMMAND)["index.html"].decode()
    missing = re.findall(r'<p class="missing">(.*?)</p>', text)
    curves, *others = missing
    assert "<code>lmul-pe curves --fmt ...</code>" in curves
    # Equal clocks and wires.
    assert len(others) == 2
    assert all("<code>make synth FMT=...</code>" in each for each in others)


def test_curves_stand_before_what_is_said_of_single_clocks(results):
    names = [section.name for section in sections(results)]
    single = {
        section.name
        for section in sections(results)
        for table in section.tables
        if table.name in ("savings-by-clock", "equal-clock", "ladder")
    }
    assert single == {"clocks", "ladder"}
    assert all(names.index("curves") < names.index(each) for each in single)


def test_multipliers_alone_make_a_page(report):
    alone = multipliers_alone(report)
    text = page_files(Results((alone,), (alone,)), COMMAND)["index.html"].decode()
    assert "There are no units" in text
    # Of bf16 the paper's table has no figure.
    assert "paper-arithmetic-table" not in text


def test_a_technology_without_published_memory_makes_a_page(undrawn):
    other = small_report("bf16", "sky130hd")
    text = page_files(Results((other,), (other,)), COMMAND)["index.html"].decode()
    assert "No memory is published for this technology." in text


def test_names_of_data_cannot_close_an_element(report, undrawn):
    named = {"normal": "</td><script>alert(1)</script>"}
    changed = replace(report, assumptions=replace(report.assumptions, workloads=named))
    text = page_files(Results((changed,), (changed,)), COMMAND)["index.html"].decode()
    assert "<script>alert" not in text


def test_what_is_no_number_is_in_no_file(results, monkeypatch):
    table = Table("nothing", "", (figures(AREA, lambda row: row),), (float("nan"),))
    wrong = Section("wrong", "Wrong", [], "make it", tables=[table])
    monkeypatch.setattr(site, "sections", lambda results: [wrong])
    with pytest.raises(ValueError, match=r"(?i)nan|json"):
        page_files(results, COMMAND)


def test_names_of_designs_can_be_broken():
    assert breakable("lmul_<e4m3>_raw") == "lmul_<wbr>&lt;e4m3&gt;_<wbr>raw"


def test_backquotes_are_code():
    assert code("run `make <x>` & wait") == "run <code>make &lt;x&gt;</code> &amp; wait"
