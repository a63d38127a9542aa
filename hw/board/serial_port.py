"""A serial port of the host, or a pseudo-terminal, as plain bytes."""

import errno
import fcntl
import os
import re
import select
import termios
import tty
from pathlib import Path

from lmul_pe.model.choices import SpecificationError, suggestion, unknown_choice

BAUDS = {
    int(name[1:]): getattr(termios, name)
    for name in dir(termios)
    if re.fullmatch(r"B[1-9]\d+", name)
}
"""Bits a second that this system's ports have, with what it calls them."""


class SerialPort:
    """A port for this program alone, eight bits, no parity, one stop bit, no flow control.

    Parameters
    ----------
    path
        As ``/dev/ttyUSB0``.
    baud
        Bits a second.

    Raises
    ------
    SpecificationError
        A port that is not there, is busy or is none, or a rate that it has not.
    """

    def __init__(self, path: Path, baud: int):
        if baud not in BAUDS:
            raise unknown_choice("baud", str(baud), map(str, sorted(BAUDS)))
        try:
            self._file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            raise _refused(path, error) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            tty.setraw(self._file)
            settings = termios.tcgetattr(self._file)
            settings[2] |= termios.CLOCAL | termios.CREAD
            settings[4] = settings[5] = BAUDS[baud]
            termios.tcsetattr(self._file, termios.TCSANOW, settings)
        except OSError as error:
            os.close(self._file)
            raise _refused(path, error) from None
        except termios.error:
            os.close(self._file)
            raise SpecificationError(
                f"port {str(path)!r} is no serial port: expected one, as /dev/ttyUSB0"
                + suggestion(path, _present())
            ) from None

    def __enter__(self) -> "SerialPort":
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._file)

    def write(self, octets: bytes) -> None:
        """Send ``octets``; what has come in and was not read is thrown away before."""
        termios.tcflush(self._file, termios.TCIFLUSH)
        while octets:
            select.select([], [self._file], [])
            octets = octets[os.write(self._file, octets) :]

    def read(self, seconds: float) -> bytes:
        """What has come in, as soon as there is any; empty if there is none within ``seconds``."""
        ready, _, _ = select.select([self._file], [], [], seconds)
        return os.read(self._file, 4096) if ready else b""


def _present() -> list[str]:
    """Ports of boards, as Linux and macOS call them."""
    names = ("ttyUSB*", "ttyACM*", "cu.usb*")
    return sorted(str(path) for name in names for path in Path("/dev").glob(name))


def _refused(path: Path, error: OSError) -> SpecificationError:
    present = _present()
    others = f"; there are {', '.join(present)}" if present else "; no board is plugged in"
    if error.errno in (errno.EBUSY, errno.EWOULDBLOCK):
        return SpecificationError(
            f"port {str(path)!r} is busy: expected that no other program has it open"
        )
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return SpecificationError(
            f"port {str(path)!r} is not there: expected a serial port, as /dev/ttyUSB0{others}"
        )
    return SpecificationError(
        f"port {str(path)!r} cannot be opened ({error.strerror}): expected a serial port that this "
        "user may read and write"
    )
