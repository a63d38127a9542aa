"""Percents as marks along a line."""

import xml.etree.ElementTree as ET

from lmul_pe.synth.report.marks import marks_figure


def test_every_mark_and_limit_is_said_and_in_the_key():
    rows = {"e4m3": [("normal", -12.0), ("uniform", 40.0)], "bf16": [("normal", 70.0)]}
    found = marks_figure("m", "Saved", rows, {"the paper says": 95.0})
    assert found.words == (
        "Saved, in percent. e4m3: normal -12 %, uniform 40 %; bf16: normal 70 %; "
        "the paper says 95 %."
    )
    texts = [text.text for text in ET.fromstring(found.svg).iter("text")]
    assert {"normal", "uniform", "the paper says", "e4m3", "bf16"} <= set(texts)
