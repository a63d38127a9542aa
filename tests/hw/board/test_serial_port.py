"""Ports of the host, as pseudo-terminals."""

import os
import termios

import pytest

from lmul_pe.hw.board.serial_port import SerialPort
from lmul_pe.model import SpecificationError


@pytest.fixture
def pair():
    """Our end of a pseudo-terminal, and the name of the other one."""
    ours, theirs = os.openpty()
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def test_every_byte_passes_both_ways(pair):
    ours, path = pair
    every = bytes(range(256))
    with SerialPort(path, 115200) as port:
        port.write(every)
        assert os.read(ours, 512) == every
        os.write(ours, every)
        assert port.read(5) == every
        assert port.read(0) == b""


def test_lines_of_a_modem_are_ignored_and_bytes_are_received(pair):
    """Whatever the port was left like: a board has neither of these lines."""
    _, path = pair
    other = os.open(path, os.O_RDWR | os.O_NOCTTY)
    settings = termios.tcgetattr(other)
    settings[2] &= ~termios.CLOCAL
    termios.tcsetattr(other, termios.TCSANOW, settings)
    with SerialPort(path, 115200):
        found = termios.tcgetattr(other)[2]
    os.close(other)
    assert found & termios.CLOCAL
    assert found & termios.CREAD


def test_what_came_before_is_thrown_away(pair):
    ours, path = pair
    with SerialPort(path, 115200) as port:
        os.write(ours, b"old")
        assert port.read(5) == b"old"
        os.write(ours, b"older")
        port.write(b"question")
        os.write(ours, b"answer")
        assert port.read(5) == b"answer"


def test_a_port_is_for_one_program(pair):
    _, path = pair
    refused = pytest.raises(SpecificationError, match=f"port '{path}' is busy")
    with SerialPort(path, 115200), refused:
        SerialPort(path, 115200)
    with SerialPort(path, 115200):
        pass


def test_other_files_are_no_ports(tmp_path):
    with pytest.raises(SpecificationError, match="is not there: expected a serial port"):
        SerialPort(tmp_path / "ttyUSB0", 115200)
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecificationError, match="is no serial port: expected one"):
        SerialPort(tmp_path / "file", 115200)
    with pytest.raises(SpecificationError, match=r"cannot be opened \(Is a directory\)"):
        SerialPort(tmp_path, 115200)
