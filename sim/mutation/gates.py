"""Designs in single gates and registers, evaluated 64 at a time: of many operands, or mutants."""

import json
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.compiler import compiled

Words = NDArray[np.uint64]

_INVERTED = 4
_GATES = {
    "$_NOT_": (2, "A1"),
    "$_AND_": (0, "AB"),
    "$_NAND_": (0 | _INVERTED, "AB"),
    "$_OR_": (1, "AB"),
    "$_NOR_": (1 | _INVERTED, "AB"),
    "$_XOR_": (2, "AB"),
    "$_XNOR_": (2 | _INVERTED, "AB"),
    "$_MUX_": (3, "ABS"),
}
"""What a gate computes, AND, OR, XOR or a choice and perhaps its opposite, and of which pins."""
_REGISTER = "$_DFF_P_"
_ALL = np.uint64(2**64 - 1)


class Gates:
    """A design in gates.

    Parameters
    ----------
    text
        The JSON of Yosys, of single gates, and of registers that take D at every edge of a clock.
    top
        Name of the module.

    Raises
    ------
    ValueError
        Cells of another kind, or a loop of gates.
    """

    def __init__(self, text: str, top: str):
        module = json.loads(text)["modules"][top]
        # Constants are texts, nets are numbers.
        places: dict[int | str, int] = {"0": 0, "x": 0, "1": 1}

        def place(net: int | str) -> int:
            return places.setdefault(net, len(places) - 1)

        self._ports = {
            name: [place(bit) for bit in port["bits"]] for name, port in module["ports"].items()
        }
        drivers: dict[int, tuple[int, list[int]]] = {}
        registers: list[tuple[int, int]] = []
        for cell in module["cells"].values():
            pins = {name: place(bits[0]) for name, bits in cell["connections"].items()} | {"1": 1}
            if cell["type"] == _REGISTER:
                registers.append((pins["D"], pins["Q"]))
            elif cell["type"] in _GATES:
                function, read = _GATES[cell["type"]]
                drivers[pins["Y"]] = function, [pins[name] for name in read]
            else:
                raise ValueError(f"{top} has a cell {cell['type']}")
        self.nets = len(places) - 1
        inputs = {net: read for net, (_, read) in drivers.items()}
        try:
            # Each behind those that it depends on.
            order = [net for net in TopologicalSorter(inputs).static_order() if net in drivers]
        except CycleError:
            raise ValueError("a loop of gates") from None
        # The third input of those that have two is never read.
        self._program = np.array(
            [[drivers[net][0], net, *(drivers[net][1] + [0])[:3]] for net in order], dtype=np.int64
        ).reshape(-1, 5)
        self._registers = np.array(registers, dtype=np.int64).reshape(-1, 2)

    def place(self, port: str) -> NDArray[np.int64]:
        """Rows of the values in which the bits of a port stand, the lowest first."""
        return np.array(self._ports[port], dtype=np.int64)

    def values(self, inputs: Mapping[str, Words], words: int) -> Words:
        """Words of every net, those of ``inputs`` set: arrays of bits x words, as :func:`packed`
        and :func:`constant` give them."""
        values = np.zeros((self.nets, words), dtype=np.uint64)
        values[1] = _ALL
        for name, bits in inputs.items():
            values[self.place(name)] = bits
        return values

    def settle(self, values: Words) -> None:
        """Work out what every gate gives, of inputs and registers."""
        _settle(self._program, values)

    def replay(
        self,
        values: Words,
        inputs: NDArray[np.int64],
        given: NDArray[np.uint8],
        outputs: NDArray[np.int64],
    ) -> Words:
        """Run through cycles with the same inputs in every lane.

        Parameters
        ----------
        values
            Of every net before the first cycle.
        inputs
            Rows of the values that are given.
        given
            Bits of those in every cycle: cycles x inputs.
        outputs
            Rows of the values that are wanted.

        Returns
        -------
        The words of the outputs before the edge that ends each cycle: cycles x outputs x words.
        """
        seen = np.empty((len(given), len(outputs), values.shape[1]), dtype=np.uint64)
        _replay(self._program, self._registers, values, inputs, given, outputs, seen)
        return seen


@compiled
def _settle(program: NDArray[np.int64], values: Words) -> None:
    words = values.shape[1]
    for gate in range(len(program)):
        function, y, a, b, s = program[gate]
        kind = function & 3
        flip = np.uint64(0) if function < 4 else np.uint64(0xFFFFFFFFFFFFFFFF)
        for word in range(words):
            first, second = values[a, word], values[b, word]
            if kind == 0:
                result = first & second
            elif kind == 1:
                result = first | second
            elif kind == 2:
                result = first ^ second
            else:
                result = first ^ ((first ^ second) & values[s, word])
            values[y, word] = result ^ flip


@compiled
def _replay(
    program: NDArray[np.int64],
    registers: NDArray[np.int64],
    values: Words,
    inputs: NDArray[np.int64],
    given: NDArray[np.uint8],
    outputs: NDArray[np.int64],
    seen: Words,
) -> None:
    words = values.shape[1]
    kept = np.empty((len(registers), words), dtype=np.uint64)
    for cycle in range(len(given)):
        for index in range(len(inputs)):
            level = np.uint64(0xFFFFFFFFFFFFFFFF) if given[cycle, index] else np.uint64(0)
            for word in range(words):
                values[inputs[index], word] = level
        _settle(program, values)
        for index in range(len(outputs)):
            for word in range(words):
                seen[cycle, index, word] = values[outputs[index], word]
        # All registers at once: one may read another.
        for index in range(len(registers)):
            for word in range(words):
                kept[index, word] = values[registers[index, 0], word]
        for index in range(len(registers)):
            for word in range(words):
                values[registers[index, 1], word] = kept[index, word]


def packed(codes: NDArray[np.unsignedinteger], width: int) -> Words:
    """Codes as bits x words, the lowest bit first; the last word is filled up with zeros."""
    full = np.zeros(-(-len(codes) // 64) * 64, dtype=np.uint64)
    full[: len(codes)] = codes
    places = np.arange(width, dtype=np.uint64)[:, None]
    bits = ((full >> places) & np.uint64(1)).astype(np.uint8)
    return np.packbits(bits, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def constant(value: int, width: int) -> Words:
    """The same value in every lane, as bits x one word."""
    return np.array([[_ALL if value >> place & 1 else 0] for place in range(width)], np.uint64)
