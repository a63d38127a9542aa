"""What was measured of designs, without a synthesis: figures that are seen through."""

from lmul_pe.synth.measuring.cost import PARTS, Cost, Part
from lmul_pe.synth.measuring.measured import Checked, Figures, Generic, Measured, Point
from lmul_pe.synth.netlists.timing import Arrival, CriticalPath

STEP = Arrival("g1", "NAND", "Y", 90.0)


def cost(names, scale=1.0):
    """Of each part switching 3, internal 2, glitches 4 and clock 1 fJ, 10 um2 and 100 nW."""
    part = Part(10.0, 100.0, 3.0, 2.0, 1.0, 4.0) * scale
    return Cost(dict.fromkeys(names, part), 0.5 * scale, 0.75 * scale)


def figures(names=("multiplier",), scale=1.0, recipe="cells/area", clock_ps=None):
    """One netlist of parts called ``names``, on two workloads; the second takes twice as much."""
    return Figures(
        recipe=recipe,
        verilog=f"// {recipe} {scale}\n",
        netlist=None,
        choice={},
        cells={"NAND": 3},
        path=CriticalPath(100.0 * scale, (STEP,)),
        costs={"normal": cost(names, scale), "uniform": cost(names, 2 * scale)},
        clock_ps=clock_ps,
    )


def multiplier(design, scale=1.0, points=()):
    """A multiplier whose smallest netlist is another one, of half the scale."""
    return Measured(
        design=design,
        least_energy=figures(scale=scale, clock_ps=150.0),
        least_area=figures(scale=scale / 2, recipe="gates/area", clock_ps=160.0),
        points=tuple(points),
        given_up=("gates/deep",),
        checked=Checked(256, True),
        generic=Generic({"$_AND_": 5}, 7.5, 3),
        fastest_ps=140.0,
    )


def point(clock_ps, scale, registers):
    """One netlist for both goals at a clock."""
    both = figures(scale=scale, clock_ps=clock_ps)
    return Point(clock_ps, both, both, registers)


def unit(design, scale=1.0):
    """A unit of all parts, whose smallest netlist is that of least energy."""
    both = figures(tuple(PARTS), scale)
    return Measured(design, both, both, (), (), Checked(64, False))
