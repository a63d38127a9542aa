"""Claims judged on reports in miniature, by hand."""

from dataclasses import replace

import pytest

from lmul_pe.synth.published.judgement import (
    LIKE,
    GrowthJudgement,
    Verdict,
    break_even,
    claims_of,
    conclusions,
    delay_words,
    growth_brief,
    growth_judgements,
    judgements,
    products,
    unit_for_unit,
)
from lmul_pe.synth.results.compare import UNIT_FOR_UNIT, main_saving
from lmul_pe.synth.results.growth import Growth
from lmul_pe.synth.results.scaling import Crossing, Scaling, ScalingLine, ScalingPoint
from tests.synth.small_report import (
    at_clock,
    multipliers_alone,
    parts,
    small_array_report,
    small_report,
    unit,
    with_designs,
)
from tests.synth.small_scaling import small_scaling


@pytest.fixture(scope="module")
def judged(report):
    return judgements([report])


def judgement_of(judged, design, baseline, workload="normal"):
    (found,) = (
        each
        for each in judged
        if (each.design, each.baseline, each.workload) == (design, baseline, workload)
    )
    return found


def test_every_comparison_and_workload_is_judged(judged):
    assert [(each.claim, each.design, each.workload) for each in judged] == [
        *(
            ("element-wise", design, workload)
            for design in (
                "lmul_bf16",
                "lmul_bf16_gradual",
                "lmul_bf16",
                "lmul_bf16_raw",
                "adder_bf16",
            )
            for workload in ("normal", "uniform")
        ),
        *(
            ("dot product", design, "normal")
            for design in (
                "mac_lmul_bf16_fp32",
                "dot4_lmul_bf16_fp32",
                "dot4_lmul_bf16_aligned",
                "array_os_8x8_lmul_bf16_fp32",
                "array_ws_8x8_lmul_bf16_fp32",
                # Unit for unit.
                "dot4_lmul_bf16_aligned",
            )
        ),
    ]
    assert {(each.format, each.technology) for each in judged} == {("bf16", "nangate45")}


def test_readings_tell_like_designs_from_others(judged):
    found = {(each.design, each.baseline): each.reading for each in judged}
    assert found["lmul_bf16", "exact_bf16"] == LIKE
    assert found["mac_lmul_bf16_fp32", "mac_exact_bf16_fp32"] == LIKE
    assert found["adder_bf16", "exact_bf16"].startswith("the paper's reading: a bare adder")
    assert found["lmul_bf16", "exact_bf16_gradual"].startswith("unlike features")


def test_medians_over_the_band_are_judged_and_no_target_stands_beside(judged):
    normal = judgement_of(judged, "lmul_bf16", "exact_bf16")
    # 82.5, 70 and 77.5 %; the smallest clock, of 80 %, has no say.
    assert [each.clock_ps for each in normal.basis] == [315.0, 420.0, 600.0]
    assert (normal.measured.clock_ps, normal.free.clock_ps) == (420.0, None)
    assert normal.measured.glitch_percent == pytest.approx(77.5)
    assert normal.free.glitch_percent == pytest.approx(75.0)
    uniform = judgement_of(judged, "lmul_bf16", "exact_bf16", "uniform")
    # 45 of 250; 86 and 76 % at the other clocks.
    assert uniform.measured.glitch_percent == pytest.approx(82.0)
    gradual = judgement_of(judged, "lmul_bf16_gradual", "exact_bf16_gradual")
    assert gradual.basis == (gradual.measured,) == (gradual.free,)


@pytest.mark.parametrize(
    ("energy", "total", "verdict"),
    [
        (95.0, 95.0, "holds"),
        (95.0, 94.9, "holds without clock and leakage"),
        (94.9, 96.0, "does not hold"),
        (94.9, 94.9, "does not hold"),
    ],
)
def test_verdicts(report, energy, total, verdict):
    saved = replace(report.savings[0].free, glitch_percent=energy, total_percent=total)
    assert Verdict.of(saved, 95.0) == verdict


