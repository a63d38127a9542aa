"""The fixed-point accumulator: a two's-complement register, rounded once when it is read out."""

from collections.abc import Sequence
from typing import ClassVar

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.arithmetic.carry_save import add_up
from lmul_pe.hw.arithmetic.funnel import align
from lmul_pe.hw.multiplier.product import ExactProduct, Product
from lmul_pe.hw.multiplier.result import code_of_aligned
from lmul_pe.hw.stream.stages import Register
from lmul_pe.model import FixedAccumulator, FloatFormat, Mac, Multiplier

from .addition import code_term
from .contract import Total


class FixedSum:
    """Sums in a register of fixed point; see :class:`~.contract.Accumulator`.

    Above the register's bits a state holds flags: for infinities of either sign, both of which
    stand for NaN, or for NaN alone where there are no infinities.

    Parameters
    ----------
    mac
        Multiplier and accumulator.
    begins
        Whether a sum can begin with a result's code, which may bring an infinity.
    cells
        Whether numbers are added by full adders.
    """

    normalised: ClassVar[bool] = False
    coded: ClassVar[bool] = False

    def __init__(self, mac: Mac, *, begins: bool, cells: bool):
        self._cells = cells
        accumulator = mac.accumulator
        assert isinstance(accumulator, FixedAccumulator)
        assert isinstance(mac.multiplier, Multiplier)
        register = accumulator.register(mac.multiplier)
        self.width = register.width
        self.result = accumulator.result
        formats = [mac.multiplier.format, mac.multiplier.format_b]
        if begins:
            formats.append(self.result)
        infinities = any(format.has_infinity for format in formats)
        self._flags = 2 if infinities else int(any(format.has_nan for format in formats))
        # A product's exponent counts the register's bits from 0 up.
        self.bias = -register.lsb
        self.state_bits = self.width + self._flags
        self.result_bits = self.result.width

    def enter(self, m: Module, product: Product) -> Product:
        return product

    def add(
        self, m: Module, state: Value, products: Sequence[Product], register: Register
    ) -> Total:
        """Every product shifted to its place, and all added exactly."""
        placed = []
        for index, product in enumerate(products):
            assert isinstance(product, ExactProduct)
            placed.append(self._place(m, product, name=f"product_{index}"))
        return self._sum(m, state, list(products), placed)

    def start(self, m: Module, code: Value) -> Total:
        format = self.result
        term = code_term(m, format, code, name="start")
        # From the bias of the format to the register's.
        exponent = Signal(
            signed(format.exponent_bits + 2 + self.bias.bit_length()), name="start_at"
        )
        m.d.comb += exponent.eq(term.exponent + (self.bias - (format.bias or 0)))
        product = ExactProduct(
            sign=term.sign,
            exponent=exponent,
            leading=term.significand[-1],
            fraction=term.significand[:-1],
            zero=term.zero,
            infinite=term.infinite,
            nan=term.nan,
        )
        placed = self._place(m, product, name="start")
        return self._sum(m, Const(0, self.state_bits), [product], [placed])

    def _place(self, m: Module, product: ExactProduct, *, name: str) -> tuple[Value, Value]:
        """The magnitude in units of the register, and whether it reaches beyond its bits."""
        significand, exponent = product.significand, product.exponent
        below = len(significand) - 1
        # Low bits that no product reaches need no place, and bits below the register none to stay.
        width = self.width + below
        shifted: Value = significand
        steps = min((width - 1).bit_length(), len(exponent) - 1)
        lost: Value = Const(0, 1)
        for step in range(steps):
            distance = 1 << step
            length = min(len(shifted) + distance, width)
            moved = Signal(length, name=f"{name}_by{distance}")
            out = shifted[max(width - distance, 0) :]
            if len(out) and len(shifted) + distance > width:
                lost = lost | (exponent[step] & out.any())
            m.d.comb += moved.eq(Mux(exponent[step], shifted << distance, shifted))
            shifted = moved
        negative = exponent[-1]
        far = exponent[steps:-1].any()
        # What is no number sets flags, and adds nothing.
        number = ~(product.zero | product.infinite | product.nan | negative)
        present = signal(m, number & ~far, f"{name}_present")
        magnitude = Signal(self.width, name=f"{name}_magnitude")
        m.d.comb += magnitude.eq(shifted[below:] & present.replicate(len(shifted) - below))
        return magnitude, signal(m, (far | lost) & number & significand.any(), f"{name}_beyond")

    def _sum(
        self,
        m: Module,
        state: Value,
        products: list[Product],
        placed: list[tuple[Value, Value]],
    ) -> Total:
        # A sign, and room for every product and the register itself.
        room = self.width + 1 + len(products).bit_length()
        numbers: list[Value | int] = [state[: self.width].as_signed()]
        beyond: Value = Const(0, 1)
        plus: Value = Const(0, 1)
        minus: Value = Const(0, 1)
        for product, (magnitude, out) in zip(products, placed, strict=True):
            assert isinstance(product, ExactProduct)
            # Minus is one's complement and a carry.
            signed_magnitude = Cat(magnitude ^ product.sign.replicate(self.width), product.sign)
            numbers += [signed_magnitude.as_signed(), product.sign]
            beyond = beyond | out
            plus = plus | product.nan | (product.infinite & ~product.sign)
            minus = minus | product.nan | (product.infinite & product.sign)
        exact = add_up(m, numbers, width=room, cells=self._cells, name="register_sum")
        above = exact[self.width - 1 :]
        outside = signal(m, above.any() & ~above.all(), "outside")
        return Total(Cat(exact[: self.width], self._flagged(state, plus, minus)), beyond | outside)

    def _flagged(self, state: Value, plus: Value, minus: Value) -> Value:
        flags = state[self.width :]
        if self._flags == 2:
            return flags | Cat(plus, minus)
        return flags | plus if self._flags else flags

    def finish(self, m: Module, state: Value, register: Register) -> Value:
        """The register rounded to nearest even, gradual underflow included."""
        # A leading one at the top has the exponent of the bit below the sign.
        top = self.width - 2 - self.bias + (self.result.bias or 0)
        code = rounded_register(
            m,
            self.result,
            state[: self.width],
            Const(top - 1, signed(max((top - 1).bit_length(), 1) + 1)),
            state[self.width :],
            rightward=top < 1,
            cells=self._cells,
        )
        return register({"y": code})["y"]


