"""A result of ``make scaling`` in miniature, whose powers are known because it is made by them."""

from dataclasses import replace
from functools import cache

from lmul_pe.synth.results.scaling import Scaling, ScalingPoint, scaling_line

BITS = (1, 2, 3, 5, 8, 12)
LAWS = {
    "adder": lambda n: 10 * n,
    # Equal at n = 4: at three bits.
    "lmul": lambda n: 80 + 5 * n,
    "exact": lambda n: 20 + 5 * n**2,
}
"""Kind to its gates by n = M + 1: 80 + 5 n = 20 + 5 n^2 at n = 4."""


@cache
def small_line(level, kind, exponent_bits, law):
    return scaling_line(
        level,
        kind,
        exponent_bits,
        [
            ScalingPoint(
                bits,
                f"{kind}_e{exponent_bits}m{bits}",
                gates=law(bits + 1) if level == "multiplier" else None,
                gate_equivalents=2.0 * law(bits + 1),
                energy_fj=3.0 * law(bits + 1),
                delay_ps=100.0 + 50.0 * (bits + 1),
                fastest_ps=100.0 if level == "multiplier" else None,
            )
            for bits in BITS
        ],
    )


def small_scaling(technology="nangate45", laws=LAWS):
    lines = [small_line("multiplier", kind, 5, law) for kind, law in laws.items()]
    lines += [small_line("mac", kind, 5, laws[kind]) for kind in ("lmul", "exact")]
    return Scaling(
        command="make scaling",
        technology=technology,
        workload="normal",
        seed=2024,
        tools={"yosys": "1"},
        lines=tuple(lines),
    )


def with_gates_alone(scaling, bits):
    """Of multipliers of ``bits`` or more, gates alone."""
    return replace(
        scaling,
        lines=tuple(
            scaling_line(
                line.level,
                line.kind,
                line.exponent_bits,
                [
                    ScalingPoint(each.mantissa_bits, each.design, each.gates)
                    if each.mantissa_bits >= bits
                    else each
                    for each in line.points
                ],
            )
            if line.level == "multiplier"
            else line
            for line in scaling.lines
        ),
    )
