"""Multipliers: the hardware of a ``model.Multiplier``."""

from typing import Protocol

from amaranth.hdl import Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.stream.pipeline import Pipeline
from lmul_pe.hw.stream.stages import Stage, chain
from lmul_pe.model import Multiplier

from .exact import Exact
from .lmul import LMul
from .product import ExactProduct
from .table import Table


class Kind(Protocol):
    """A way to multiply, as stages from ``a`` and ``b`` to ``y``."""

    def __init__(self, multiplier: Multiplier, architecture: Architecture): ...

    def stages(self) -> list[Stage]: ...

    def product(
        self, m: Module, a: Value, b: Value, bias: int, *, normalised: bool = True
    ) -> ExactProduct: ...


KINDS: dict[str, type[Kind]] = {"lmul": LMul, "exact": Exact, "table": Table}
"""Every multiplier kind, by its name in the specification."""


class CombinationalMultiplier(wiring.Component):
    """A multiplier without registers.

    Parameters
    ----------
    multiplier
        Its specification; its latency is not looked at.
    architecture
        How it is built.

    Members
    -------
    a, b : In
        Operand codes.
    y : Out
        Product code.
    """

    def __init__(self, multiplier: Multiplier, architecture: Architecture = PORTABLE):
        self.multiplier = multiplier
        self.architecture = architecture
        super().__init__(
            {
                "a": In(multiplier.format.width),
                "b": In(multiplier.format_b.width),
                "y": Out(multiplier.format_y.width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        stages = KINDS[self.multiplier.kind](self.multiplier, self.architecture).stages()
        m.d.comb += self.y.eq(chain(m, stages, {"a": self.a, "b": self.b})["y"])
        return m


def pipelined_multiplier(multiplier: Multiplier, architecture: Architecture = PORTABLE) -> Pipeline:
    """A multiplier of ``multiplier.latency`` register stages between two streams."""
    return Pipeline(
        KINDS[multiplier.kind](multiplier, architecture).stages(),
        inputs={"a": multiplier.format.width, "b": multiplier.format_b.width},
        output_bits=multiplier.format_y.width,
        latency=multiplier.latency,
    )
