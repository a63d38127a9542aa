"""What is put on a part: multipliers, units and arrays of one format, L-Mul and conventional."""

from dataclasses import dataclass

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import INFERRED
from lmul_pe.hw.export.verilog import exported_verilog, verilog_text
from lmul_pe.hw.multiplier.bare_adder import BareAdder
from lmul_pe.model import (
    DotProduct,
    FixedAccumulator,
    FloatAccumulator,
    FloatFormat,
    IntegerAccumulator,
    IntegerMultiplier,
    Mac,
    Multiplier,
    SpecificationError,
    SystolicArray,
    WindowAccumulator,
)
from lmul_pe.model.unit.names import Specification

LEVELS = ("multiplier", "mac", "dot")
_DOT_WIDTH = 4


@dataclass(frozen=True)
class Source:
    """A design before synthesis.

    Parameters
    ----------
    name, level, kind, dsp
        As of :class:`~.record.Design`.
    verilog
        Its text, with a top module of its name.
    """

    name: str
    level: str
    kind: str
    dsp: bool
    verilog: str


class IntegerProduct(wiring.Component):
    """``y = a * b`` of two's-complement integers of ``width`` bits."""

    def __init__(self, width: int):
        super().__init__({"a": In(width), "b": In(width), "y": Out(2 * width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.y.eq(self.a.as_signed() * self.b.as_signed())
        return m


def sources(format: FloatFormat, level: str, *, has_dsp: bool) -> list[Source]:
    """The designs of ``level``: L-Mul, conventional, int8, and beside multipliers a bare adder.

    What multiplies stands twice where the part has multipliers: with them and without.
    """
    found = []
    if level == "multiplier":
        found.append(_source(Multiplier("lmul", format), level, "lmul", False))
        adder = f"adder{format.magnitude_bits}"
        text = verilog_text(BareAdder(format.magnitude_bits, INFERRED), adder, adder)
        for dsp in _choices(has_dsp):
            found.append(_source(Multiplier("exact", format), level, "exact", dsp))
        found.append(Source(adder, level, "adder", False, text))
        text = verilog_text(IntegerProduct(8), "int8", "int8")
        found += [Source("int8", level, "int8", dsp, text) for dsp in _choices(has_dsp)]
        return found
    for kind in ("lmul", "exact", "int8"):
        unit = _unit(format, level, kind)
        for dsp in _choices(has_dsp and kind != "lmul"):
            found.append(_source(unit, level, kind, dsp))
    return found


def array_of(format: FloatFormat, kind: str, side: int) -> SystolicArray:
    """An output-stationary array of ``side`` rows and columns that sums in fp32."""
    return SystolicArray(_product(format, kind), FloatAccumulator("fp32"), side, side)


def _choices(has_dsp: bool) -> tuple[bool, ...]:
    return (True, False) if has_dsp else (False,)


def _source(specification: Specification, level: str, kind: str, dsp: bool) -> Source:
    name = specification.name
    return Source(name, level, kind, dsp, exported_verilog(specification, name))


def _product(format: FloatFormat, kind: str) -> Multiplier | IntegerMultiplier:
    return IntegerMultiplier("int8") if kind == "int8" else Multiplier(kind, format)


def _unit(format: FloatFormat, level: str, kind: str) -> Mac | DotProduct:
    product = _product(format, kind)
    if isinstance(product, IntegerMultiplier):
        total = IntegerAccumulator("int32")
        return Mac(product, total) if level == "mac" else DotProduct(product, total, _DOT_WIDTH)
    if level == "mac":
        return Mac(product, FloatAccumulator("fp32"))
    try:
        return DotProduct(product, FixedAccumulator(), _DOT_WIDTH)
    except SpecificationError:
        # Exact sums of a wide format would be absurd; a window below the largest product is not.
        return DotProduct(product, WindowAccumulator(), _DOT_WIDTH)
