"""What is to be proved of multipliers: statements, each of two texts that are to be equal."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from lmul_pe.hw.arithmetic.architecture import STYLES
from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import CATALOG, FloatFormat, Multiplier, SpecificationError
from lmul_pe.model.multiplier.policies import CHOICES, UNGUARDED

from .reference import reference_verilog

OFFSETS = ("paper", "none", "fitted")


@dataclass(frozen=True)
class Claim:
    """One sentence about every multiplier.

    Parameters
    ----------
    name
        One word.
    sentence
        What it says, of a multiplier.
    texts
        The two that are equal if it holds.
    """

    name: str
    sentence: str
    texts: Callable[[Multiplier], tuple[str, str]]


def _exported(multiplier: Multiplier, style: str) -> str:
    return exported_verilog(multiplier, multiplier.name, STYLES[style])


CLAIMS = (
    Claim(
        "reference",
        "the exported Verilog is what docs/numerics.md says",
        lambda multiplier: (_exported(multiplier, "operators"), reference_verilog(multiplier)),
    ),
    Claim(
        "styles",
        "written in gates it is the same as in operators",
        lambda multiplier: (_exported(multiplier, "operators"), _exported(multiplier, "gates")),
    ),
)


@dataclass(frozen=True)
class Statement:
    """A claim about one multiplier."""

    claim: Claim
    multiplier: Multiplier

    @property
    def name(self) -> str:
        return f"{self.multiplier.name} {self.claim.name}"


def statements(multipliers: Sequence[Multiplier]) -> list[Statement]:
    """Every claim about every multiplier."""
    return [Statement(claim, multiplier) for multiplier in multipliers for claim in CLAIMS]


def format_multipliers(format: FloatFormat) -> list[Multiplier]:
    """L-Mul and exact multipliers of one format: every combination of policies."""
    return _possible([(format, None, None)])


def mixed_multipliers(format: FloatFormat) -> list[Multiplier]:
    """Those of an operand in ``format`` and one in another catalogued format.

    The result is in the usual format, and in the widest and the narrowest of the catalogue.
    """
    others = [each for each in CATALOG.values() if each != format]
    widths = sorted(CATALOG.values(), key=lambda each: each.width)
    results = (None, widths[-1], next(each for each in widths if each.has_nan))
    return _possible([(format, other, result) for other in others for result in results], usual=True)


def _possible(
    formats: Sequence[tuple[FloatFormat, FloatFormat | None, FloatFormat | None]],
    usual: bool = False,
) -> list[Multiplier]:
    """What can be made, each once: of all policies, or of the usual ones and both underflows."""
    found: dict[str, Multiplier] = {}
    for given, policies in product(formats, [*_policies(usual)]):
        with suppress(SpecificationError):
            multiplier = Multiplier(policies.pop("kind"), *given, **policies)
            found.setdefault(multiplier.name, multiplier)
    return list(found.values())


def _policies(usual: bool) -> Iterator[dict[str, str]]:
    for kind, subnormals in product(("lmul", "exact"), CHOICES["subnormals"]):
        chosen = {"kind": kind, "subnormals": subnormals}
        if usual:
            yield chosen
            continue
        for overflow in CHOICES["overflow"]:
            if kind == "exact":
                for rounding in CHOICES["rounding"]:
                    yield {**chosen, "overflow": overflow, "rounding": rounding}
                continue
            for carry, offset in product(CHOICES["carry"], OFFSETS):
                yield {**chosen, "overflow": overflow, "carry": carry, "offset": offset}
    for guard, carry, offset in product(UNGUARDED, CHOICES["carry"], OFFSETS):
        if not usual:
            yield {"kind": "lmul", "guard": guard, "carry": carry, "offset": offset}
