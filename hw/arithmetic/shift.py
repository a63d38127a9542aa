"""Shifters of logarithmic depth: normalisation to the left, and to the right with a sticky bit."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value


def normalise(m: Module, value: Value, *, name: str) -> tuple[Value, Value]:
    """Shift the leading one of ``value`` into its top bit.

    Returns the number of places and the shifted value.  The largest step comes first, so that each
    step tests only the bits that it would shift out.
    """
    shifted = value
    places: list[Value] = []
    for step in reversed(range((len(value) - 1).bit_length())):
        distance = 1 << step
        place = Signal(name=f"{name}_shift{distance}")
        moved = Signal(len(value), name=f"{name}_by{distance}")
        m.d.comb += [
            place.eq(~shifted[-distance:].any()),
            moved.eq(Mux(place, shifted << distance, shifted)),
        ]
        shifted = moved
        places.insert(0, place)
    return Cat(*places), shifted


def shift_right_sticky(m: Module, value: Value, places: Value, *, name: str) -> Value:
    """``value`` shifted right; the last bit of the result also tells whether a one was lost."""
    shifted = value
    for step in range(len(places)):
        distance = min(1 << step, len(value))
        moved = Signal(len(value), name=f"{name}_by{1 << step}")
        lost = shifted[: distance + 1].any()
        m.d.comb += moved.eq(Mux(places[step], Cat(lost, shifted[distance + 1 :]), shifted))
        shifted = moved
    return shifted
