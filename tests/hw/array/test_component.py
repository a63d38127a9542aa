"""Exported arrays: ports, modules written once, lint, size; what they compute is cocotb's work."""

import json
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from lmul_pe.hw.export.verilog import component_of, exported_verilog, rtlil_modules
from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.hw.verilog import header
from lmul_pe.model import unit_named
from lmul_pe.model.command.unit_options import stated_options, unit_of
from lmul_pe.sim.run.simulators import verilator
from tests.sweep import some

ROOT = Path(__file__).parents[3]
SMALL = [
    "array_os_3x2_exact_e5m2_fixed",
    "array_ws_2x2_exact_e4m3_fixed_partial",
    "array_os_1x1_int8_int32",
    "array_os_2x3_lmul_e4m3_fp32",
    "array_os_2x2_lmul_e2m1_bf16_latency3",
    "array_ws_3x2_lmul_e4m3_fp32_fold_partial",
    "array_ws_1x3_exact_bf16_aligned",
    "array_ws_2x2_exact_e2m1_bf16_latency2",
    "dot3_exact_e4m3_fp32",
    "dot4_lmul_e4m3_aligned",
    "dot2_exact_e4m3_bf16_latency2",
]
LINT = ("-Wall", "-Wno-WIDTH", "-Wno-DECLFILENAME", "-Wno-UNUSEDSIGNAL")


def streams(unit):
    """Every stream's prefix, direction as the design sees it, and width."""
    mac = unit.mac
    a, b = mac.multiplier.format.width, mac.multiplier.format_b.width
    c = mac.accumulator.result.width
    if not hasattr(unit, "rows"):
        return [("s_axis_ab", "input", unit.n * (a + b)), ("m_axis_c", "output", c)]
    rows, cols = unit.rows, unit.cols
    if unit.dataflow == "os":
        return [
            ("s_axis_a", "input", rows * a),
            ("s_axis_b", "input", cols * b),
            ("m_axis_c", "output", cols * c),
        ]
    partial = [("s_axis_p", "input", cols * c)] if unit.partial else []
    return [
        ("s_axis_w", "input", cols * b),
        ("s_axis_a", "input", rows * a),
        *partial,
        ("m_axis_c", "output", cols * c),
    ]


@cache
def verilog(name):
    return exported_verilog(unit_named(name), f"{name}\nsecond line")


@pytest.mark.parametrize("name", some(SMALL, 1))
def test_ports_are_streams_and_flags(name, tmp_path):
    unit = unit_named(name)
    expected = {"clk": ("input", 1), "rst": ("input", 1)}
    for prefix, direction, width in streams(unit):
        opposite = "output" if direction == "input" else "input"
        expected[f"{prefix}_tdata"] = (direction, width)
        expected[f"{prefix}_tvalid"] = (direction, 1)
        expected[f"{prefix}_tready"] = (opposite, 1)
        expected[f"{prefix}_tlast"] = (direction, 1)
    if hasattr(unit, "rows"):
        expected["protocol_error"] = ("output", 1)
    if "fixed" in name or "int" in name:
        expected["overflow"] = ("output", 1)
    (tmp_path / "design.v").write_text(verilog(name))
    run_yosys(
        [
            "read_verilog design.v",
            f"hierarchy -check -top {name}",
            "proc",
            "write_json design.json",
        ],
        tmp_path,
    )
    modules = json.loads((tmp_path / "design.json").read_text())["modules"]
    ports = {
        port: (each["direction"], len(each["bits"]))
        for port, each in modules[name]["ports"].items()
    }
    assert ports == expected
    assert list(ports) == list(expected)


@pytest.mark.parametrize("name", some(SMALL, 3))
def test_the_text_is_plain_verilog_whose_modules_bear_the_name_of_the_design(name):
    text = verilog(name)
    code = re.sub(r"//.*", "", text)
    assert text.startswith(f"// {name}\n// second line\n")
    assert set(re.findall(r"always\s*@\s*\([^)]*\)", code)) == {"always @(posedge clk)"}
    assert not re.search(r"always_\w+|\blogic\b|\$fa\b|\(\*|\\\S*\$", code)
    modules = re.findall(r"^module (\w+)", code, flags=re.MULTILINE)
    assert all(module == name or module.startswith(f"{name}_") for module in modules)
    assert len(set(modules)) == len(modules)


