"""Page, report.md, README, terminal and `make claims` say the same of the same comparison."""

import csv
import io
import re
from html.parser import HTMLParser

import pytest
from rich.console import Console

from lmul_pe.synth import claims
from lmul_pe.synth.published.judgement import LIKE
from lmul_pe.synth.report import folder
from lmul_pe.synth.report.markdown import markdown
from lmul_pe.synth.report.section import Results
from lmul_pe.synth.report.site import page_files
from lmul_pe.synth.report.terminal import print_tables
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.summary import readme_text, results_sections
from tests.synth.small_report import small_report

FORMATS = ("bf16", "fp16", "fp32")
VERDICTS = {
    "lmul_bf16": "does not hold",  # 77.5 %
    "lmul_fp16": "holds without clock and leakage",  # 96.4 and 87.6 %
    "lmul_fp32": "holds",  # 96.4 and 95.4 %
    "mac_lmul_bf16_fp32": "does not hold",  # 55.6 %
    "mac_lmul_fp16_fp32": "does not hold",  # 56.5 %
    "mac_lmul_fp32_fp32": "holds",  # 89.7 and 87.2 %
}
"""On the default workload against the like design."""


class Cells(HTMLParser):
    """The rows of every table of a page, as the texts of their cells."""

    def __init__(self, text):
        super().__init__()
        self.rows = []
        self._within = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._within = True
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._within = self._within and tag not in ("td", "th")

    def handle_data(self, data):
        if self._within:
            self.rows[-1][-1] += data


def of_rows(rows):
    """Verdicts by design, from rows of cells: those of like designs on the default workload."""
    found = {}
    for row in rows:
        (design, *_) = [cell for cell in row if cell in VERDICTS] or [None]
        if design and LIKE in row and "normal" in row:
            (found[design],) = (cell for cell in row if re.match(r"holds|does not hold", cell))
    return found


def of_sentences(text):
    """Verdicts by design, from the judge's sentences."""
    return dict(re.findall(r"for (\w+) instead of \w+ \([^)]*\): the claim ([^.]*)\.", text))


def of_conclusions(texts):
    """Verdicts by design on the default workload, from what is said of where claims hold."""
    found = dict.fromkeys(VERDICTS, "does not hold")
    assert len(texts) == 2
    for text in texts:
        for piece in text.split("; "):
            verdict, _, places = piece.partition(" for ")
            if verdict in VERDICTS.values():
                for design in re.findall(r"(\w+) \([^)]*workload normal", places):
                    found[design] = verdict
    return {design: found[design] for design in VERDICTS}


def of_short_conclusions(rows):
    """Where claims hold, whatever the workload, in a table of designs: by claim, both verdicts."""
    heading = next(row for row in rows if any(cell.startswith("holds for") for cell in row))
    at = [
        next(place for place, cell in enumerate(heading) if cell.startswith(words))
        for words in ("holds for", "without clock and leakage for")
    ]
    return {
        row[0]: tuple(set(re.findall(r"(\w+) \(nangate45\)", row[place])) for place in at)
        for row in rows
        if len(row) == len(heading) and row[2] == LIKE
    }


def conclusions_of_lines(text):
    """The same in lines that begin with the claim."""
    return re.findall(r"^(?:- )?(?:element-wise|dot product), \d+ %: (.*)\.$", text, re.MULTILINE)


@pytest.fixture(scope="module")
def reports():
    return tuple(small_report(format) for format in FORMATS)


@pytest.fixture
def texts(reports, tmp_path, monkeypatch, undrawn):
    """The text of each place that prints a verdict."""
    monkeypatch.setattr(folder, "png", lambda charts: b"")
    rendered = ""
    for report in reports:
        place = tmp_path / report.format
        place.mkdir()
        (place / "report.json").write_bytes(REPORT.text(report))
        folder.render(place)
        rendered += (place / "report.md").read_text(encoding="utf-8")
    terminal, shown = (Console(file=io.StringIO(), width=10_000) for _ in range(2))
    claims.print_claims(reports, terminal)
    for report in reports:
        print_tables(report, shown)
    claims.write_claims(tmp_path / "claims", reports, "make claims", 256, 10)
    results = Results(reports, reports)
    return {
        "page": page_files(results, "make report")["index.html"].decode(),
        "report.md": rendered,
        "README": readme_text(results),
        "results.md": markdown("Results", [], results_sections(results), "make results"),
        "claims.csv": (tmp_path / "claims" / "claims.csv").read_text(encoding="utf-8"),
        "claims.md": (tmp_path / "claims" / "claims.md").read_text(encoding="utf-8"),
        "make claims": terminal.file.getvalue(),
        "make synth": shown.file.getvalue(),
    }


def markdown_rows(text):
    return [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def test_every_place_says_the_same(texts):
    page, document = Cells(texts["page"]).rows, markdown_rows(texts["claims.md"])
    said = {
        "page": of_rows(page),
        "sentences of report.md": of_sentences(texts["report.md"]),
        "table of report.md": of_rows(markdown_rows(texts["report.md"])),
        "claims.csv": of_rows(csv.reader(io.StringIO(texts["claims.csv"]))),
        "claims.md": of_rows(document),
        "make claims": {
            cells[0]: cells[-1]
            for line in texts["make claims"].splitlines()
            if (cells := re.split(r"\s{2,}", line.strip())) and cells[0] in VERDICTS
        },
        "make synth": of_sentences(texts["make synth"]),
    }
    for place, verdicts in said.items():
        assert {name: verdicts.get(name) for name in VERDICTS} == VERDICTS, place


def test_every_place_says_the_same_of_where_claims_hold(texts):
    sentences = conclusions_of_lines(texts["make claims"])
    assert of_conclusions(sentences) == VERDICTS
    in_full = [row[-1] for row in markdown_rows(texts["claims.md"]) if row[-1] in sentences]
    assert in_full == sentences
    expected = {
        claim: tuple(
            {
                design
                for piece in sentence.split("; ")
                if piece.startswith(f"{verdict} for ")
                for design in re.findall(r"(\w+) \([^)]*nangate45", piece)
            }
            for verdict in ("holds", "holds without clock and leakage")
        )
        for claim, sentence in zip(("element-wise", "dot product"), sentences, strict=True)
    }
    assert "lmul_fp32" in expected["element-wise"][0]
    said = {
        "page": of_short_conclusions(Cells(texts["page"]).rows),
        "claims.md": of_short_conclusions(markdown_rows(texts["claims.md"])),
        "results.md": of_short_conclusions(markdown_rows(texts["results.md"])),
    }
    for place, conclusions in said.items():
        assert conclusions == expected, place


def test_the_readme_says_so_by_format(texts):
    (products,) = re.findall(r"95 % for element-wise products ([^.]*)\.", texts["README"])
    assert products.startswith("holds in ")
    held, _, partly = products.partition(" and holds without clock and leakage in ")
    assert ("fp32" in held, "fp16" in partly, "bf16" in products) == (True, True, False)
    assert re.search(r"80 % for dot products, like for like, holds in fp32\.", texts["README"])
