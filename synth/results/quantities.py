"""Every figure that results hold, declared once: name, unit, digits, how it is obtained, and which
way is better.

The records, their JSON Schema, tables, CSV files and axes take all that from here.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler

_AMOUNTS = ("fJ", "ps", "GE", "um2", "nW", "fF", "pJ", "x")
"""Units of figures that are never negative."""


class Better(Enum):
    """Which way a figure is better."""

    LESS = "less"
    MORE = "more"
    NEITHER = "neither"


class Digits(Enum):
    """How a figure is written for people; files for programs hold it unrounded."""

    THREE = "three digits at least"
    ONE_DECIMAL = "one decimal"
    TWO_DECIMALS = "two decimals"
    TWO = "two digits, with a power of ten if need be"
    COUNT = "a whole number"


@dataclass(frozen=True)
class Quantity:
    """What a figure is, wherever it stands.

    Parameters
    ----------
    name
        In CSV files.
    words
        In headings and on axes, without the unit.
    unit
        Of the figure; empty for pure numbers.
    obtained
        How, in words.
    origin
        ``measured`` here, ``published`` by others, or ``computed`` from both.
    """

    name: str
    words: str
    unit: str
    obtained: str
    better: Better = Better.LESS
    digits: Digits = Digits.THREE
    origin: str = "measured"

    @property
    def heading(self) -> str:
        """Words and unit; of percentages the unit stands with each figure."""
        return f"{self.words}, {self.unit}" if self.unit not in ("", "%", "x") else self.words

    @property
    def axis(self) -> str:
        """Words and unit, as an axis names them."""
        return f"{self.words}, {self.unit}" if self.unit else self.words

    def text(self, value: float | None) -> str:
        """``value`` for people; nothing where there is none."""
        if value is None:
            return ""
        return f"{self.number(value)} %" if self.unit == "%" else self.number(value)

    def number(self, value: float) -> str:
        """:meth:`text` without a unit."""
        match self.digits:
            case Digits.ONE_DECIMAL:
                text = f"{value:.1f}"
            case Digits.TWO_DECIMALS:
                text = f"{value:.2f}"
            case Digits.TWO:
                text = f"{value:.2g}"
            case Digits.COUNT:
                text = f"{value:,.0f}"
            case Digits.THREE:
                text = f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:.3g}"
        is_zero = not any(digit in text for digit in "123456789")
        return text.removeprefix("-") if is_zero else text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """What a field of records that holds this figure may hold."""
        if self.unit in _AMOUNTS and source is float:
            return handler.generate_schema(Annotated[float, Field(ge=0)])
        return handler(source)

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The JSON Schema of such a field."""
        own = handler(schema)
        words = f"{self.words}: {self.obtained}" + (f", in {self.unit}" if self.unit else "")
        return {**own, "description": words, "unit": self.unit, "better": self.better.value}


_SMALLEST = "of the smallest netlist"
_FRUGAL = "of the netlist of least energy"
_GLITCHES = "from the delays of its cells, glitches included"

AREA = Quantity("area_ge", "area", "GE", f"{_SMALLEST}, in areas of a two-input NAND")
AREA_UM2 = Quantity("area_um2", "area", "um2", "sum of the areas of all cells")
CELLS = Quantity("cells", "cells", "", "how many of a type", digits=Digits.COUNT)
DEPTH = Quantity("depth", "depth", "gates", "longest path of the generic netlist")
GENERIC_AREA = Quantity(
    "generic_ge", "generic gates", "NAND2", "two-input gates, by their transistors", Better.LESS
)
GENERIC_COUNT = Quantity("generic", "gates", "", "two-input gates, counted", digits=Digits.COUNT)
DELAY = Quantity("delay_ps", "delay", "ps", f"slowest path, {_FRUGAL}")
CLOCK = Quantity("clock_ps", "clock", "ps", "that all compared designs meet", Better.NEITHER)
CLOCK_TIMES = Quantity(
    "clock_times", "clock / smallest", "x", "of the MAC", Better.NEITHER, Digits.TWO_DECIMALS
)
FASTEST = Quantity("fastest_ps", "fastest clock", "ps", "the smallest clock that a netlist meets")
OWN_CLOCK = Quantity("smallest_clock_ps", "own clock", "ps", "with registers at all ports")

FUNCTIONAL = Quantity("functional_fj", "cell energy, no glitches", "fJ", "from functional toggles")
SWITCHING = Quantity("switching_fj", "switching", "fJ", "charge of loads, functional toggles")
INTERNAL = Quantity("internal_fj", "internal", "fJ", "inside cells, functional toggles")
GLITCH = Quantity("glitch_fj", "cell energy", "fJ", _GLITCHES)
UNCERTAINTY = Quantity(
    "uncertainty_fj",
    "interval without glitches",
    "fJ",
    "half the 95 % interval of the sampling",
    digits=Digits.TWO,
)
GLITCH_UNCERTAINTY = Quantity(
    "glitch_uncertainty_fj",
    "interval",
    "fJ",
    "half the 95 % interval of the sampling, glitches included",
    digits=Digits.TWO,
)
CLOCK_ENERGY = Quantity("clock_fj", "clock energy", "fJ", "at the clock pins of flip-flops")
LEAKAGE = Quantity("leakage_fj", "leakage", "fJ", "leakage power times the clock")
LEAKAGE_POWER = Quantity("leakage_nw", "leakage", "nW", "sum over all cells")
REGISTER_BITS = Quantity("bits", "register bits", "", "at all ports", digits=Digits.COUNT)
REGISTER_DATA = Quantity("data_fj", "register data", "fJ", "toggles of data in registers")
REGISTERS = Quantity("registers_fj", "registers", "fJ", "clock, data and leakage at all ports")
CELLS_AND_CLOCK = Quantity("energy_fj", "energy", "fJ", f"{_GLITCHES}, of units with the clock")
SHORTEST_DELAY = Quantity(
    "shortest_ps", "shortest delay", "ps", "slowest path, of the fastest netlist"
)
TOTAL = Quantity("total_fj", "total energy", "fJ", f"{_GLITCHES}, with clock and leakage")

