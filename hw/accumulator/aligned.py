"""The aligned accumulator: products of a cycle and the sum added as integers of one exponent."""

from collections.abc import Sequence
from typing import ClassVar

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.arithmetic.carry_save import add_up, negated_if
from lmul_pe.hw.arithmetic.funnel import align
from lmul_pe.hw.multiplier.product import ExactProduct, Product
from lmul_pe.hw.multiplier.result import code_of_aligned
from lmul_pe.hw.stream.stages import Register
from lmul_pe.model import AlignedAccumulator, Mac, Multiplier

from .addition import Term, code_term
from .contract import Total


class AlignedSum:
    """Sums aligned to the largest exponent; see :class:`~.contract.Accumulator`.

    Parameters
    ----------
    mac
        Multiplier and accumulator.
    cells
        Whether numbers are added by full adders.
    """

    normalised: ClassVar[bool] = False
    coded: ClassVar[bool] = True

    def __init__(self, mac: Mac, *, cells: bool):
        self._cells = cells
        accumulator = mac.accumulator
        assert isinstance(accumulator, AlignedAccumulator)
        self.format = accumulator.format
        self.bias = self.format.bias or 0
        self.state_bits = self.result_bits = self.format.width
        assert isinstance(mac.multiplier, Multiplier)
        self._rightward = mac.multiplier.lowest_product_bit + self.bias < 1
        self._fraction = self.format.mantissa_bits + accumulator.guard_bits
        # The significand of an exact product has two bits before its point, that of L-Mul one.
        self._doubled = int(mac.multiplier.kind == "exact")

    def enter(self, m: Module, product: Product) -> Product:
        return product

    def start(self, m: Module, code: Value) -> Total:
        return Total(code, Const(0, 1))

    def finish(self, m: Module, state: Value, register: Register) -> Value:
        return state

    def add(
        self, m: Module, state: Value, products: Sequence[Product], register: Register
    ) -> Total:
        """Align, cut, add, normalise and round."""
        old = code_term(m, self.format, state, name="sum")
        terms: list[ExactProduct] = []
        for product in products:
            assert isinstance(product, ExactProduct)
            terms.append(product)
        exponents = [_signed(m, old.exponent, "sum_exponent")]
        empty = [signal(m, ~old.significand.any(), "sum_empty")]
        for index, term in enumerate(terms):
            name = f"product_{index}"
            exponents.append(_signed(m, term.exponent - self._doubled, f"{name}_scale"))
            empty.append(signal(m, term.zero, f"{name}_empty"))
        largest = self._largest(m, exponents, empty)

        doubled = [0, *(self._doubled for _ in terms)]
        significands = [old.significand, *(term.significand for term in terms)]
        signs = [old.sign, *(term.sign for term in terms)]
        numbers: list[Value | int] = []
        for index, (exponent, none, significand, twice, sign) in enumerate(
            zip(exponents, empty, significands, doubled, signs, strict=True)
        ):
            distance = add_up(
                m,
                [largest],
                [exponent],
                width=len(largest) + 1,
                cells=self._cells,
                name=f"distance_{index}",
            )
            cut = self._cut(m, distance, significand, twice, name=f"term_{index}")
            masked = cut & ~none.replicate(len(cut))
            # Minus is one's complement and one.
            numbers += [Cat(masked ^ sign.replicate(len(cut)), sign).as_signed(), sign]
        width = self._fraction + 1 + self._doubled + len(terms).bit_length()
        exact = add_up(m, numbers, width=width + 1, cells=self._cells, name="aligned_sum")
        negative = signal(m, exact[-1], "sum_negative")
        magnitude = negated_if(m, negative, exact[:-1], cells=self._cells, name="magnitude")
        return Total(self._rounded(m, magnitude, negative, largest, old, terms), Const(0, 1))

    def _largest(self, m: Module, exponents: list[Signal], empty: list[Signal]) -> Value:
        """The largest exponent of what is not empty."""
        bits = max(len(exponent) for exponent in exponents)
        least = Const(-(1 << (bits - 1)), signed(bits))
        values: list[Value] = []
        for index, (exponent, none) in enumerate(zip(exponents, empty, strict=True)):
            counted = Signal(signed(bits), name=f"counted_{index}")
            m.d.comb += counted.eq(Mux(none, least, exponent))
            values.append(counted)
        while len(values) > 1:
            level: list[Value] = []
            for index in range(0, len(values) - 1, 2):
                larger = Signal(signed(bits), name=f"largest_{len(values)}_{index}")
                first, second = values[index : index + 2]
                m.d.comb += larger.eq(Mux(first < second, second, first))
                level.append(larger)
            values = level + values[len(values) - len(values) % 2 :]
        return values[0]

    def _cut(
        self, m: Module, distance: Value, significand: Value, doubled: int, *, name: str
    ) -> Value:
        """The magnitude in units of the common last place, cut toward zero."""
        places_below = len(significand) - 1 - doubled
        width = self._fraction + 1 + doubled
        drop = max(places_below - self._fraction, 0)
        shifted: Value = Cat(Const(0, self._fraction - places_below + drop), significand[drop:])
        steps = min((width - 1).bit_length(), len(distance))
        for step in range(steps):
            amount = 1 << step
            moved = Signal(width, name=f"{name}_by{amount}")
            m.d.comb += moved.eq(Mux(distance[step], shifted >> amount, shifted))
            shifted = moved
        far = distance[steps:].any() if len(distance) > steps else Const(0, 1)
        return shifted & ~signal(m, far, f"{name}_far").replicate(width)

    def _rounded(
        self,
        m: Module,
        magnitude: Value,
        negative: Value,
        largest: Value,
        old: Term,
        terms: list[ExactProduct],
    ) -> Value:
        format = self.format
        # The top bit's weight is that of the largest exponent and as many places more.
        above = len(magnitude) - 1 - self._fraction
        exponent = Signal(signed(len(largest) + 2), name="top_exponent")
        m.d.comb += exponent.eq(largest + (above - 1))
        aligned = align(
            m,
            magnitude,
            exponent,
            mantissa_bits=format.mantissa_bits,
            leading=len(magnitude),
            rightward=self._rightward,
            cells=self._cells,
        )
        addends: list[Term | ExactProduct] = [old, *terms]
        plus = Cat(*(each.infinite & ~each.sign for each in addends)).any()
        minus = Cat(*(each.infinite & each.sign for each in addends)).any()
        infinite = signal(m, plus | minus, "sum_infinite")
        nan = Cat(*(each.nan for each in addends)).any() | (plus & minus)
        return code_of_aligned(
            m,
            format,
            aligned,
            sign=Mux(infinite, minus, negative),
            infinite=infinite,
            nan=nan,
            cells=self._cells,
        )


def _signed(m: Module, value: Value, name: str) -> Signal:
    """``value`` as a signed signal of its own."""
    result = Signal(signed(len(value) + (not value.shape().signed)), name=name)
    m.d.comb += result.eq(value)
    return result
