"""What is saved at each level, in sentences."""

import pytest

from synth.reporting.levels import dot_product_verdicts, level_words


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


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([("mac", 24, 16), ("array", 20, 15)], "at least half of the gain is left at every level"),
        (
            [("mac", 13, 9)],
            "lost at the level mac, to the adder and the registers, before the clock",
        ),
        ([("mac", 24, 9)], "lost at the level mac, once clock and leakage are counted"),
        ([("mac", 24, 16), ("array", 20, 9)], "at the level array, once clock and leakage"),
    ],
)
def test_the_level_where_the_gain_is_lost_is_named(steps, words):
    savings = [ALONE, *(saving(level, f"{level}_fp32", *each) for level, *each in steps)]
    first, second = level_words("e4m3", savings)
    assert first.startswith("Of the 28 % of energy, glitches included")
    for level, glitch, total in steps:
        assert f"{glitch} % in the {level} unit ({total} % with clock and leakage)" in first
    assert words in second


def test_without_a_gain_nothing_is_lost():
    (sentence,) = level_words(
        "e5m2", [saving("multiplier", "lmul_e5m2", -1.0, 0), ALONE | {"level": "mac"}]
    )
    assert sentence.startswith("There is no gain to lose")


def test_multipliers_alone_have_no_words():
    assert level_words("e4m3", [ALONE]) == []


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
