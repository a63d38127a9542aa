"""Floating-point formats: their fields, their rule for special values, and their names.

A format is one sign bit, ``exponent_bits``, ``mantissa_bits``, a bias and a rule for infinities and
NaN.  Sources: IEEE 754-2019, OCP OFP8 (e4m3, e5m2), OCP MX (e3m2, e2m3, e2m1), and Noune et al.,
"8-bit Numerical Formats for Deep Neural Networks", arXiv 2206.02915 (fnuz).
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from lmul_pe.model.choices import SpecificationError, WrongTypeError, suggestion, unknown_choice

SPECIALS = ("ieee", "fn", "fnuz", "finite")
"""``ieee``: all-ones exponents are infinity and NaN.  ``fn``: no infinity, NaN is all ones.
``fnuz``: no infinity, no negative zero, whose code is the only NaN.  ``finite``: neither."""

EXPONENT_BITS = range(2, 12)
MANTISSA_BITS = range(1, 53)


@dataclass(frozen=True)
class FloatFormat:
    """A binary floating-point format of up to 64 bits.

    Parameters
    ----------
    exponent_bits
        2 to 11.
    mantissa_bits
        1 to 52, the leading one not counted.
    specials
        One of :data:`SPECIALS`.
    bias
        Exponent bias; by default ``2^(exponent_bits-1) - 1``, and one more for ``fnuz``.

    Raises
    ------
    SpecificationError
        A field outside its range.
    """

    exponent_bits: int
    mantissa_bits: int
    specials: str = "ieee"
    bias: int | None = None

    def __post_init__(self) -> None:
        if self.exponent_bits not in EXPONENT_BITS:
            raise SpecificationError(
                f"a format of {self.exponent_bits} exponent bits is not supported: "
                f"expected {EXPONENT_BITS[0]} to {EXPONENT_BITS[-1]}"
            )
        if self.mantissa_bits not in MANTISSA_BITS:
            raise SpecificationError(
                f"a format of {self.mantissa_bits} mantissa bits is not supported: "
                f"expected {MANTISSA_BITS[0]} to {MANTISSA_BITS[-1]}"
            )
        if self.specials not in SPECIALS:
            raise unknown_choice("specials rule", self.specials, SPECIALS)
        if self.bias is None:
            object.__setattr__(self, "bias", self._usual_bias)
        if not 0 <= self._bias < 2**self.exponent_bits:
            raise SpecificationError(
                f"a bias of {self.bias} is outside an exponent of {self.exponent_bits} bits: "
                f"expected 0 to {2**self.exponent_bits - 1}"
            )

    @property
    def _usual_bias(self) -> int:
        return 2 ** (self.exponent_bits - 1) - (0 if self.specials == "fnuz" else 1)

    @property
    def _bias(self) -> int:
        assert self.bias is not None
        return self.bias

    @cached_property
    def width(self) -> int:
        """Bits of a code."""
        return 1 + self.exponent_bits + self.mantissa_bits

    @cached_property
    def magnitude_bits(self) -> int:
        """Bits of a code without its sign: exponent above mantissa."""
        return self.exponent_bits + self.mantissa_bits

    @property
    def has_infinity(self) -> bool:
        return self.specials == "ieee"

    @property
    def has_nan(self) -> bool:
        return self.specials != "finite"

    @property
    def has_negative_zero(self) -> bool:
        return self.specials != "fnuz"

    @property
    def has_special_exponent(self) -> bool:
        """Whether all-ones exponents hold infinities and NaN instead of numbers."""
        return self.specials == "ieee"

    @cached_property
    def largest(self) -> int:
        """Code of the largest finite number."""
        ones = 2**self.magnitude_bits - 1
        if self.specials == "ieee":
            return ones - 2**self.mantissa_bits
        return ones - 1 if self.specials == "fn" else ones

    @cached_property
    def least_normal(self) -> int:
        """Code of the smallest positive normal number."""
        return 2**self.mantissa_bits

    @cached_property
    def infinity(self) -> int:
        """Code of positive infinity.

        Raises
        ------
        SpecificationError
            The format has none.
        """
        if not self.has_infinity:
            raise SpecificationError(f"format {self.name} has no infinity")
        return (2**self.exponent_bits - 1) << self.mantissa_bits

    @cached_property
    def nan(self) -> int:
        """Code of the canonical NaN.

        Raises
        ------
        SpecificationError
            The format has none.
        """
        if self.specials == "ieee":
            return self.infinity | 1 << (self.mantissa_bits - 1)
        if self.specials == "fn":
            return 2**self.magnitude_bits - 1
        if self.specials == "fnuz":
            return 1 << self.magnitude_bits
        raise SpecificationError(f"format {self.name} has no NaN")

    @property
    def greatest_exponent(self) -> int:
        """Unbiased exponent of the largest finite number."""
        return (self.largest >> self.mantissa_bits) - self._bias

    @property
    def least_exponent(self) -> int:
        """Unbiased exponent of the smallest subnormal number, of which all are multiples."""
        return 1 - self._bias - self.mantissa_bits

    def exact_value(self, code: int) -> Fraction | None:
        """The number that ``code`` stands for, exactly; None for infinities and NaN."""
        magnitude = code & (2**self.magnitude_bits - 1)
        if magnitude > self.largest or (code == self.nan_or_none):
            return None
        exponent, mantissa = divmod(magnitude, 2**self.mantissa_bits)
        significand = mantissa if exponent == 0 else mantissa + 2**self.mantissa_bits
        scale = max(exponent, 1) - self._bias - self.mantissa_bits
        value = Fraction(significand) * Fraction(2) ** scale
        return -value if code >> self.magnitude_bits else value

    @property
    def nan_or_none(self) -> int | None:
        return self.nan if self.has_nan else None

    @cached_property
    def name(self) -> str:
        """The catalogue's name, or ``eXmY`` with the bias and the rule where they are unusual."""
        for name, known in CATALOG.items():
            if known == self:
                return name
        stem = f"e{self.exponent_bits}m{self.mantissa_bits}"
        bias = "" if self.bias == self._usual_bias else f"b{self.bias}"
        # A catalogued eXmY gives its bare name to another rule than ieee.
        plain = self.specials == "ieee" and (bias or stem not in CATALOG)
        return stem + bias + ("" if plain else self.specials)

    def __str__(self) -> str:
        return self.name