def test_a_repeated_block_stands_once():
    counts = set()
    for size in (2, 5):
        text = exported_verilog(unit_named(f"array_os_{size}x{size}_lmul_e4m3_fp32"), "")
        counts.add(len(re.findall(r"^module ", text, flags=re.MULTILINE)))
        elements = re.findall(r"^  \w+_element element_\d+_\d+ \(", text, flags=re.MULTILINE)
        assert len(elements) == size * size
    assert len(counts) == 1


@pytest.mark.parametrize("name", some(SMALL, 2))
def test_verilator_has_nothing_to_say(name, tmp_path):
    simulator = verilator()
    environment = {**os.environ, **simulator.environment}
    environment["PATH"] = f"{simulator.environment.get('PATH', '')}:{os.environ['PATH']}"
    (tmp_path / f"{name}.v").write_text(verilog(name))
    done = subprocess.run(
        ["verilator", "--lint-only", *LINT, f"{name}.v"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_hash_seeds():
    names = ["array_ws_2x3_lmul_e4m3_fp32_fold_partial", "dot3_exact_e2m1_bf16"]
    code = (
        "import sys\n"
        "from lmul_pe.hw.export.verilog import exported_verilog\n"
        "from lmul_pe.model import unit_named\n"
        "for name in sys.argv[1:]:\n"
        "    sys.stdout.write(exported_verilog(unit_named(name), name))\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code, *names],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "4711")
    }
    assert len(texts) == 1


@pytest.mark.slow
@pytest.mark.parametrize("dataflow", ["os", "ws"])
def test_a_large_array_is_a_small_file(dataflow, tmp_path):
    name = f"array_{dataflow}_32x32_lmul_e4m3_fp32"
    text = exported_verilog(unit_named(name), "")
    assert len(text) < 2_000_000
    (tmp_path / "design.v").write_text(text)
    run_yosys(["read_verilog design.v", f"hierarchy -check -top {name}"], tmp_path)


@pytest.mark.parametrize("name", [*SMALL, "mac_lmul_e4m3_fixed_terms9", "mac_exact_bf16_aligned"])
def test_the_header_states_the_options_that_make_the_unit(name):
    unit = unit_named(name)
    (stated,) = re.findall(r"^make verilog (.*)$", header(unit), flags=re.MULTILINE)
    options = {
        key.lower(): value for key, value in (word.split("=", 1) for word in shlex.split(stated))
    }
    assert unit_of(options.pop("unit"), options) == unit
    assert {"unit": str(stated_options(unit)["unit"]), **options} == {
        key: str(value) for key, value in stated_options(unit).items()
    }


def test_an_array_needs_a_place_for_its_blocks():
    with pytest.raises(ValueError, match="made of blocks"):
        component_of(unit_named(SMALL[0]))


def test_the_modules_of_rtlil_refer_to_each_other():
    texts = rtlil_modules(unit_named("array_os_2x2_exact_e4m3_fp32"), "unit")
    roles = ("", "_control", "_element", "_multiply", "_add", "_finish")
    modules = {f"unit{end}" for end in roles}
    modules |= {f"unit_delay_{end}" for end in "abc"}
    assert set(texts) == modules
    assert next(iter(texts)) == "unit"
    used = {
        cell
        for text in texts.values()
        for cell in re.findall(r"^ *cell \\(unit\w*) ", text, flags=re.MULTILINE)
    }
    assert used == modules - {"unit"}


def test_a_block_is_made_once():
    texts = rtlil_modules(unit_named("dot4_lmul_e2m1_bf16"), "unit")
    assert sorted(texts) == [
        "unit",
        "unit_add",
        "unit_add_product_product",
        "unit_add_sum_sum",
        "unit_finish",
        "unit_multiply",
    ]
