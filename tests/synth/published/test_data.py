import pytest
from lmul_pe.synth.published.data import brief, claims_data

from lmul_pe.model import SpecificationError
from tests.synth.small_report import small_report


def test_a_terminal_gets_the_comparisons_that_save_most():
    data = claims_data([small_report()])
    shown = brief(data)["claims"]
    assert [(row["level"], row["design"]) for row in shown] == [
        ("multiplier", "lmul_e4m3"),
        ("mac", "mac_lmul_e4m3_fp32"),
        ("array", "array_os_8x8_lmul_e4m3_fp32"),
    ]
    assert {row["dataflow"] for row in brief(data)["memory"]} == {"os"}


def test_a_report_without_glitches_is_refused():
    report = small_report()
    del report["designs"][-1]["energy_fj"]["glitch"]
    with pytest.raises(SpecificationError, match="no energy with glitches"):
        claims_data([report])