CATALOG: dict[str, FloatFormat] = {
    "fp32": FloatFormat(8, 23),
    "tf32": FloatFormat(8, 10),
    "bf16": FloatFormat(8, 7),
    "fp16": FloatFormat(5, 10),
    "e5m2": FloatFormat(5, 2),
    "e4m3": FloatFormat(4, 3, "fn"),
    "e4m3fnuz": FloatFormat(4, 3, "fnuz"),
    "e5m2fnuz": FloatFormat(5, 2, "fnuz"),
    "e3m4": FloatFormat(3, 4),
    "e5m6": FloatFormat(5, 6),
    "e3m2": FloatFormat(3, 2, "finite"),
    "e2m3": FloatFormat(2, 3, "finite"),
    "e2m1": FloatFormat(2, 1, "finite"),
}
"""Every format with a name of its own.  Adding a format is adding a line here."""

_NUMBER = "([1-9][0-9]{0,3}|0)"
_PATTERN = re.compile(rf"e{_NUMBER}m{_NUMBER}(?:b{_NUMBER})?(ieee|fn|fnuz|finite)?")


_ELSEWHERE = {
    "fp4": "e2m1",
    "fp6": "e3m2",
    "fp8": "e4m3",
    "float8": "e4m3",
    "float8_e4m3fn": "e4m3",
    "float8_e5m2": "e5m2",
    "half": "fp16",
    "float16": "fp16",
    "bfloat16": "bf16",
    "single": "fp32",
    "float": "fp32",
    "float32": "fp32",
    "fp64": "e11m52",
    "double": "e11m52",
    "float64": "e11m52",
}
"""What others call formats, to be understood where one is not known here."""


def format_named(name: str, what: str = "format", others: tuple[str, ...] = ()) -> FloatFormat:
    """The format that ``name`` stands for.

    Accepts the names of :data:`CATALOG` and any ``eXmY``, optionally followed by a bias (``b11``)
    and a rule (``ieee``, ``fn``, ``fnuz``, ``finite``); without a rule, ``eXmY`` is ``ieee`` unless
    it is catalogued.

    Parameters
    ----------
    what, others
        What the format is for, and what else there could be in its place, for the error's text.

    Raises
    ------
    SpecificationError
        No such format.
    """
    if name in CATALOG:
        return CATALOG[name]
    match = _PATTERN.fullmatch(name)
    if match is None:
        known = (*others, *CATALOG)
        hint = suggestion(_ELSEWHERE.get(name.lower(), name), known)
        raise SpecificationError(
            f"{what} {name!r} is not known: expected one of {', '.join(known)} "
            f"or eXmY with a rule ({', '.join(SPECIALS)}) if not ieee{hint}"
        )
    exponent_bits, mantissa_bits, bias, specials = match.groups()
    for letter, digits, allowed in (
        ("exponent", exponent_bits, EXPONENT_BITS),
        ("mantissa", mantissa_bits, MANTISSA_BITS),
    ):
        if int(digits) not in allowed:
            nearest = min(max(int(digits), allowed[0]), allowed[-1])
            raise SpecificationError(
                f"{what} {name!r} has {int(digits)} {letter} bits: expected {allowed[0]} to "
                f"{allowed[-1]}; the nearest is {nearest}"
            )
    return FloatFormat(
        int(exponent_bits),
        int(mantissa_bits),
        specials or "ieee",
        None if bias is None else int(bias),
    )


def float_format(format: FloatFormat | str) -> FloatFormat:
    """A format, or that of a name.

    Raises
    ------
    SpecificationError
        No such format; a :class:`TypeError`, too, if it is neither a format nor a name.
    """
    if isinstance(format, str):
        return format_named(format)
    if not isinstance(format, FloatFormat):
        raise WrongTypeError(
            f"format {format!r} of type {type(format).__name__} is no float format: pass a "
            "FloatFormat or its name, as 'e4m3'"
        )
    return format