def rounded_register(
    m: Module,
    format: FloatFormat,
    number: Value,
    exponent: Value,
    flags: Value,
    *,
    rightward: bool,
    cells: bool,
) -> Value:
    """The code of a register in two's complement, rounded to nearest even.

    Parameters
    ----------
    exponent
        Signed; one less than the exponent field of what has its leading one below the sign.
    flags
        As :class:`FixedSum` has them: two, one or none.
    rightward
        Whether ``exponent`` can be negative.
    """
    bits = format.mantissa_bits
    negative = number[-1]
    # The bits below the sign, inverted where it is set, are one less than the magnitude: it is
    # what they were if they went on in ones for ever.  So nothing has to be added before the
    # rounding.  The first of those ones is the leading one of the magnitude 1.
    below = Signal(len(number), name="inverted")
    m.d.comb += below.eq(Cat(Const(0, 1), number[:-1]) ^ negative.replicate(len(number)))
    padding = max(bits + 2 - len(below), 0)
    aligned = align(
        m,
        Cat(negative.replicate(padding), below),
        exponent,
        mantissa_bits=bits,
        leading=len(below) + padding,
        rightward=rightward,
        below=negative,
        cells=cells,
    )
    infinite: Value = Const(0, 1)
    nan: Value = Const(0, 1)
    sign: Value = negative
    if len(flags) == 2:
        infinite, nan = flags.any(), flags.all()
        sign = Mux(infinite, flags[1], negative)
    elif len(flags):
        nan = flags[0]
    return code_of_aligned(
        m,
        format,
        aligned,
        sign=sign,
        infinite=infinite,
        nan=nan,
        cells=cells,
        complement=negative,
    )
