"""Worked examples: the numbers of the sentences, by other arithmetic."""

import pytest

from lmul_pe.synth.system.examples import examples
from lmul_pe.synth.system.ledger import machine
from tests.synth.small_report import small_report


@pytest.fixture(scope="module")
def found():
    rows = examples(small_report, machine(45.0, "nangate45"))
    return {each.name: each for each in rows}


@pytest.mark.parametrize(
    ("name", "field", "text"),
    [
        # 3,617 servers of 6.5 kW; 11.4 MWh is what 18,000 households would have to take.
        ("564 MWh a day", "arithmetic", "= 564 MWh"),
        ("564 MWh a day", "arithmetic", "= 19,086 households"),
        ("564 MWh a day", "arithmetic", "2.9 Wh each"),
        ("564 MWh a day", "assumes", "11.4 MWh a year"),
        ("10 kW are 30 kW", "arithmetic", "= 3:"),
        ("10 kW are 30 kW", "ours", "11 to 15.6 kW"),
        ("millions of systems", "arithmetic", "= 88 TWh a year"),
        ("millions of systems", "arithmetic", "96 to 137 TWh"),
        ("65 % by mixture of experts", "arithmetic", "27.6 %"),
        # Of what a decode reads, embeddings left out: a little less than 0.276, 0.457, 0.694.
        ("65 % by mixture of experts", "ours", "27 % at 1, 46 % at 2, 69 % at 4, 99 % at 16"),
        ("four times an addition", "arithmetic", "3.7 / 0.9 = 4.1"),
        ("four times an addition", "ours", "25.00 times"),
        ("47 billion parameters in ten hours", "arithmetic", "= 36 MJ"),
        ("47 billion parameters in ten hours", "assumes", "747 GB"),
        ("1.1 million households", "arithmetic", "= 11.9 TWh a year; / 30 % = 40 TWh"),
        # 1.1 * 4 / 30 and 1.1 * 15 / 30.
        ("1.1 million households", "ours", "0.15 to 0.55 million households"),
        ("95 % of element-wise products", "arithmetic", "0.057 %"),
        ("95 % of element-wise products", "ours", "0.054 to 0.61 %"),
        ("80 % of dot products", "arithmetic", "78.3 %"),
    ],
)
def test_a_number_is_what_it_should_be(found, name, field, text):
    assert text in getattr(found[name], field)


def test_every_sentence_is_whole(found):
    assert len(found) == 10
    for each in found.values():
        for text in (each.claim, each.arithmetic, each.assumes, each.ours):
            assert text.endswith(".")
            assert "  " not in text
