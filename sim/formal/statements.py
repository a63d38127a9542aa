"""What is to be proved of multipliers: statements, each of two texts that are to be equal."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from lmul_pe.hw.arithmetic.architecture import STYLES
from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import CATALOG, FloatFormat, Multiplier, SpecificationError
from lmul_pe.model.multiplier.policies import CHOICES, LATENCIES, UNGUARDED
from lmul_pe.model.unit.ports import ports_of

from .reference import reference_verilog

OFFSETS = ("paper", "none", "fitted")
HARD_GATES, HARD_GRADUAL, LONG_GRADUAL = 10, 14, 40
"""Bits of a product above which plain SAT takes long: to prove a multiplier in gates equal to
``*``, and to prove two ways to shift subnormal numbers equal; and above which SAT sweeping takes
long to prove the latter."""


@dataclass(frozen=True)
class Claim:
    """One sentence about multipliers.

    Parameters
    ----------
    name
        One word.
    sentence
        What it says.
    applies
        Of which multipliers it speaks.
    is_hard
        Of which ones it is proved by SAT sweeping.
    is_long
        Of which ones that may take long, too.
    texts
        The two that are equal if it holds.
    """

    name: str
    sentence: str
    applies: Callable[[Multiplier], bool]
    is_hard: Callable[[Multiplier], bool]
    is_long: Callable[[Multiplier], bool]
    texts: Callable[[Multiplier], tuple[str, str]]


def _exported(multiplier: Multiplier, style: str) -> str:
    return exported_verilog(multiplier, multiplier.name, STYLES[style])


def _has_wide_gates(multiplier: Multiplier) -> bool:
    return multiplier.kind == "exact" and multiplier.product_bits > HARD_GATES


def _shifted_bits(multiplier: Multiplier) -> int:
    """Of what is shifted where a product is subnormal."""
    if multiplier.subnormals != "gradual":
        return 0
    exact = multiplier.kind == "exact"
    return multiplier.product_bits if exact else multiplier.mantissa_bits + 1


def _has_wide_shifts(multiplier: Multiplier) -> bool:
    return _shifted_bits(multiplier) > HARD_GRADUAL


def _has_widest_shifts(multiplier: Multiplier) -> bool:
    return _shifted_bits(multiplier) > LONG_GRADUAL


def _never_stalled(multiplier: Multiplier) -> tuple[str, str]:
    """The pipeline with valid operands and a ready consumer in every cycle; and its delay."""
    name = multiplier.name
    operands, results = ports_of(multiplier)
    a, b = (format.width for format in multiplier.operand_formats)
    y = multiplier.format_y.width
    exported = re.sub(rf"\b{name}\b", "pipeline", _exported(multiplier, "operators"))
    reference = re.sub(rf"\b{name}\b", "reference", reference_verilog(multiplier))
    head = f"module {name}(input clk, input [{a + b - 1}:0] ab, output [{y - 1}:0] y);\n"
    first = (
        f"{exported}\n{head}"
        f"  pipeline unit (.clk(clk), .rst(1'b0), .{operands.name}_tdata(ab),\n"
        f"    .{operands.name}_tvalid(1'b1), .{results.name}_tready(1'b1),\n"
        f"    .{results.name}_tdata(y));\nendmodule\n"
    )
    last = multiplier.latency * (a + b)
    second = (
        f"{reference}\n{head}"
        f"  reg [{last - 1}:0] seen;\n"
        f"  always @(posedge clk) seen <= {{seen, ab}};\n"
        f"  reference unit (.a(seen[{last - b - 1}:{last - a - b}]),\n"
        f"    .b(seen[{last - 1}:{last - b}]), .y(y));\nendmodule\n"
    )
    return first, second


CLAIMS = {
    each.name: each
    for each in (
        Claim(
            "reference",
            "What is exported is what docs/numerics.md says",
            lambda multiplier: not multiplier.latency,
            _has_wide_shifts,
            _has_widest_shifts,
            lambda multiplier: (_exported(multiplier, "operators"), reference_verilog(multiplier)),
        ),
        Claim(
            "gates",
            "In gates it is the same as in operators",
            lambda multiplier: not multiplier.latency,
            lambda multiplier: _has_wide_gates(multiplier) or _has_wide_shifts(multiplier),
            lambda multiplier: False,
            lambda multiplier: (
                _exported(multiplier, "operators"),
                _exported(multiplier, "gates"),
            ),
        ),
        Claim(
            "pipeline",
            "A pipeline that never waits is what docs/numerics.md says, as many cycles later",
            lambda multiplier: bool(multiplier.latency),
            lambda multiplier: True,
            _has_widest_shifts,
            _never_stalled,
        ),
    )
}


TOP = "claim"
"""The module that is equal in both texts about a part of a unit."""


def top_module(inputs: str, width: int, body: str, result: str) -> str:
    """:data:`TOP`, whose output ``y`` is ``result``."""
    return (
        f"module {TOP}({inputs}, output [{width - 1}:0] y);\n{body}\n"
        f"  assign y = {result};\nendmodule\n"
    )


@dataclass(frozen=True)
class Statement:
    """A claim about one multiplier, unit or format, by its name."""

    claim: str
    subject: str

    @property
    def name(self) -> str:
        return f"{self.subject} {self.claim}"


def statements(multipliers: Sequence[Multiplier], *, long: bool) -> list[Statement]:
    """Every claim about every multiplier; those that take long only if they are wanted."""
    return [
        Statement(claim.name, multiplier.name)
        for multiplier in multipliers
        for claim in CLAIMS.values()
        if claim.applies(multiplier) and (long or not claim.is_long(multiplier))
    ]


def format_multipliers(format: FloatFormat) -> list[Multiplier]:
    """L-Mul and exact multipliers of one format: every combination of policies, and pipelines."""
    pipelines = [
        Multiplier(kind, format, latency=latency)
        for kind in ("lmul", "exact")
        for latency in LATENCIES
        if latency
    ]
    return [*_possible([(format, None, None)]), *pipelines]


def mixed_multipliers(format: FloatFormat) -> list[Multiplier]:
    """Those of an operand in ``format`` and one in another catalogued format.

    The result is in the usual format, and in the widest and the narrowest of the catalogue.
    """
    others = [each for each in CATALOG.values() if each != format]
    widths = sorted(CATALOG.values(), key=lambda each: each.width)
    results = (None, widths[-1], next(each for each in widths if each.has_nan))
    return _possible(
        [(format, other, result) for other in others for result in results], usual=True
    )


def _possible(
    formats: Sequence[tuple[FloatFormat, FloatFormat | None, FloatFormat | None]],
    usual: bool = False,
) -> list[Multiplier]:
    """What can be made, each once: of all policies, or of the usual ones and both underflows."""
    found: dict[str, Multiplier] = {}
    for given, (kind, policies) in product(formats, [*_policies(usual)]):
        with suppress(SpecificationError):
            multiplier = Multiplier(kind, *given, **policies)
            found.setdefault(multiplier.name, multiplier)
    return list(found.values())


def _policies(usual: bool) -> Iterator[tuple[str, dict[str, str]]]:
    for kind, subnormals in product(("lmul", "exact"), CHOICES["subnormals"]):
        chosen = {"subnormals": subnormals}
        if usual:
            yield kind, chosen
            continue
        for overflow in CHOICES["overflow"]:
            if kind == "exact":
                for rounding in CHOICES["rounding"]:
                    yield kind, {**chosen, "overflow": overflow, "rounding": rounding}
                continue
            for carry, offset in product(CHOICES["carry"], OFFSETS):
                policies = {"overflow": overflow, "carry": carry, "offset": offset}
                yield kind, {**chosen, **policies}
    for guard, carry, offset in product(UNGUARDED, CHOICES["carry"], OFFSETS):
        if not usual:
            yield "lmul", {"guard": guard, "carry": carry, "offset": offset}
