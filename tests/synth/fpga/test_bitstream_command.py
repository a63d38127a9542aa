"""The command `lmul-pe bitstream`."""

import re
import sys

import pytest

from lmul_pe.model.command.run import run
from lmul_pe.synth.fpga import bitstream_command
from lmul_pe.synth.fpga.bitstream import Bitstream
from lmul_pe.synth.fpga.record import Use
from lmul_pe.synth.fpga.tools import PlacementError


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """The command without the price of a process, run in the test's folder."""

    def finished(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["bitstream", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(bitstream_command.main)
        captured = capfd.readouterr()
        return ended.value.code, captured.out, captured.err

    return finished


SMALL = ("--board", "icebreaker", "--kind", "int8", "--rows", "1", "--cols", "1")
FILE = "build/bitstream/icebreaker_array_os_1x1_int8_int32.bin"


@pytest.fixture
def reached(monkeypatch):
    """A function that lets every design reach a clock, or fail, without any tool."""

    def let(result):
        def built(*_):
            if isinstance(result, Exception):
                raise result
            return Bitstream(b"bits", Use(luts=700, carries=90, block_rams=2), result)

        monkeypatch.setattr(bitstream_command, "built", built)

    return let


def test_what_meets_the_clock_is_written(command, reached, tmp_path):
    reached(12.0)
    status, out, err = command(*SMALL)
    assert (status, err) == (0, "")
    assert " ".join(out.split()) == (
        "array_os_1x1_int8_int32 reaches 12.0 MHz on icebreaker, whose clock has 12. It takes 700 "
        "of 5280 LUTs, 90 of 5280 carry cells, 2 of 30 block RAMs. "
        f"{FILE}: load it with `iceprog {FILE}`"
    )
    assert (tmp_path / FILE).read_bytes() == b"bits"


def test_what_misses_the_clock_is_not_written_unless_allowed(command, reached, tmp_path):
    reached(11.9)
    status, out, err = command(*SMALL)
    assert (status, out) == (2, "")
    assert "reaches 11.9 MHz on icebreaker: expected 12 or more" in err
    assert list(tmp_path.iterdir()) == []
    assert command(*SMALL, "--allow-timing-fail")[0] == 0
    assert (tmp_path / FILE).read_bytes() == b"bits"


def test_what_does_not_fit_says_so(command, reached, tmp_path):
    reached(PlacementError("ERROR: Unable to place cell 'x'"))
    status, _, err = command(*SMALL)
    text = "error: array_os_1x1_int8_int32 on icebreaker: ERROR: Unable to place cell 'x'\n"
    assert (status, err) == (2, text)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--board", "ulx3"], "did you mean 'ulx3s'?"),
        (["--dataflow", "ws"], "dataflow 'ws' has no design for boards: expected os"),
        (["--rows", "32", "--cols", "32"], "results of a tile of 4096 bytes: expected 512 at most"),
        (["--baud", "4000000"], "the nearest is 3000000"),
        (["--seed", "x"], "seed 'x'"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, named, command, tmp_path):
    status, out, err = command(*SMALL, *arguments)
    assert (status, out) == (2, "")
    assert re.fullmatch(r"error: [^\n]+\n", err)
    assert named in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_a_bitstream_is_one_of_its_part(command, tmp_path):
    status, out, err = command(*SMALL)
    assert (status, err) == (0, "")
    assert re.search(r"reaches \d+\.\d MHz on icebreaker", out)
    # How every bitstream of an iCE40 begins, behind its comment (Project IceStorm).
    assert b"\x7e\xaa\x99\x7e" in (tmp_path / FILE).read_bytes()[:64]
