"""The command `lmul-pe fpga`."""

import re
import sys

import pytest

from lmul_pe.model.command.run import run
from lmul_pe.synth.fpga import command as module
from lmul_pe.synth.fpga.command import main
from lmul_pe.synth.fpga.record import RECORD, Record, Use
from lmul_pe.synth.fpga.tools import PlacementError


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """The command without the price of a process, run in the test's folder."""

    def finished(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["fpga", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(main)
        captured = capfd.readouterr()
        return ended.value.code, captured.out, captured.err

    return finished


@pytest.fixture
def measured(monkeypatch):
    """What is to be measured, which no tool measures."""
    asked = []

    def measure(format, part, levels, seeds, tools, command, show):
        show("synthesis")
        asked.append((str(format), part.name, [*levels], seeds, command))
        return Record(str(format), part.name, "", Use(), 0.9, {}, command, (), ())

    monkeypatch.setattr(module, "measured", measure)
    return asked


@pytest.mark.parametrize(
    ("arguments", "part", "levels", "seeds", "said"),
    [
        ([], "ice40-hx8k", "multiplier mac dot array", 3, ""),
        (["--part", "xc7"], "xc7", "multiplier mac dot array", 3, ""),
        (["--levels", "dot, mac"], "ice40-hx8k", "dot mac", 3, " --levels dot,mac"),
        (["--seeds", "1"], "ice40-hx8k", "multiplier mac dot array", 1, " --seeds 1"),
        (["--seeds", "20"], "ice40-hx8k", "multiplier mac dot array", 20, " --seeds 20"),
        (["--levels", "multiplier,mac,dot,array"], "ice40-hx8k", "multiplier mac dot array", 3, ""),
    ],
)
def test_the_command_of_a_record_says_what_is_not_usual(
    arguments, part, levels, seeds, said, command, measured, tmp_path
):
    status, out, err = command("--fmt", "e2m1", *arguments)
    assert (status, err) == (0, "")
    line = f"lmul-pe fpga --fmt e2m1 --part {part}{said}"
    assert measured == [("e2m1", part, levels.split(), seeds, line)]
    assert out.splitlines()[-1] == f"build/fpga/e2m1_{part}.json"
    assert RECORD.read(tmp_path / f"build/fpga/e2m1_{part}.json", "").command == line


def test_tables_and_steps_are_for_who_asks(command, measured, tmp_path):
    status, out, err = command("--fmt", "e2m1", "--verbose", "--out", "below/record.json")
    assert status == 0
    assert "What others print of FPGAs" in out
    assert err.endswith(" s  synthesis\n")
    assert out.splitlines()[-1] == "below/record.json"
    assert (tmp_path / "below/record.json").exists()
    assert "What others" not in command("--fmt", "e2m1")[1]


def test_help_says_what_is_required_and_what_is_usual(command):
    status, out, _ = command("--help")
    assert status == 0
    text = " ".join(out.split())
    assert "Format, as e4m3, bf16 or e5m6. [required]" in text
    assert re.findall(r"\[default: (.*?)\]", text) == [
        "ice40-hx8k",
        "multiplier,mac,dot,array",
        "3",
    ]


def test_what_does_not_fit_is_one_line(command, monkeypatch, tmp_path):
    def measure(*arguments):
        raise PlacementError("ERROR: no room")

    monkeypatch.setattr(module, "measured", measure)
    status, out, err = command("--fmt", "e2m1")
    assert (status, out, err) == (2, "", "error: ice40-hx8k: ERROR: no room\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_format_is_counted_on_a_part_and_recorded(command, tmp_path):
    arguments = ("--fmt", "e2m1", "--part", "xc7", "--levels", "multiplier")
    status, out, _ = command(*arguments)
    assert status == 0
    assert out.splitlines()[0] == "e2m1 on xc7: LUTs, carry cells, DSPs, counted and not placed"
    assert out.splitlines()[-1] == "build/fpga/e2m1_xc7.json"
    record = RECORD.read(tmp_path / "build/fpga/e2m1_xc7.json", "")
    assert record.command == "lmul-pe fpga --fmt e2m1 --part xc7 --levels multiplier"
    lmul, adder = (record.design("multiplier", kind, False) for kind in ("lmul", "adder"))
    assert adder.use.luts < lmul.use.luts < 20
    # The second run needs no tool.
    assert command(*arguments)[:2] == (0, out)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--part", "up5k"], "'up5k' is not one of ice40-up5k, ice40-hx8k, ecp5-25k"),
        (["--levels", "mul"], "'mul' is not one of multiplier, mac, dot, array"),
        (["--levels", ","], "','"),
        (["--seeds", "0"], "seeds '0' is not an integer from 1 to 20"),
        (["--seeds", "21"], "seeds '21' is not an integer from 1 to 20"),
        (["--seeds", "x"], "'x'"),
        (["--fmt", "e9"], "'e9'"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, named, command, tmp_path):
    usual = [] if "--fmt" in arguments else ["--fmt", "e2m1"]
    status, out, err = command(*usual, *arguments)
    assert (status, out) == (2, "")
    assert re.fullmatch(r"error: [^\n]+\n", err)
    assert named in err
    assert list(tmp_path.iterdir()) == []
