"""The designs that are compared on a part, and that synthesis finds their carry chains."""

import subprocess
import sys

import pytest

from lmul_pe.model import format_named
from lmul_pe.synth.fpga.designs import LEVELS, array_of, sources

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


@pytest.mark.slow
def test_a_wide_format_has_a_window_where_exact_sums_would_be_absurd():
    first, *_ = sources(format_named("bf16"), "dot", has_dsp=False)
    assert first.name == "dot4_lmul_bf16_window"
    assert len(LEVELS) == 3


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
