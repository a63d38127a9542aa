"""The designs that are compared on a part, and that synthesis finds their carry chains."""

import subprocess
import sys

import pytest
from amaranth.sim import Simulator

from lmul_pe.model import format_named
from lmul_pe.synth.fpga import designs
from lmul_pe.synth.fpga.designs import LEVELS, IntegerProduct, array_of, sources

E4M3 = format_named("e4m3")

USE = """
import sys
from pathlib import Path
from lmul_pe.model import format_named
from lmul_pe.synth.fpga.designs import sources
from lmul_pe.synth.fpga.parts import PARTS
from lmul_pe.synth.fpga.tools import Tools
lmul, *_ = sources(format_named(sys.argv[1]), "multiplier", has_dsp=False)
use = Tools(Path()).use(lmul.verilog, lmul.name, PARTS["ice40-hx8k"], dsp=False)
print(use.luts, use.carries, use.dsps)
"""


@pytest.mark.parametrize(
    ("level", "names"),
    [
        ("multiplier", ["lmul_e4m3", "exact_e4m3", "adder7", "int8"]),
        pytest.param(
            *("dot", ["dot4_lmul_e4m3_fixed", "dot4_exact_e4m3_fixed", "dot4_int8_int32"]),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *("mac", ["mac_lmul_e4m3_fp32", "mac_exact_e4m3_fp32", "mac_int8_int32"]),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_every_level_has_both_sides_and_integers(level, names):
    found = sources(E4M3, level, has_dsp=False)
    assert [each.name for each in found] == names
    assert {each.dsp for each in found} == {False}
    twice = sources(E4M3, level, has_dsp=True)
    assert sorted((each.name, each.dsp) for each in twice if each.kind in ("exact", "int8")) == [
        (name, dsp)
        for name in sorted(names)
        if "exact" in name or "int8" in name
        for dsp in (False, True)
    ]
    assert all(f"module {each.name}(" in each.verilog for each in twice)


@pytest.fixture
def unwritten(monkeypatch):
    """Designs are named and not written, which takes seconds."""
    monkeypatch.setattr(designs, "exported_verilog", lambda specification, name: "")


@pytest.mark.parametrize(
    ("format", "level", "names"),
    [
        ("e4m3", "mac", ["mac_lmul_e4m3_fp32", "mac_exact_e4m3_fp32", "mac_int8_int32"]),
        ("e4m3", "dot", ["dot4_lmul_e4m3_fixed", "dot4_exact_e4m3_fixed", "dot4_int8_int32"]),
        # Exact sums of a wide format would be absurd.
        ("bf16", "dot", ["dot4_lmul_bf16_window", "dot4_exact_bf16_window", "dot4_int8_int32"]),
    ],
)
def test_what_multiplies_stands_twice_where_there_are_multipliers(format, level, names, unwritten):
    lmul, exact, integer = names
    chosen = format_named(format)
    found = sources(chosen, level, has_dsp=True)
    assert [(each.name, each.kind, each.dsp) for each in found] == [
        (lmul, "lmul", False),
        (exact, "exact", True),
        (exact, "exact", False),
        (integer, "int8", True),
        (integer, "int8", False),
    ]
    assert {each.level for each in found} == {level}
    assert [(each.name, each.dsp) for each in sources(chosen, level, has_dsp=False)] == [
        (name, False) for name in names
    ]


def test_levels_are_those_of_the_record():
    assert LEVELS == ("multiplier", "mac", "dot")


def test_the_adder_beside_multipliers_has_the_bits_of_exponent_and_mantissa(unwritten):
    *_, adder, integer = sources(E4M3, "multiplier", has_dsp=False)
    assert (adder.name, adder.kind, adder.dsp) == ("adder7", "adder", False)
    for port in ("input [6:0] a;", "input [6:0] b;", "output [6:0] y;"):
        assert f"  {port}\n" in adder.verilog
    # Its sum is one + of Verilog, which synthesis may make a carry chain of.
    assert adder.verilog.count("a + b") == 1
    for port in ("input [7:0] a;", "input [7:0] b;", "output [15:0] y;"):
        assert f"  {port}\n" in integer.verilog


def test_a_product_of_integers_is_signed_and_whole():
    design = IntegerProduct(3)
    simulator = Simulator(design)
    numbers = range(-4, 4)
    found = []

    async def bench(context):
        for a in numbers:
            for b in numbers:
                context.set(design.a, a & 7)
                context.set(design.b, b & 7)
                await context.delay(1e-9)
                found.append(context.get(design.y.as_signed()))

    simulator.add_testbench(bench)
    simulator.run()
    assert found == [a * b for a in numbers for b in numbers]


def test_an_array_is_as_large_as_asked_for():
    assert array_of(E4M3, "exact", 3).name == "array_os_3x3_exact_e4m3_fp32"


@pytest.mark.parametrize(
    # What a plain guarded L-Mul takes whose sum is written as one + of three numbers.
    ("name", "luts"),
    [
        ("e4m3", 37),
        *(
            pytest.param(name, luts, marks=pytest.mark.slow)
            for name, luts in (("e5m2", 43), ("bf16", 82), ("fp16", 83), ("fp32", 155))
        ),
    ],
)
def test_an_lmul_takes_fewer_tables_than_a_plain_one(name, luts, tmp_path):
    # In a process of its own: names that Yosys knows of earlier runs change what it finds.
    done = subprocess.run(
        [sys.executable, "-c", USE, name], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    used, carries, dsps = map(int, done.stdout.split())
    assert used < luts
    assert carries >= format_named(name).magnitude_bits
    assert dsps == 0
