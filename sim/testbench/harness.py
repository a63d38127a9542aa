"""Many units below one top-level module, because a build costs more than what it simulates."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import DotProduct, Mac, Multiplier, SystolicArray, WindowAccumulator
from lmul_pe.model.multiplier.vectors import is_exhaustive
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import flags_of, ports_of

from .operand_pairs import bench_pairs

PUBLIC = "/* verilator public_flat_rw */"
"""Only ports are public: signals that are would keep Verilator from optimising the units."""

HANDSHAKE = ("tvalid", "tlast", "tready")
"""Signals of a stream beside its data."""


@dataclass(frozen=True)
class Unit:
    """A design under test.

    Parameters
    ----------
    specification
        What it is held against.
    verilog
        Its text, with a top module of the specification's name.
    """

    specification: Specification
    verilog: str

    @property
    def name(self) -> str:
        return self.specification.name

    @classmethod
    def exported(cls, specification: Specification) -> "Unit":
        """The unit that ``hw`` exports for ``specification``."""
        return cls(
            specification, exported_verilog(specification, f"{specification.name}, under test")
        )


def _port(direction: str, width: int, name: str) -> str:
    return f"    {direction} wire [{width - 1}:0] {name} {PUBLIC}"


def _instance(name: str, connections: Sequence[str]) -> str:
    return f"    {name} dut_{name} (\n        " + ",\n        ".join(connections) + "\n    );\n"


class Harness:
    """Units side by side in one top-level module.

    Combinational ones hang on one bus of operands and one of products, and share their operands
    where they are checked on the same pairs.  Those with streams share ``clk`` and ``rst``; their
    other ports bear their names, as ``lmul_e4m3_latency1_s_axis_ab_tdata``.  ``levels`` gathers
    what a bench looks at in every cycle: one look at many bits costs little more than at one.

    Parameters
    ----------
    specifications
        Of different names.

    Members
    -------
    combinational, streaming
        The specifications without and with registers; those that sum one at a time, ``macs``, and
        ``arrays`` are among the latter.
    windows
        Those of ``macs`` with an anchored window.
    operand_bits, product_bits
        Widths of the ports ``operands`` and ``products``.
    levels
        Names of the signals that ``levels`` holds, the top bit first.
    """

    def __init__(self, specifications: Sequence[Specification]):
        self.combinational = [
            each for each in specifications if isinstance(each, Multiplier) and not each.latency
        ]
        self.streaming = [each for each in specifications if each not in self.combinational]
        self.macs = [each for each in specifications if isinstance(each, Mac | DotProduct)]
        self.windows = [
            each for each in self.macs if isinstance(each.accumulator, WindowAccumulator)
        ]
        self.arrays = [each for each in specifications if isinstance(each, SystolicArray)]
        self._operands: dict[str, tuple[int, Multiplier]] = {}
        self._products: dict[str, slice] = {}
        self.operand_bits = self.product_bits = 0
        for multiplier in self.combinational:
            source = self._source(multiplier)
            if source not in self._operands:
                self._operands[source] = self.operand_bits, multiplier
                self.operand_bits += multiplier.format.width + multiplier.format_b.width
            end = self.product_bits + multiplier.format_y.width
            self._products[multiplier.name] = slice(self.product_bits, end)
            self.product_bits = end

    @property
    def benched(self) -> dict[str, int]:
        """Modules of tests to the number of units that each of their tests is about."""
        single = len(self.streaming) - len(self.arrays)
        counts = {
            "lmul_pe.sim.bench.combinational": len(self.combinational),
            "lmul_pe.sim.bench.streams": single,
            "lmul_pe.sim.bench.long_sums": len(self.macs),
            "lmul_pe.sim.bench.windows": len(self.windows),
            "lmul_pe.sim.bench.tiles": len(self.arrays),
        }
        return {module: count for module, count in counts.items() if count}

    @staticmethod
    def _source(multiplier: Multiplier) -> str:
        """Equal for multipliers whose operand pairs are equal."""
        first, second, _ = multiplier.formats
        if is_exhaustive(multiplier):
            return f"every {first.width} x {second.width}"
        return f"{first.name} x {second.name}"

    @staticmethod
    def _signals(unit: Specification) -> list[tuple[str, str, int]]:
        """The ports of a unit with registers: name, direction, width."""
        signals = []
        for port in ports_of(unit):
            for signal in ("tdata", *HANDSHAKE):
                inward = port.is_input != (signal == "tready")
                width = port.width if signal == "tdata" else 1
                signals.append((f"{port.name}_{signal}", "input" if inward else "output", width))
        return signals + [(flag, "output", 1) for flag in flags_of(unit)]

    @cached_property
    def levels(self) -> list[str]:
        names = ["rst"]
        for unit in self.streaming:
            handshakes = [f"{port.name}_{each}" for port in ports_of(unit) for each in HANDSHAKE]
            names += [f"{unit.name}_{name}" for name in (*handshakes, *flags_of(unit))]
        return names

    def verilog(self, name: str) -> str:
        """The top-level module ``name``."""
        ports: list[str] = []
        instances: list[str] = []
        if self.combinational:
            ports.append(_port("input", self.operand_bits, "operands"))
            ports.append(_port("output", self.product_bits, "products"))
        for multiplier in self.combinational:
            low, _ = self._operands[self._source(multiplier)]
            middle = low + multiplier.format.width
            high = middle + multiplier.format_b.width
            products = self._products[multiplier.name]
            connections = [
                f".a(operands[{middle - 1}:{low}])",
                f".b(operands[{high - 1}:{middle}])",
                f".y(products[{products.stop - 1}:{products.start}])",
            ]
            instances.append(_instance(multiplier.name, connections))
        if self.streaming:
            ports += [_port("input", 1, "clk"), _port("input", 1, "rst")]
            ports.append(_port("output", len(self.levels), "levels"))
            instances.append(f"    assign levels = {{{', '.join(self.levels)}}};\n")
        for unit in self.streaming:
            connections = [".clk(clk)", ".rst(rst)"]
            for port, direction, width in self._signals(unit):
                outer = f"{unit.name}_{port}"
                ports.append(_port(direction, width, outer))
                connections.append(f".{port}({outer})")
            instances.append(_instance(unit.name, connections))
        listed = ",\n".join(ports)
        return f"module {name} (\n{listed}\n);\n{''.join(instances)}endmodule\n"

    def operand_words(self, count: int, seed: int) -> list[int]:
        """Values of ``operands``, one per step: the pairs of :func:`~.operand_pairs.bench_pairs`.

        Where units have different numbers of pairs, the shorter lists stay at their end.
        """
        lists = {
            source: bench_pairs(multiplier, count, seed)
            for source, (_, multiplier) in self._operands.items()
        }
        steps = max(len(a) for a, _ in lists.values())
        bits = np.zeros((steps, self.operand_bits), dtype=np.uint8)
        for source, (low, multiplier) in self._operands.items():
            widths = multiplier.format.width, multiplier.format_b.width
            for codes, width in zip(lists[source], widths, strict=True):
                held = np.concatenate([codes, np.full(steps - len(codes), codes[-1])])
                places = np.arange(width, dtype=np.uint64)
                bits[:, low : low + width] = (held.astype(np.uint64)[:, None] >> places) & 1
                low += width
        rows = np.packbits(bits, axis=1, bitorder="little")
        return [int.from_bytes(row.tobytes(), "little") for row in rows]

    def product_columns(self, multiplier: Multiplier) -> slice:
        """Bits of ``products`` that ``multiplier`` drives."""
        return self._products[multiplier.name]


def codes_of_bits(bits: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Integers of an N x width array of zeros and ones, least significant first."""
    places = np.arange(bits.shape[1], dtype=np.uint64)
    return np.asarray((bits.astype(np.uint64) << places).sum(axis=1, dtype=np.uint64))
