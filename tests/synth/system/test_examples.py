"""Worked examples: the numbers of the sentences, by other arithmetic."""

from dataclasses import replace

import pytest

from lmul_pe.synth.system.cited import Range, Scalar
from lmul_pe.synth.system.examples import _bare, examples
from lmul_pe.synth.system.ledger import compared, ledger, machine
from lmul_pe.synth.system.operations import Lora, Run, counts
from lmul_pe.synth.system.transformer import transformer
from lmul_pe.synth.system.unit import Comparison, comparison
from tests.synth.small_report import small_array_report, small_report

AROUND = machine(45.0, "nangate45")
NOTHING = Range(0.0, 0.0, "nothing")
UNITS_ALONE = replace(
    AROUND, sram=NOTHING, dram=NOTHING, idle=NOTHING, scalar=Scalar(NOTHING, NOTHING)
)
"""A machine in which all but arithmetic and cooling is free."""


def told(read, around):
    return {each.name: each for each in examples(read, around)}


def missing(found, rows):
    """Of rows of an example, a field and a text those that are not so."""
    return [
        (name, field, text, getattr(found[name], field))
        for name, field, text in rows
        if text not in getattr(found[name], field)
    ]


def saved(name, phase, batch, around, units):
    """What is saved of the whole at the low bound and at the high one."""
    found = compared(counts(transformer(name), Run(phase, batch, 2048)), units, around)
    return found.saved_percent(False), found.saved_percent(True)


def of_experts(batch, unit, around):
    """What Mixtral saves against one network as wide as eight, smaller first."""
    model = transformer("mixtral-8x7b")
    wide = replace(model, hidden=8 * 14336, experts=1, active=1, parameters=0)
    run = Run("decode", batch, 2048)
    sparse, dense = (ledger(counts(each, run), unit, around) for each in (model, wide))
    shares = sorted(100 - 100 * sparse.joules(high) / dense.joules(high) for high in (False, True))
    low, high = (f"{each:.0f}" for each in shares)
    return f"{low} % at {batch}" if low == high else f"{low} to {high} % at {batch}"


def with_parts(report, multiplier_fj, adder_fj):
    """The report with these energies in its multiply-accumulate of conventional products."""
    name = f"mac_exact_{report.format}_fp32"
    mac = report.design(name)
    parts = {
        **mac.parts,
        "multiplier": replace(mac.parts["multiplier"], glitch_fj=multiplier_fj),
        "adder": replace(mac.parts["adder"], glitch_fj=adder_fj),
    }
    designs = tuple(
        replace(each, parts=parts) if each.name == name else each for each in report.designs
    )
    return replace(report, designs=designs)


def with_energy(report, name, glitch_fj):
    """The report with a unit of this energy."""
    designs = tuple(
        replace(each, energy_fj=replace(each.energy_fj, glitch=glitch_fj))
        if each.name == name
        else each
        for each in report.designs
    )
    return replace(report, designs=designs)


def test_numbers_are_what_they_should_be():
    units = comparison(small_report("e4m3"), small_report)
    experts = ", ".join(of_experts(batch, units.exact, AROUND) for batch in (1, 2, 4, 16))
    rows = [
        # 3,617 servers of 6.5 kW; 11.4 MWh is what 18,000 households would have to take.
        ("564 MWh a day", "arithmetic", "3,617 servers x 6.5 kW x 24 h = 564 MWh; x 365 / 10.791"),
        ("564 MWh a day", "arithmetic", "= 19,086 households"),
        ("564 MWh a day", "arithmetic", "over 195 million requests a day 2.9 Wh each"),
        ("564 MWh a day", "assumes", "11.4 MWh a year"),
        ("564 MWh a day", "ours", "(batch 16, context 2,048)"),
        ("10 kW are 30 kW", "arithmetic", "= 3:"),
        ("10 kW are 30 kW", "ours", "11 to 15.6 kW"),
        ("millions of systems", "arithmetic", "10 kW x 8,760 h = 88 TWh a year, 96 to 137 TWh"),
        # 96.36 and 136.656 of 460.
        ("millions of systems", "ours", "would be 21 to 30 % of that"),
        ("65 % by mixture of experts", "arithmetic", "12.9 of 46.7 billion"),
        ("65 % by mixture of experts", "arithmetic", "are active, 27.6 %"),
        # 8 (1 - (3/4)^16).
        ("65 % by mixture of experts", "assumes", "16 choose 7.92 of 8"),
        # Of what a decode reads, embeddings left out: a little less than 0.276, 0.457, 0.694.
        ("65 % by mixture of experts", "ours", "27 % at 1, 46 % at 2, 69 % at 4, 99 % at 16."),
        ("65 % by mixture of experts", "ours", f"conventional e4m3: {experts}."),
        ("four times an addition", "arithmetic", "3.7 / 0.9 = 4.1"),
        ("four times an addition", "arithmetic", "3.1 / 0.1 = 31:"),
        ("four times an addition", "ours", "25.00 times"),
        ("47 billion parameters in ten hours", "arithmetic", "= 36 MJ"),
        ("47 billion parameters in ten hours", "assumes", "747 GB"),
        ("1.1 million households", "arithmetic", "= 11.9 TWh a year; / 30 % = 40 TWh"),
        # 1.1 * 4 / 30 and 1.1 * 15 / 30.
        ("1.1 million households", "ours", "0.15 to 0.55 million households"),
        ("95 % of element-wise products", "arithmetic", "0.057 % are element-wise in a prefill"),
        ("95 % of element-wise products", "arithmetic", "0.078 % in a decode there, 0.64 % at 13"),
        ("95 % of element-wise products", "ours", "0.054 to 0.61 %"),
        # 1.0 of 4.6.
        ("80 % of dot products", "arithmetic", "3.7 + 0.9 pJ become 0.1 + 0.9 pJ: 78.3 %"),
    ]
    assert missing(told(small_report, AROUND), rows) == []


