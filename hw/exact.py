"""The conventional product in hardware: an array multiplier, then one rounding."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal

from model import Multiplier

from .operands import unpack
from .result import exponent_shape, product_values, rounding_stages
from .stages import Stage, Values


class Exact:
    """Stages of an IEEE 754 multiplier.

    Parameters
    ----------
    multiplier
        Its specification, of kind ``"exact"``.
    """

    def __init__(self, multiplier: Multiplier):
        self.multiplier = multiplier

    def stages(self) -> list[Stage]:
        """From ``a`` and ``b`` to ``y``."""
        return [self._multiply, *rounding_stages(self.multiplier.packing)]

    def _multiply(self, m: Module, values: Values) -> Values:
        multiplier = self.multiplier
        flush = multiplier.subnormals == "flush"
        first = unpack(m, values["a"], multiplier.format, name="a", flush=flush)
        second = unpack(m, values["b"], multiplier.format_b, name="b", flush=flush)
        # Zeros are masked at the end, so that the leading ones are constants.
        significands = [Cat(operand.mantissa, Const(1, 1)) for operand in (first, second)]
        product = Signal(sum(map(len, significands)), name="significand_product")
        m.d.comb += product.eq(significands[0] * significands[1])
        # The product of two numbers in [1, 2) lies in [1, 4): align its leading one.
        doubled = product[-1]
        fraction = Signal(len(product) - 1, name="fraction")
        exponent = Signal(exponent_shape(multiplier), name="exponents")
        m.d.comb += [
            fraction.eq(Mux(doubled, product, product << 1)),
            exponent.eq(first.exponent + second.exponent + doubled + multiplier.bias_correction),
        ]
        return product_values(first, second, exponent, fraction)
