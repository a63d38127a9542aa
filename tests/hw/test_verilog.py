"""The command `lmul-pe verilog`."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.hw.verilog import header, main
from lmul_pe.model import multiplier_named, unit_named
from lmul_pe.model.command.run import run
from tests.sweep import some

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """The command without the price of a process, run in the test's folder."""

    def finished(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["hw", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(main)
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, captured.out, captured.err)

    return finished


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("--fmt bf16", "lmul_bf16"),
        ("--fmt e4m3fn --kind exact", "exact_e4m3"),
        ("--fmt bf16 --offset 8", "lmul_bf16"),
        ("--fmt e4m3 --fmt-b e5m2 --fmt-y fp16", "lmul_e4m3_x_e5m2_to_fp16"),
        ("--fmt e5m2 --carry equation --offset none", "lmul_e5m2_equation_offset0"),
        ("--fmt e4m3 --guard raw --latency 1", "lmul_e4m3_raw_latency1"),
        ("--fmt e4m3 --overflow nan --subnormals gradual", "lmul_e4m3_gradual_nan"),
        ("--fmt e5m2 --kind exact --rounding rtz --latency 4", "exact_e5m2_rtz_latency4"),
    ],
)
def test_a_file_is_named_after_its_module(options, name, command, tmp_path):
    done = command(*options.split(), "--out", "rtl")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"rtl/{name}.v\n")
    assert [path.name for path in (tmp_path / "rtl").iterdir()] == [f"{name}.v"]
    text = (tmp_path / "rtl" / f"{name}.v").read_text()
    assert re.findall(r"^module (\w+)\(", text, flags=re.MULTILINE) == [name]


def test_files_go_to_the_build_folder_unless_told_otherwise(command):
    assert command("--fmt", "e2m1").stdout == "build/verilog/lmul_e2m1.v\n"


@pytest.mark.parametrize(
    "name",
    [
        "lmul_e4m3",
        "exact_fp16_gradual",
        "lmul_e5m2_equation_offset3_gradual_saturate_latency2",
        "lmul_bf16_raw",
        "exact_e4m3_x_e5m2_to_fp16_rtz",
        "lmul_e4m3b11fnuz_nan",
    ],
)
def test_the_header_makes_the_same_file_again(name, command, tmp_path):
    multiplier = multiplier_named(name)
    options = {
        "--kind": multiplier.kind,
        "--fmt": multiplier.format.name,
        "--fmt-b": multiplier.format_b.name,
        "--fmt-y": multiplier.format_y.name,
        "--carry": multiplier.carry,
        "--offset": multiplier.offset,
        "--guard": multiplier.guard,
        "--subnormals": multiplier.subnormals,
        "--overflow": multiplier.overflow,
        "--rounding": multiplier.rounding,
        "--latency": multiplier.latency,
    }
    given = [f"{option}={value}" for option, value in options.items() if value is not None]
    assert command(*given, "--out", "first").returncode == 0
    first = (tmp_path / "first" / f"{name}.v").read_bytes()
    comment = [line[3:] for line in first.decode().splitlines() if line.startswith("// ")]
    assert re.fullmatch(rf"{name}: lmul-pe \d+\.\d+\.\d+", comment[0])
    (stated,) = (line for line in comment if line.startswith("make verilog "))
    again = [
        f"--{variable.lower().replace('_', '-')}={value}"
        for variable, _, value in (word.partition("=") for word in shlex.split(stated)[2:])
    ]
    assert command(*again, "--out", "second").returncode == 0
    assert (tmp_path / "second" / f"{name}.v").read_bytes() == first


def test_a_wrapped_unit_has_a_module_of_its_own(command, tmp_path):
    options = ("--unit=mac", "--kind=int8", "--bus=tinytapeout", "--out=rtl")
    done = command(*options, "--vhdl", "--fusesoc")
    name = "tt_um_mac_int8_int32"
    listed = [f"rtl/{name}.{suffix}" for suffix in ("v", "vhd", "core")]
    assert (done.returncode, done.stderr, done.stdout.split()) == (0, "", listed)
    text = (tmp_path / "rtl" / f"{name}.v").read_text()
    assert re.findall(r"^module (\w+)", text, re.MULTILINE) == [name, "mac_int8_int32"]
    (stated,) = re.findall(r"^// make verilog (.*)$", text, re.MULTILINE)
    assert stated.split()[-1] == "BUS=tinytapeout"
    assert f"component {name}\n" in (tmp_path / "rtl" / f"{name}.vhd").read_text()


