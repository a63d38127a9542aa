"""What went into a pipelined multiplier against what came out of it."""

import numpy as np

from model import Multiplier

from .axi_stream import Beat


class Scoreboard:
    """Holds results against the model, in order.

    Parameters
    ----------
    multiplier
        The specification that gives the expected results.

    Members
    -------
    compared
        Results that were compared.
    faults
        Descriptions of all that was wrong.
    """

    def __init__(self, multiplier: Multiplier):
        self.multiplier = multiplier
        self.compared = 0
        self.faults: list[str] = []
        self._accepted: list[Beat] = []
        self._received: list[Beat] = []

    @property
    def pending(self) -> int:
        """Beats inside the design."""
        return len(self._accepted) - len(self._received)

    def fault(self, description: str) -> None:
        self.faults.append(description)

    def accept(self, beat: Beat) -> None:
        """The design took ``beat``."""
        self._accepted.append(beat)

    def receive(self, beat: Beat) -> None:
        """The design gave ``beat``."""
        if not self.pending:
            self.fault(f"y={beat.data:#x} came out though nothing went in")
            return
        self._received.append(beat)

    def restart(self) -> None:
        """A reset: compare what came out before it; what is still inside must never come out."""
        self._compare()
        self._accepted, self._received = [], []

    def finish(self) -> None:
        """The end: compare all; nothing may still be inside."""
        if self.pending:
            self.fault(f"{self.pending} of {len(self._accepted)} beats never came out")
        self.restart()

    def _compare(self) -> None:
        count = len(self._received)
        self.compared += count
        if not count:
            return
        width = self.multiplier.format.width
        data = np.array([beat.data for beat in self._accepted[:count]], dtype=object)
        a = (data & (2**width - 1)).astype(np.uint64)
        b = (data >> width).astype(np.uint64)
        expected = self.multiplier.compute(a, b)
        for index, (sent, got) in enumerate(zip(self._accepted, self._received, strict=False)):
            if got.data != int(expected[index]):
                self.fault(
                    f"a={int(a[index]):#x} b={int(b[index]):#x}: "
                    f"expected {int(expected[index]):#x}, got {got.data:#x}"
                )
            if got.last != sent.last:
                self.fault(
                    f"a={int(a[index]):#x} b={int(b[index]):#x}: "
                    f"expected tlast {sent.last}, got {got.last}"
                )