@pytest.mark.parametrize(
    ("format", "verdict"),
    [
        ("e4m3", Verdict.FAILS),
        ("bf16", Verdict.FAILS),
        ("fp16", Verdict.WITHOUT_CLOCK),  # 3.6 of 100 and 13.6 of 110 fJ
        ("fp32", Verdict.HOLDS),  # 36 of 1000 and 46 of 1010 fJ
    ],
)
def test_verdicts_on_multipliers(format, verdict):
    assert claims_of(small_report(format))[0].verdict is verdict


@pytest.mark.parametrize(
    ("format", "verdict"),
    [("fp16", Verdict.FAILS), ("fp32", Verdict.HOLDS)],  # 74 of 170, and 110 of 1070, 141 of 1101
)
def test_verdicts_on_dot_products(format, verdict):
    judged = judgement_of(
        judgements([small_report(format)]),
        f"mac_lmul_{format}_fp32",
        f"mac_exact_{format}_fp32",
    )
    assert judged.verdict is verdict
    assert judged.claimed_percent == 80.0


def test_a_dot_product_may_hold_without_its_clock():
    report = small_report("fp32")
    pair = report.pair(main_saving(report, "mac"))
    slow = (
        replace(each, energy_fj=replace(each.energy_fj, clock=1000.0)) for each in pair
    )  # 1111 of 2071
    found = claims_of(with_designs(report, *slow))[1]
    assert found.verdict is Verdict.WITHOUT_CLOCK
    assert found.measured.total_percent == pytest.approx(100 * (1 - 1111 / 2071))


def test_the_papers_arithmetic_stands_beside():
    judged = judgements([small_report("e4m3")])
    (product,) = judgement_of(judged, "lmul_e4m3", "exact_e4m3").paper
    assert product.saving_percent == pytest.approx(88.0)  # 0.25 to 0.03 pJ
    (summed,) = judgement_of(judged, "mac_lmul_e4m3_fp32", "mac_exact_e4m3_fp32").paper
    assert round(summed.saving_percent, 1) == 19.1
    assert {each.paper for each in judgements([small_report("bf16")])} == {()}


def test_what_is_said_first_of_a_report_is_the_fairest_of_each_level(report):
    assert [(each.level, each.design) for each in claims_of(report)] == [
        ("multiplier", "lmul_bf16"),
        ("mac", "mac_lmul_bf16_fp32"),
        ("dot", "dot4_lmul_bf16_fp32"),
        ("array", "array_os_8x8_lmul_bf16_fp32"),
    ]
    assert [each.level for each in claims_of(multipliers_alone(report))] == ["multiplier"]
    assert [each.level for each in claims_of(small_array_report())] == ["array"]


def test_of_one_kind_alone_nothing_is_said():
    """Its format may be one of integers."""
    alone = replace(small_report("fp16"), format="int8", savings=())
    assert judgements([alone]) == claims_of(alone) == []


def test_a_verdict_in_a_sentence(report):
    product, mac, *_ = claims_of(report)
    assert product.sentence == (
        "The paper says 95 % less energy for element-wise products. These gates say 77.5 %, and "
        "73.8 % with clock, leakage and registers, for lmul_bf16 instead of exact_bf16 "
        "(nangate45, median over 3 equal clocks, workload normal): the claim does not hold."
    )
    assert mac.sentence == (
        "The paper says 80 % less energy for dot products. These gates say 55.6 %, and 49.8 % "
        "with clock, leakage and registers, for mac_lmul_bf16_fp32 instead of "
        "mac_exact_bf16_fp32 (nangate45, no delay target, workload normal): the claim does not "
        "hold."
    )


def test_where_nothing_holds_the_largest_saving_is_named(judged):
    found = {(each.claim, each.reading): each for each in conclusions(judged)}
    product, summed = found["element-wise", LIKE], found["dot product", LIKE]
    assert (product.holds, product.without_clock) == ((), ())
    assert product.text == (
        "holds nowhere: the largest saving is lmul_bf16 (82.0 %, nangate45, workload uniform, "
        "with glitches, median over 3 equal clocks), 13.0 points short"
    )
    assert (product.claimed_percent, summed.claimed_percent) == (95.0, 80.0)
    assert summed.text == (
        "holds nowhere: the largest saving is dot4_lmul_bf16_fp32 (62.5 %, nangate45, workload "
        "normal, with glitches, no delay target), 17.5 points short"
    )
    # Of a bare adder on the uniform workload 30 of 375, 20 of 250 and 16 of 250.
    readings = [each for each in conclusions(judged) if each.reading.endswith("nothing")]
    assert [each.largest.measured.glitch_percent for each in readings] == [pytest.approx(92.0)]


