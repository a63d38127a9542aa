"""Rounding of a product whose top bits come last: both outcomes are ready before they do."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.stream.stages import Values
from lmul_pe.model.multiplier.result import Packing

from .result import below_last, exceptional_code, round_up


class RoundingAhead:
    """The stages of an exact multiplier behind its product, flushing, in least time.

    A product of two numbers in [1, 2) lies in [1, 4).  It is rounded as if it were below 2 and as
    if it were not, and the range of the exponent is known for both; the product's top bit, which
    settles last, only chooses.  Source of the idea: Santoro, Bewick and Horowitz, "Rounding
    Algorithms for IEEE Multipliers", Proc. 9th Symp. Computer Arithmetic, 1989.

    Parameters
    ----------
    packing
        Of the result; no product rounds to 4.
    """

    def __init__(self, packing: Packing):
        self.packing = packing

    def round(self, m: Module, values: Values) -> Values:
        """Both roundings, and for both exponents whether they are below, above or at the top."""
        format = self.packing.format
        bits = format.mantissa_bits
        product, below = below_last(values["product"], bits)
        lost = signal(m, product[:below].any(), "lost")
        roundings = []
        for name, first, sticky in (
            ("low", below, lost),
            ("high", below + 1, lost | product[below]),
        ):
            kept = product[first : first + bits + 1]
            up = round_up(m, kept, signal(m, sticky, f"{name}_sticky"), self.packing.toward_zero)
            roundings.append(_increment(kept[1:], up))
        (low, carry), (high, _) = roundings
        exponent = values["exponent"]
        # Room for the field, what exceeds it, and the sign.
        missing = max(0, format.exponent_bits + 2 - len(exponent))
        exponent = Cat(exponent, exponent[-1].replicate(missing))
        raised, _ = _increment(exponent, Const(1, 1))
        operands = {name: values[name] for name in ("sign", "zero", "infinite", "nan")}
        return {
            "doubled": product[-1],
            "carry": signal(m, carry, "carry"),
            "low": low,
            "high": high,
            **self._ranges(m, exponent, "low"),
            **self._ranges(m, raised, "high"),
            **operands,
        }

    def _ranges(self, m: Module, exponent: Value, name: str) -> Values:
        """The exponent's field, and where the exponent lies, if no rounding changes it."""
        format = self.packing.format
        field = exponent[: format.exponent_bits]
        above = exponent[format.exponent_bits : -1].any()
        negative = exponent[-1]
        largest = field.all()
        if format.specials == "ieee":
            above, largest = above | largest, Const(0, 1)
        return {
            f"{name}_field": field,
            f"{name}_below": signal(m, negative | ~exponent.any(), f"{name}_below"),
            f"{name}_above": signal(m, ~negative & above, f"{name}_above"),
            f"{name}_largest": signal(m, ~negative & largest, f"{name}_largest"),
        }

    def select(self, m: Module, values: Values) -> Values:
        """The code of whichever of both holds."""
        doubled = values["doubled"]
        mantissa = Signal(self.packing.format.mantissa_bits, name="mantissa")
        m.d.comb += mantissa.eq(Mux(doubled, values["high"], values["low"]))
        raised = signal(m, doubled | values["carry"], "raised")

        def chosen(what: str) -> Value:
            return Mux(raised, values[f"high_{what}"], values[f"low_{what}"])

        overflow = chosen("above")
        if self.packing.format.specials == "fn":
            overflow = overflow | (chosen("largest") & mantissa.all())
        return {
            "y": exceptional_code(
                m,
                self.packing,
                magnitude=Cat(mantissa, chosen("field")),
                sign=values["sign"],
                nan=values["nan"],
                infinite=values["infinite"],
                zero=values["zero"] | chosen("below"),
                overflow=overflow,
            )
        }


def _increment(number: Value, up: Value) -> tuple[Value, Value]:
    """``number + up``, as wide as ``number``, and the carry."""
    carries = [up, *(number[:index].all() & up for index in range(1, len(number) + 1))]
    return Cat(*(bit ^ carry for bit, carry in zip(number, carries, strict=False))), carries[-1]
