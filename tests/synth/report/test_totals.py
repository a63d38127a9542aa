"""One unit, one total: the same wherever a unit's energy stands under the same conditions."""

import re
from html.parser import HTMLParser

import pytest

from lmul_pe.synth.report import folder
from lmul_pe.synth.report.markdown import markdown
from lmul_pe.synth.report.section import Results
from lmul_pe.synth.report.sections import measured
from lmul_pe.synth.report.sections.verdict import lead
from lmul_pe.synth.report.site import page_files
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.summary import results_sections

TOTAL = "total energy, fJ"
# Multiplier, adder, registers and control of the small report, 30 fJ of clock and 1 of leakage.
REST = {"mac": 40 + 10 + 20 + 31, "dot": 10 + 10 + 20 + 31, "array": 90 + 10 + 20 + 31}
MULTIPLIER = {"lmul": 50, "exact": 200, "int": 12}


def expected(design):
    level = re.match("mac|dot|array", design)[0]
    (kind,) = re.findall("lmul|exact|int(?=8)", design)
    return MULTIPLIER[kind] + REST[level]


class Tables(HTMLParser):
    """Every table of a page, as rows of the texts of its cells."""

    def __init__(self, text):
        super().__init__()
        self.all, self._within = [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "table":
            self.all.append([])
        if tag == "tr":
            self.all[-1].append([])
        if tag in ("td", "th"):
            self._within = True
            self.all[-1][-1].append("")

    def handle_endtag(self, tag):
        self._within = self._within and tag not in ("td", "th")

    def handle_data(self, data):
        if self._within:
            self.all[-1][-1][-1] += data


def markdown_tables(text):
    for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        heading, _, *rows = table.splitlines()
        yield [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in (heading, *rows)]


def totals(tables):
    """Every total of a unit without a delay target: which unit, and how much."""
    for heading, *rows in tables:
        if TOTAL not in heading or any("clock, ps" in cell for cell in heading):
            continue
        for row in rows:
            cells = dict(zip(heading, row, strict=True))
            if re.match("mac|dot|array", cells["design"]):
                yield cells["design"], float(cells[TOTAL])


@pytest.fixture(scope="module")
def alone(report):
    return Results((report,), (report,))


@pytest.fixture
def places(report, alone, tmp_path, monkeypatch, undrawn):
    """The tables of each output."""
    monkeypatch.setattr(folder, "png", lambda charts: b"")
    (tmp_path / "report.json").write_bytes(REPORT.text(report))
    folder.render(tmp_path)
    results = markdown("Results", [], results_sections(alone), "make results")
    return {
        "page": Tables(page_files(alone, "make report")["index.html"].decode()).all,
        "report.md": list(markdown_tables((tmp_path / "report.md").read_text(encoding="utf-8"))),
        "results.md": list(markdown_tables(results)),
    }


def test_every_table_has_the_same_total_of_a_unit(places, report):
    for place, tables in places.items():
        found = list(totals(tables))
        assert {design for design, _ in found} == {unit.name for unit in report.units}, place
        # Where the unit stands, and where its parts do.
        assert len(found) >= 2 * len(report.units), place
        for design, total in found:
            assert total == expected(design), (place, design)


def test_no_other_energy_of_a_unit_is_called_total_or_just_energy(places):
    for place, tables in places.items():
        for heading, *_ in tables:
            assert "energy, fJ" not in heading, place
            assert "whole energy, fJ" not in heading, place
            assert heading.count(TOTAL) <= 1, place


def test_parts_add_up_to_the_total(places):
    parts = ("multiplier", "adder", "registers", "control", "clock", "leakage")
    for place, tables in places.items():
        (table,) = (table for table in tables if "control, fJ" in table[0])
        heading, *rows = table
        for row in rows:
            cells = dict(zip(heading, row, strict=True))
            added = sum(float(cells[f"{part}, fJ"]) for part in parts)
            assert added == float(cells[TOTAL]), (place, cells["design"])


def test_pictures_have_the_same_total(alone, report):
    drawn = {chart.name: chart.words for chart in measured.parts(alone).charts}
    for level in ("mac", "array"):
        for kind, name in (("L-Mul", "lmul"), ("conventional", "exact")):
            (said,) = re.findall(rf"bf16 {kind}: ([^;]*?)\.?(?:;|$)", drawn[f"parts-{level}"])
            added = sum(float(figure) for figure in re.findall(r" (\d+)", said))
            assert added == MULTIPLIER[name] + REST[level]
    first = {chart.name: chart.words for chart in lead(alone).units}
    dot, array = (
        {kind: MULTIPLIER[kind] + REST[level] for kind in ("lmul", "exact")}
        for level in ("dot", "array")
    )
    assert "bf16: L-Mul {lmul}, conventional {exact}".format(**array) in first["verdict-array"]
    assert "conventional {exact}, L-Mul {lmul}".format(**dot) in first["verdict-dot"]
    whole = measured.level_charts(report)[-1].words
    assert "total energy, fJ" in whole


def test_what_a_total_is_stands_once(places, alone, tmp_path):
    results = markdown("Results", [], results_sections(alone), "make results")
    page = page_files(alone, "make report")["index.html"].decode()
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    for each in (page, text, results):
        assert each.count(measured.TOTAL_WORDS) == 1
