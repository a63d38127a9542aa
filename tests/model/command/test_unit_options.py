"""Options of a command into specifications, and back."""

import re

import click
import pytest
from click.testing import CliRunner

from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.model.command.unit_options import (
    UNITS,
    arrays_of,
    stated_options,
    unit_of,
    unit_options,
)


@pytest.mark.parametrize(
    ("unit", "text", "name"),
    [
        ("mul", "fmt=bf16", "lmul_bf16"),
        ("mul", "kind=exact fmt=fp16 latency=2 rounding=rtz", "exact_fp16_rtz_latency2"),
        ("mac", "fmt=e4m3", "mac_lmul_e4m3_fp32"),
        ("mac", "kind=exact fmt=e4m3 acc=bf16 adder_latency=3 fused=1", None),
        ("mac", "fmt=e4m3 acc=fixed", "mac_lmul_e4m3_fixed"),
        ("mac", "fmt=e4m3 acc=fixed terms=9 result=bf16", "mac_lmul_e4m3_fixed_terms9_to_bf16"),
        ("mac", "fmt=bf16 acc=fixed msb=40 lsb=-40", "mac_lmul_bf16_fixed_msb40_lsbm40"),
        ("mac", "fmt=e4m3 acc=aligned guard_bits=5", "mac_lmul_e4m3_aligned_guard5"),
        ("mac", "kind=int8", "mac_int8_int32"),
        ("mac", "kind=int8 acc=int24", "mac_int8_int24"),
        ("mac", "fmt=e2m1 fmt_b=e4m3", "mac_lmul_e2m1_x_e4m3_fp32"),
        ("dot", "fmt=e4m3 acc=aligned", "dot4_lmul_e4m3_aligned"),
        ("dot", "kind=int8 n=8", "dot8_int8_int32"),
        ("dot", "fmt=e4m3 acc=fixed n=16 latency=1", "dot16_lmul_e4m3_latency1_fixed"),
        ("array", "fmt=e4m3", "array_os_8x8_lmul_e4m3_fp32"),
        (
            "array",
            "fmt=e4m3 rows=2 cols=3 dataflow=ws fold=weight partial=1",
            "array_ws_2x3_lmul_e4m3_fp32_fold_partial",
        ),
    ],
)
def test_options_give_a_unit_and_are_stated_again(unit, text, name):
    options = dict(word.split("=") for word in text.split())
    specification = unit_of(unit, options)
    if name is not None:
        assert specification == unit_named(name)
    stated = {key: str(value) for key, value in stated_options(specification).items()}
    assert stated.pop("unit") == unit
    assert unit_of(unit, stated) == specification
    # What was given is stated, if it is not what is usual.
    assert {key: value for key, value in options.items() if key in stated}.items() <= stated.items()


