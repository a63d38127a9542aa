"""What went into a unit with streams against what came out of it."""

import numpy as np

from model import Multiplier, code_type
from model.codec import Codes

from .axi_stream import Beat
from .specification import Specification, expected_results, operand_formats, result_name

_SHOWN_PAIRS = 4


class Scoreboard:
    """Holds results against the model, in order.

    A multiplier gives a result for every beat, a multiply-accumulate unit one for all beats up to
    a ``last``.

    Parameters
    ----------
    specification
        What gives the expected results.

    Members
    -------
    compared
        Results that were compared.
    faults
        Descriptions of all that was wrong.
    """

    def __init__(self, specification: Specification):
        self.specification = specification
        self.compared = 0
        self.faults: list[str] = []
        self._result = result_name(specification)
        # Beats of one result each; those of the next result, which is not complete.
        self._accepted: list[list[Beat]] = []
        self._begun: list[Beat] = []
        self._received: list[Beat] = []

    @property
    def pending(self) -> int:
        """Results that are due."""
        return len(self._accepted) - len(self._received)

    @property
    def begun(self) -> int:
        """Beats of a result that is not due yet."""
        return len(self._begun)

    def fault(self, description: str) -> None:
        self.faults.append(description)

    def ends(self, beat: Beat) -> bool:
        """Whether ``beat`` completes what a result needs."""
        return isinstance(self.specification, Multiplier) or bool(beat.last)

    def accept(self, beat: Beat) -> None:
        """The design took ``beat``."""
        self._begun.append(beat)
        if self.ends(beat):
            self._accepted.append(self._begun)
            self._begun = []

    def receive(self, beat: Beat) -> None:
        """The design gave ``beat``."""
        if not self.pending:
            self.fault(f"{self._result}={beat.data:#x} came out though nothing went in")
            return
        self._received.append(beat)

    def restart(self) -> None:
        """A reset: compare what came out before it; what is still inside must never come out."""
        self._compare()
        self._accepted, self._begun, self._received = [], [], []

    def finish(self) -> None:
        """The end: compare all; nothing may still be inside."""
        if self.pending:
            self.fault(f"{self.pending} of {len(self._accepted)} results never came out")
        self.restart()

    def _compare(self) -> None:
        groups = self._accepted[: len(self._received)]
        self.compared += len(groups)
        format_a, format_b = operand_formats(self.specification)
        mask = 2**format_a.width - 1
        operands = [
            (
                np.array([beat.data & mask for beat in group], dtype=code_type(format_a)),
                np.array(
                    [beat.data >> format_a.width for beat in group], dtype=code_type(format_b)
                ),
            )
            for group in groups
        ]
        expected = expected_results(self.specification, operands)
        for (a, b), group, want, got in zip(
            operands, groups, expected, self._received, strict=True
        ):
            if got.data != want:
                self.fault(f"{_text(a, b)}: expected {want:#x}, got {got.data:#x}")
            if got.last != group[-1].last:
                self.fault(f"{_text(a, b)}: expected tlast {group[-1].last}, got {got.last}")


def _text(a: Codes, b: Codes) -> str:
    """Operands in hexadecimal, the first ones of a long sum."""
    pairs = [f"a={x:#x} b={y:#x}" for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    if len(pairs) > _SHOWN_PAIRS:
        pairs[_SHOWN_PAIRS:] = [f"... ({len(pairs)} pairs)"]
    return ", ".join(pairs)
