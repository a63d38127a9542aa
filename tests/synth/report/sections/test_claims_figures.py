"""Pictures of claims and memory."""

from dataclasses import replace

import pytest
from lmul_pe.synth.report.sections.claims_figures import claim_figure, reuse_figure, share_figure


def test_claims_stand_beside_what_was_measured(data):
    words = claim_figure(data, "element-wise", "Element-wise").words
    assert "e4m3: the paper's own arithmetic 88 %, measured: multiplier -25 %" in words
    assert "the paper says 95 %" in words


def test_dot_products_are_those_with_fp32_sums(data):
    words = claim_figure(data, "dot product", "Dot products").words
    assert (
        "bf16: measured: MAC 50 %, measured: dot product 50 %, measured: 8 x 8 array 50 %" in words
    )


def test_the_share_of_the_multiplier_falls_with_dearer_memory(data):
    # Of 301 fJ 200; of 43,164 fJ more for DRAM nearly nothing.
    words = share_figure(data).words
    assert "bf16: array registers 66, " in words
    assert "DRAM 0." in words


def test_reuse_brings_the_saving_back(data):
    words = reuse_figure(data, "DRAM").words
    start, end = (
        next(
            row.saving_percent
            for row in data.reuses
            if (row.memory, row.format, row.reuse) == ("DRAM", "bf16", reuse)
        )
        for reuse in (1, 65536)
    )
    assert start < end
    assert f"bf16: {start:.1f} at 1 to {end:.1f} at 65536" in words


def test_formats_without_memory_are_left_out(data):
    some = tuple(row for row in data.reuses if row.format == "e4m3")
    assert "bf16" not in reuse_figure(replace(data, reuses=some), "DRAM").words


@pytest.mark.parametrize("technology", ["asap7"])
def test_only_the_technology_of_the_page_is_drawn(data, technology):
    other = tuple(replace(row, technology=technology, saving_percent=99) for row in data.claims)
    with_other = replace(data, claims=data.claims + other)
    assert claim_figure(with_other, "element-wise", "x") == claim_figure(data, "element-wise", "x")