def test_where_a_claim_holds_and_where_only_without_clock(report):
    found = conclusions(judgements([small_report("fp16"), report]))[0]
    assert [each.design for each in found.holds] == ["lmul_fp16_gradual"] * 2
    assert [each.workload for each in found.without_clock] == ["normal", "uniform"]
    assert found.text == (
        "holds for lmul_fp16_gradual (96.0 %, nangate45, workload normal, with glitches, no delay "
        "target), lmul_fp16_gradual (96.8 %, nangate45, workload uniform, with glitches, no delay "
        "target); holds without clock and leakage for lmul_fp16 (96.4 %, nangate45, workload "
        "normal, with glitches, median over 3 equal clocks), lmul_fp16 (97.1 %, nangate45, "
        "workload uniform, with glitches, median over 3 equal clocks); the largest saving "
        "elsewhere is lmul_bf16 (82.0 %, nangate45, workload uniform, with glitches, median over "
        "3 equal clocks)"
    )


def test_a_claim_that_holds_everywhere_says_nothing_of_elsewhere():
    judged = [each for each in judgements([small_report("fp32")]) if each.reading == LIKE]
    product, summed = conclusions(judged)
    assert len(product.holds) == 4
    assert "elsewhere" not in product.text
    assert "short" not in summed.text


@pytest.mark.parametrize(
    ("claim", "reading", "brief"),
    [
        (
            "element-wise",
            LIKE,
            "The paper's 95 % for element-wise products holds in fp16 and holds without clock and "
            "leakage in fp16.",
        ),
        (
            "dot product",
            LIKE,
            # Of 4 + 10 + 10 + 20 and of 100 + 10 + 10 + 20 fJ.
            "The paper's 80 % for dot products, like for like, holds nowhere: 69 % is the most, in "
            "dot4_lmul_fp16_fp32.",
        ),
        (
            "dot product",
            UNIT_FOR_UNIT,
            # Of 4 + 10 + 10 + 20 and of 100 + 40 + 10 + 20 fJ.
            "The paper's 80 % for dot products, unit for unit, holds nowhere: 74 % is the most, in "
            "dot4_lmul_fp16_aligned.",
        ),
    ],
)
def test_a_conclusion_in_one_sentence(claim, reading, brief):
    (found,) = (
        each
        for each in conclusions(judgements([small_report("fp16")]))
        if (each.claim, each.reading) == (claim, reading)
    )
    assert found.brief == brief


def test_what_saves_most_unit_for_unit(report):
    best = unit_for_unit(report)
    # 90 of 270 fJ with glitches; a clock of 30 and leakage of 1 beside.
    assert (best.design, best.baseline) == ("dot4_lmul_bf16_aligned", "mac_exact_bf16_fp32")
    assert best.reading == UNIT_FOR_UNIT
    assert best.measured.total_percent == pytest.approx(100 * (1 - 121 / 301))
    assert unit_for_unit(multipliers_alone(report)) is None


def pair(conventional, lmul):
    """Two units of parts: multiplier, adder, registers and control, and a clock of 30."""
    return [
        unit(kind, kind, "mac", "", parts(*own))
        for kind, own in (("lmul", lmul), ("exact", conventional))
    ]


def test_what_may_be_left_to_the_rest():
    # A rest of 100 with the clock, of which 10 are saved; of the multiplier 90.
    found = break_even(*pair((100, 40, 10, 20), (10, 30, 10, 20)), None, 80.0)
    assert found.clock_ps is None
    assert found.multiplier_percent == pytest.approx(90.0)
    assert found.rest_percent == pytest.approx(10.0)
    assert found.rest_share_percent == pytest.approx(50.0)
    # 90 (1 - x) + 10 x = 80 at x = 1/8.
    assert found.allowed_rest_percent == pytest.approx(12.5)


