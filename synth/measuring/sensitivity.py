"""How far energy and delay depend on what is not known before layout: wire load and input slew."""

from collections.abc import Mapping, Sequence
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


def sensitivity(
    netlist: Netlist,
    technologies: Sequence[Technology],
    operands: Mapping[str, NDArray[Any]],
    wires_ff: Sequence[float] = WIRES_FF,
) -> list[dict[str, Any]]:
    """Energy and delay of one netlist without registers at each wire load, and at each input slew.

    One thing varies at a time: slews are compared at the first wire load, wire loads at the first
    slew.

    Parameters
    ----------
    technologies
        The same library read at several slews, as
        :func:`~.technology.slew_variants` gives it.
    operands
        Input port to codes.

    Returns
    -------
    list of dict
        One for each point, the first being what all others are compared with: ``design``,
        ``wire_ff``, ``input_slew_ps``, ``functional_fj``, ``glitch_fj`` (with glitches), both per
        operation, and ``delay_ps``.
    """
    first, *others = technologies
    points = [(first, wire_ff) for wire_ff in wires_ff]
    points += [(technology, wires_ff[0]) for technology in others]
    waveforms = evaluate(netlist, cell_functions(first), operands)
    rows = []
    for technology, wire_ff in points:
        found = transitions(netlist, technology, operands, wire_ff)
        rows.append(
            {
                "design": netlist.name,
                "wire_ff": wire_ff,
                "input_slew_ps": technology.input_slew_ps,
                "functional_fj": dynamic_energy(waveforms, technology, wire_ff).total_fj,
                "glitch_fj": glitch_energy(found, netlist, technology, wire_ff).total_fj,
                "delay_ps": critical_path(netlist, technology, wire_ff).delay_ps,
            }
        )
    return rows


def savings(
    lmul: Sequence[Mapping[str, Any]], exact: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What an L-Mul saves of a conventional multiplier at each point of :func:`sensitivity`.

    Returns
    -------
    list of dict
        One for each point: ``wire_ff``, ``input_slew_ps``, and the shares ``functional``,
        ``glitch`` and ``delay`` that are saved, negative where it is lost.
    """
    return [
        {
            "wire_ff": ours["wire_ff"],
            "input_slew_ps": ours["input_slew_ps"],
            "functional": 1 - ours["functional_fj"] / theirs["functional_fj"],
            "glitch": 1 - ours["glitch_fj"] / theirs["glitch_fj"],
            "delay": 1 - ours["delay_ps"] / theirs["delay_ps"],
        }
        for ours, theirs in zip(lmul, exact, strict=True)
    ]
