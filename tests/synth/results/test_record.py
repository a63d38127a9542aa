"""Records, what follows from them, and their files: what is no record is one clear line."""

import json
import re
import typing
from dataclasses import is_dataclass, replace

import jsonschema
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.results.quantities import Quantity
from lmul_pe.synth.results.record import (
    CURVES,
    REPORT,
    SCHEMA_FILE,
    Energy,
    Report,
    Ungated,
    schema_text,
)
from tests.synth.small_report import small_array_report, small_curves

CHANGES = {
    "unknown": ("unknown", lambda report: report.update(unknown=1)),
    "without designs": ("designs", lambda report: report.pop("designs")),
    "without technology": ("technology", lambda report: report.pop("technology")),
    "of another schema": ("schema", lambda report: report.update(schema=3)),
    "with claims": ("claims", lambda report: report.update(claims={})),
    "design without energy": (
        "designs.0.energy_fj",
        lambda report: report["designs"][0].pop("energy_fj"),
    ),
    "design with more": ("designs.0.extra", lambda report: report["designs"][0].update(extra=1)),
    "smallest without area": (
        "designs.2.least_area.area_um2",
        lambda report: report["designs"][2]["least_area"].pop("area_um2"),
    ),
    "point without clock": (
        "designs.2.iso_delay.0.clock_ps",
        lambda report: report["designs"][2]["iso_delay"][0].pop("clock_ps"),
    ),
    "registers without clock": (
        "designs.2.iso_delay.0.registers.clock_fj",
        lambda report: report["designs"][2]["iso_delay"][0]["registers"].pop("clock_fj"),
    ),
    "words for a number": (
        "designs.1.delay_ps",
        lambda report: report["designs"][1].update(delay_ps="much"),
    ),
    "a truth for a number": (
        "designs.1.delay_ps",
        lambda report: report["designs"][1].update(delay_ps=True),
    ),
    "a list for a number": (
        "designs.1.delay_ps",
        lambda report: report["designs"][1].update(delay_ps=[1]),
    ),
    "a negative energy": (
        "designs.0.energy_fj.glitch",
        lambda report: report["designs"][0]["energy_fj"].update(glitch=-1.0),
    ),
    "a netlist that differs": (
        "designs.0.checked.mismatches",
        lambda report: report["designs"][0]["checked"].update(mismatches=1),
    ),
    "a name of nothing": ("designs.0.name", lambda report: report["designs"][0].update(name="")),
    "half a saving": (
        "savings.0.saved.1.total_percent",
        lambda report: report["savings"][0]["saved"][1].pop("total_percent"),
    ),
    "without supply": (
        "assumptions.voltage",
        lambda report: report["assumptions"].pop("voltage"),
    ),
    "slews alone": (
        "sensitivity.0.wire_ff",
        lambda report: report["sensitivity"][0].pop("wire_ff"),
    ),
    "left out without a reason": (
        "left_out.0.why",
        lambda report: report["left_out"][0].pop("why"),
    ),
    "an error with more": (
        "errors.lmul.extra",
        lambda report: report["errors"]["lmul"].update(extra=1),
    ),
}
"""Reports that are none: the field that says so, and what was done to it."""


@pytest.fixture(scope="module")
def schema():
    return json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def content(report):
    return json.loads(REPORT.text(report))


def test_the_schema_in_the_repository_is_that_of_the_records(schema):
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_reports_obey_the_schema(content, run, validator):
    made = json.loads((run.report / "report.json").read_text(encoding="utf-8"))
    array = json.loads(REPORT.text(small_array_report()))
    for each in (content, array, made):
        assert [error.message for error in validator.iter_errors(each)] == []
        assert each["schema"] == 4


def _measured_fields(kind, seen):
    """Every field of ``kind`` and of the records in it that holds one quantity alone."""
    if kind in seen:
        return
    seen.add(kind)
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        options = [hint, *typing.get_args(hint)]
        for each in options:
            for mark in getattr(each, "__metadata__", ()):
                if isinstance(mark, Quantity):
                    yield kind.__name__, name, mark
        pending = options
        while pending:
            each = pending.pop()
            pending += typing.get_args(each)
            if is_dataclass(each):
                yield from _measured_fields(each, seen)


def test_a_field_that_holds_a_figure_has_its_unit_in_the_schema(schema):
    found = list(_measured_fields(Report, set()))
    assert {("Point", "clock_ps"), ("Saved", "glitch_percent"), ("Cycles", "cycles")} <= {
        (kind, name) for kind, name, _ in found
    }
    for kind, name, quantity in found:
        listed = schema["$defs"][kind]["properties"][name]
        # Of a figure that may be missing, or of many by name.
        inner = [listed, listed.get("additionalProperties", {}), *listed.get("anyOf", ())]
        (own,) = (each for each in inner if isinstance(each, dict) and "unit" in each)
        assert own["unit"] == quantity.unit, (kind, name)
        assert own["better"] == quantity.better.value
        assert quantity.words in own["description"]
        assert quantity.obtained in own["description"]


