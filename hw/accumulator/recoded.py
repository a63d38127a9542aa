"""The floating-point accumulator with its sum recoded: what a code hides is kept beside it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.multiplier.product import (
    ExactProduct,
    Product,
    normalised_product,
    rounded_product,
)
from lmul_pe.hw.stream.stages import Register, Values
from lmul_pe.model import FloatAccumulator, Mac, Multiplier

from .contract import Total
from .partial_sums import balanced
from .two_path import Adder, Number


def highest_sum_bit(mac: Mac, terms: int) -> int:
    """Weight of the highest leading one that a sum from +0 can have, of ``terms`` products a step.

    What a step adds is less than 2^s.  A sum of 2^(s+M+1), M mantissa bits, stays as it is: half a
    unit in its last place is 2^s.  A sum below that becomes less than twice it.
    """
    accumulator, multiplier = mac.accumulator, mac.multiplier
    assert isinstance(accumulator, FloatAccumulator)
    assert isinstance(multiplier, Multiplier)
    step = multiplier.highest_product_bit + 1 + (terms - 1).bit_length()
    # Partial sums are added at the end.
    partial = (accumulator.latency - 1).bit_length()
    return step + accumulator.format.mantissa_bits + 1 + partial


def _stays_normal(mac: Mac, terms: int) -> bool:
    """Whether a sum from +0 is never subnormal, and never more than the largest number."""
    assert isinstance(mac.accumulator, FloatAccumulator)
    assert isinstance(mac.multiplier, Multiplier)
    format = mac.accumulator.format
    lowest, highest = mac.multiplier.lowest_product_bit, highest_sum_bit(mac, terms)
    return 1 - (format.bias or 0) <= lowest and highest <= format.greatest_exponent


class RecodedSum:
    """Sums whose leading bit and classes need no decoding; see :class:`~.contract.Accumulator`.

    From bit 0 up: mantissa, exponent field, leading bit, sign, flags.  The field is 0 where the
    leading bit is.  Flags are for infinities of either sign, both of which stand for NaN, or for
    NaN alone where there are no infinities; a field of ones is an infinity too.

    Where every product is a multiple of a normal number, and sums begin at +0, no sum is subnormal,
    and none comes near infinity: each addition that would make one larger is lost to rounding.  The
    field then counts exponents from that of the least product, in as few bits as the largest sum
    needs, and what handles the ends of the range is left out.

    Parameters
    ----------
    mac
        Multiplier and accumulator.
    architecture
        Of its adders.
    terms
        Products that are added among themselves before they meet the sum.
    begins
        Whether a sum can begin with a result's code.
    """

    normalised: ClassVar[bool] = True
    coded: ClassVar[bool] = False

    def __init__(self, mac: Mac, architecture: Architecture, *, terms: int, begins: bool):
        accumulator, multiplier = mac.accumulator, mac.multiplier
        assert isinstance(accumulator, FloatAccumulator)
        assert isinstance(multiplier, Multiplier)
        self.accumulator = accumulator
        self.format = format = accumulator.format
        self._bits = format.mantissa_bits
        bias = format.bias or 0
        lowest, highest = multiplier.lowest_product_bit, highest_sum_bit(mac, terms)
        self.gradual = begins or not _stays_normal(mac, terms)
        self.bias = bias if self.gradual else 1 - lowest
        exponent_bits = format.exponent_bits if self.gradual else (highest + self.bias).bit_length()
        self._adder = Adder(
            self._bits,
            exponent_bits,
            self.gradual,
            cells=architecture.adders == "cells",
            network=architecture.network,
        )
        formats = multiplier.format, multiplier.format_b
        infinities = self.gradual or any(each.has_infinity for each in formats)
        self._flags = 2 if infinities else int(any(each.has_nan for each in formats))
        self._wide = self._adder.wide_bits
        self._number_bits = self._wide + exponent_bits + 1
        self.state_bits = self._number_bits + self._flags
        self.result_bits = format.width

    @staticmethod
    def serves(mac: Mac, terms: int, *, begins: bool) -> bool:
        """Whether sums of ``mac`` can be kept so.

        Not where a difference that cancels must be rounded, nor where too large a sum is not
        infinite, nor where two products that are added may both lie below the range of sums.
        """
        accumulator, multiplier = mac.accumulator, mac.multiplier
        if not isinstance(accumulator, FloatAccumulator) or not isinstance(multiplier, Multiplier):
            return False
        format = accumulator.format
        rounded = accumulator.fused and multiplier.product_bits > format.mantissa_bits + 1
        return (
            format.specials == "ieee"
            and not rounded
            and (terms == 1 or (_stays_normal(mac, terms) and not begins))
        )

    def enter(self, m: Module, product: Product) -> Product:
        assert isinstance(product, ExactProduct)
        product = rounded_product(m, product, self._bits + 1)
        product = normalised_product(m, product)
        number = signal(m, ~product.zero, "nonzero")
        exponent = product.exponent
        if self.gradual:
            # Any exponent below those of sums serves for a zero.
            exponent = Cat(exponent[:-1], exponent[-1] | product.zero).as_signed()
        else:
            width = self._adder.exponent_bits
            exponent = exponent[:width] & number.replicate(min(width, len(exponent)))
        return replace(
            product,
            exponent=exponent,
            leading=number,
            fraction=product.fraction & number.replicate(len(product.fraction)),
            zero=Const(0, 1),
        )

    def add(
        self,
        m: Module,
        state: Value,
        products: Sequence[Product | Value],
        register: Register,
    ) -> Total:
        """The sum of ``state`` and the one number in ``products``."""
        (number,) = products
        return Total(self.pair(m, state, number, register), Const(0, 1))

    def pair(
        self, m: Module, first: Product | Value, second: Product | Value, register: Register
    ) -> Value:
        """The state of the sum of two numbers, products or states."""
        one = self._number(m, first, "first")
        missing = self._bits + 1 - len(one.significand)
        one = replace(one, significand=Cat(Const(0, missing), one.significand))
        other = self._number(m, second, "second")
        flags = self._flags_after(m, first, second, one, other)

        def registered(values: Values) -> Values:
            nonlocal flags
            values = register({**values, "flags": flags})
            flags = values["flags"]
            return values

        sign, exponent, significand = self._adder.add(
            m, one, other, registered, self.accumulator.latency
        )
        return Cat(significand, self._written(exponent), sign, flags)

    def add_or_join(
        self,
        m: Module,
        state: Value,
        product: ExactProduct,
        other: Value,
        joins: Value,
        register: Register,
    ) -> Value:
        """The state of the sum of ``state`` and ``product``, or where ``joins`` of two states.

        Only where no sum is subnormal.
        """
        assert not self.gradual
        one, added = self._number(m, state, "first"), self._number(m, product, "product")
        joined = self._number(m, other, "other")
        missing = self._bits + 1 - len(added.significand)
        second = Number(
            Mux(joins, joined.sign, added.sign),
            Mux(joins, joined.exponent, added.exponent),
            Mux(joins, joined.significand, Cat(Const(0, missing), added.significand)),
        )
        flags: Value = Const(0, 0)
        if self._flags:
            own = other[self._number_bits :]
            flags = state[self._number_bits :] | Mux(joins, own, Cat(*self._flags_of(product)))

        def registered(values: Values) -> Values:
            nonlocal flags
            if not self._flags:
                return register(values)
            values = register({**values, "flags": flags})
            flags = values["flags"]
            return values

        sign, exponent, significand = self._adder.add(
            m, one, second, registered, self.accumulator.latency
        )
        return Cat(significand, self._written(exponent), sign, flags)

    def first(self, product: ExactProduct) -> Value:
        """The state of +0 and ``product``; only where no sum is subnormal."""
        assert not self.gradual
        missing = self._bits + 1 - len(product.significand)
        # The place above the leading one, and the one below, are for what an addition gives.
        wide = Cat(Const(0, 1 + missing), product.significand, Const(0, 1))
        width = self._adder.exponent_bits
        exponent = Cat(product.exponent, Const(0, width))[:width]
        sign = product.sign & product.leading
        return Cat(wide, self._written(exponent), sign, *self._flags_of(product))

    def _flags_of(self, product: ExactProduct) -> list[Value]:
        if self._flags == 2:
            positive = product.infinite & ~product.sign
            return [product.nan | positive, product.nan | (product.infinite & product.sign)]
        return [product.nan][: self._flags]

    def _written(self, exponent: Value) -> Value:
        """An exponent as it is kept, so that bits of zero are that of zero; and back."""
        return Cat(~exponent[0], exponent[1:]) if self.gradual else exponent

    def _number(self, m: Module, number: Product | Value, name: str) -> Number:
        if isinstance(number, ExactProduct):
            return Number(number.sign, number.exponent, number.significand)
        state = Value.cast(number)
        exponent = self._written(state[self._wide : self._number_bits - 1])
        significand = self._adder.significand(m, state[: self._wide], name=name)
        return Number(state[self._number_bits - 1], exponent, significand)

    def _infinities(self, m: Module, state: Value, name: str) -> list[Value]:
        """Whether a state is plus or minus infinity; both for NaN."""
        flags = list(state[self._number_bits :])
        if not self.gradual:
            return flags
        # What stands beside flags means nothing.
        field = self._written(state[self._wide : self._number_bits - 1])
        above = signal(m, field.all() & ~Cat(*flags).any(), f"{name}_above")
        sign = state[self._number_bits - 1]
        return [flags[0] | (above & ~sign), flags[1] | (above & sign)]

    def _flags_after(
        self,
        m: Module,
        first: Product | Value,
        second: Product | Value,
        one: Number,
        other: Number,
    ) -> Value:
        """The flags of a sum, but for what its rounding makes infinite."""
        found: list[Value] = [Const(0, 1)] * self._flags
        for number, name in ((first, "first"), (second, "second")):
            if not isinstance(number, ExactProduct):
                flags = self._infinities(m, Value.cast(number), name)
            else:
                flags = self._flags_of(number)
            found = [old | new for old, new in zip(found, flags, strict=True)]
        if self.gradual and isinstance(second, ExactProduct):
            huge = self._huge(m, one, other) & ~Cat(*found).any()
            found = [found[0] | (huge & ~other.sign), found[1] | (huge & other.sign)]
        return Cat(*found)

    def _huge(self, m: Module, one: Number, other: Number) -> Value:
        """Whether a product is so large that the sum is infinite whatever its number would be."""
        width = self._adder.exponent_bits
        exponent = other.exponent
        if len(exponent) <= width:
            return Const(0, 1)
        beyond = exponent[width:-1].any() | (exponent[:width].all() & ~(one.sign ^ other.sign))
        return signal(m, ~exponent[-1] & beyond, "product_huge")

    def start(self, m: Module, code: Value) -> Total:
        bits, format = self._bits, self.format
        assert self.gradual
        field = code[bits : format.magnitude_bits]
        nan = signal(m, field.all() & code[:bits].any(), "start_nan")
        normal = signal(m, field.any(), "start_normal")
        exponent = Cat(field[0] | ~normal, field[1:])
        significand = Cat(Const(0, 1), code[:bits], normal, Const(0, 2))
        state = Cat(significand, self._written(exponent), code[-1], nan, nan)
        return Total(state, Const(0, 1))

    def finish(self, m: Module, state: Value, register: Register) -> Value:
        """The code of the partial sums in ``state``, added in a tree of neighbours."""
        total = balanced(m, self, state, register)
        bits, format = self._bits, self.format
        number = self._number(m, total, "total")
        sign, leading = number.sign, number.significand[-1]
        # From the least product's exponent to the bias of the format.
        rebiased = Signal(format.exponent_bits, name="rebiased")
        m.d.comb += rebiased.eq(number.exponent + ((format.bias or 0) - self.bias))
        field: Value = rebiased & leading.replicate(len(rebiased))
        mantissa: Value = number.significand[:-1]
        infinite: Value = Const(0, 1)
        nan: Value = Const(0, 1)
        if self._flags == 2:
            plus, minus = self._infinities(m, total, "sum")
            infinite, nan = signal(m, plus | minus, "infinite"), plus & minus
            sign = Mux(infinite, minus & ~plus, sign)
        elif self._flags:
            infinite = nan = total[-1]
            sign = sign & ~nan
        if self._flags:
            nan = signal(m, nan, "is_nan")
            field = field | infinite.replicate(len(field))
            mantissa = mantissa & ~infinite.replicate(bits)
            mantissa = Cat(mantissa[:-1], mantissa[-1] | nan)
        return Cat(mantissa, field, sign)
