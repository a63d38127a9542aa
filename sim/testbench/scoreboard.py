"""What went into a unit with streams against what came out of it."""

from collections import Counter

from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import flags_of, ports_of

from .axi_stream import Beat
from .expected import expected_results


class Scoreboard:
    """Holds results against the model, in order.

    Parameters
    ----------
    specification
        What gives the expected results.

    Members
    -------
    compared
        Beats of results that were compared.
    faults
        Descriptions of all that was wrong.
    hits
        How often each situation arose in what was compared.
    flags
        What the outputs of one bit must be by now, by name.
    """

    def __init__(self, specification: Specification):
        self.specification = specification
        self.compared = 0
        self.faults: list[str] = []
        self.hits: Counter[str] = Counter()
        self.flags = dict.fromkeys(flags_of(specification), False)
        self._result = ports_of(specification)[-1].stream
        self._expected = expected_results(specification)
        self._received: list[Beat] = []

    @property
    def pending(self) -> int:
        """Results that are due."""
        return self._expected.due - len(self._received)

    @property
    def begun(self) -> int:
        """Beats of a result that is not due yet."""
        return self._expected.begun

    def fault(self, description: str) -> None:
        self.faults.append(description)

    def accept(self, beat: Beat, stream: str = "s_axis_ab") -> None:
        """The design took ``beat`` from ``stream``."""
        self._expected.accept(stream, beat)

    def receive(self, beat: Beat) -> None:
        """The design gave ``beat``."""
        if not self.pending:
            self.fault(f"{self._result}={beat.data:#x} came out though nothing went in")
            return
        self._received.append(beat)

    def restart(self) -> None:
        """A reset: compare what came out before it; what is still inside must never come out."""
        self._settle()
        self.flags = dict.fromkeys(self.flags, False)

    def finish(self) -> None:
        """The end: compare all; nothing may still be inside."""
        if self.pending:
            self.fault(f"{self.pending} of {self._expected.due} results never came out")
        self._settle()

    def _settle(self) -> None:
        """Compare what was received, and begin anew."""
        model, received = self._expected, self._received
        expected = model.results(len(received))
        self.hits += model.hits
        self.compared += len(received)
        for index, (want, got) in enumerate(zip(expected, received, strict=True)):
            if want.data is not None and got.data != want.data:
                self.fault(f"{model.describe(index)}: expected {want.data:#x}, got {got.data:#x}")
            if got.last != want.last:
                self.fault(f"{model.describe(index)}: expected tlast {want.last}, got {got.last}")
        flags = {
            "overflow": any(want.overflowed for want in expected),
            "inexact": any(want.inexact for want in expected),
            "protocol_error": model.protocol_error,
        }
        for name in self.flags:
            self.flags[name] |= flags[name]
        self._expected, self._received = expected_results(self.specification), []
