"""What people read beside a report: made from the record alone, again when its source changes."""

import io
import re
from dataclasses import replace

import matplotlib.image
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.report import folder as module
from lmul_pe.synth.report.folder import read_report, render, verdicts
from lmul_pe.synth.report.sections.split import TITLE
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.results.store import RENDERED, write_folder
from tests.synth.small_report import (
    multipliers_alone,
    small_array_report,
    with_designs,
)


@pytest.fixture(scope="module")
def drawn(report, tmp_path_factory):
    """The folder of a rendered report, for all tests."""
    folder = tmp_path_factory.mktemp("drawn")
    write_folder(folder, "inputs", {"report.json": REPORT.text(report)})
    assert render(folder) == report
    return folder


@pytest.fixture
def rendered(tmp_path, monkeypatch):
    """A function that renders a report in an own folder, and gives the folder.

    Pictures, which take their time, are the words of their charts.
    """
    monkeypatch.setattr(
        module, "png", lambda charts: "".join(chart.words for chart in charts).encode()
    )

    def done(report):
        folder = tmp_path / "report"
        write_folder(folder, "inputs", {"report.json": REPORT.text(report)})
        assert render(folder) == report
        return folder

    return done


def tables(text):
    """The tables of a Markdown text, each as its lines."""
    return re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)


def assert_whole(text):
    """The same number of columns in every row of a table, and a rule below its heading."""
    for table in tables(text):
        heading, rule, *rows = table.splitlines()
        assert rows, heading
        assert set(rule) <= set("|-:")
        count = len(re.findall(r"(?<!\\)\|", heading))
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in (rule, *rows)} == {count}, heading


@pytest.fixture(scope="module")
def text(drawn):
    return (drawn / "report.md").read_text(encoding="utf-8")


def test_the_text_names_every_design_with_its_figures(text, report):
    assert text.startswith("# bf16 in nangate45\n")
    assert f"## {TITLE}\n" in text
    assert_whole(text)
    assert len(tables(text)) >= 12
    for design in report.designs:
        assert f"`{design.name}`" in text
    # Area of the smallest netlist in GE and um2, energy and its interval of another one.
    (row,) = (line for line in text.splitlines() if line.startswith("| exact | `exact_bf16` | 160"))
    assert row.split(" | ")[2:7] == ["160", "80", "8.00", "200", "4"]


def test_the_text_says_what_made_it_and_where_what_it_says_comes_from(text, report):
    assert "Made by `make synth FMT=bf16`." in text
    for sentence in verdicts(report):
        assert sentence in text
    assert len(verdicts(report)) == 4
    assert "| supply | 1.1 V, 25.0 degrees Celsius |" in text
    assert "bf16 has no array of this kind" in text


def test_the_text_says_what_netlists_were_checked_on(text, rendered, report):
    assert "| every pair |" in text
    assert "| 1,000 products |" in text
    lmul = report.design("lmul_bf16")
    sample = replace(lmul, checked=replace(lmul.checked, every_pair=False))
    folder = rendered(with_designs(report, sample))
    assert "| 65,536 pairs |" in (folder / "report.md").read_text()


def test_pictures_stand_beside_the_text_and_say_what_they_show(drawn, text):
    for name in ("comparison.png", "levels.png"):
        height, width, _ = matplotlib.image.imread(
            io.BytesIO((drawn / name).read_bytes()), format="png"
        ).shape
        assert 1000 < width < 4000
        assert 300 < height < 2000
    (comparison,) = re.findall(r"!\[(.*)\]\(comparison.png\)", text)
    assert "lmul_bf16: L-Mul 40, 75 % saved" in comparison
    (levels,) = re.findall(r"!\[(.*)\]\(levels.png\)", text)
    assert "mac_exact_bf16_fp32: multiplier 200, adder 40, registers 10, control 20" in levels


def test_the_folder_holds_the_report_and_what_was_rendered(drawn):
    assert {path.name for path in drawn.iterdir()} == {
        "report.json",
        "manifest.json",
        "report.md",
        "comparison.png",
        "levels.png",
        "rendered.json",
    }


