"""What is read, what is made first, and how bad files are refused."""

from types import SimpleNamespace

import click
import pytest
from lmul_pe.synth.results.sources import make_sources, read_sources
from rich.console import Console

from lmul_pe.model import SpecificationError
from lmul_pe.synth.results import sources


def test_everything_is_read_in_the_order_of_the_formats(build):
    found = read_sources(build, ["bf16", "e4m3"])
    assert [each.content["format"] for each in found.reports] == ["bf16", "e4m3"]
    assert [each.content["format"] for each in found.curves] == ["bf16", "e4m3"]
    assert len(found.claims) == 1


def test_a_report_that_is_not_there_names_its_command(build):
    with pytest.raises(SpecificationError, match=r"there is no .*fp16/report.json.*make synth FMT"):
        read_sources(build, ["fp16"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Expecting property name"),
        ("[]", "a list instead of an object"),
        ('{"format": "e4m3"}', "assumptions, claims, designs"),
    ],
)
def test_a_broken_report_is_one_clear_line(build, text, why):
    (build / "synth" / "e4m3" / "report.json").write_text(text)
    with pytest.raises(SpecificationError, match=rf"report.json cannot be used: {why}") as raised:
        read_sources(build, ["e4m3"])
    assert "`make synth FMT=e4m3` makes it again" in str(raised.value)


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("curves/e4m3.json", "lmul-pe curves --fmt e4m3"),
        ("claims/claims.json", "make claims"),
    ],
)
def test_broken_curves_and_claims_name_their_command(build, path, command):
    (build / path).write_text("garbage")
    with pytest.raises(SpecificationError, match=f"{command}` makes it again"):
        read_sources(build, ["e4m3"])


@pytest.fixture
def made(monkeypatch):
    """What was made, in order; claims fail with status 3 if that is what stands there first."""
    order = []

    def process(words, **_):
        order.append(" ".join(words[1:]))
        return SimpleNamespace(returncode=3 if order[0] == "fail" else 0)

    for name in ("report_folder", "curves_file"):
        monkeypatch.setattr(
            sources, name, lambda format, name=name: order.append(f"{name} {format.name}")
        )
    monkeypatch.setattr(sources.subprocess, "run", process)
    return order


def test_reports_are_made_first_then_curves_then_claims(made):
    make_sources(["e4m3", "bf16"], Console(quiet=True))
    assert made == [
        "report_folder e4m3",
        "report_folder bf16",
        "curves_file e4m3",
        "curves_file bf16",
        "-m lmul_pe claims --formats e4m3 bf16",
    ]


def test_claims_that_fail_end_everything_with_their_status(made):
    made.append("fail")
    with pytest.raises(click.exceptions.Exit) as ended:
        make_sources(["e4m3"], Console(quiet=True))
    assert ended.value.exit_code == 3