def test_every_record_is_closed(schema):
    kinds = [schema, *schema["$defs"].values()]
    assert len(kinds) > 20
    for kind in kinds:
        assert kind["additionalProperties"] is False, kind["title"]


def test_what_is_written_is_what_is_read(report, tmp_path):
    curves, path = small_curves(), tmp_path / "record.json"
    for file, each in ((REPORT, report), (REPORT, small_array_report()), (CURVES, curves)):
        path.write_bytes(file.text(each))
        assert file.read(path, "make it") == each
        assert file.text(file.read(path, "make it")) == file.text(each)
        assert path.read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_written(report, value):
    with pytest.raises(ValueError, match=r"(?i)nan|inf|json"):
        REPORT.text(replace(report, assumptions=replace(report.assumptions, voltage=value)))


@pytest.mark.parametrize("change", CHANGES)
def test_another_field_is_one_clear_line(change, content, validator, tmp_path):
    field, act = CHANGES[change]
    act(content)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    words = rf"{path} is no report of this version: {re.escape(field)}: .*; `make it` makes it"
    with pytest.raises(SpecificationError, match=f"^{words} again$"):
        REPORT.read(path, "make it")
    assert not validator.is_valid(content)


@pytest.mark.parametrize("text", [b"", b"{", b"garbage", b"[]", b"null", b"\xff\xfe"])
def test_garbage_is_one_clear_line(text, tmp_path):
    path = tmp_path / "report.json"
    path.write_bytes(text)
    for file, what in ((REPORT, "report"), (CURVES, "file of curves")):
        with pytest.raises(SpecificationError) as raised:
            file.read(path, "make it")
        line = str(raised.value)
        assert line.startswith(f"{path} is no {what} of this version: ")
        assert line.endswith("; `make it` makes it again")
        assert "version: : " not in line
        assert "\n" not in line


def test_a_file_that_is_not_there_is_an_error_of_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.json"):
        REPORT.read(tmp_path / "none.json", "make it")


def test_the_whole_energy(report):
    exact, mac = report.design("exact_bf16"), report.design("mac_lmul_bf16_fp32")
    # A unit has a clock of 30, leakage is 1; the uniform workload takes a quarter more.
    assert mac.total_fj() == 50 + 70 + 30 + 1
    assert (exact.total_fj(), exact.total_fj("uniform")) == (201.0, 251.0)
    # At 300 ps 2.5 times as much, and 5 + 3 + 1 in the registers around.
    point = exact.at(300.0)
    assert (point.registers_fj, point.total_fj(), point.total_fj("uniform")) == (9.0, 510.0, 635.0)
    assert (exact.registers_fj, mac.registers_fj) == (0.0, 0.0)
    # The point of a unit has its registers in it.
    assert replace(point, registers=None).registers_fj == 0.0
    assert Ungated("mac", Energy(1.0, 20.0, 300.0, 4000.0), 50.0).total_fj == 4320.0


def test_the_energy_of_a_unit_by_part(report):
    assert report.design("array_os_8x8_exact_bf16_fp32").spent() == {
        "multiplier": 200.0,
        "adder": 90.0,
        "registers": 10.0,
        "control": 20.0,
        "clock": 30.0,
        "leakage": 1.0,
    }


def test_designs_at_their_clocks(report):
    lmul = report.design("lmul_bf16")
    assert lmul.at(None) is lmul
    assert lmul.at(420.0).energy_fj.glitch == pytest.approx(60.0)
    assert lmul.interval == lmul.energy_by_workload["normal"]
    with pytest.raises(StopIteration):
        lmul.at(301.0)


def test_savings_by_workload_and_clock(report):
    first = report.savings[0]
    assert [each.clock_ps for each in first.on("uniform")] == [300.0, 315.0, 420.0, 600.0, None]
    assert [each.clock_ps for each in first.equal] == [300.0, 315.0, 420.0, 600.0]
    assert (first.free.clock_ps, first.free.workload) == (None, "normal")
    assert first.on("none of that name") == ()


def test_designs_by_name_and_by_what_they_are(report):
    assert report.design("nothing") is None
    own, other = report.pair(report.savings[0])
    assert (own.name, other.name) == ("lmul_bf16", "exact_bf16")
    assert [each.name for each in report.rungs] == ["adder_bf16", "lmul_bf16_raw", "lmul_bf16"]
    assert {each.level for each in report.multipliers} == {"multiplier"}
    assert {each.level for each in report.units} == {"mac", "dot", "array"}
    assert len(report.multipliers) + len(report.units) == len(report.designs)
