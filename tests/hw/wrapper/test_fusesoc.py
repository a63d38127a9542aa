"""Cores, by FuseSoC itself."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lmul_pe.hw.verilog import main
from lmul_pe.hw.wrapper.fusesoc import CORES, STANDARD, standard_core_text, write_generated
from lmul_pe.model import SpecificationError
from lmul_pe.model.command.project import version
from lmul_pe.model.command.run import run
from lmul_pe.sim.run.simulators import verilator

needs_icarus = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="iverilog is not installed"
)


@pytest.fixture
def fusesoc(tmp_path):
    """A function that runs a target of a core that is in a folder."""

    def done(folder, core, target, setup=False):
        with verilator().installed():
            # The generator's Python has to be this one.
            path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
            return subprocess.run(
                [
                    *(sys.executable, "-m", "fusesoc.main", f"--cores-root={folder}"),
                    *("run", f"--target={target}", *(["--setup"] if setup else []), core),
                ],
                cwd=tmp_path,
                env={**os.environ, "PATH": path, "XDG_CACHE_HOME": str(tmp_path / "cache")},
                capture_output=True,
                text=True,
                check=False,
            )

    return done


@pytest.fixture
def exported(tmp_path, monkeypatch, capsys):
    """A function that exports a unit with its core: the folder."""

    def done(*options):
        folder = tmp_path / "rtl"
        monkeypatch.setattr(sys, "argv", ["verilog", *options, "--fusesoc", "--out", str(folder)])
        with pytest.raises(SystemExit) as ended:
            run(main)
        assert ended.value.code == 0
        listed = capsys.readouterr().out.split()
        assert sorted(listed) == sorted(map(str, folder.iterdir()))
        return folder

    return done


@needs_icarus
def test_a_unit_is_linted_simulated_and_set_up_for_synthesis(exported, fusesoc, tmp_path):
    folder = exported("--unit", "dot", "--kind", "int8", "--n", "2")
    core = "lmul-pe:unit:dot2_int8_int32"
    for target in ("lint", "sim"):
        done = fusesoc(folder, core, target)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED: 7 results" in done.stdout
    done = fusesoc(folder, core, "synth", setup=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (script,) = tmp_path.glob("build/*/synth/edalize_yosys_procs.tcl")
    assert "synth_ice40" in script.read_text()
    assert "/dot2_int8_int32.v}" in script.read_text()


@needs_icarus
def test_a_wrong_result_fails_a_simulation(exported, fusesoc):
    folder = exported("--fmt", "e2m1")
    path = folder / "lmul_e2m1.v"
    text = path.read_text()
    path.write_text(re.sub(r"assign y = (.*?);", r"assign y = (\1) ^ 4'd1;", text, flags=re.S))
    done = fusesoc(folder, "lmul-pe:unit:lmul_e2m1", "sim")
    assert "FAILED" in done.stdout + done.stderr
    assert done.returncode != 0


@needs_icarus
@pytest.mark.long
@pytest.mark.parametrize(
    "options",
    [
        "--fmt bf16",
        "--fmt e4m3 --latency 3",
        "--unit mac --fmt e4m3 --acc fp32",
        "--unit dot --fmt bf16 --acc window --n 4",
        "--unit array --fmt e4m3 --acc fixed --lanes 2 --rows 2 --cols 3",
        "--unit array --fmt e4m3 --acc fp16 --dataflow ws --partial --rows 3 --cols 2",
    ],
)
def test_every_kind_of_unit_passes_its_test_bench(options, exported, fusesoc):
    folder = exported(*options.split())
    (path,) = folder.glob("*.core")
    for target in ("lint", "sim"):
        done = fusesoc(folder, f"lmul-pe:unit:{path.stem}", target)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED" in done.stdout


@pytest.mark.long
@pytest.mark.parametrize("bus", ["axi4lite", "tinytapeout"])
def test_a_wrapped_unit_is_linted(bus, exported, fusesoc):
    folder = exported("--unit", "dot", "--kind", "int8", "--n", "2", "--bus", bus)
    (path,) = folder.glob("*.core")
    done = fusesoc(folder, f"lmul-pe:unit:{path.stem}", "lint")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_committed_cores_are_the_standard_ones():
    standard = {f"{name}.core": standard_core_text(name) for name in STANDARD}
    found = {path.name: path.read_text() for path in CORES.glob("*.core")}
    generator = found.pop("generator.core")
    assert found == standard
    assert yaml.safe_load(generator.removeprefix("CAPI=2:"))["name"].endswith(f":{version()}")


@needs_icarus
@pytest.mark.long
def test_a_standard_core_is_made_linted_and_simulated(fusesoc):
    for target in ("lint", "sim"):
        done = fusesoc(CORES, "lmul-pe:standard:mac_lmul_e4m3_fp32", target)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED: 7 results" in done.stdout


def test_the_generator_takes_the_variables_of_make(tmp_path):
    asked = {
        "vlnv": "::parent-unit:0",
        "parameters": {"unit": "mac", "kind": "int8", "bus": "tinytapeout"},
    }
    write_generated(asked, tmp_path)
    core = yaml.safe_load((tmp_path / "tt_um_mac_int8_int32.core").read_text()[len("CAPI=2:") :])
    assert core == {
        "name": "::parent-unit:0",
        "filesets": {
            "rtl": {"files": ["tt_um_mac_int8_int32.v"], "file_type": "verilogSource"},
        },
        "targets": {"default": {"filesets": ["rtl"]}},
    }
    assert (tmp_path / "tt_um_mac_int8_int32.v").is_file()


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"unit": "mak"}, "unit 'mak'"),
        ({"fmt": "e4m3", "speed": 3}, "speed '3'"),
        ({"fmt": "e4m3", "latency": 1, "bus": "axi"}, "did you mean 'axi4lite'"),
        ({"fmt": "e4m3", "bus": "axi4lite"}, "has no streams: expected latency 1 or more"),
        ({"unit": "array", "kind": "int8", "bus": "tinytapeout"}, "several streams of operands"),
        ({"unit": "mac", "kind": "int8", "bus": "tinytapeout", "testbench": 1}, "leave it out"),
    ],
)
def test_bad_parameters_are_one_clear_line(parameters, named, tmp_path):
    with pytest.raises(SpecificationError) as error:
        write_generated({"vlnv": "::p-u:0", "parameters": parameters}, tmp_path)
    assert named in str(error.value)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []
