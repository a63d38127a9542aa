"""The command `lmul-pe board matmul`: the program, its port, the line and the board, whole."""

import os
import select
import subprocess
import sys
import tty

import numpy as np
import pytest

from lmul_pe.hw.board.protocol import Frame
from tests.hw.board.line import Faults, broken, doubled, flipped, host_on, lost
from tests.sweep import some

INTEGERS = "array_os_2x2_int8_int32"
FLOATS = "array_os_2x2_lmul_e4m3_fp32"

# The simulated board is a thousand times slower than one.
PATIENT = ("--timeout", "60000")
QUICK = ("--timeout", "2000")


@pytest.fixture
def command(tmp_path):
    """A function that saves matrices, and gives the command for a port."""

    def with_matrices(a, b, *options):
        np.save(tmp_path / "a.npy", a)
        np.save(tmp_path / "b.npy", b)
        program = [sys.executable, "-m", "lmul_pe", "board", "matmul"]
        files = [str(tmp_path / name) for name in ("a.npy", "b.npy")]
        out = ["--out", str(tmp_path / "c.npy")]
        return lambda port: [*program, "--port", port, *out, *options, *files]

    return with_matrices


def integers(seed, m, k, n):
    random = np.random.default_rng(seed)
    return [random.integers(-128, 128, size=shape, dtype=np.int64) for shape in ((m, k), (k, n))]


@pytest.mark.slow
def test_a_product_of_any_shape_is_that_of_numpy(command, tmp_path):
    a, b = integers(1, 3, 130, 1)
    done = host_on(INTEGERS, command(a & 255, b & 255, *PATIENT), Faults())
    assert (done.returncode, done.stderr) == (0, "")
    words = " ".join(done.stdout.split())
    assert words.startswith(f"{INTEGERS}: 3 x 130 x 1 in ")
    assert words.endswith(" s, 3 results as the model has them, 0 frames sent again")
    assert (np.load(tmp_path / "c.npy").view(np.int32) == a @ b).all()


def test_floats_give_floats(command, tmp_path):
    a, b = np.array([[1.0, 2.0], [-1.5, 0.25]]), np.array([[3.0], [4.0]])
    done = host_on(FLOATS, command(a, b, *PATIENT), Faults())
    assert (done.returncode, done.stderr) == (0, "")
    # (1 + x)(1 + y) becomes 1 + x + y + 1/8 in e4m3: 3.25 + 9, and -4.5 + 1.125.
    assert np.load(tmp_path / "c.npy").tolist() == [[12.25], [-3.375]]


HARMLESS = "to the board, one after the frame"
"""Lost as the board answers the frame, or taken for the beginning of the next one."""

FAULTS = {
    "to the board, a bit": Faults(to_board={12: flipped}),
    "to the board, a lost byte": Faults(to_board={15: lost}),
    "to the board, a lost greeting": Faults(to_board=dict.fromkeys(range(8), lost)),
    "to the board, a byte too many": Faults(to_board={16: doubled}),
    HARMLESS: Faults(to_board={7: doubled}),
    "to the board, a stop bit": Faults(to_board={14: broken}),
    "to the board, a length": Faults(to_board={9: flipped}),
    "to the host, a bit": Faults(to_host={40: flipped}),
    "to the host, a lost byte": Faults(to_host={45: lost}),
    "to the host, a lost answer": Faults(to_host=dict.fromkeys(range(32, 56), lost)),
    "to the host, a byte too many": Faults(to_host={41: doubled}),
    "to the host, a length": Faults(to_host={33: flipped}),
    "everywhere": Faults(
        to_board={3: flipped, 20: lost, 47: flipped, 90: broken},
        to_host={5: lost, 60: flipped, 100: lost},
    ),
}


QUICK_FAULTS = ["to the board, a bit", "to the host, a lost byte", HARMLESS, "everywhere"]
"""One of each kind; the rest takes a second each."""


@pytest.mark.parametrize(
    "name",
    some([*QUICK_FAULTS, *(each for each in FAULTS if each not in QUICK_FAULTS)], 1, 4),
)
def test_the_product_is_right_whatever_happens_to_bytes_under_way(name, command, tmp_path):
    faults = FAULTS[name]
    a, b = integers(2, 2, 6, 3)
    done = host_on(INTEGERS, command(a & 255, b & 255, *QUICK), faults)
    assert (done.returncode, done.stderr) == (0, "")
    happened = {(way, each) for way in ("to_board", "to_host") for each in getattr(faults, way)}
    assert set(faults.happened) == happened
    assert (np.load(tmp_path / "c.npy").view(np.int32) == a @ b).all()
    again = " 0 frames sent again" not in " ".join(done.stdout.split())
    assert again or name == HARMLESS


def test_a_board_of_another_dataflow_is_none(command):
    """It would have no design, so that its name is made up here."""
    a, b = integers(2, 2, 2, 2)
    done = answered(command(a & 255, b & 255), bytes([1]) + b"array_ws_2x2_int8_int32")
    assert_refused(done, 2, "dataflow 'ws' has no design for boards: expected os")


def test_a_board_of_another_version_is_refused(command):
    a, b = integers(2, 2, 2, 2)
    done = answered(command(a, b), bytes([2]) + INTEGERS.encode())
    assert_refused(done, 1, "speaks version 2 of the protocol: expected 1")


def answered(command, payload):
    """How the program ends that is greeted with ``payload``."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    host = subprocess.Popen(
        command(os.ttyname(theirs)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        question = b""
        # A program that ends without a question leaves nothing to read, ever.
        while len(question) < 8 and host.poll() is None:
            if select.select([ours], [], [], 0.1)[0]:
                question += os.read(ours, 8)
        if question:
            os.write(ours, Frame(question[2], 0, payload).octets())
        out, err = host.communicate()
    finally:
        host.kill()
        os.close(ours)
        os.close(theirs)
    return subprocess.CompletedProcess(host.args, host.returncode, out, err)


def assert_refused(done, status, text):
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("error: ")
    assert text in done.stderr
    assert done.stderr.count("\n") == 1


def ended(command, port):
    return subprocess.run(command(port), capture_output=True, text=True, check=False)


def test_a_board_that_says_nothing_is_given_up(command):
    ours, theirs = os.openpty()
    done = ended(command(*integers(2, 2, 2, 2), "--timeout", "100"), os.ttyname(theirs))
    assert_refused(done, 1, "nothing came in 0.1 s, 5 times: expected an answer to HELLO")
    os.close(ours)
    os.close(theirs)


def test_bad_options_and_files_are_refused_in_a_line(command, tmp_path):
    a, b = integers(2, 2, 2, 2)
    assert_refused(ended(command(a, b), "/dev/ttyUSB77"), 2, "'/dev/ttyUSB77' is not there")
    assert_refused(ended(command(a, b, "--baud", "115201"), "x"), 2, "did you mean '115200'?")
    assert_refused(ended(command(a, b, "--timeout", "0"), "x"), 2, "from 100 to 60000")
    assert_refused(ended(command(a[0], b), "x"), 2, "a.npy holds an array (2,)")
    assert_refused(ended(command(a, b.astype(complex)), "x"), 2, "b.npy holds an array (2, 2)")


def test_matrices_that_do_not_fit_the_board_are_refused(command):
    a, b = integers(2, 2, 2, 2)
    name = bytes([1]) + INTEGERS.encode()
    assert_refused(answered(command(a * 1.0, b & 255), name), 2, "expected integer codes")
    assert_refused(answered(command(a & 255, b[:1] & 255), name), 2, "2")
