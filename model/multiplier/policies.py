"""What a multiplier is asked for: kind, formats and policies, declared once each."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np

from lmul_pe.model.choices import SpecificationError, unknown_choice, whole_number
from lmul_pe.model.format.floating import FloatFormat, float_format
from lmul_pe.model.parameter import (
    Choice,
    FormatName,
    Number,
    parameters,
    words_of,
)

from .corrections import LARGEST_TABLE_BITS
from .offset import FITTED, fitted_offset, paper_offset
from .result import Packing

KIND_NAMES = ("lmul", "exact", "table")
"""Every kind of multiplier."""
UNGUARDED = ("raw", "zero")
"""Guards under which the sum is that of the codes, modulo ``2^(E+M)``."""
LATENCIES = range(5)
USUAL_TABLE_BITS = 3


@dataclass(frozen=True, init=False)
class Policies:
    """Kind, formats and policies of a multiplier, and what follows from them alone.

    Parameters and errors are those of :class:`~.specification.Multiplier`.  Adding a policy is
    adding a field here, which the kinds that it is for heed.
    """

    kind: Annotated[
        str,
        Choice(
            option="kind",
            choices=KIND_NAMES,
            named=False,
            help=f"One of {', '.join(KIND_NAMES)} (lmul by default); beside a mul also int8.",
        ),
    ]
    format: Annotated[
        FloatFormat, FormatName(option="fmt", named=False, help="Format of a, as bf16 or e4m3.")
    ]
    format_b: Annotated[
        FloatFormat,
        FormatName(option="fmt_b", word="x", leads=True, help="Format of b; that of a by default."),
    ]
    format_y: Annotated[
        FloatFormat,
        FormatName(
            option="fmt_y",
            word="to",
            leads=True,
            part="result",
            help="Format of a mul's result; that of a by default.",
        ),
    ]
    carry: Annotated[
        str | None,
        Choice(
            option="carry",
            choices=("integer", "equation"),
            default="integer",
            kinds=("lmul",),
            part="sum",
            help="integer (default) or equation; lmul only.",
        ),
    ]
    offset: Annotated[
        int | None,
        Number(
            option="offset",
            word="offset",
            texts=("paper", "none", *FITTED),
            kinds=("lmul",),
            part="sum",
            help="paper (default), none, fitted (least bias), fitted_mean, fitted_square, or an "
            "integer in units of 2^-M; lmul only.",
        ),
    ]
    table_bits: Annotated[
        int | None,
        Number(
            option="table_bits",
            word="bits",
            kinds=("table",),
            part="sum",
            help="Top bits of each mantissa that choose a correction, 2 to 4 (3 by default); table "
            "only.",
        ),
    ]
    guard: Annotated[
        str | None,
        Choice(
            option="guard",
            choices=("full", "zero", "raw"),
            default="full",
            leads=True,
            kinds=("lmul",),
            part="sum",
            help="full (default), zero or raw; lmul only.",
        ),
    ]
    subnormals: Annotated[
        str | None,
        Choice(
            option="subnormals",
            choices=("flush", "gradual"),
            default="flush",
            part="operands",
            help="flush (default) or gradual.",
        ),
    ]
    overflow: Annotated[
        str | None,
        Choice(
            option="overflow",
            choices=("saturate", "inf", "nan"),
            part="result",
            help="Of a mul: saturate, inf or nan; by default inf where there is one.",
        ),
    ]
    rounding: Annotated[
        str | None,
        Choice(
            option="rounding",
            choices=("rne", "rtz"),
            default="rne",
            part="result",
            help="Of a mul: rne (default) or rtz; exact only.",
        ),
    ]
    latency: Annotated[
        int,
        Number(
            option="latency",
            word="latency",
            default=0,
            part="result",
            help="Register stages of a mul, 0 (default) to 4; of the products of a dot whose sums "
            "are exact, 0 or 1.",
        ),
    ]

    def __init__(
        self,
        kind: str,
        format: FloatFormat | str,
        format_b: FloatFormat | str | None = None,
        format_y: FloatFormat | str | None = None,
        *,
        latency: int = 0,
        **policies: int | str | None,
    ) -> None:
        if kind not in KIND_NAMES:
            raise unknown_choice("kind", kind, KIND_NAMES)
        for policy, value in policies.items():
            if policy not in POLICIES:
                raise unknown_choice("policy", policy, POLICIES)
            if value is not None and policy in CHOICES and value not in CHOICES[policy]:
                raise unknown_choice(policy, value, CHOICES[policy])
        whole = isinstance(latency, int | np.integer) and not isinstance(latency, bool)
        if not whole or latency not in LATENCIES:
            raise SpecificationError(
                f"latency {latency!r} is not a number of register stages: "
                f"expected {LATENCIES[0]} to {LATENCIES[-1]}"
            )

        def format_of(value: FloatFormat | str | None, default: FloatFormat) -> FloatFormat:
            return default if value is None else float_format(value)

        def put(**values: object) -> None:
            for name, value in values.items():
                object.__setattr__(self, name, value)

        put(format=float_format(format))
        put(kind=kind, latency=int(latency))
        put(format_b=format_of(format_b, self.format))
        put(format_y=format_of(format_y, self._default_format_y))
        put(**{policy: policies.get(policy) for policy in POLICIES})
        self._refuse_unused()
        put(**self._resolved())
        self._validate()

    def _used(self) -> frozenset[str]:
        """The policies that mean something for this kind, guard and these formats."""
        used = policies_of(self.kind)
        if self.guard in UNGUARDED:
            return frozenset(policy for policy in used if POLICIES[policy].part == "sum")
        narrows = self.format_y.mantissa_bits < self.mantissa_bits
        if self.kind != "exact" and self.subnormals != "gradual" and not narrows:
            return used - {"rounding"}
        return used

    def _refuse_unused(self) -> None:
        used = self._used()
        for policy in POLICIES:
            value = getattr(self, policy)
            if value is None or policy in used:
                continue
            if policy not in policies_of(self.kind):
                reason = f"{self.kind} multipliers have no {policy}"
            elif self.guard in UNGUARDED:
                reason = f"guard {self.guard!r} has no special cases of range and so no {policy}"
            else:
                reason = f"this {self.kind} adds integers and rounds nothing"
            raise SpecificationError(f"{policy} {value!r} does not apply: {reason}; leave it out")

    def _resolved(self) -> dict[str, object]:
        """The values of the policies, defaults filled in."""
        used, usual = self._used(), self._usual
        resolved: dict[str, object] = {}
        for policy in POLICIES:
            value = getattr(self, policy)
            if value is None and policy in used:
                value = usual[policy]
            resolved[policy] = value
        if "offset" in used:
            resolved["offset"] = self._offset_of(self.offset, str(resolved["carry"]))
        if "table_bits" in used:
            resolved["table_bits"] = whole_number(
                "table_bits", resolved["table_bits"], self._table_range
            )
        return resolved

    @property
    def _usual(self) -> dict[str, object]:
        """What goes without saying, by field."""
        return {
            **{policy: each.default for policy, each in POLICIES.items()},
            "format_b": self.format,
            "format_y": self._default_format_y,
            "offset": paper_offset(self.mantissa_bits),
            "overflow": self._default_overflow,
            "table_bits": min(USUAL_TABLE_BITS, self.mantissa_bits),
        }

    @property
    def _table_range(self) -> range:
        """How many top bits of a mantissa a table can see."""
        most = min(LARGEST_TABLE_BITS, self.mantissa_bits)
        return range(min(2, most), most + 1)

    @property
    def _default_format_y(self) -> FloatFormat:
        # A result must be able to say NaN if an operand is.
        only_b = self.format_b.has_nan and not self.format.has_nan
        return self.format_b if only_b else self.format

    @property
    def _default_overflow(self) -> str:
        # IEEE 754 section 7.4: rounding toward zero carries overflows to the largest finite number.
        return "inf" if self.format_y.has_infinity and self.rounding != "rtz" else "saturate"

    def _offset_of(self, value: int | str | None, carry: str) -> int:
        if value is None or value == "paper":
            return paper_offset(self.mantissa_bits)
        if value == "none":
            return 0
        if isinstance(value, str) and value in FITTED:
            return fitted_offset(self.mantissa_bits, value, carry)
        limit = 2**self.mantissa_bits - 1
        try:
            number = int(value) if isinstance(value, str | int | np.integer) else None
        except ValueError:
            number = None
        if number is None or isinstance(value, bool):
            raise SpecificationError(
                f"offset {value!r} is not one of paper, none, {', '.join(FITTED)} or an integer in "
                f"units of 2^-{self.mantissa_bits} (0 to {limit})"
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
        if self.rounding == "rtz" and self.kind != "exact":
            raise SpecificationError(
                f"rounding 'rtz' is not defined for {self.kind}, which rounds to nearest even "
                "where it rounds at all; expected rne"
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
    def operand_formats(self) -> tuple[FloatFormat, FloatFormat]:
        """Formats of ``a`` and ``b``."""
        return self.format, self.format_b

    @property
    def mantissa_bits(self) -> int:
        """The wider of the operands' mantissas, in which L-Mul adds."""
        return max(self.format.mantissa_bits, self.format_b.mantissa_bits)

    @property
    def product_bits(self) -> int:
        """Bits of the exact product of both significands."""
        return self.format.mantissa_bits + self.format_b.mantissa_bits + 2

    def product_bias(self, bias: int) -> int:
        """What turns the sum of two biased exponents into an exponent with ``bias``."""
        return bias - (self.format.bias or 0) - (self.format_b.bias or 0)

    @property
    def bias_correction(self) -> int:
        """What turns the sum of two biased exponents into the result's biased exponent."""
        return self.product_bias(self.format_y.bias or 0)

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
        """Stable, unique, a legal Verilog identifier; ``multiplier_named`` reads it back."""
        return "_".join([self.kind, self.format.name, *words_of(self, self._usual)])

    @cached_property
    def family(self) -> str:
        """What multipliers of other formats with these policies have in common with it: the name
        without the format."""
        return "_".join([self.kind, *words_of(self, self._usual)])

    def __str__(self) -> str:
        return self.name


POLICIES = {
    field: parameter
    for field, parameter in parameters(Policies).items()
    if field not in ("kind", "latency") and not isinstance(parameter, FormatName)
}
"""The policies that a kind or a guard may have no use for, by field."""

CHOICES = {
    field: parameter.choices
    for field, parameter in POLICIES.items()
    if isinstance(parameter, Choice)
}


def policies_of(kind: str) -> frozenset[str]:
    """The policies that ``kind`` knows."""
    return frozenset(
        field for field, each in POLICIES.items() if not each.kinds or kind in each.kinds
    )