AREA_RATIO = Quantity(
    "area_over_adder", "area / adder", "x", "over the bare adder", digits=Digits.TWO_DECIMALS
)
FUNCTIONAL_RATIO = Quantity(
    "functional_over_adder",
    "energy / adder, no glitches",
    "x",
    "over the bare adder",
    digits=Digits.TWO_DECIMALS,
)
GLITCH_RATIO = Quantity(
    "energy_over_adder",
    "energy / adder",
    "x",
    "over the bare adder, glitches included",
    digits=Digits.TWO_DECIMALS,
)


def _saving(name: str, words: str, obtained: str) -> Quantity:
    return Quantity(name, words, "%", obtained, Better.MORE, Digits.ONE_DECIMAL)


SAVED_AREA = _saving("area_percent", "area saved", "of the smallest netlists")
SAVED_DELAY = _saving("delay_percent", "delay saved", "of the netlists of least energy")
SAVED_FUNCTIONAL = _saving(
    "functional_percent", "energy saved, no glitches", "of functional energy"
)
SAVED_ENERGY = _saving("glitch_percent", "energy saved", "of energy with glitches")
SAVED_TOTAL = _saving(
    "total_percent", "saved with clock", "of energy with glitches, clock, leakage and registers"
)
CLAIMED = Quantity(
    "claimed_percent",
    "the paper says",
    "%",
    "as printed",
    Better.NEITHER,
    Digits.ONE_DECIMAL,
    "published",
)
OWN_ARITHMETIC = Quantity(
    "own_percent",
    "its arithmetic",
    "%",
    "the paper's way of reckoning on published energies",
    Better.NEITHER,
    Digits.ONE_DECIMAL,
    "published",
)
SHARE = Quantity("share_percent", "share", "%", "of the whole", Better.NEITHER, Digits.ONE_DECIMAL)

WIRE_LOAD = Quantity("wire_ff", "wire", "fF", "load per driven pin", Better.NEITHER)
SLEW = Quantity("input_slew_ps", "slew", "ps", "at which the cells were read", Better.NEITHER)
VOLTAGE = Quantity("voltage", "supply", "V", "of the library", Better.NEITHER)
TEMPERATURE = Quantity("temperature", "temperature", "C", "of the library", Better.NEITHER)
NODE = Quantity("node_nm", "node", "nm", "of the library", Better.NEITHER)

CHECKED = Quantity("checked", "checked on", "", "compared with the model", Better.MORE)
SUM_LENGTH = Quantity(
    "sum_length", "products of a sum", "", "of the workload", Better.NEITHER, Digits.COUNT
)
MANTISSA_BITS = Quantity(
    "mantissa_bits", "mantissa bits", "", "of the format", Better.NEITHER, Digits.COUNT
)
POWER = Quantity(
    "power", "power", "", "of the significand's bits, fitted", Better.LESS, Digits.TWO_DECIMALS
)
RESIDUAL = Quantity(
    "residual_percent",
    "residual",
    "%",
    "root mean square of what the fit leaves",
    Better.LESS,
    Digits.ONE_DECIMAL,
)
CROSSING = Quantity(
    "crossing", "mantissa bits", "", "between measured neighbours", Better.LESS, Digits.ONE_DECIMAL
)
CYCLES = Quantity("cycles", "cycles", "", "closed formula", digits=Digits.COUNT)
UTILISATION = Quantity(
    "utilisation", "elements busy", "", "closed formula", Better.MORE, Digits.TWO_DECIMALS
)


def _error(name: str, words: str) -> Quantity:
    obtained = "relative error of products of uniform mantissas"
    return Quantity(name, words, "", obtained, Better.LESS, Digits.TWO, "computed")


MEAN_ERROR = _error("mean", "mean error")
BIAS = _error("bias", "bias")
LEAST_ERROR = _error("least", "least")
GREATEST_ERROR = _error("greatest", "greatest")

PUBLISHED_PJ = Quantity(
    "energy_pj", "energy", "pJ", "as published", Better.LESS, Digits.THREE, "published"
)
ACCESS_PJ = Quantity(
    "published_pj",
    "access",
    "pJ per 64 bit",
    "as published",
    Better.LESS,
    Digits.THREE,
    "published",
)
FORMULA_GATES = Quantity(
    "formula", "gates", "", "the paper's Eq. 6 to 8", Better.LESS, Digits.COUNT, "published"
)
MEMORY = Quantity("memory_fj", "memory", "fJ", "published energy per access", origin="computed")
SAVED_WHOLE = Quantity(
    "whole_percent",
    "saved in the whole",
    "%",
    "of array and memory together",
    Better.MORE,
    Digits.ONE_DECIMAL,
    "computed",
)
LIMIT = Quantity(
    "limit_percent",
    "limit",
    "%",
    "saved in the whole if operands cost nothing",
    Better.MORE,
    Digits.ONE_DECIMAL,
    "computed",
)
WHOLE_SHARE = Quantity(
    "whole_share_percent",
    "share of the whole",
    "%",
    "of array and memory together",
    Better.NEITHER,
    Digits.ONE_DECIMAL,
    "computed",
)
REUSE = Quantity(
    "reuse",
    "reuse",
    "",
    "times each fetched operand is used",
    Better.LESS,
    Digits.THREE,
    "computed",
)
