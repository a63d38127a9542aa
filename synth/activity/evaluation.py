"""Evaluation of netlists over many operands at once, 64 to a machine word, and their toggles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Netlist, NetlistError

from .leakage import Sample
from .packing import every

Words = NDArray[np.uint64]
Functions = Mapping[str, Mapping[str, str]]
"""Cell type to output pin to boolean function of the input pins, in Liberty's notation."""

WORD = 64


def cell_functions(technology: Technology) -> Functions:
    """The functions of the combinational cells of ``technology``."""
    return {
        name: {pin: output.function for pin, output in cell.outputs.items()}
        for name, cell in technology.cells.items()
        if cell.flip_flop is None
    }


def pack_bits(codes: NDArray[Any], width: int) -> list[Words]:
    """Each bit of ``codes`` from 0 up, the first operand in the lowest bit of the first word.

    The last operand is repeated to fill the last word.
    """
    padded = np.pad(codes.astype(np.uint64), (0, -len(codes) % WORD), mode="edge")
    one = np.uint64(1)
    return [
        np.packbits(((padded >> np.uint64(bit)) & one).astype(np.uint8), bitorder="little").view(
            "<u8"
        )
        for bit in range(width)
    ]


def unpack_bits(words: list[Words], count: int) -> NDArray[np.uint64]:
    """The ``count`` codes whose bits, from 0 up, are ``words``."""
    codes = np.zeros(count, dtype=np.uint64)
    for bit, packed in enumerate(words):
        values = np.unpackbits(packed.view(np.uint8), bitorder="little")[:count]
        codes |= values.astype(np.uint64) << np.uint64(bit)
    return codes


@dataclass(frozen=True)
class Waveforms:
    """The value of every net of a netlist for every operand, in order.

    Parameters
    ----------
    netlist
        What was evaluated.
    count
        Operands per port.
    values
        Net to its packed values: 64 operands to a word, the first in the lowest bit.  What lies
        behind the last operand repeats it.
    """

    netlist: Netlist
    count: int
    values: Mapping[int, Words]

    def output(self, name: str) -> NDArray[np.uint64]:
        """The codes that output port ``name`` takes, one per operand.

        Raises
        ------
        NetlistError
            A bit that nothing drives (X).
        """
        nets = self.netlist.outputs[name]
        for bit, net in enumerate(nets):
            if net not in self.values:
                raise NetlistError(f"netlist {self.netlist.name}: {name}[{bit}] is X")
        return unpack_bits([self.values[net] for net in nets], self.count)

    @property
    def sample(self) -> Sample:
        """All nets under all operands."""
        return Sample(self.values, every(self.count))

    def toggles(self, net: int) -> NDArray[np.uint8]:
        """How often ``net`` changes from one operand to the next, in each block of 64 operands.

        The first operand follows nothing and counts no change.
        """
        values = self.values[net]
        previous = values << np.uint64(1)
        previous[1:] |= values[:-1] >> np.uint64(WORD - 1)
        previous[0] |= values[0] & np.uint64(1)
        return np.bitwise_count(values ^ previous)


def evaluate(
    netlist: Netlist, functions: Functions, operands: Mapping[str, NDArray[Any]]
) -> Waveforms:
    """Evaluate ``netlist`` for one-dimensional arrays of codes, one array per input port.

    Every cell is evaluated once for 64 operands at a time, in topological order, without delay:
    the toggles that follow from it are the functional ones.

    Raises
    ------
    NetlistError
        A cell without a known function.
    """
    (count,) = {len(codes) for codes in operands.values()}
    words = -(-count // WORD)
    values: dict[int, Words] = {
        ZERO: np.zeros(words, dtype=np.uint64),
        ONE: np.full(words, ~np.uint64(0)),
    }
    for name, nets in netlist.inputs.items():
        values.update(zip(nets, pack_bits(operands[name], len(nets)), strict=True))
    compiled: dict[tuple[str, str], tuple[tuple[str, ...], Callable[..., Words]]] = {}
    for instance in netlist.instances:
        if instance.cell not in functions:
            raise NetlistError(f"netlist {netlist.name}: cell {instance.cell} has no function")
        for pin, net in instance.outputs.items():
            key = instance.cell, pin
            if key not in compiled:
                expression = parse_function(functions[instance.cell][pin])
                compiled[key] = expression.inputs, expression.compiled()
            names, function = compiled[key]
            values[net] = function(*(values[instance.inputs[name]] for name in names))
    return Waveforms(netlist, count, values)
