"""Alignment of a product to the exponent range: one shifter for both directions."""

from dataclasses import dataclass

from amaranth.hdl import Module, Mux, Signal, Value, signed

from .bits import Bit, both, choose, differ, either, invert, joined, signal
from .carry_save import add_up


@dataclass(frozen=True)
class Aligned:
    """A product in the exponent range of its result, yet to be rounded.

    ``kept`` is the mantissa above a guard bit, without the leading one; ``sticky`` tells whether
    anything lies below; ``field`` is the exponent field, 0 for a subnormal result.
    """

    kept: Value
    sticky: Value
    field: Value


def leading_zeros(m: Module, bits: list[Bit], *, name: str) -> tuple[list[Bit], Bit]:
    """Count of zeros before the first one of ``bits``, and whether there is a one.

    ``bits`` start at the top.  The count, from bit 0 up, is arbitrary where there is no one.
    Source: Oklobdzija, "An Algorithmic and Novel Design of a Leading Zero Detector Circuit",
    IEEE Trans. VLSI 2(1), 1994.
    """
    size = 1 << (len(bits) - 1).bit_length()
    counts: list[tuple[list[Bit], Bit]] = [([], bit) for bit in bits]
    counts += [([], 0)] * (size - len(bits))
    while len(counts) > 1:
        merged = []
        for index in range(0, len(counts), 2):
            (high, high_some), (low, low_some) = counts[index : index + 2]
            if isinstance(low_some, int):
                merged.append(([*high, 0], high_some))
                continue
            assert not isinstance(high_some, int)
            count = [
                choose(high_some, first, second) for first, second in zip(high, low, strict=True)
            ]
            stem = f"{name}_{size // len(counts)}_{index}"
            signals = [
                bit if isinstance(bit, int) else signal(m, bit, f"{stem}_{place}")
                for place, bit in enumerate([*count, ~high_some])
            ]
            merged.append((signals, signal(m, high_some | low_some, f"{stem}_some")))
        counts = merged
    return counts[0]


def align(
    m: Module,
    product: Value,
    exponent: Value,
    *,
    mantissa_bits: int,
    leading: int,
    rightward: bool = True,
    below: Bit = 0,
    cells: bool = False,
) -> Aligned:
    """Shift ``product`` so that its leading one, or the least exponent, is at the top.

    A product whose leading one is at the top has the exponent field ``exponent + 1``.  To the left
    it is shifted by its leading zeros, but by no more than ``exponent``, below which it becomes
    subnormal; where ``exponent`` is negative that is a shift to the right.

    Parameters
    ----------
    product
        Two significands multiplied, the leading one anywhere.
    exponent
        Signed.
    mantissa_bits
        Of the result.
    leading
        Places at the top in which a leading one is looked for; a product without one there is
        subnormal or zero.
    rightward
        Whether ``exponent`` can be negative, unless ``product`` is zero.
    below
        The bit with which ``product`` goes on for ever; ``sticky`` tells whether one of those that
        fall out differs from it.
    cells
        Whether exponents are added by full adders.
    """
    width = len(product)
    top = [product[index] for index in range(width - 1, -1, -1)]
    zeros, some = leading_zeros(m, top[:leading], name="leading")
    # As many places as the leading zeros need, and as make a sticky bit of the whole product.
    steps = (leading - 1).bit_length()
    if rightward:
        steps = max((mantissa_bits + 2).bit_length(), steps)
    exponent_bits = max(len(exponent), steps + 1)
    limit = Signal(signed(exponent_bits), name="limit")
    count = Signal(steps, name="leading_zeros")
    difference = Signal(signed(exponent_bits + 1), name="normal_exponent")
    m.d.comb += [
        limit.eq(exponent),
        count.eq(joined(zeros)),
        difference.eq(
            add_up(m, [limit], [count], width=exponent_bits + 1, cells=cells, name="less_zeros")
        ),
    ]
    normal = signal(m, joined([some]) & ~difference[-1], "is_normal")
    places = Signal(steps, name="places")
    chosen = Mux(normal, count, limit[:steps])
    selects = [places[step] for step in range(steps)]
    # From the top: zeros to shift in from, then the product; always to the left.
    window: list[Bit] = [*top]
    if rightward:
        in_reach = ~limit[-1] | limit[steps:].all()
        chosen = chosen & in_reach.replicate(steps)
        selects.append(signal(m, ~limit[-1], "shift_left"))
        window = [0] * (1 << steps) + window
    m.d.comb += places.eq(chosen)
    lost: Bit = 0
    for step, select in reversed(list(enumerate(selects))):
        distance = 1 << step
        # Hidden bit, mantissa and guard bit, and what later steps may still bring up.
        length = mantissa_bits + 2 + distance - 1
        window += [below] * max(0, length + distance - len(window))
        for bit in window[length + distance :]:
            lost = either(lost, differ(bit, below))
        passed: Bit = 0
        for bit in window[length : length + distance]:
            passed = either(passed, differ(bit, below))
        lost = either(lost, both(invert(select), passed))
        window = [
            bit if isinstance(bit, int) else signal(m, bit, f"shifted_{distance}_{index}")
            for index, bit in enumerate(
                choose(select, window[index + distance], window[index]) for index in range(length)
            )
        ]
    # The hidden bit is known: it is there if the result is normal.
    kept = joined(list(reversed(window[1 : mantissa_bits + 2])))
    raised = add_up(
        m, [difference[:-1], 1], width=exponent_bits + 1, cells=cells, name="normal_field"
    )
    field = Mux(normal, raised, 0)
    return Aligned(kept, joined([lost]), field)
