"""What is saved at each level, in sentences."""

import pytest
from lmul_pe.synth.results.levels import dot_product_verdicts, level_words


def saving(level, design, glitch, total):
    return {
        "level": level,
        "design": design,
        "baseline": "exact",
        "meaning": f"{level} unit",
        "glitch_energy_percent": glitch,
        "total_energy_percent": total,
    }


ALONE = saving("multiplier", "lmul_e4m3", 28.0, 27.0)


def unit(multiplier, adder, clock):
    parts = {"multiplier": (multiplier, 0.0), "adder": (adder, 0.0), "registers": (20.0, clock)}
    return {
        "parts": {
            name: {"glitch_fj": glitch, "clock_fj": own} for name, (glitch, own) in parts.items()
        }
    }


DESIGNS = {"exact": unit(40.0, 300.0, 140.0)} | {
    f"{level}_fp32": unit(30.0, 250.0, 120.0) for level in ("mac", "dot", "array")
}


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([("mac", 24, 16), ("array", 20, 15)], "at least half of that percentage is left at every"),
        ([("mac", 13, 9)], "less than half of that percentage is left at the level mac, before"),
        ([("mac", 24, 9)], "is left at the level mac, once clock and leakage are counted"),
        ([("mac", 24, 16), ("array", 20, 9)], "at the level array, once clock and leakage"),
    ],
)
def test_the_level_where_less_than_half_is_left_is_named(steps, words):
    savings = [ALONE, *(saving(level, f"{level}_fp32", *each) for level, *each in steps)]
    first, second, *_ = level_words("e4m3", savings, DESIGNS)
    assert "the e4m3 multiplier alone saves 28 %" in first
    for level, glitch, total in steps:
        assert f"{glitch} % in the {level} unit ({total} % with clock and leakage)" in first
    assert words in second


def test_what_a_unit_saves_is_told_by_part():
    steps = [saving(level, f"{level}_fp32", 24, 16) for level in ("mac", "dot", "array")]
    *_, mac, array = level_words("e4m3", [ALONE, *steps], DESIGNS)
    assert mac.startswith("The mac unit saves 80 of 500 fJ, glitches and clock included: ")
    assert "10 in the multiplier, 50 in the adder, 20 in the registers. " in mac
    assert mac.endswith("multiplier takes 8 % of the whole.")
    assert array.startswith("The array unit saves")


def test_without_a_gain_nothing_is_left_of_it():
    savings = [saving("multiplier", "lmul_e5m2", -1.0, 0), saving("mac", "mac_fp32", 3, 2)]
    first, second = level_words("e5m2", savings, DESIGNS)
    assert "alone saves -1 % by L-Mul. Units save 3 % in the mac unit" in first
    assert second.startswith("The mac unit saves")


def test_multipliers_alone_have_no_words():
    assert level_words("e4m3", [ALONE], DESIGNS) == []


@pytest.mark.parametrize(("measured", "verdict"), [(79.9, "does not hold"), (80.0, "holds")])
def test_the_verdict_on_dot_products(measured, verdict):
    (found,) = dot_product_verdicts(
        "fp32", [ALONE, saving("mac", "mac_lmul_fp32_fp32", measured, 40)]
    )
    assert found["verdict"] == verdict
    assert (
        f"{measured} % of the energy with glitches and 40.0 % with clock and leakage"
        in found["text"]
    )