def test_a_report_of_multipliers_alone(rendered, report):
    folder = rendered(multipliers_alone(report))
    text = (folder / "report.md").read_text()
    assert not (folder / "levels.png").exists()
    assert "There are no units" in text
    # Nor what they save in two parts.
    assert TITLE not in text
    assert "mac_lmul" not in text
    assert_whole(text)


def test_a_report_of_arrays(rendered):
    folder = rendered(small_array_report())
    text = (folder / "report.md").read_text()
    assert text.startswith("# lmul products in a array, in nangate45\n")
    assert "Made by `lmul-pe array-cost --fmt bf16`." in text
    assert "| `array_os_8x8_lmul_bf16_fp32` | 256 x 256 x 256 | 270,000 | 0.97 |" in text
    assert not (folder / "comparison.png").exists()
    assert (folder / "levels.png").exists()
    assert_whole(text)


def test_one_array_alone_has_nothing_to_compare(rendered):
    both = small_array_report()
    folder = rendered(replace(both, designs=both.designs[:1], savings=(), cycles=both.cycles[:1]))
    assert "The paper says" not in (folder / "report.md").read_text()


@pytest.fixture
def stamps():
    """A function: when the files of a folder were written."""
    return lambda folder: {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_what_is_there_is_not_rendered_again(rendered, report, stamps):
    folder = rendered(report)
    before = stamps(folder)
    render(folder)
    assert stamps(folder) == before


def test_another_renderer_renders_again_and_measures_nothing(rendered, report, stamps, monkeypatch):
    folder = rendered(report)
    before, asked = stamps(folder), []
    monkeypatch.setattr(
        module, "source_digest", lambda content, *sources: asked.append(sources) or "another"
    )
    render(folder)
    after = stamps(folder)
    assert {name for name in after if after[name] != before[name]} == {
        "report.md",
        "comparison.png",
        "levels.png",
        RENDERED,
    }
    # Everything that decides what is said, and nothing that decides what is measured.
    assert asked == [("synth/report", "synth/published", "synth/system")]


@pytest.mark.parametrize("name", ["report.md", "levels.png", RENDERED])
def test_what_was_changed_or_lost_is_rendered_again(rendered, report, name):
    folder = rendered(report)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-2])
    render(folder)
    assert (folder / name).read_bytes() == whole
    (folder / name).unlink()
    render(folder)
    assert (folder / name).read_bytes() == whole


def test_another_record_is_another_text(rendered, report):
    folder = rendered(report)
    rendered(multipliers_alone(report))
    assert "mac_lmul" not in (folder / "report.md").read_text()
    assert not (folder / "levels.png").exists()


def test_a_library_without_a_node_can_be_rendered(rendered, report):
    without = replace(report, library=replace(report.library, node_nm=None))
    assert (rendered(without) / "report.md").exists()


def test_what_is_no_report_is_one_clear_line(tmp_path):
    (tmp_path / "report.json").write_text('{"schema": 4}')
    words = r"report\.json is no report of this version: \w+: .*; `make it` makes it again"
    with pytest.raises(SpecificationError, match=words):
        read_report(tmp_path, "make it")
    with pytest.raises(SpecificationError, match=r"is no report"):
        render(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"report\.json"):
        read_report(tmp_path / "none", "make it")


def test_a_real_report_is_rendered_as_it_says(run):
    report = read_report(run.report, "make synth")
    text = (run.report / "report.md").read_text()
    assert_whole(text)
    assert f"Made by `{report.command}`." in text
    for design in report.designs:
        assert f"`{design.name}`" in text
        assert design.name in run.printed
    (sentence,) = verdicts(report)
    assert sentence in text
    assert sentence in " ".join(run.printed.split())


@pytest.mark.long
def test_a_real_report_of_every_level_is_rendered_as_it_says(levels_run):
    report = read_report(levels_run.report, "make synth")
    text = (levels_run.report / "report.md").read_text()
    assert_whole(text)
    for words in (text, " ".join(levels_run.printed.split())):
        for design in report.units:
            assert design.name in words
        for sentence in verdicts(report):
            assert sentence in words
    assert "](levels.png)" in text
    assert "`make synth FMT=e2m1 PAIRS=2000`" in text
    assert len(verdicts(report)) == 4
