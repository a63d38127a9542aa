"""The one judge: whether what the paper claims holds, from records, for everything that says so.

95 % less energy for element-wise products is held against multipliers, 80 % for dot products
against everything that sums products.  A claim *holds* if energy with glitches, and that with
clock, leakage and registers too, both fall by as much.  Linear growth instead of quadratic is held
against multipliers of many mantissas.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lmul_pe.model import format_named
from lmul_pe.synth.results.compare import UNIT_FOR_UNIT, basis, headline, is_like
from lmul_pe.synth.results.growth import Growth
from lmul_pe.synth.results.record import Chosen, Design, Report, Saved
from lmul_pe.synth.results.scaling import COSTS, Crossing, Scaling
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

from .paper import CLAIMED, DOT_PRODUCT, ELEMENT_WISE, OwnArithmetic, own_arithmetic

LIKE = "like features"

LINEAR, QUADRATIC = 1.0, 2.0
"""Powers of the claimed growth, of L-Mul and of the conventional multiplier."""
JUDGED_COSTS = ("gates", "area", "energy")


class Verdict(StrEnum):
    """What a measurement says of a claim."""

    HOLDS = "holds"
    WITHOUT_CLOCK = "holds without clock and leakage"
    FAILS = "does not hold"

    @classmethod
    def of(cls, saved: Saved, claimed: float) -> "Verdict":
        """The verdict on ``claimed`` percent."""
        if saved.glitch_percent < claimed:
            return cls.FAILS
        return cls.HOLDS if saved.total_percent >= claimed else cls.WITHOUT_CLOCK


@dataclass(frozen=True)
class BreakEven:
    """How much of a unit may be anything but its multiplier for a claim to hold.

    With ``s`` saved in the multiplier and ``r`` in the rest, a rest of share ``x`` leaves a saving
    of ``s (1 - x) + r x``, which is what was claimed at ``x = (s - claimed) / (s - r)``.  All are
    measured: energy of the parts, gates with glitches, and clock; leakage has no parts.

    Parameters
    ----------
    allowed_rest_percent
        That ``x``; None where no share is small enough.
    """

    clock_ps: float | None
    multiplier_percent: float
    rest_percent: float
    rest_share_percent: float
    allowed_rest_percent: float | None


@dataclass(frozen=True)
class Judgement:
    """One comparison of a report, on one workload, beside the claim that is about it.

    Parameters
    ----------
    reading
        ``LIKE``, or in which way the two designs are unlike.
    measured
        The medians over ``basis``: the verdict is on this.
    basis
        At each clock of the band, or at the only equal clock, or without a delay target.
    free
        The same without a delay target.
    paper
        The paper's own arithmetic; empty where its table has no figure.
    break_even
        Of units.
    """

    claim: str
    format: str
    technology: str
    level: str
    reading: str
    meaning: str
    design: str
    baseline: str
    measured: Saved
    basis: tuple[Saved, ...]
    free: Saved
    verdict: Verdict
    paper: tuple[OwnArithmetic, ...]
    break_even: BreakEven | None

    @property
    def claimed_percent(self) -> float:
        """The saving that the paper promises."""
        return CLAIMED[self.claim]

    @property
    def workload(self) -> str:
        return self.measured.workload

    @property
    def place(self) -> str:
        """What was compared, under which conditions, and the figure."""
        return (
            f"{self.design} ({self.measured.glitch_percent:.1f} %, {self.technology}, workload "
            f"{self.workload}, with glitches, {delay_words(self.basis)})"
        )

    @property
    def sentence(self) -> str:
        """The verdict, with what it rests on."""
        return (
            f"The paper says {self.claimed_percent:.0f} % less energy for {products(self.claim)}. "
            f"These gates say {self.measured.glitch_percent:.1f} %, and "
            f"{self.measured.total_percent:.1f} % with clock, leakage and registers, for "
            f"{self.design} instead of {self.baseline} ({self.technology}, "
            f"{delay_words(self.basis)}, workload {self.workload}): the claim "
            f"{self.verdict}."
        )


@dataclass(frozen=True)
class Conclusion:
    """Where one claim holds under one reading, or how far off the largest saving is."""

    claim: str
    reading: str
    holds: tuple[Judgement, ...]
    without_clock: tuple[Judgement, ...]
    largest: Judgement
    text: str

    @property
    def claimed_percent(self) -> float:
        """The saving that the paper promises."""
        return CLAIMED[self.claim]

    @property
    def brief(self) -> str:
        """Where it holds, in one sentence."""
        what = f"The paper's {self.claimed_percent:.0f} % for {products(self.claim)}"
        if self.claim == DOT_PRODUCT:
            what += f", {'unit for unit' if self.reading == UNIT_FOR_UNIT else 'like for like'},"
        places = [
            f"{verdict} in {', '.join(dict.fromkeys(each.format for each in found))}"
            for verdict, found in (
                (Verdict.HOLDS, self.holds),
                (Verdict.WITHOUT_CLOCK, self.without_clock),
            )
            if found
        ]
        if places:
            return f"{what} {' and '.join(places)}."
        most = self.largest.measured.glitch_percent
        return f"{what} holds nowhere: {most:.0f} % is the most, in {self.largest.design}."


def products(claim: str) -> str:
    """What a claim is about: ``element-wise products``, ``dot products``."""
    return f"{claim}s" if claim.endswith("product") else f"{claim} products"


def delay_words(basis: Sequence[Saved]) -> str:
    """How fast both designs had to be."""
    if basis[0].clock_ps is None:
        return "no delay target"
    return "equal delay" if len(basis) == 1 else f"median over {len(basis)} equal clocks"


def judgements(reports: Sequence[Report]) -> list[Judgement]:
    """One for every comparison of every report, and every workload."""
    return [each for report in reports for each in _judged(report)]


def claims_of(report: Report) -> list[Judgement]:
    """What is said first of one report: of each level the fairest comparison.

    Units with sums in fp32, arrays output stationary: those that are measured at an equal clock.
    """
    fair = [
        each
        for each in judgements([report])
        if each.reading == LIKE and each.workload == DEFAULT_WORKLOAD
    ]
    # The first of a level is the fairest; the report lists it first.
    return list({each.level: each for each in reversed(fair)}.values())[::-1]


def unit_for_unit(report: Report) -> Judgement | None:
    """Of the dot-product units that are set against a conventional MAC the one that saves most."""
    found = [
        each
        for each in judgements([report])
        if each.reading == UNIT_FOR_UNIT and each.workload == DEFAULT_WORKLOAD
    ]
    return max(found, key=lambda each: each.measured.total_percent, default=None)


def conclusions(judged: Sequence[Judgement]) -> list[Conclusion]:
    """For each claim and reading, where it holds."""
    keys = dict.fromkeys((each.claim, each.reading) for each in judged)
    return [
        _conclusion([each for each in judged if (each.claim, each.reading) == key]) for key in keys
    ]


def _judged(report: Report) -> Iterator[Judgement]:
    if not report.savings:
        # One kind alone, whose format may be one of integers, of which the paper says nothing.
        return
    own = own_arithmetic(format_named(report.format))
    for saving in report.savings:
        claim = ELEMENT_WISE if saving.level == "multiplier" else DOT_PRODUCT
        design, baseline = report.pair(saving)
        for workload in dict.fromkeys(each.workload for each in saving.saved):
            median = headline(saving, workload)
            yield Judgement(
                claim=claim,
                format=report.format,
                technology=report.technology,
                level=saving.level,
                reading=LIKE if is_like(saving) else saving.meaning,
                meaning=saving.meaning,
                design=saving.design,
                baseline=saving.baseline,
                measured=median,
                basis=basis(saving, workload),
                free=saving.on(workload)[-1],
                verdict=Verdict.of(median, CLAIMED[claim]),
                paper=tuple(each for each in own if each.claim == claim),
                break_even=break_even(design, baseline, median.clock_ps, CLAIMED[claim])
                if design.parts and is_like(saving)
                else None,
            )


def break_even(
    design: Design, baseline: Design, clock_ps: float | None, claimed: float
) -> BreakEven:
    """The share of a conventional unit that all but its multiplier may have for ``claimed``."""
    own, other = design.at(clock_ps), baseline.at(clock_ps)
    alone = 100 * (1 - _energy(own, True) / _energy(other, True))
    rest = 100 * (1 - _energy(own, False) / _energy(other, False))
    share = 100 * _energy(other, False) / (_energy(other, True) + _energy(other, False))
    allowed: float | None = None
    if alone >= claimed:
        allowed = 100.0 if rest >= claimed else 100 * (alone - claimed) / (alone - rest)
    return BreakEven(clock_ps, alone, rest, share, allowed)


def _energy(figures: Chosen, multiplier: bool) -> float:
    """Of the multiplier, or of the rest of a unit, with its clock."""
    return sum(
        part.glitch_fj + part.clock_fj
        for name, part in figures.parts.items()
        if (name == "multiplier") is multiplier
    )


def _conclusion(judged: Sequence[Judgement]) -> Conclusion:
    by_verdict = {
        verdict: tuple(each for each in judged if each.verdict is verdict) for verdict in Verdict
    }
    largest = _largest(judged)
    sentences = [
        f"{verdict} for {', '.join(each.place for each in by_verdict[verdict])}"
        for verdict in (Verdict.HOLDS, Verdict.WITHOUT_CLOCK)
        if by_verdict[verdict]
    ]
    failing = by_verdict[Verdict.FAILS]
    if not sentences:
        short = largest.claimed_percent - largest.measured.glitch_percent
        sentences = [
            f"holds nowhere: the largest saving is {largest.place}, {short:.1f} points short"
        ]
    elif failing:
        sentences.append(f"the largest saving elsewhere is {_largest(failing).place}")
    return Conclusion(
        judged[0].claim,
        judged[0].reading,
        by_verdict[Verdict.HOLDS],
        by_verdict[Verdict.WITHOUT_CLOCK],
        largest,
        "; ".join(sentences),
    )


def _largest(judged: Sequence[Judgement]) -> Judgement:
    return max(judged, key=lambda each: each.measured.glitch_percent)


@dataclass(frozen=True)
class GrowthJudgement:
    """The claim that L-Mul takes a multiplication from O(n^2) to O(n), n bits of mantissa, in one
    cost of multipliers.

    O(n) bounds growth from above: L-Mul keeps it if the interval of its power reaches down to 1, or
    lies below, and does not reach 2.  Only a multiplier that really grows by the square can be
    improved on by that much: the interval of the conventional power must have 2 in it, and not 1.

    Parameters
    ----------
    technology
        Of both lines.
    crossing
        Both lines, and where they cross.
    """

    technology: str
    crossing: Crossing

    @property
    def lmul(self) -> Growth:
        return self.crossing.line.growth[self.crossing.cost]

    @property
    def exact(self) -> Growth:
        return self.crossing.other.growth[self.crossing.cost]

    @property
    def is_linear(self) -> bool:
        """Whether L-Mul is, at most."""
        return self.lmul.low <= LINEAR and self.lmul.high < QUADRATIC

    @property
    def is_quadratic(self) -> bool:
        """Whether the conventional multiplier is."""
        return LINEAR < self.exact.low <= QUADRATIC <= self.exact.high

    @property
    def verdict(self) -> Verdict:
        return Verdict.HOLDS if self.is_linear and self.is_quadratic else Verdict.FAILS

    @property
    def reason(self) -> str:
        """Which of both parts holds, in words."""
        lmul = "L-Mul is linear at most" if self.is_linear else "L-Mul is not known to be linear"
        exact = f"the conventional one is {'quadratic' if self.is_quadratic else 'not quadratic'}"
        return f"{lmul}, {exact}"


def growth_brief(scaling: Scaling) -> str:
    """Where the claim holds, and why not elsewhere, in one sentence."""
    judged = growth_judgements(scaling)
    several = len({each.crossing.line.exponent_bits for each in judged}) > 1
    found: dict[tuple[Verdict, str], list[str]] = {}
    for each in judged:
        why = "" if each.verdict is Verdict.HOLDS else f" ({each.reason})"
        where = COSTS[each.crossing.cost][0].words
        if several:
            where += f" e{each.crossing.line.exponent_bits}"
        found.setdefault((each.verdict, why), []).append(where)
    places = [f"{said} in {', '.join(costs)}{why}" for (said, why), costs in found.items()]
    what = f"The paper's O(n) instead of O(n^2) in {scaling.technology}"
    return f"{what} {'; '.join(places) or 'is not judged without multipliers'}."


def growth_judgements(scaling: Scaling) -> tuple[GrowthJudgement, ...]:
    """Of gates, area and energy of multipliers, which the claim is about; of delay it says
    nothing."""
    return tuple(
        GrowthJudgement(scaling.technology, each)
        for each in scaling.crossings()
        if each.line.level == "multiplier" and each.cost in JUDGED_COSTS
    )
