"""Yosys' generic gates: what they compute, and their size without any technology."""

from lmul_pe.synth.activity.evaluation import Functions
from lmul_pe.synth.netlists.netlist import Netlist

_GATES = {
    "$_NOT_": ("!A", 2),
    "$_AND_": ("A & B", 6),
    "$_NAND_": ("!(A & B)", 4),
    "$_OR_": ("A | B", 6),
    "$_NOR_": ("!(A | B)", 4),
    "$_XOR_": ("A ^ B", 12),
    "$_XNOR_": ("!(A ^ B)", 12),
    "$_ANDNOT_": ("A & !B", 6),
    "$_ORNOT_": ("A | !B", 6),
    "$_MUX_": ("(A & !S) | (B & S)", 12),
}
# Transistors of static CMOS as Yosys' `stat -tech cmos` counts them.

GENERIC_FUNCTIONS: Functions = {name: {"Y": function} for name, (function, _) in _GATES.items()}
"""Boolean function of each generic gate."""

MAPPED = tuple(name.strip("$_") for name in _GATES if name != "$_NOT_")
"""The gates as `abc -g` names them; inverters need no mention."""


def generic_gate_equivalents(netlist: Netlist) -> float:
    """Size of a netlist of generic gates in two-input NANDs, by transistors (4 to a NAND)."""
    return sum(_GATES[cell][1] * count for cell, count in netlist.cell_counts.items()) / 4
