"""Whether a circuit of additions adds up its input bits with the weights that it should.

A tree that adds many numbers is too much for SAT, but it is a sum: every net in it is a linear form
of the input bits, which additions add, term by term.
"""

import json
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, TypeAlias

from lmul_pe.hw.export.yosys import run_yosys

Input: TypeAlias = tuple[str, int]
"""A bit of an input port."""


class NotLinearError(Exception):
    """A circuit that is not made of additions, or one whose sums do not fit their nets."""


@dataclass(frozen=True)
class Form:
    """A sum of input bits, each times an integer, and of an integer."""

    weights: Mapping[Input, int]
    constant: int

    def __add__(self, other: "Form") -> "Form":
        weights = dict(self.weights)
        for bit, weight in other.weights.items():
            weights[bit] = weights.get(bit, 0) + weight
        return Form(weights, self.constant + other.constant)

    def times(self, factor: int) -> "Form":
        weights = {bit: weight * factor for bit, weight in self.weights.items()}
        return Form(weights, self.constant * factor)

    @property
    def least(self) -> int:
        return self.constant + sum(weight for weight in self.weights.values() if weight < 0)

    @property
    def greatest(self) -> int:
        return self.constant + sum(weight for weight in self.weights.values() if weight > 0)

    def modulo(self, modulus: int) -> "Form":
        """With every integer reduced: equal forms are equal sums modulo ``modulus``."""
        reduced = {bit: weight % modulus for bit, weight in self.weights.items()}
        kept = {bit: weight for bit, weight in reduced.items() if weight}
        return Form(kept, self.constant % modulus)


def sum_of(text: str, top: str, output: str, given: Collection[str] = ()) -> tuple[Form, int]:
    """What a wire of a module of additions is, modulo ``2^width``; and its width.

    Parameters
    ----------
    output
        The wire, a port or one inside.
    given
        Wires inside that count as inputs, whatever they are made of.

    Raises
    ------
    NotLinearError
        There is something else in it, a sum is cut short before the output, or a wire that is
        given is not part of it.
    YosysError
        A text that is no design.
    """
    with tempfile.TemporaryDirectory() as name:
        Path(name, "design.v").write_text(text)
        commands = ["read_verilog design.v", f"hierarchy -top {top}", "proc", "flatten"]
        run_yosys([*commands, "opt_clean", "write_json design.json"], Path(name))
        module = json.loads(Path(name, "design.json").read_text())["modules"][top]
    bits: dict[int, Input] = {}
    wires = {name: content["bits"] for name, content in module["netnames"].items()}
    ports = [port for port, content in module["ports"].items() if content["direction"] == "input"]
    for name in (*ports, *given):
        if name not in wires:
            raise NotLinearError(f"nothing depends on {name}")
        bits |= {bit: (name, index) for index, bit in enumerate(wires[name])}
    circuit = _Circuit(bits, list(module["cells"].values()))
    wanted = wires[output]
    return circuit.number(wanted, len(wanted)).modulo(1 << len(wanted)), len(wanted)


class _Circuit:
    """Nets of input bits and of additions, by Yosys' numbers."""

    def __init__(self, inputs: Mapping[int, Input], cells: Sequence[Mapping[str, Any]]):
        self._inputs = inputs
        self._drivers = {
            bit: cell for cell in cells for bit in cell["connections"]["Y"] if bit not in inputs
        }
        self._sums: dict[tuple[int, float], Form] = {}

    def number(self, bits: Sequence[int | str], room: float = inf) -> Form:
        """The number that these nets are, the lowest first, modulo ``2^room``."""
        total, place = Form({}, 0), 0
        while place < min(len(bits), room):
            bit = bits[place]
            if isinstance(bit, str) or bit in self._inputs:
                known = (
                    Form({}, int(bit)) if isinstance(bit, str) else Form({self._inputs[bit]: 1}, 0)
                )
                length = 1
            else:
                known, length = self._low_part(bits[place:], room - place)
            total += known.times(1 << place)
            place += length
        return total

    def _low_part(self, bits: Sequence[int | str], room: float) -> tuple[Form, int]:
        """What a sum is that begins there, and how many of the nets are of it."""
        assert isinstance(bits[0], int)
        driver = self._drivers[bits[0]]
        nets = driver["connections"]["Y"]
        taken = min(len(nets), len(bits))
        if nets[:taken] != list(bits[:taken]):
            raise NotLinearError("a part of a sum is taken")
        if taken >= room:
            # What is above does not matter.
            return self._sum(driver, room), taken
        if taken < len(nets):
            raise NotLinearError("a part of a sum is taken")
        form = self._sum(driver, inf)
        if not 0 <= form.least <= form.greatest < 1 << taken:
            raise NotLinearError("a sum does not fit its net")
        return form, taken

    def _sum(self, cell: Mapping[str, Any], room: float) -> Form:
        key = id(cell), room
        if key not in self._sums:
            if cell["type"] != "$add":
                raise NotLinearError(f"a cell {cell['type']}")
            self._sums[key] = self._operand(cell, "A", room) + self._operand(cell, "B", room)
        return self._sums[key]

    def _operand(self, cell: Mapping[str, Any], port: str, room: float) -> Form:
        bits = cell["connections"][port]
        if not int(cell["parameters"][f"{port}_SIGNED"], 2):
            return self.number(bits, room)
        while len(bits) > 1 and bits[-1] == bits[-2]:
            # Its sign, written out.
            bits = bits[:-1]
        if len(bits) >= room:
            return self.number(bits, room)
        if bits[0] in self._drivers and bits == self._drivers[bits[0]]["connections"]["Y"]:
            form, half = self._sum(self._drivers[bits[0]], inf), 1 << (len(bits) - 1)
            if not -half <= form.least <= form.greatest < half:
                raise NotLinearError("a sum does not fit its net")
            return form
        # A top bit that counts as -2^n.
        *below, top = bits
        return self.number(below, room) + self.number([top]).times(-1 << len(below))
