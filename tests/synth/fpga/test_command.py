"""The command `lmul-pe fpga`."""

import re
import sys

import pytest

from lmul_pe.model.command.run import run
from lmul_pe.synth.fpga.command import main
from lmul_pe.synth.fpga.record import RECORD


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
