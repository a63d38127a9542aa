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


@pytest.fixture
def unwritten(monkeypatch):
    """Designs are named and not written, which takes seconds."""
    monkeypatch.setattr(
        bitstream_command,
        "board_verilog",
        lambda payloads, divisor, header: (f"board_{payloads.array.name}", ""),
    )


def test_what_meets_the_clock_is_written(command, reached, unwritten, tmp_path):
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


@pytest.mark.parametrize(
    ("overhead", "nearest"),
    [
        # Of 5280 tables 4752: 700 and 1000 for each of 2 x 2 elements.
        (700, "by their cells the largest that fits is ROWS=2 COLS=2"),
        (4700, "by its cells not even ROWS=1 COLS=1 fits"),
    ],
)
def test_what_does_not_fit_names_the_largest_that_does(
    overhead, nearest, command, reached, unwritten, monkeypatch, tmp_path
):
    class Known:
        def __init__(self, folder):
            pass

        def use(self, verilog, top, part, *, dsp, parts):
            assert (dsp, parts) == (False, True)
            side = int(re.match(r"board_array_os_(\d+)x\1_int8_int32$", top)[1])
            return Use(luts=overhead + 1000 * side**2)

    monkeypatch.setattr(bitstream_command, "Tools", Known)
    reached(PlacementError("ERROR: Unable to place cell 'x'"))
    status, _, err = command(*SMALL)
    text = (
        "error: array_os_1x1_int8_int32 on icebreaker: ERROR: Unable to place cell 'x'; "
        f"{nearest}\n"
    )
    assert (status, err) == (2, text)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_told_from_arrays_that_no_frame_holds(command, reached, monkeypatch):
    monkeypatch.setattr(bitstream_command, "board_verilog", lambda *_: ("board", ""))
    reached(PlacementError("ERROR: Unable to place cell 'x'"))
    # Of 3 x 3 elements a beat has 6 x 64 x 2 = 768 bytes.
    wide = ("--fmt", "fp16", "--acc", "fixed", "--lanes", "64", "--rows", "1", "--cols", "1")
    _, _, err = command("--board", "icebreaker", *wide)
    assert err.endswith("; fewer rows, cols or lanes may fit\n")


def test_three_sizes_that_frames_hold_are_enough_to_tell_from(
    command, reached, unwritten, monkeypatch
):
    class Known:
        def __init__(self, folder):
            pass

        def use(self, verilog, top, part, *, dsp, parts):
            return Use(luts=10)

    monkeypatch.setattr(bitstream_command, "Tools", Known)
    reached(PlacementError("ERROR: Unable to place cell 'x'"))
    # Of 3 x 3 elements a beat has 6 x 42 x 2 = 504 bytes, and of 4 x 4 more than a frame's 512.
    wide = ("--fmt", "fp16", "--acc", "fixed", "--lanes", "42", "--rows", "1", "--cols", "1")
    _, _, err = command("--board", "icebreaker", "--verbose", *wide)
    *steps, said = err.splitlines()
    assert said.endswith("; by their cells the largest that fits is ROWS=3 COLS=3")
    assert [step.split(" s  ")[1] for step in steps[1:]] == [
        f"cells of {side} x {side} elements" for side in (1, 2, 3)
    ]


def test_help_says_what_is_required_and_what_is_usual(command):
    status, out, _ = command("--help")
    assert status == 0
    text = " ".join(out.split())
    assert "One of ulx3s, icebreaker. [required]" in text
    assert re.findall(r"\[default: (.*?)\]", text)[-3:] == ["1000000", "1", "build/bitstream"]


def test_seed_rate_and_sort_of_design_reach_the_tools(command, unwritten, monkeypatch):
    given = []

    def built(board, name, verilog, seed, folder, report):
        report("place and route")
        given.append((board.name, name, seed, list(folder.iterdir())))
        return Bitstream(b"", Use(luts=1), 99.0)

    monkeypatch.setattr(bitstream_command, "built", built)
    for seed in ("0", "2147483647"):
        status, _, err = command(*SMALL, "--seed", seed, "--verbose")
        assert status == 0
        steps = [line.split(" s  ")[1] for line in err.splitlines()]
        assert steps == ["Verilog of array_os_1x1_int8_int32", "place and route"]
    name = "board_array_os_1x1_int8_int32"
    assert given == [("icebreaker", name, seed, []) for seed in (0, 2**31 - 1)]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--baud", "0"], "baud '0' is not an integer from 1 to 100000000"),
        (["--baud", "100000001"], "baud '100000001' is not an integer from 1 to 100000000"),
        (["--baud", "100000000"], "the nearest is 3000000"),
        (["--seed", "-1"], "seed '-1' is not an integer from 0 to 2147483647"),
        (["--seed", "2147483648"], "seed '2147483648' is not an integer from 0 to 2147483647"),
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
