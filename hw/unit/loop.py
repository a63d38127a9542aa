"""The loop of an accumulator: partial sums that take turns, a group of products every cycle."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib.data import StructLayout

from lmul_pe.hw.blocks import Blocks, place

from .datapath import Add, Datapath


def beat_layout(latency: int) -> StructLayout:
    """What goes with a group of products, for a sum of ``latency`` cycles.

    ``valid`` and ``last`` as in the stream; ``fresh`` while the partial sum whose turn it is,
    number ``slot``, has nothing in it.
    """
    fields = {"valid": 1, "last": 1, "fresh": 1}
    if latency > 1:
        fields["slot"] = (latency - 1).bit_length()
    return StructLayout(fields)


class Turns:
    """Counts groups of products: whose turn it is, and whether it is that one's first."""

    def __init__(self, m: Module, latency: int, *, taken: Value, last: Value):
        self._latency = latency
        self._fresh = Signal(init=1, name="turn_fresh")
        with m.If(taken):
            m.d.sync += self._fresh.eq(last)
        self._slot: Value = Const(0, 1)
        if latency == 1:
            return
        slot = Signal(range(latency), name="turn_slot")
        wraps = slot == latency - 1
        with m.If(taken):
            m.d.sync += [
                slot.eq(Mux(last | wraps, 0, slot + 1)),
                self._fresh.eq(last | (self._fresh & ~wraps)),
            ]
        self._slot = slot

    def beat(self, valid: Value, last: Value) -> Value:
        """The word of :func:`beat_layout` for the group that is being taken."""
        parts = [valid, last, self._fresh]
        return Cat(*parts, self._slot) if self._latency > 1 else Cat(*parts)


@dataclass(frozen=True)
class Ended:
    """What comes out of the loop.

    ``due`` is set while a sum's last products are being added, which an enabled cycle completes;
    ``state`` then holds its partial sums side by side.  ``overflow`` is set in a cycle in which a
    sum leaves its range.
    """

    due: Value
    state: Value
    overflow: Value


def accumulator_loop(
    m: Module,
    path: Datapath,
    blocks: Blocks | None,
    *,
    enable: Value,
    beat: Value,
    products: Sequence[Value],
    of_sums: bool = False,
) -> Ended:
    """Add a group of ``products`` to the partial sum whose turn it is.

    Parameters
    ----------
    enable
        Moves all registers; nothing is added in cycles without it.
    beat
        Of :func:`beat_layout`, for the products.
    of_sums
        Whether ``products`` are sums of products.
    """
    sums, bits = path.accumulator.latency, path.sum.state_bits
    layout = beat_layout(sums)
    partials = [Signal(bits, name=f"sum_{index}", reset_less=True) for index in range(sums)]
    started = layout(beat)
    chosen: Value = partials[0]
    for index, partial in enumerate(partials[1:], start=1):
        chosen = Mux(started.slot == index, partial, chosen)
    inputs: dict[str, Value] = {
        f"product_{index}": product for index, product in enumerate(products)
    }
    inputs["state"] = chosen & ~started.fresh.replicate(bits)
    if sums > 1:
        inputs["enable"] = enable
    ports = place(
        m,
        blocks,
        "add",
        lambda: Add(path, len(products), sums=of_sums),
        name="adder",
        key=(path.key, len(products), of_sums),
        **inputs,
    )
    ending = Value.cast(beat)
    for stage in range(1, sums):
        held = Signal(layout.size, name=f"beat_{stage}")
        with m.If(enable):
            m.d.sync += held.eq(ending)
        ending = held
    end = layout(ending)
    write = enable & end.valid
    following = ports["following"]
    for index, partial in enumerate(partials):
        with m.If(write & (end.slot == index if sums > 1 else Const(1, 1))):
            m.d.sync += partial.eq(following)
    gathered = [following]
    if sums > 1:
        gathered = []
        for index, partial in enumerate(partials):
            # A sum of few products has partial sums that nothing was added to.
            unused = end.fresh & (end.slot < index) if index else Const(0, 1)
            kept = partial & ~unused.replicate(bits)
            gathered.append(Mux(end.slot == index, following, kept))
    overflow = write & ports["overflow"] if path.accumulator.overflows else Const(0, 1)
    return Ended(end.valid & end.last, Cat(*gathered), overflow)
