"""The specification of a multiplier: one object for model, hardware, check and cost."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.format.codec import Codes, check_operands, code_type
from lmul_pe.model.format.floating import FloatFormat, format_named

from .exact import Exact
from .lmul import LMul
from .offset import paper_offset
from .product import Product, take
from .result import Packing


class Kind(Protocol):
    """A way to multiply: which policies it knows, and its products."""

    policies: frozenset[str]

    def compute(self, multiplier: "Multiplier", a: Codes, b: Codes) -> Codes: ...

    def product(self, multiplier: "Multiplier", a: Codes, b: Codes) -> Product: ...

    def lowest_product_bit(self, multiplier: "Multiplier") -> int: ...


KINDS: dict[str, Kind] = {"lmul": LMul(), "exact": Exact()}
"""Every multiplier kind.  Adding one is adding a class here and one in ``hw``."""

CHOICES = {
    "carry": ("integer", "equation"),
    "guard": ("full", "zero", "raw"),
    "subnormals": ("flush", "gradual"),
    "overflow": ("saturate", "inf", "nan"),
    "rounding": ("rne", "rtz"),
}
UNGUARDED = ("raw", "zero")
"""Guards under which the sum is that of the codes, modulo ``2^(E+M)``."""
LATENCIES = range(5)

_TABLE_BITS = 16
_CHUNK = 1 << 15


@dataclass(frozen=True, init=False)
class Multiplier:
    """A floating-point multiplier.

    A policy that is left out (None) takes its default; a policy that the kind or the guard does not
    use is None and refuses any other value.  ``docs/numerics.md`` defines every choice.

    Parameters
    ----------
    kind
        ``"lmul"`` or ``"exact"``.
    format
        Format of operand ``a``, or its name.
    format_b
        Format of operand ``b``; that of ``a`` by default.
    format_y
        Format of the result ``y``; by default that of ``a``, or of ``b`` if only ``b`` can be NaN.
    carry
        L-Mul only.  ``"integer"`` (default): the mantissa's carry runs into the exponent (Eq. 2).
        ``"equation"``: the sum of Eq. 1 is normalised.
    offset
        L-Mul only.  ``"paper"`` (default), ``"none"`` (Mitchell), or an integer in units of
        ``2^-M``, M being the wider mantissa.  The attribute holds the integer.
    guard
        L-Mul only.  ``"full"`` (default), ``"raw"``: no special case at all, or ``"zero"``: a zero
        where an operand has exponent field 0, and no other special case.
    subnormals
        ``"flush"`` (default) or ``"gradual"``.
    overflow
        ``"inf"`` (default where the result's format has infinities), ``"saturate"`` (default
        elsewhere) or ``"nan"``.
    rounding
        ``"rne"`` (default) or, for exact multipliers, ``"rtz"``.  An L-Mul rounds, to nearest even,
        only with gradual underflow or into a narrower mantissa.
    latency
        Register stages, 0 (combinational) to 4.

    Raises
    ------
    SpecificationError
        A policy that is unknown, unused here, or impossible for the formats.
    """

    kind: str
    format: FloatFormat
    format_b: FloatFormat
    format_y: FloatFormat
    carry: str | None
    offset: int | None
    guard: str | None
    subnormals: str | None
    overflow: str | None
    rounding: str | None
    latency: int

    def __init__(
        self,
        kind: str,
        format: FloatFormat | str,
        format_b: FloatFormat | str | None = None,
        format_y: FloatFormat | str | None = None,
        *,
        carry: str | None = None,
        offset: int | str | None = None,
        guard: str | None = None,
        subnormals: str | None = None,
        overflow: str | None = None,
        rounding: str | None = None,
        latency: int = 0,
    ) -> None:
        if kind not in KINDS:
            raise unknown_choice("kind", kind, KINDS)
        given = {
            "carry": carry,
            "guard": guard,
            "subnormals": subnormals,
            "overflow": overflow,
            "rounding": rounding,
        }
        for policy, value in given.items():
            if value is not None and value not in CHOICES[policy]:
                raise unknown_choice(policy, value, CHOICES[policy])
        whole = isinstance(latency, int | np.integer) and not isinstance(latency, bool)
        if not whole or latency not in LATENCIES:
            raise SpecificationError(
                f"latency {latency!r} is not a number of register stages: "
                f"expected {LATENCIES[0]} to {LATENCIES[-1]}"
            )

        def format_of(value: FloatFormat | str | None, default: FloatFormat) -> FloatFormat:
            if value is None:
                return default
            return format_named(value) if isinstance(value, str) else value

        def put(**values: object) -> None:
            for name, value in values.items():
                object.__setattr__(self, name, value)

        put(format=format_named(format) if isinstance(format, str) else format)
        put(kind=kind, latency=int(latency))
        put(format_b=format_of(format_b, self.format))
        put(format_y=format_of(format_y, self._default_format_y))
        put(**given, offset=offset)
        self._refuse_unused()
        put(**self._resolved())
        self._validate()

    def _used(self) -> frozenset[str]:
        """The policies that mean something for this kind, guard and these formats."""
        used = KINDS[self.kind].policies
        if self.guard in UNGUARDED:
            return used & {"carry", "offset", "guard"}
        narrows = self.format_y.mantissa_bits < self.mantissa_bits
        if self.kind == "lmul" and self.subnormals != "gradual" and not narrows:
            return used - {"rounding"}
        return used

    def _refuse_unused(self) -> None:
        used = self._used()
        for policy in (*CHOICES, "offset"):
            value = getattr(self, policy)
            if value is None or policy in used:
                continue
            if policy not in KINDS[self.kind].policies:
                reason = f"{self.kind} multipliers have no {policy}"
            elif self.guard in UNGUARDED:
                reason = f"guard {self.guard!r} has no special cases of range and so no {policy}"
            else:
                reason = "this L-Mul adds integers and rounds nothing"
            raise SpecificationError(f"{policy} {value!r} does not apply: {reason}; leave it out")

    def _resolved(self) -> dict[str, object]:
        """The values of the policies, defaults filled in."""
        used = self._used()
        defaults: dict[str, object] = {
            "carry": "integer",
            "guard": "full",
            "subnormals": "flush",
            "overflow": self._default_overflow,
            "rounding": "rne",
        }
        resolved = {
            policy: getattr(self, policy) or (default if policy in used else None)
            for policy, default in defaults.items()
        }
        if "offset" in used:
            resolved["offset"] = self._offset_of(self.offset)
        return resolved

    @property
    def _default_format_y(self) -> FloatFormat:
        # A result must be able to say NaN if an operand is.
        only_b = self.format_b.has_nan and not self.format.has_nan
        return self.format_b if only_b else self.format

    @property
    def _default_overflow(self) -> str:
        # IEEE 754 section 7.4: rounding toward zero carries overflows to the largest finite number.
        return "inf" if self.format_y.has_infinity and self.rounding != "rtz" else "saturate"

    def _offset_of(self, value: int | str | None) -> int:
        if value is None or value == "paper":
            return paper_offset(self.mantissa_bits)
        if value == "none":
            return 0
        limit = 2**self.mantissa_bits - 1
        try:
            number = int(value) if isinstance(value, str | int | np.integer) else None
        except ValueError:
            number = None
        if number is None or isinstance(value, bool):
            raise SpecificationError(
                f"offset {value!r} is not one of paper, none or an integer in units of "
                f"2^-{self.mantissa_bits} (0 to {limit})"
            )
        if not 0 <= number <= limit:
            raise SpecificationError(
                f"offset {number} is outside a mantissa of {self.mantissa_bits} bits: expected 0 "
                f"to {limit}; the nearest is {min(max(number, 0), limit)}"
            )
        return number

    def _validate(self) -> None:
        mixed = len(set(self.formats)) > 1
        if self.guard in UNGUARDED and mixed:
            raise SpecificationError(
                f"guard {self.guard!r} adds codes of one format, but a is {self.format}, "
                f"b {self.format_b} and y {self.format_y}: use guard 'full' for mixed formats"
            )
        if self.guard in UNGUARDED:
            return
        if self.overflow == "inf" and not self.format_y.has_infinity:
            raise SpecificationError(
                f"overflow 'inf' is impossible: format {self.format_y} has no infinity; "
                f"expected saturate{' or nan' if self.format_y.has_nan else ''}"
            )
        if self.overflow == "nan" and not self.format_y.has_nan:
            raise SpecificationError(
                f"overflow 'nan' is impossible: format {self.format_y} has no NaN; "
                "expected saturate"
            )
        if self.rounding == "rtz" and self.kind == "lmul":
            raise SpecificationError(
                "rounding 'rtz' is not defined for lmul, which rounds to nearest even where it "
                "rounds at all; expected rne"
            )
        if self.rounding == "rtz" and self.overflow != "saturate":
            raise SpecificationError(
                f"overflow {self.overflow!r} contradicts rounding 'rtz', under which an overflow "
                "gives the largest finite number (IEEE 754 section 7.4); expected saturate"
            )
        for operand in (self.format, self.format_b):
            if operand.has_nan and not self.format_y.has_nan:
                raise SpecificationError(
                    f"format {self.format_y} cannot take the result: an operand in {operand} can "
                    "be NaN, and it has no NaN"
                )

    @property
    def formats(self) -> tuple[FloatFormat, FloatFormat, FloatFormat]:
        """Formats of ``a``, ``b`` and ``y``."""
        return self.format, self.format_b, self.format_y

    @property
    def mantissa_bits(self) -> int:
        """The wider of the operands' mantissas, in which L-Mul adds."""
        return max(self.format.mantissa_bits, self.format_b.mantissa_bits)

    @property
    def product_bits(self) -> int:
        """Bits of the exact product of both significands."""
        return self.format.mantissa_bits + self.format_b.mantissa_bits + 2

    @cached_property
    def highest_product_bit(self) -> int:
        """Weight, as a power of two, of the leading bit of the largest product."""
        a, b = (
            np.array([operand.largest], dtype=code_type(operand))
            for operand in (self.format, self.format_b)
        )
        # Products grow with both operands, those of L-Mul too.
        product = KINDS[self.kind].product(self, a, b)
        return int(product.significand[0]).bit_length() - 1 + int(product.exponent[0])

    @property
    def lowest_product_bit(self) -> int:
        """Weight, as a power of two, of the lowest bit that is set in any product."""
        return KINDS[self.kind].lowest_product_bit(self)

    def product_bias(self, bias: int) -> int:
        """What turns the sum of two biased exponents into an exponent with ``bias``."""
        return bias - (self.format.bias or 0) - (self.format_b.bias or 0)

    @property
    def bias_correction(self) -> int:
        """What turns the sum of two biased exponents into the result's biased exponent."""
        return self.product_bias(self.format_y.bias or 0)

    @property
    def is_narrow(self) -> bool:
        """Whether operands have so few bits together that all results make a table."""
        return self.format.width + self.format_b.width <= _TABLE_BITS

    @property
    def packing(self) -> Packing:
        """The policies by which a product becomes a code of the result's format."""
        return Packing(
            self.format_y,
            flush=self.subnormals == "flush",
            overflow=self.overflow or "saturate",
            toward_zero=self.rounding == "rtz",
        )

    @cached_property
    def name(self) -> str:
        """Stable, unique, a legal Verilog identifier; :func:`multiplier_named` reads it back."""
        parts = [self.kind, self.format.name]
        if self.format_b != self.format:
            parts += ["x", self.format_b.name]
        if self.format_y != self._default_format_y:
            parts += ["to", self.format_y.name]
        if self.guard in UNGUARDED:
            parts.append(self.guard)
        if self.carry == "equation":
            parts.append("equation")
        if self.offset is not None and self.offset != paper_offset(self.mantissa_bits):
            parts.append(f"offset{self.offset}")
        if self.subnormals == "gradual":
            parts.append("gradual")
        if self.overflow is not None and self.overflow != self._default_overflow:
            parts.append(self.overflow)
        if self.rounding == "rtz":
            parts.append("rtz")
        if self.latency:
            parts.append(f"latency{self.latency}")
        return "_".join(parts)

    def __str__(self) -> str:
        return self.name

    def compute(self, a: ArrayLike, b: ArrayLike) -> Codes:
        """Products, bit for bit as the hardware gives them.

        Parameters
        ----------
        a, b
            Integer codes of ``format`` and ``format_b``, of shapes that broadcast together.

        Returns
        -------
        Codes of ``format_y``, of the broadcast shape, in the smallest unsigned type.

        Raises
        ------
        SpecificationError
            Codes of a wrong type or outside their format.
        """
        first, second = check_operands(a, b, self.format, self.format_b)
        shape = first.shape
        flat_a, flat_b = first.ravel(), second.ravel()
        result = np.empty(flat_a.size, dtype=code_type(self.format_y))
        table = None
        if self.is_narrow:
            table = _product_table(self).ravel()
        kind = KINDS[self.kind]
        # Chunks that stay in the processor's cache are several times faster than whole arrays.
        for start in range(0, flat_a.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            if table is None:
                result[part] = kind.compute(self, flat_a[part], flat_b[part])
            else:
                index = pair_index(flat_a[part], flat_b[part], self.format_b.width)
                np.take(table, index, out=result[part], mode="wrap")
        return result.reshape(shape)

    def product(self, a: Codes, b: Codes) -> Product:
        """Products as they are accumulated: exact, of any exponent, squeezed into no format."""
        if self.is_narrow:
            return take(every_product(self), pair_index(a, b, self.format_b.width))
        return KINDS[self.kind].product(self, a, b)

    def table(self) -> NDArray[np.unsignedinteger[Any]]:
        """Every product: row, code of ``a``; column, code of ``b``.

        Raises
        ------
        SpecificationError
            Operands of more than 16 bits together.
        """
        if not self.is_narrow:
            raise SpecificationError(
                f"{self.name} has no product table: operands of {self.format.width} and "
                f"{self.format_b.width} bits, expected {_TABLE_BITS} together at most"
            )
        return _product_table(self).copy()


@lru_cache(maxsize=64)
def _product_table(multiplier: Multiplier) -> Codes:
    return KINDS[multiplier.kind].compute(multiplier, *every_pair(multiplier))


@lru_cache(maxsize=16)
def every_product(multiplier: Multiplier) -> Product:
    """Every product, as it is accumulated, at its :func:`pair_index`."""
    a, b = every_pair(multiplier)
    return KINDS[multiplier.kind].product(multiplier, a.ravel(), b.ravel())


def pair_index(a: Codes, b: Codes, width_b: int) -> NDArray[np.intp]:
    """Where the pairs of codes stand among all pairs, ``a`` above ``b``."""
    index = a.astype(np.intp)
    index <<= width_b
    index |= b
    return index


def every_pair(multiplier: Multiplier) -> tuple[Codes, Codes]:
    """Every pair of operand codes, as two arrays: rows run over ``a``, columns over ``b``."""
    a = np.arange(2**multiplier.format.width, dtype=code_type(multiplier.format))
    b = np.arange(2**multiplier.format_b.width, dtype=code_type(multiplier.format_b))
    rows, columns = np.meshgrid(a, b, indexing="ij")
    return rows, columns


_SUFFIXES = {
    "raw": "guard",
    "zero": "guard",
    "equation": "carry",
    "gradual": "subnormals",
    "saturate": "overflow",
    "inf": "overflow",
    "nan": "overflow",
    "rtz": "rounding",
}
_NUMBERED = re.compile(r"(offset|latency)([0-9]{1,16})")


def multiplier_named(name: str) -> Multiplier:
    """The multiplier that ``name`` stands for, such as ``lmul_e4m3`` or ``exact_fp16_gradual``.

    Raises
    ------
    SpecificationError
        Not the name of a multiplier, or one of an impossible multiplier.
    """
    kind, *words = name.split("_")
    if kind not in KINDS:
        raise unknown_choice(f"name {name!r}: kind", kind, KINDS)
    if not words:
        raise SpecificationError(
            f"name {name!r} has no format: expected KIND_FORMAT, as {kind}_e4m3"
        )
    format = format_named(words.pop(0))
    operands: dict[str, Any] = {}
    for word, operand in (("x", "format_b"), ("to", "format_y")):
        if len(words) > 1 and words[0] == word:
            operands[operand] = format_named(words[1])
            del words[:2]
    policies: dict[str, Any] = {}
    for word in words:
        numbered = _NUMBERED.fullmatch(word)
        value: int | str
        if numbered:
            policy, value = numbered[1], int(numbered[2])
        elif word in _SUFFIXES:
            policy, value = _SUFFIXES[word], word
        else:
            raise unknown_choice(
                f"name {name!r}: policy", word, [*_SUFFIXES, "offsetN", "latencyN"]
            )
        if policy in policies:
            raise SpecificationError(f"name {name!r} states its {policy} twice")
        policies[policy] = value
    return Multiplier(kind, format, **operands, **policies)