@pytest.mark.parametrize(
    ("unit", "text", "error"),
    [
        ("mull", "fmt=e4m3", "unit 'mull' is not one of mul, mac, dot, array; did you mean 'mul'?"),
        ("mul", "", "fmt is missing: expected a format, as e4m3 or bf16"),
        ("mul", "fmt=e4m3 acc=fp32", "acc 'fp32' does not apply to unit mul; leave it out"),
        ("mul", "fmt=e4m3 kind=int8", "kind 'int8' is not one of lmul, exact"),
        ("mul", "fmt=e4m3 latency=x", "latency 'x' is not an integer"),
        ("mac", "fmt=e4m3 acc=fixed latency=1", "latency '1' does not apply to unit mac"),
        ("dot", "kind=int8 latency=1", "latency '1' does not apply to kind int8"),
        ("dot", "fmt=e4m3 acc=fixed latency=2", "registers at most; expected lmul_e4m3_latency1"),
        ("dot", "fmt=e4m3 latency=1", "has no registers of its own; expected lmul_e4m3"),
        ("mac", "fmt=e4m3 rows=4", "rows '4' does not apply to unit mac; leave it out"),
        (
            "mac",
            "fmt=e4m3 kind=lmull",
            "kind 'lmull' is not one of lmul, exact, table, int8; did you",
        ),
        ("mac", "fmt=e4m3 kind=int8", "fmt 'e4m3' does not apply to kind int8; leave it out"),
        (
            "mac",
            "fmt=e4m3 acc=foo",
            "accumulator 'foo' is not known: expected one of fixed, aligned",
        ),
        ("mac", "fmt=e4m3 acc=alined", "did you mean 'aligned'?"),
        ("mul", "fmt=fp8", "did you mean 'e4m3'?"),
        ("mac", "fmt=e4m3 terms=4", "terms '4' does not apply to accumulator fp32"),
        ("mac", "fmt=e4m3 acc=fixed fused=1", "fused '1' does not apply to accumulator fixed"),
        ("mac", "fmt=e4m3 acc=aligned terms=4", "terms '4' does not apply to accumulator aligned"),
        ("mac", "fmt=e4m3 acc=fixed terms=1.5", "terms '1.5' is not an integer"),
        ("mac", f"fmt=e4m3 acc=fixed terms={'9' * 30}x", "terms '99999999999999999999...' is not"),
        ("mac", "kind=int8 terms=4", "terms '4' does not apply to accumulator int32"),
        ("mac", "kind=int8 acc=fp32", "'fp32'"),
        ("mac", "kind=int8 acc=fixed", "accumulator fixed cannot take the products of int8"),
        ("mac", "fmt=e4m3 acc=int32", "'int32'"),
        ("dot", "fmt=e4m3 n=0", "0"),
        ("dot", "fmt=e4m3 dataflow=os", "dataflow 'os' does not apply to unit dot"),
        ("array", "fmt=e4m3 rows=0", "0"),
        ("array", "fmt=e4m3 dataflow=xs", "'xs' is not one of os, ws"),
        ("array", "fmt=e4m3 fold=weight", "fold 'weight'"),
        ("array", "fmt=bf16 acc=fixed", "msb and lsb give a window"),
        ("array", "fmt=e4m3 guard=raw", "guard 'raw' is refused"),
    ],
)
def test_what_cannot_be_is_one_clear_line(unit, text, error):
    options = dict(word.split("=") for word in text.split())
    with pytest.raises(SpecificationError, match=re.escape(error)) as caught:
        unit_of(unit, options)
    assert "\n" not in str(caught.value)


def test_arrays_of_both_kinds_differ_in_what_an_lmul_alone_has():
    options = {"kind": None, "fmt": "e4m3", "dataflow": "ws", "fold": "weight", "offset": "0"}
    assert [array.name for array in arrays_of(options)] == [
        "array_ws_8x8_lmul_e4m3_offset0_fp32_fold",
        "array_ws_8x8_exact_e4m3_fp32",
    ]
    one = arrays_of({"kind": "int8", "rows": "2"})
    assert [array.name for array in one] == ["array_os_2x8_int8_int32"]
    with pytest.raises(SpecificationError, match="fold 'weight' does not apply"):
        arrays_of({**options, "kind": "exact", "offset": None})


def test_a_switch_that_is_off_is_that():
    for text in ("no", "false", "0"):
        assert unit_of("mac", {"fmt": "e4m3", "fused": text}).name == "mac_lmul_e4m3_fp32"
    assert unit_of("mac", {"fmt": "e4m3", "fused": "yes"}).name == "mac_lmul_e4m3_fp32_fused"


def test_a_command_takes_the_options_of_its_units():
    @click.command()
    @unit_options("array")
    def command(**options):
        click.echo(sorted(name for name, value in options.items() if value is not None))
        click.echo("latency" in options or "n" in options)

    words = ["--fmt", "e4m3", "--guard-bits", "4", "--partial", "--fmt-b", "e5m2"]
    done = CliRunner().invoke(command, words)
    assert done.output == "['fmt', 'fmt_b', 'guard_bits', 'partial']\nFalse\n"
    assert CliRunner().invoke(command, ["--n", "4"]).exit_code == 2
    # A switch takes no value.
    assert CliRunner().invoke(command, ["--partial", "0"]).exit_code == 2


def test_every_unit_has_help():
    @click.command()
    @unit_options(*UNITS)
    def command(**options):
        pass

    text = CliRunner().invoke(command, ["--help"]).output
    for option in ("--kind", "--adder-latency", "--msb", "--dataflow", "--fold", "--partial"):
        assert option in text
