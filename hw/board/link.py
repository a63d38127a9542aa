"""The host's end of the line: a question, and its answer, whatever happens to either."""

from collections.abc import Callable
from typing import Protocol

from lmul_pe.model import SystolicArray, array_named
from lmul_pe.model.choices import SpecificationError

from .protocol import VERSION, Answer, Frame, Kind, frame_bytes, frame_of

TRIES = 5
SEQUENCES = 256
PAUSE_S = 0.05
"""After which a line on which something went wrong is taken for silent."""


class BoardError(Exception):
    """A board that does not answer, or not as it should; the text is one clear line."""


class Line(Protocol):
    """What a link needs of a serial port."""

    def write(self, octets: bytes) -> None: ...

    def read(self, seconds: float) -> bytes: ...


class Link:
    """Questions to a board, each asked again, under its number, until its answer has come.

    Parameters
    ----------
    line
        The port.
    timeout_s
        Seconds without a byte after which an answer is not coming.
    report
        Is told why a question is asked again.
    """

    def __init__(self, line: Line, timeout_s: float, report: Callable[[str], None]):
        self._line = line
        self._timeout_s = timeout_s
        self._report = report
        self._sequence = 0
        self.repeated = 0
        """Questions that had to be asked again."""

    def greet(self) -> SystolicArray:
        """The array of the board, whose open sums are forgotten.

        Raises
        ------
        BoardError
            No answer, or one of another version.
        """
        payload = self.ask(Kind.HELLO)
        version, name = payload[:1], payload[1:].decode("ascii", "replace")
        if version != bytes([VERSION]):
            raise BoardError(
                f"the board speaks version {payload[0] if payload else 'none'} of the protocol: "
                f"expected {VERSION}; load it with a bitstream of this lmul-pe"
            )
        try:
            return array_named(name)
        except SpecificationError:
            raise BoardError(
                f"the board says that it is {name[:60]!r}, which this lmul-pe does not know: "
                "expected an array; load it with a bitstream of this lmul-pe"
            ) from None

    def ask(self, kind: Kind, payload: bytes = b"") -> bytes:
        """The payload of the answer to a question of ``kind``.

        Raises
        ------
        BoardError
            None came in :data:`TRIES` tries.
        """
        self._sequence = (self._sequence + 1) % SEQUENCES
        octets = Frame(self._sequence, kind, payload).octets()
        trouble = ""
        for attempt in range(TRIES):
            if attempt:
                self.repeated += 1
                self._report(f"asking again, since {trouble}")
            self._line.write(octets)
            answer = self._answer()
            if isinstance(answer, Frame):
                return answer.payload
            trouble = answer
        raise BoardError(f"{trouble}, {TRIES} times: expected an answer to {kind.name}")

    def _answer(self) -> Frame | str:
        """The answer to the question asked last, or what came in its place, in words."""
        received = b""
        while True:
            more = self._line.read(self._timeout_s)
            received += more
            if not more:
                part = f" but {len(received)} bytes of an answer" if received else ""
                return f"nothing{part} came in {self._timeout_s:g} s"
            while len(received) >= (size := frame_bytes(received)):
                frame = frame_of(received[:size])
                received = received[size:]
                if frame is None:
                    while self._line.read(PAUSE_S):
                        pass
                    return "its answer was corrupt"
                if frame.code != Answer.DONE:
                    return f"it was refused as {_word(frame.code)}"
                # The answer to a question that was asked twice may come twice.
                if frame.sequence == self._sequence:
                    return frame


def _word(code: int) -> str:
    known = {int(answer): answer.name.lower().replace("_", " ") for answer in Answer}
    return known.get(code, f"code {code}")
