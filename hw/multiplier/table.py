"""The product of a corrected L-Mul in hardware: an addition of both operands and of an entry."""

from collections.abc import Sequence

from amaranth.hdl import Const, Module, Signal, Value, signed

from lmul_pe.hw.arithmetic.adders import add_bits, ripple
from lmul_pe.hw.arithmetic.bits import Bit, choose, joined, signal, signal_or_constant
from lmul_pe.hw.arithmetic.prefix import prefix_sum
from lmul_pe.hw.stream.stages import Stage
from lmul_pe.model import Multiplier
from lmul_pe.model.multiplier.corrections import corrections

from .lmul import LMul
from .lmul_guarded import FieldSum, GuardedLMul, constant_for, fits
from .operands import Operand
from .result import exponent_shape


class Table(LMul):
    """Stages of a corrected L-Mul multiplier.

    Parameters
    ----------
    multiplier
        Its specification, of kind ``"table"``.
    architecture
        Of the adder.
    """

    def stages(self) -> list[Stage]:
        """From ``a`` and ``b`` to ``y``."""
        if _is_guarded(self.multiplier):
            return GuardedTable(self.multiplier, self.architecture).stages()
        return self.general_stages()

    def sum(self, m: Module, first: Operand, second: Operand, bias: int) -> tuple[Value, Value]:
        """Exponent, with ``bias``, and mantissa of the corrected sum."""
        multiplier = self.multiplier
        bits = multiplier.mantissa_bits
        correction = multiplier.product_bias(bias)
        total = Signal(signed(bits + exponent_shape(multiplier, correction).width), name="total")
        entry = joined(_entry(m, multiplier, first.mantissa, second.mantissa))
        fields = self.fields(first) + self.fields(second)
        m.d.comb += total.eq(fields + entry + (correction << bits))
        return total[bits:].as_signed(), total[:bits]


class GuardedTable(GuardedLMul):
    """:class:`~.lmul_guarded.GuardedLMul` with an entry of the table in place of the offset."""

    special_anyway = False

    def total(self, m: Module, a: Value, b: Value, bits: int) -> FieldSum:
        """The low ``bits`` of both operands, added with the entry and the bias's constant.

        A row of full adders makes two numbers of three, and one adder the sum of those.
        """
        format = self.multiplier.format
        mantissas = (code[: format.mantissa_bits] for code in (a, b))
        constant = constant_for(format, 0)
        third: list[Bit] = [*_entry(m, self.multiplier, *mantissas)]
        third += [constant >> index & 1 for index in range(len(third), bits)]
        some = (index for index, bit in enumerate(third) if not isinstance(bit, int) or bit)
        lowest = next(some, bits)
        rows: tuple[list[Bit], list[Bit]] = [], []
        over: Bit = 0
        for index in range(bits):
            # Below the lowest entry both operands go to the adder as they are.
            if index < lowest:
                rows[0].append(a[index])
                rows[1].append(b[index])
                continue
            row, carry = add_bits(m, [a[index], b[index], third[index]], cell=False)
            rows[0].append(signal_or_constant(m, row, f"row_{index}"))
            rows[1].append(over)
            over = signal_or_constant(m, carry, f"over_{index}")
        network = self.architecture.network
        if network:
            *total, carry = prefix_sum(m, *rows, network)
        else:
            cell = self.architecture.adders == "cells"
            *total, carry = ripple(m, *rows, name="total", cell=cell)
        halves = [(joined([bit]), Const(0, 1)) for bit in total]
        return FieldSum(halves, list(zip(*rows, strict=True)), carry, over)


def _is_guarded(multiplier: Multiplier) -> bool:
    """Whether :class:`GuardedTable` can build ``multiplier``: it is of one format, every policy of
    a result is the default, and subnormals are flushed."""
    format = multiplier.format
    if len(set(multiplier.formats)) > 1:
        return False
    seen, latency = multiplier.table_bits, multiplier.latency
    standard = Multiplier("table", format, table_bits=seen, latency=latency)
    return multiplier == standard and fits(format, 2**format.mantissa_bits - 1)


def _entry(m: Module, multiplier: Multiplier, first: Value, second: Value) -> list[Bit]:
    """The correction of two mantissas, each as wide as its format has it, from bit 0 up."""
    bits, seen = multiplier.mantissa_bits, multiplier.table_bits
    assert seen is not None
    entries = corrections(bits, seen)
    # The top bits of both in turn: entries go by both alike.
    inputs = [
        bit for pair in zip(_top(first, seen), _top(second, seen), strict=True) for bit in pair
    ]
    places = [2 * seen - 1 - index for index in range(2 * seen)]
    values = []
    for index in range(1 << 2 * seen):
        chosen = {place: index >> place & 1 for place in places}
        row = sum(chosen[places[2 * step]] << (seen - 1 - step) for step in range(seen))
        column = sum(chosen[places[2 * step + 1]] << (seen - 1 - step) for step in range(seen))
        values.append(int(entries[row, column]))
    return [
        _chosen(m, tuple(value >> place & 1 for value in values), inputs, {})
        for place in range(bits)
    ]


def _top(mantissa: Value, count: int) -> list[Bit]:
    """The top bits, the uppermost first; a narrower format's mantissa has zeros below."""
    found: list[Bit] = [mantissa[index] for index in reversed(range(len(mantissa)))][:count]
    return found + [0] * (count - len(found))


def _chosen(
    m: Module, values: Sequence[int], inputs: Sequence[Bit], known: dict[tuple[int, ...], Bit]
) -> Bit:
    """The bit of ``values`` that ``inputs`` choose, the first of which is the top of its index.

    Equal parts of the table are built once, as in a binary decision diagram.
    """
    key = tuple(values)
    if len(set(key)) == 1:
        return key[0]
    if key not in known:
        half = len(key) // 2
        low, high = (_chosen(m, part, inputs[1:], known) for part in (key[:half], key[half:]))
        top = inputs[0]
        if key[:half] == key[half:] or isinstance(top, int):
            # A constant is a zero below a narrower mantissa.
            known[key] = low
        else:
            known[key] = signal(m, joined([choose(top, high, low)]), "entry")
    return known[key]
