"""A report's netlists on a user's own operands."""

import numpy as np
import pytest

from lmul_pe.model import SpecificationError, format_named
from lmul_pe.synth.own_workload import OwnEnergy, own_energies, own_verdict
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.workload.settings import Settings
from lmul_pe.synth.workload.streams import CodeStream, operands

E2M1 = format_named("e2m1")


def stream(pairs):
    return CodeStream("mine.npy", np.array(pairs, dtype=np.uint64), "0")


@pytest.fixture(scope="module")
def small(run, nangate45):
    """A report of multipliers on a stream: what is said of the one level that it has."""
    report = REPORT.read(run.report / "report.json", "")

    def on(own):
        (found,) = own_energies(
            report, run.report, own, nangate45, Settings(pairs=2000, wire_ff=0.5)
        )
        return found

    return report, on


def test_what_does_not_change_takes_nothing(small):
    _, on = small
    found = on(stream([[3, 5]] * 2))
    assert (found.lmul[1], found.exact[1]) == (0, 0)
    assert found.lmul[0] > 0


def test_normal_operands_take_what_the_report_says(small):
    report, on = small
    pairs = np.stack(operands("normal", E2M1, E2M1, 2000, 1), axis=1)
    found = on(stream(pairs))
    for name, (normal, own) in (("lmul_e2m1", found.lmul), ("exact_e2m1", found.exact)):
        design = report.design(name)
        assert normal == pytest.approx(design.interval.glitch, rel=0.02)
        assert own == pytest.approx(normal, rel=0.05)


def test_a_code_that_the_format_has_not_is_refused(small):
    _, on = small
    with pytest.raises(SpecificationError, match="16 in row 1, operand a, is no code of e2m1"):
        on(stream([[1, 2], [16, 3]]))


def test_the_verdict_says_both():
    found = OwnEnergy("multiplier", (100.0, 60.0), (200.0, 80.0))
    assert found.saved_percent == (50.0, 25.0)
    first, line = own_verdict(iter([found]), stream([[1, 2]] * 3))
    assert "the 3 operand pairs of mine.npy" in first
    assert line == (
        "  multiplier: L-Mul 60 fJ for 100, conventional 80 fJ for 200; saved 25.0 % for 50.0 % "
        "(glitches counted)"
    )


def test_where_nothing_is_spent_nothing_is_saved():
    assert OwnEnergy("mac", (0.0, 0.0), (0.0, 0.0)).saved_percent == (0.0, 0.0)
