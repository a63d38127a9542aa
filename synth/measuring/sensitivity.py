"""How far energy and delay depend on what is not known before layout: wire load and input slew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from lmul_pe.synth.activity.energy import dynamic_energy, glitch_energy
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import critical_path

WIRES_FF = (0.0, 0.5, 2.0)
"""Wire load per driven pin: none, a dense block, long wires."""


@dataclass(frozen=True)
class SensitivityPoint:
    """Energy of one operation, functional and with glitches, and delay, at a wire load and slew."""

    design: str
    wire_ff: float
    input_slew_ps: float
    functional_fj: float
    glitch_fj: float
    delay_ps: float


def sensitivity(
    netlist: Netlist,
    technologies: Sequence[Technology],
    operands: Mapping[str, NDArray[Any]],
    wires_ff: Sequence[float] = WIRES_FF,
) -> list[SensitivityPoint]:
    """Energy and delay of one netlist without registers at each wire load, and at each input slew.

    One thing varies at a time: slews are compared at the first wire load, wire loads at the first
    slew.

    Parameters
    ----------
    technologies
        The same library read at several slews, as
        :func:`~.library.slew_variants` gives it.
    operands
        Input port to codes.

    Returns
    -------
    list of SensitivityPoint
        The first is what all others are compared with.
    """
    first, *others = technologies
    points = [(first, wire_ff) for wire_ff in wires_ff]
    points += [(technology, wires_ff[0]) for technology in others]
    waveforms = evaluate(netlist, cell_functions(first), operands)
    return [
        SensitivityPoint(
            design=netlist.name,
            wire_ff=wire_ff,
            input_slew_ps=technology.input_slew_ps,
            functional_fj=dynamic_energy(waveforms, technology, wire_ff).total_fj,
            glitch_fj=glitch_energy(
                transitions(netlist, technology, operands, wire_ff), netlist, technology, wire_ff
            ).total_fj,
            delay_ps=critical_path(netlist, technology, wire_ff).delay_ps,
        )
        for technology, wire_ff in points
    ]