def test_a_multiplier_that_saves_too_little_leaves_nothing_to_the_rest():
    found = break_even(*pair((100, 40, 10, 20), (21, 40, 10, 20)), None, 80.0)
    assert found.allowed_rest_percent is None


def test_a_multiplier_that_saves_just_what_is_claimed_leaves_no_rest():
    found = break_even(*pair((100, 40, 10, 20), (50, 40, 10, 20)), None, 50.0)
    assert (found.multiplier_percent, found.allowed_rest_percent) == (50.0, 0.0)
    # With a rest that saves as much, too, any share of it will do: 100 and 50.
    found = break_even(*pair((100, 40, 10, 20), (50, 20, 0, 0)), None, 50.0)
    assert (found.multiplier_percent, found.rest_percent) == (50.0, 50.0)
    assert found.allowed_rest_percent == 100.0


def test_a_rest_that_saves_as_much_may_be_everything():
    found = break_even(*pair((100, 350, 10, 20), (10, 2, 0, 0)), None, 80.0)
    # 32 of 410, with the clock of 30 on both sides.
    assert found.rest_percent == pytest.approx(100 * (1 - 32 / 410))
    assert found.rest_share_percent == pytest.approx(100 * 410 / 510)
    assert found.allowed_rest_percent == 100.0


def test_parts_at_an_equal_clock_count_first(report):
    both = report.pair(main_saving(report, "mac"))
    changed = with_designs(report, at_clock(both[0], 500.0, 4.0), at_clock(both[1], 500.0, 2.0))
    (mac,) = (each for each in judgements([changed]) if each.level == "mac")
    assert mac.break_even.clock_ps == mac.measured.clock_ps == 500.0
    assert mac.break_even.multiplier_percent == pytest.approx(50.0)  # 4 * 50 of 2 * 200
    # Gates of 4 * 70 and of 2 * 70, and 30 of clock on both sides.
    assert mac.break_even.rest_percent == pytest.approx(100 * (1 - 310 / 170))
    assert mac.free.clock_ps is None


def test_multipliers_have_no_rest(judged):
    assert [each.break_even is None for each in judged] == [
        *[True] * 10,
        *[False] * 5,
        # What is not like for like has none either.
        True,
    ]


def test_words(report):
    assert (products("element-wise"), products("dot product")) == (
        "element-wise products",
        "dot products",
    )
    saved = report.savings[0].on()
    assert [delay_words(each) for each in (saved[-1:], saved[:1], saved[1:4])] == [
        "no delay target",
        "equal delay",
        "median over 3 equal clocks",
    ]


def test_growth_is_judged_on_gates_area_and_energy_of_multipliers():
    found = growth_judgements(small_scaling())
    assert [each.crossing.cost for each in found] == ["gates", "area", "energy"]
    assert {(each.technology, str(each.verdict)) for each in found} == {("nangate45", "holds")}
    assert growth_brief(small_scaling()) == (
        "The paper's O(n) instead of O(n^2) in nangate45 holds in gates, area, energy."
    )


@pytest.mark.slow
def test_less_than_linear_is_linear_at_most():
    laws = {"lmul": lambda n: 80 + 5 * n**0.8, "exact": lambda n: 20 + 5 * n**2}
    (first, *_) = growth_judgements(small_scaling(laws=laws))
    assert first.lmul.high < 1
    assert str(first.verdict) == "holds"
    assert first.reason == "L-Mul is linear at most, the conventional one is quadratic"


@pytest.mark.parametrize(
    "laws",
    [
        {"lmul": lambda n: 80 + 5 * n**1.2, "exact": lambda n: 20 + 5 * n**2},
        *(
            pytest.param(laws, marks=pytest.mark.slow)
            for laws in (
                {"lmul": lambda n: 80 + 5 * n, "exact": lambda n: 20 + 5 * n**1.8},
                {"lmul": lambda n: 80 + 5 * n, "exact": lambda n: 20 + 5 * n},
                {"lmul": lambda n: 80 + 5 * n**2, "exact": lambda n: 20 + 5 * n**2},
            )
        ),
    ],
)
def test_growth_of_other_powers_is_not_what_was_claimed(laws):
    assert {str(each.verdict) for each in growth_judgements(small_scaling(laws=laws))} == {
        "does not hold"
    }


