"""Every page: its links lead somewhere, its paragraphs are short, its figures are the results'."""

import re
import textwrap

import pytest

from tests.docs.document import DOCS, PAGES, ROOT, paragraphs, prose, title

COLUMNS, LINES = 100, 5
RESULTS = DOCS / "results.md"
LINK = re.compile(r"\]\(([^()\s]+)\)")
GENERATED = re.compile(r"<!-- results.*<!-- end of results -->", re.DOTALL)
HANDWRITTEN = [each for each in PAGES if each != RESULTS]


def anchors(text):
    """What GitHub makes of the headings: small letters, hyphens for blanks, no punctuation."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_anchors_are_those_of_github():
    text = "# One\n\n### A float format (`fp32`, ...)\n\n    # no heading\n"
    assert anchors(text) == {"one", "a-float-format-fp32-"}


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_links_lead_somewhere(page):
    for link in LINK.findall(prose(page.read_text(encoding="utf-8"))):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_every_page_is_linked():
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in LINK.findall(prose(page.read_text(encoding="utf-8")))
        if link.partition("#")[0] and not link.startswith("https://")
    }
    assert [title(page) for page in PAGES if page not in linked | {ROOT / "README.md"}] == []


@pytest.mark.parametrize("page", HANDWRITTEN, ids=title)
def test_paragraphs_are_short(page):
    text = GENERATED.sub("", page.read_text(encoding="utf-8"))
    shown = [LINK.sub("]", each) for each in paragraphs(text)]
    assert shown
    assert [each for each in shown if len(textwrap.wrap(each, COLUMNS)) > LINES] == []


@pytest.mark.parametrize(
    "page", [each for each in HANDWRITTEN if each.name != "CONTRIBUTING.md"], ids=title
)
def test_lines_of_prose_fit(page):
    lines = prose(GENERATED.sub("", page.read_text(encoding="utf-8"))).splitlines()
    assert [each for each in lines if len(each) > COLUMNS and not each.startswith("|")] == []


def results_rows():
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("| "):
            yield [cell.strip(" `") for cell in line.strip("|").split("|")]


def test_the_baseline_is_as_large_as_the_results_say():
    text = (DOCS / "method.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"^\| here, .*?\|(.*)\|$", text, re.MULTILINE)
    area = {}
    for row in results_rows():
        # The first table of designs has area first.
        area.setdefault(row[0], row[1])
    formats = ("e4m3", "e5m2", "bf16", "fp16", "fp32")
    measured = [area[f"exact_{each}_gradual"].replace(",", "") for each in formats]
    assert [cell.strip() for cell in said.split("|")] == measured


def test_the_claims_are_judged_as_the_results_say():
    products, sums = (
        row[3:5]
        for row in results_rows()
        if row[0] in ("element-wise", "dot product") and row[2] == "like features"
    )
    verdict = next(paragraphs((DOCS / "claims.md").read_text(encoding="utf-8")))
    holds, without_clock = products
    assert holds == "nowhere"
    assert set(re.findall(r"lmul_(\w+) \(", without_clock)) == {"fp32"}
    assert "hold in fp32 only, for the gates without clock and leakage" in verdict
    assert sums == ["nowhere", ""]
    assert "80 % for dot products hold nowhere" in verdict
