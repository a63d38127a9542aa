"""Wrapped units as files."""

import re
import subprocess

import pytest

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.hw.wrapper.export import BUSES, wrapped_verilog
from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.sim.run.simulators import verilator


def test_the_unit_is_the_one_that_is_exported_alone():
    unit = unit_named("dot2_int8_int32")
    for bus in BUSES:
        module, text = wrapped_verilog(unit, bus, "What it is")
        assert text.startswith(f"// What it is\nmodule {module}(")
        assert text.endswith(f"endmodule\n\n{exported_verilog(unit, '')}")


@pytest.mark.parametrize(
    ("unit", "bus"),
    [
        ("dot2_int8_int32", "tinytapeout"),
        ("dot2_int8_int32", "axi4lite"),
        pytest.param("array_ws_2x3_lmul_e4m3_fp16_partial", "axi4lite", marks=pytest.mark.long),
        pytest.param("lmul_bf16_latency1", "tinytapeout", marks=pytest.mark.long),
    ],
)
def test_verilator_finds_nothing_to_warn_about(unit, bus, tmp_path):
    module, text = wrapped_verilog(unit_named(unit), bus, unit)
    path = tmp_path / f"{module}.v"
    path.write_text(text)
    with verilator().installed():
        done = subprocess.run(
            [
                *("verilator", "--lint-only", "-Wall", "-Wno-WIDTH", "-Wno-DECLFILENAME"),
                *("-Wno-UNUSEDSIGNAL", "--top-module", module, str(path)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("unit", "bus", "named"),
    [
        ("lmul_e4m3", "axi4lite", "has no streams: expected latency 1 or more"),
        ("lmul_e4m3_latency1", "apb", "bus 'apb' is not one of axi4lite, tinytapeout"),
        ("array_os_1x1_int8_int32", "tinytapeout", "the nearest is dot"),
    ],
)
def test_what_does_not_fit_is_one_clear_line(unit, bus, named):
    with pytest.raises(SpecificationError, match=re.escape(named)) as error:
        wrapped_verilog(unit_named(unit), bus, "")
    assert "\n" not in str(error.value)