@pytest.mark.parametrize("around", [UNITS_ALONE, replace(UNITS_ALONE, dram=AROUND.dram)])
def test_savings_are_those_of_the_ledger(around):
    read = {
        # So much that a percent of it is seen in the digits told.
        "e4m3": with_energy(small_report("e4m3"), "array_os_8x8_lmul_e4m3_fp32", 1120.0),
        "fp32": with_parts(small_report("fp32"), 31_000, 20_000),
    }
    found = told(lambda format: read.get(format) or small_report(format), around)
    units = comparison(read["e4m3"], small_report)
    low, high = saved("gpt-3-175b", "decode", 16, around, units)
    homes = 3617 * 6.5 * 24 * 365 / 10791
    kindest, _ = saved("llama-3.1-8b", "prefill", 1, around, units)
    _, hardest = saved("llama-3.1-8b", "decode", 1, around, units)
    if around is UNITS_ALONE:
        # Every unit is busy: 980 of 140 and 30, and an eighth that leaks.
        assert low == kindest == pytest.approx(-100 * 980 / 170.125)
    shares = f"{0.012 * kindest:.2f} to {0.012 * hardest:.2f}"
    rows = [
        ("564 MWh a day", "ours", f"saves {low:.1f} to {high:.1f} % of a decode"),
        (
            "564 MWh a day",
            "ours",
            f": {low * homes / 100:.0f} to {high * homes / 100:.0f} of 19,086 households",
        ),
        ("1.2 % of emissions", "ours", f"saves {kindest:.1f} to {hardest:.1f} % (Llama"),
        ("1.2 % of emissions", "ours", f"emissions {shares} % at the very most"),
        ("four times an addition", "ours", "multiplier 31.00 pJ, adder 20.00 pJ, 1.55 times"),
    ]
    assert missing(found, rows) == []


def test_tokens_of_ten_kilowatt_hours_are_those_of_a_ledger():
    # With so little at the meter more digits are told.
    around = replace(AROUND, cooling=Range(1e-4, 1e-4, "as given"))
    (wide,) = (
        each
        for each in comparison(small_report("e4m3"), small_report).others
        if each.label == "conventional bf16"
    )
    run = Run("training", 1, 2048, lora=Lora(8))
    found = ledger(counts(transformer("mixtral-8x7b"), run), wide, around)
    # Ten kWh are 36 million J.
    most, least = (36 * 2048 / found.joules(high) for high in (False, True))
    ours = told(small_report, around)["47 billion parameters in ten hours"].ours
    assert f"are {least:.1f} to {most:.1f} million tokens" in ours


def test_dot_products_are_told_by_the_paper_and_by_the_report():
    measured = comparison(small_report("fp32"), small_report)
    bare = {"clock_fj": 0.0, "leakage_fj": 0.0, "rest_fj": 900.0}
    paper = Comparison(
        replace(measured.lmul, multiplier_fj=100.0, **bare),
        (replace(measured.exact, multiplier_fj=3700.0, **bare),),
    )
    assert _bare(measured.exact, 3.7, 0.9) == paper.exact
    for around in (AROUND, UNITS_ALONE):
        texts = []
        for phase in ("prefill", "decode"):
            theirs, ours = (
                [f"{each:.1f}" for each in sorted(saved("llama-3.1-8b", phase, 1, around, units))]
                for units in (paper, measured)
            )
            theirs, ours = (" to ".join(dict.fromkeys(each)) for each in (theirs, ours))
            texts.append(f"{phase} {theirs} %, with units measured here {ours} %")
        found = told(small_report, around)["80 % of dot products"].ours
        assert found.endswith(f"with memory around it: {'; '.join(texts)}.")


def test_a_report_without_a_multiply_accumulate_says_so():
    found = told(small_array_report, AROUND)["four times an addition"]
    assert found.ours == "The report has no multiply-accumulate."


def test_every_sentence_is_whole():
    found = told(small_report, AROUND)
    assert len(found) == 10
    for each in found.values():
        for text in (each.claim, each.arithmetic, each.assumes, each.ours):
            assert text.endswith(".")
            assert "  " not in text