def test_the_brief_says_why_it_does_not_hold():
    laws = {"lmul": lambda n: 80 + 5 * n, "exact": lambda n: 20 + 5 * n**1.8}
    assert growth_brief(small_scaling(laws=laws)) == (
        "The paper's O(n) instead of O(n^2) in nangate45 does not hold in gates, area, energy "
        "(L-Mul is linear at most, the conventional one is not quadratic)."
    )


def test_an_interval_that_has_both_powers_in_it_says_nothing():
    judged = growth_judgements(small_scaling())[0]
    wide = replace(judged.lmul, low=0.9, high=2.1)
    line = replace(judged.crossing.line, growth={"gates": wide})
    unsure = replace(judged, crossing=replace(judged.crossing, line=line))
    assert (unsure.is_linear, unsure.is_quadratic, str(unsure.verdict)) == (
        False,
        True,
        "does not hold",
    )


def growth_of(lmul, exact, exponent_bits=5):
    """A judgement on two powers, each said by its interval."""
    line, other = (
        ScalingLine(
            "multiplier",
            kind,
            exponent_bits,
            (ScalingPoint(3, f"{kind}_e{exponent_bits}m3", gates=gates),),
            {"gates": Growth(1.0, 1.0, sum(interval) / 2, *interval, 0.0)},
        )
        for kind, interval, gates in (("lmul", lmul, 10), ("exact", exact, 20))
    )
    return GrowthJudgement("nangate45", Crossing(line, other, "gates", 3.0, True))


@pytest.mark.parametrize(
    ("lmul", "exact", "is_linear", "is_quadratic"),
    [
        ((1.0, 1.9), (1.1, 2.0), True, True),
        ((0.5, 1.0), (2.0, 2.5), True, True),
        # Above 1 throughout; up to 2.
        ((1.01, 1.5), (1.5, 2.1), False, True),
        ((1.0, 2.0), (1.5, 2.1), False, True),
        # With 1 in it; below 2, and above.
        ((1.0, 1.9), (1.0, 2.1), True, False),
        ((1.0, 1.9), (1.5, 1.99), True, False),
        ((1.0, 1.9), (2.01, 2.5), True, False),
        ((1.5, 2.1), (0.9, 1.1), False, False),
    ],
)
def test_powers_are_told_by_what_lies_in_their_interval(lmul, exact, is_linear, is_quadratic):
    found = growth_of(lmul, exact)
    assert (found.is_linear, found.is_quadratic) == (is_linear, is_quadratic)
    assert (found.verdict == "holds") is (is_linear and is_quadratic)
    words = (
        "L-Mul is linear at most" if is_linear else "L-Mul is not known to be linear",
        f"the conventional one is {'quadratic' if is_quadratic else 'not quadratic'}",
    )
    assert found.reason == ", ".join(words)


def scaling_of(*judged):
    """What ``make scaling`` would have measured for these to be judged."""
    lines = [line for each in judged for line in (each.crossing.line, each.crossing.other)]
    return Scaling(
        command="make scaling",
        technology="nangate45",
        workload="normal",
        seed=1,
        tools={},
        lines=tuple(lines),
    )


def test_of_several_exponents_the_brief_names_each():
    holds, fails = growth_of((0.9, 1.1), (1.9, 2.1)), growth_of((0.9, 1.1), (1.5, 1.9), 8)
    assert growth_brief(scaling_of(holds)) == (
        "The paper's O(n) instead of O(n^2) in nangate45 holds in gates."
    )
    assert growth_brief(scaling_of(holds, fails)) == (
        "The paper's O(n) instead of O(n^2) in nangate45 holds in gates e5; does not hold in gates "
        "e8 (L-Mul is linear at most, the conventional one is not quadratic)."
    )
    assert growth_brief(scaling_of()) == (
        "The paper's O(n) instead of O(n^2) in nangate45 is not judged without multipliers."
    )
