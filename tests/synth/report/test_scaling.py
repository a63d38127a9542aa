"""What people read of ``make scaling``, from powers that are given."""

import io
from dataclasses import replace

import matplotlib.image
import pytest
from rich.console import Console

from lmul_pe.synth.report.scaling import print_scaling, scaling_files, scaling_verdict
from lmul_pe.synth.report.sections.scaling import scaling_charts
from lmul_pe.synth.results.growth import Growth
from lmul_pe.synth.results.scaling import COSTS, Scaling, ScalingLine, ScalingPoint

LINEAR = Growth(10.0, 2.0, 1.0, 0.95, 1.25, 2.5)
SQUARE = Growth(10.0, 2.0, 2.0, 1.75, 2.25, 3.5)


def line(level, kind, growth, exponent_bits=5):
    """Of equal costs, so that nothing is below anything."""
    points = [
        ScalingPoint(bits, f"{kind}_e{exponent_bits}m{bits}", 10, 20.0, 30.0, 40.0, 50.0)
        for bits in (1, 2, 4)
    ]
    return ScalingLine(level, kind, exponent_bits, tuple(points), dict.fromkeys(COSTS, growth))


@pytest.fixture
def scaling():
    pairs = [("lmul", LINEAR), ("exact", SQUARE)]
    lines = [line("multiplier", *each) for each in pairs] + [line("mac", *each) for each in pairs]
    return Scaling(
        command="make scaling",
        technology="nangate45",
        workload="normal",
        seed=1,
        tools={},
        lines=(*lines, *(line("multiplier", *each, 8) for each in pairs)),
    )


def test_powers_are_those_of_the_first_level_and_of_others_the_energy(scaling):
    _, heading, *powers = scaling_verdict(scaling)
    assert heading == (
        "multiplier, 5 exponent and 1 to 4 mantissa bits: power, L-Mul and conventional"
    )
    said = "1.00 (0.95 to 1.25) 2.00 (1.75 to 2.25), less from nowhere"
    assert powers == [
        f"  {words:14} {said}"
        for words in ("gates", "energy", "delay", "shortest delay", "energy, mac")
    ]


def test_one_line_alone_has_a_heading(scaling):
    heading = scaling_verdict(replace(scaling, lines=scaling.lines[:1]))[1]
    assert heading.startswith("multiplier, 5 exponent and 1 to 4 mantissa bits")


def test_pictures_stand_three_in_a_row(scaling):
    files = scaling_files(scaling)
    assert b"# Growth with the mantissa, in nangate45\n" in files["scaling.md"]
    # Gates, energy and shortest delay of multipliers, and two or three of units.
    alone = scaling_charts(scaling)[0].png()
    (height, width, _), (one, across, _) = (
        matplotlib.image.imread(io.BytesIO(each), format="png").shape
        for each in (files["scaling.png"], alone)
    )
    assert width == pytest.approx(3 * across, abs=3)
    assert height == pytest.approx(2 * one, abs=3)


def test_every_table_of_powers_is_printed(scaling):
    output = Console(file=io.StringIO(), width=300)
    print_scaling(scaling, output)
    printed = output.file.getvalue()
    for words in ("The claim holds if", "stays below the conventional", "Power of the significand"):
        assert printed.count(words) == 1
