"""Addition of two recoded numbers by two paths: one that rounds, and one that normalises.

Where terms are added, or lie two binary places apart, their sum has its leading one within a place
of where it is expected, so that it is rounded and hardly shifted.  Where a difference cancels, it
is exact, so that it is shifted and not rounded.  Source of the idea: Farmwald, "On the Design of
High Performance Digital Arithmetic Units", PhD thesis, Stanford, 1981.
"""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from lmul_pe.hw.arithmetic.bits import Bit, joined, signal
from lmul_pe.hw.arithmetic.carry_save import add_up
from lmul_pe.hw.arithmetic.funnel import leading_zeros
from lmul_pe.hw.arithmetic.prefix import prefix_sum
from lmul_pe.hw.arithmetic.shift import shift_right_sticky
from lmul_pe.hw.stream.stages import Register, Stage, Values

_CUTS = {1: (), 2: (1,), 3: (1, 2), 4: (0, 1, 2)}
"""Behind which of the first three stages registers stand, by latency; the sum's own is the last."""

_GUARD_BITS = 3
"""Below the last place: for a leading one a place lower, to round, and a sticky bit."""


@dataclass(frozen=True)
class Number:
    """``(-1)^sign * significand * 2^exponent``, the leading one at the significand's top.

    Without a leading one a number is zero, or has the least exponent.  An exponent is that of the
    top bit, in the bias of the sum.
    """

    sign: Value
    exponent: Value
    significand: Value