def test_a_core_has_its_test_bench_beside_it(command):
    done = command("--fmt=e2m1", "--fusesoc", "--out=rtl")
    names = ["lmul_e2m1.v", "lmul_e2m1_tb.sv", "lmul_e2m1.core"]
    assert done.stdout.split() == [f"rtl/{name}" for name in names]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    "name",
    some(
        [
            "lmul_e4m3_x_e5m2_to_fp16_gradual_latency2",
            "mac_exact_e2m1_fp16_fused_latency2",
            "array_ws_1x2_lmul_e2m1_bf16_fold_partial",
        ],
        1,
    ),
)
def test_make_takes_every_variable_of_the_header(name, tmp_path):
    specification = unit_named(name)
    comment = header(specification)
    (stated,) = re.findall(r"^make verilog (.*)$", comment, flags=re.MULTILINE)
    done = subprocess.run(
        [
            *("make", "--no-print-directory", "--old-file=.venv/.with-hw", "verilog"),
            *(f"BIN={Path(sys.executable).parent}", f"OUT={tmp_path}", *shlex.split(stated)),
        ],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "MAKEFLAGS"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"{tmp_path}/{name}.v\n", "")
    assert (tmp_path / f"{name}.v").read_text() == exported_verilog(specification, comment)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--fmt", "e9"], "'e9'"),
        (["--fmt", "e4m99"], "'e4m99' has 99 mantissa bits"),
        (["--fmt", "e99m3"], "'e99m3' has 99 exponent bits"),
        (["--fmt", ""], "''"),
        (["--fmt", "e4m3;ls"], "'e4m3;ls'"),
        (["--fmt", "../e4m3"], "'../e4m3'"),
        (["--fmt", "e4m3\nls"], "e4m3\\nls"),
        (["--fmt", "BF16"], "'BF16'"),
        (["--fmt-b", "e5"], "'e5'"),
        (["--fmt-y", "e5"], "'e5'"),
        (["--fmt-y", "e2m1"], "e2m1 cannot take the result"),
        (["--kind", "magic"], "'magic' is not one of lmul, exact"),
        (["--kind", ""], "''"),
        (["--latency", "-1"], "-1"),
        (["--latency", "5"], "5"),
        (["--latency", "x"], "'x'"),
        (["--latency", "1.5"], "'1.5'"),
        (["--latency", ""], "''"),
        (["--latency", "--1"], "--1"),
        (["--latency", "²"], "²"),
        (["--latency", "9" * 5000], "999"),
        (["--offset", "8"], "8"),
        (["--offset", "-1"], "-1"),
        (["--offset", "x"], "'x'"),
        (["--offset", "0.5"], "'0.5'"),
        (["--offset", ""], "''"),
        (["--carry", "ripple"], "'ripple'"),
        (["--carry", ""], "''"),
        (["--guard", "half"], "'half'"),
        (["--subnormals", "denormal"], "'denormal'"),
        (["--overflow", "inf"], "'inf' is impossible"),
        (["--overflow", "wrap"], "'wrap'"),
        (["--rounding", "rtz"], "'rtz'"),
        (["--kind", "exact", "--carry", "integer"], "carry 'integer' does not apply"),
        (["--kind", "exact", "--offset", "1"], "offset '1' does not apply"),
        (["--kind", "exact", "--guard", "full"], "guard 'full' does not apply"),
        (["--guard", "raw", "--subnormals", "flush"], "subnormals 'flush' does not apply"),
        (["--guard", "raw", "--overflow", "saturate"], "overflow 'saturate' does not apply"),
        (["--guard", "raw", "--fmt-b", "e5m2"], "raw"),
        (["--rounding", "rne"], "rounding 'rne' does not apply"),
        (["--unit", "div"], "'div'"),
        (["--unit", ""], "''"),
        (["--nonsense", "1"], "--nonsense"),
        (["surplus"], "surplus"),
    ],
)
def test_bad_input_is_one_clear_line(options, named, command, tmp_path):
    usual = [] if "--fmt" in options else ["--fmt", "e4m3"]
    done = command(*usual, *options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(r"error: [^\n]+\n", done.stderr)
    assert named in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_format_is_needed(command):
    done = command()
    assert (done.returncode, done.stderr) == (
        2,
        "error: fmt is missing: expected a format, as e4m3 or bf16\n",
    )


@pytest.mark.parametrize("out", ["file", "file/below", "folder"])
def test_an_output_folder_that_cannot_be_is_one_clear_line(out, command, tmp_path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder" / "lmul_e2m1.v" / "inside").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    done = command("--fmt", "e2m1", "--out", out)
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(r"error: [^\n]+\n", done.stderr)
    assert "file" in done.stderr or "lmul_e2m1.v" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_process_of_its_own_ends_likewise(tmp_path):
    def process(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "lmul_pe", "verilog", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    refused = process("--fmt", "e9")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert re.fullmatch(r"error: format 'e9' [^\n]+\n", refused.stderr)
    assert list(tmp_path.iterdir()) == []
    done = process("--fmt", "e2m1", "--out", "rtl")
    assert (done.returncode, done.stdout, done.stderr) == (0, "rtl/lmul_e2m1.v\n", "")