@dataclass(frozen=True)
class Adder:
    """How recoded numbers are added.

    Parameters
    ----------
    mantissa_bits
        Of a sum.  No significand is longer than that and the leading one.
    exponent_bits
        Of a sum's exponent.
    gradual
        Whether sums can be too small to have a leading one.  Their exponent is then 1, and that of
        the second term may be below.  Otherwise every number but zero has a leading one and an
        exponent of 1 or more, and zero has the exponent 0.
    cells
        Whether numbers are added by full adders.
    network
        The prefix network that adds them otherwise; None for operators of the synthesis tool.
    """

    mantissa_bits: int
    exponent_bits: int
    gradual: bool
    cells: bool
    network: str | None

    def add(
        self, m: Module, first: Number, second: Number, register: Register, latency: int
    ) -> tuple[Value, Value, Value]:
        """Sign, exponent and wide significand of the sum, rounded to nearest even.

        The leading one is in one of the top three bits; see :meth:`significand`.

        Parameters
        ----------
        first
            A sum, whose significand has its full length.
        second
            A sum or a product.
        register
            Puts registers behind values; called ``latency - 1`` times.
        """
        values = self._order(m, first, second)
        stages: list[Stage] = [self._align, self._add, self._normalise]
        cuts = _CUTS[latency]
        if 0 in cuts:
            values = register(values)
        for index, stage in enumerate(stages, start=1):
            values = stage(m, values)
            if index in cuts:
                values = _registered_together(m, values, register)
        return self._round(m, values)

    def _sum(
        self, m: Module, one: Value, other: Value, width: int, name: str, carry: Value | None = None
    ) -> Value:
        """``one + other + carry`` modulo ``2^width``, all without a sign."""
        if self.network is None:
            plus = [one, other] if carry is None else [one, other, carry]
            return add_up(m, plus, width=width, cells=self.cells, name=name)
        # A carry in is that out of one more place below.
        low: list[Bit] = [] if carry is None else [carry]

        def padded(number: Value) -> list[Bit]:
            return [*low, *number, *[0] * (width - len(number))]

        total = prefix_sum(m, padded(one), padded(other), self.network)
        total = total[len(low) : len(low) + width]
        result = Signal(width, name=name)
        m.d.comb += result.eq(joined(total))
        return result

    def _apart(self, m: Module, one: Value, other: Value, width: int, name: str) -> Value:
        """``one - other`` modulo ``2^width``."""
        if self.network is None:
            return add_up(m, [one], [other], width=width, cells=self.cells, name=name)
        first, second = Signal(width, name=f"{name}_one"), Signal(width, name=f"{name}_other")
        m.d.comb += [first.eq(one), second.eq(other)]
        # Minus is one's complement and one.
        return self._sum(m, first, ~second, width, name, Const(1, 1))

    def _order(self, m: Module, first: Number, second: Number) -> Values:
        """The terms by their exponents, how far these are apart, and whether they may cancel."""
        places = self.mantissa_bits + 1
        width = places + _GUARD_BITS
        # Which of both is larger is a sign.
        apart_bits = max(self.exponent_bits + 1, len(second.exponent)) + 1
        if not self.gradual:
            apart_bits = self.exponent_bits + 1
        apart = self._apart(m, first.exponent, second.exponent, apart_bits, "exponents_apart")
        swap = signal(m, apart[-1], "second_larger")
        short = len(second.significand)
        top = Cat(Const(0, places - short), second.significand)
        large, small = Signal(places, name="larger"), Signal(width, name="smaller")
        exponent = Signal(self.exponent_bits, name="larger_exponent")
        # One's complement is one less than the distance, which is made up for by a place.
        distance = Signal(apart_bits - 1, name="distance")
        m.d.comb += [
            large.eq(Mux(swap, top, first.significand)),
            small.eq(
                Mux(
                    swap,
                    Cat(Const(0, _GUARD_BITS - 1), first.significand),
                    Cat(Const(0, _GUARD_BITS), top),
                )
            ),
            exponent.eq(Mux(swap, second.exponent[: self.exponent_bits], first.exponent)),
            distance.eq(apart[:-1] ^ swap.replicate(apart_bits - 1)),
        ]
        subtract = signal(m, first.sign ^ second.sign, "subtract")
        close = signal(m, ~distance[1:].any() & ~(swap & distance[0]), "close")
        near = subtract & close
        if self.gradual:
            near = near & exponent[1:].any()
        near = signal(m, near, "may_cancel")
        return {
            **self._compared(m, first, second),
            "large": large,
            "small": small,
            "distance": distance,
            "exponent": exponent,
            "subtract": subtract,
            "larger_sign": Mux(swap, second.sign, first.sign),
            "near": near,
        }

    def _compared(self, m: Module, first: Number, second: Number) -> Values:
        """Terms that may cancel, aligned, and which of both is less."""
        # One place apart, and which way, shows in the last bits of their exponents.
        lower = first.exponent[0] ^ second.exponent[0]
        odd = first.exponent[1] ^ second.exponent[1] ^ first.exponent[0]
        ahead = signal(m, lower & ~odd, "first_lower")
        behind = signal(m, lower & odd, "second_lower")
        zero = Const(0, 1)
        one = Mux(ahead, Cat(first.significand, zero), Cat(zero, first.significand))
        other = Mux(behind, Cat(second.significand, zero), Cat(zero, second.significand))
        short = len(other)
        # Low places of the first only make it larger.
        compared = self._apart(m, one[-short:], other, short + 1, "compared")
        less = signal(m, compared[-1], "first_less")
        return {
            "near_first": one,
            "near_second": other,
            "less": less,
            "near_sign": Mux(less, second.sign, first.sign),
        }

    def _align(self, m: Module, values: Values) -> Values:
        """The smaller term shifted to the larger one; the difference of terms that may cancel."""
        small, distance = values["small"], values["distance"]
        steps = min(len(small).bit_length(), len(distance))
        aligned = shift_right_sticky(m, small, distance[:steps], name="aligned")
        # What is shifted out as a whole only leaves a sticky bit.
        gone = signal(m, distance[steps:].any(), "gone")
        shifted = Cat(
            (aligned[0] & ~gone) | (gone & small.any()),
            aligned[1:] & ~gone.replicate(len(aligned) - 1),
        )
        rest = {
            name: value
            for name, value in values.items()
            if name not in ("small", "distance", "near_first", "near_second", "less")
        }
        return {**rest, "shifted": shifted, **self._difference(m, values)}

    def _difference(self, m: Module, values: Values) -> Values:
        """The magnitude of the difference of terms that may cancel, at rest where they do not."""
        first, second, near = values["near_first"], values["near_second"], values["near"]
        width = len(first)
        padded = Cat(Const(0, width - len(second)), second)
        # By size, a difference is never negative.  Minus is one's complement and one.
        turns = signal(m, near & values["less"], "first_turned")
        keeps = signal(m, near & ~values["less"], "second_turned")
        difference = self._sum(
            m,
            (first & near.replicate(width)) ^ turns.replicate(width),
            (padded & near.replicate(width)) ^ keeps.replicate(width),
            width,
            "difference",
            near,
        )
        return {"difference": difference}

    def _add(self, m: Module, values: Values) -> Values:
        """Sum or difference of the path that rounds, and the leading zeros of the other."""
        shifted, subtract = values["shifted"], values["subtract"]
        width = len(shifted)
        total = self._sum(
            m,
            Cat(Const(0, _GUARD_BITS), values["large"]),
            # Minus is one's complement and one.
            shifted ^ subtract.replicate(width),
            width + 1,
            "total",
            subtract,
        )
        difference, exponent = values["difference"], values["exponent"]
        # With a leading one at the top nothing cancels: the other path has it, rounded.
        below = difference[:-1]
        top = [below[index] for index in range(len(below) - 1, -1, -1)]
        if self.gradual:
            # Where the least exponent is reached, a one stops the shift.  What decodes a small
            # exponent is at rest where it is large.
            bits = min((len(top) + 2).bit_length(), self.exponent_bits)
            large = exponent[bits:].any()
            low = Signal(bits, name="exponent_low")
            m.d.comb += low.eq(exponent[:bits] | large.replicate(bits))
            top = [
                bit | (low == index + 2) if index + 2 < 2**bits else bit
                for index, bit in enumerate(top)
            ]
        count, _ = leading_zeros(m, top, name="leading")
        zeros = Cat(*(Const(bit, 1) if isinstance(bit, int) else bit for bit in count))
        rest = {name: value for name, value in values.items() if name not in ("large", "shifted")}
        return {**rest, "total": total, "zeros": zeros}

    def _normalise(self, m: Module, values: Values) -> Values:
        """Both results, the one yet to be rounded."""
        places = self.mantissa_bits + 1
        exponent, zeros = values["exponent"], values["zeros"]
        shifted: Value = values["difference"][:-1]
        for step in reversed(range(len(zeros))):
            moved = Signal(places, name=f"normalised_by{1 << step}")
            m.d.comb += moved.eq(Mux(zeros[step], shifted << (1 << step), shifted))
            shifted = moved
        lowered = self._sum(
            m,
            exponent,
            ~Cat(zeros, Const(0, self.exponent_bits))[: self.exponent_bits],
            self.exponent_bits,
            "lowered",
        )
        leading = shifted[-1]
        lowered = lowered & leading.replicate(len(lowered))
        # Cancelled as a whole it is positive, and has the least exponent.
        present: Value = leading
        if self.gradual:
            lowered = Cat(lowered[0] | ~leading, lowered[1:])
            present = values["difference"].any()
        return {
            **self._rounding(m, values),
            "near": values["near"] & ~values["difference"][-1],
            "near_significand": shifted,
            "near_exponent": lowered,
            "near_sign": values["near_sign"] & present,
        }

    def _rounding(self, m: Module, values: Values) -> Values:
        """The path that rounds: the total, and ones to be added where its last place may be."""
        total, subtract, exponent = values["total"], values["subtract"], values["exponent"]
        carry, bits = total[-1], total[:-1]
        right = signal(m, carry & ~subtract, "doubled")
        same = bits[-1]
        if self.gradual:
            negative = signal(m, subtract & ~carry, "difference_negative")
            same = same | ~exponent[1:].any() | negative
        same = signal(m, ~right & same, "in_place")
        left = signal(m, ~right & ~same, "halved")
        up_right = bits[3] & (bits[4] | bits[:3].any())
        up_same = bits[2] & (bits[3] | bits[:2].any())
        up_left = bits[1] & (bits[2] | bits[0])
        sign = values["larger_sign"]
        kept = Cat(bits[2:], right)
        if self.gradual:
            kept = kept ^ Cat(negative.replicate(len(bits) - 2), Const(0, 1))
            turned = Signal(_GUARD_BITS, name="turned")
            m.d.comb += turned.eq(-bits[:3])
            # Minus is one's complement and one, which the bits below may take in.
            up_turned = ~bits[:3].any() | (turned[2] & (turned[:2].any() | ~bits[3]))
            up_same = Mux(negative, up_turned, up_same)
            sign = (sign ^ negative) & ~(subtract & ~bits.any())
        return {
            "kept": kept,
            "ups": Cat(left & up_left, same & up_same, right & up_right),
            "far_sign": sign,
            "exponent": exponent,
        }

    def _round(self, m: Module, values: Values) -> tuple[Value, Value, Value]:
        kept, exponent = values["kept"], values["exponent"]
        near = signal(m, values["near"], "cancels")
        rounded = self._sum(m, kept, values["ups"], len(kept), "rounded")
        width = len(exponent)
        raised = self._sum(m, exponent, Const(1, 1), width, "raised")
        lowered = self._sum(m, exponent, Const(-1, width), width, "lowered_by_one")
        doubled, lower = rounded[-1], ~rounded[-1] & ~rounded[-2]
        if self.gradual:
            lower = lower & exponent[1:].any()
        far_exponent = Mux(doubled, raised, Mux(lower, lowered, exponent))
        if not self.gradual:
            far_exponent = far_exponent & rounded[-3:].any().replicate(width)
        wide = Mux(near, Cat(Const(0, 1), values["near_significand"], Const(0, 1)), rounded)
        if self.gradual:
            # A number of the least exponent may have no leading one to tell it by.
            wide = Cat(wide, lower & ~near)
        return (
            Mux(near, values["near_sign"], values["far_sign"]),
            Mux(near, values["near_exponent"], far_exponent),
            wide,
        )

    @property
    def wide_bits(self) -> int:
        """Bits of a significand that is yet to be placed; see :meth:`significand`."""
        return self.mantissa_bits + (4 if self.gradual else 3)

    def significand(self, m: Module, wide: Value, *, name: str) -> Value:
        """The significand of a sum from what :meth:`add` gives.

        Its leading one is moved to the top here, where nothing toggles any more but what differs
        from the sum before, and not where it comes out of an adder.
        """
        bits = wide[: self.mantissa_bits + 3]
        left = wide[-1] if self.gradual else ~bits[-1] & ~bits[-2]
        left = signal(m, left, f"{name}_halved")
        return Mux(bits[-1], bits[2:], Mux(left, bits[:-2], bits[1:-1]))


def _registered_together(m: Module, values: Values, register: Register) -> Values:
    """``values`` behind registers; where both paths are aligned, they share those of the terms.

    Every bit of a register takes the clock's energy in every cycle, and one path is idle.
    """
    if "shifted" not in values:
        return register(values)
    rest = dict(values)
    shifted, difference = rest.pop("shifted"), rest.pop("difference")
    width = len(difference)
    # With a leading one at the top the other path has the sum.
    near = signal(m, rest["near"] & ~difference[-1], "cancels_below_top")
    terms = Signal(len(shifted), name="terms_of_path")
    m.d.comb += terms.eq(Mux(near, difference, shifted))
    kept = register({**rest, "near": near, "terms": terms})
    rest = {name: value for name, value in kept.items() if name != "terms"}
    return {
        **rest,
        "shifted": kept["terms"],
        "difference": kept["terms"][:width] & kept["near"].replicate(width),
    }
