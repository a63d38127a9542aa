"""Levers: shares that others print, and that they do not add up."""

from dataclasses import replace
from pathlib import Path

import pytest

from lmul_pe.synth.system.ledger import compared, machine
from lmul_pe.synth.system.levers import Setting, levers
from lmul_pe.synth.system.operations import Run, counts
from lmul_pe.synth.system.spoiled import Spoiled
from lmul_pe.synth.system.transformer import Transformer, transformer
from lmul_pe.synth.system.unit import comparison
from tests.synth.small_report import small_report

UNSTUDIED = Spoiled(Path("nowhere"), Path("nowhere"))
AROUND = machine(45.0, "nangate45")
TINY = Transformer(
    name="tiny", layers=4, width=64, heads=4, kv_heads=2, head_width=16, hidden=96, vocabulary=128
)


def pulled(run, model=TINY, report=None, spoiled=UNSTUDIED):
    report = report or small_report("fp16")
    units = comparison(report, small_report)
    setting = Setting(model, run, units, AROUND, report, spoiled)
    return {each.name: each for each in levers(setting)}


def test_l_mul_everywhere_is_what_the_ledger_says():
    run = Run("prefill", 1, 64)
    units = comparison(small_report("fp16"), small_report)
    found = compared(counts(TINY, run), units, AROUND)
    lever = pulled(run)["L-Mul everywhere"]
    assert lever.saved_percent == pytest.approx(
        (found.saved_percent(False), found.saved_percent(True))
    )
    assert lever.spoils == (
        "not measured (make accuracy PARTS=language); mean error of a product 4.0 %"
    )


def test_in_attention_alone_it_saves_the_share_of_attention():
    run = Run("prefill", 1, 64)
    rows = pulled(run)
    attention, everywhere = rows["L-Mul in attention alone"], rows["L-Mul everywhere"]
    counted = counts(TINY, run)
    share = sum(each.macs for each in counted.operations if each.name in ("scores", "mix"))
    # At the kind bound every unit is busy, so that energy goes with the products.
    ratio = attention.saved_percent[0] / everywhere.saved_percent[0]
    assert ratio == pytest.approx(share / counted.macs())


def test_quantisation_halves_what_the_memory_moves():
    narrow = pulled(Run("decode", 1, 64), report=small_report("e4m3"))["quantisation to e4m3"]
    assert 45 < narrow.saved_percent[0] < 55


def test_a_mixture_saves_less_in_a_batch():
    mixture = replace(TINY, hidden=960, experts=8, active=2)
    name = "mixture of 8 experts, 2 active"
    saved = [pulled(Run("decode", batch, 16), mixture)[name].saved_percent[0] for batch in (1, 8)]
    assert saved[0] > saved[1] > 0
    assert name not in pulled(Run("decode", 1, 16))


def test_adapters_leave_two_thirds_of_training():
    rows = pulled(Run("training", 4, 2048), transformer("llama-3.1-8b"))
    low = rows["LoRA of rank 8 on queries and values"]
    high = rows["LoRA of rank 128 on every matrix"]
    assert low.saved_percent[0] == pytest.approx(33.3, abs=1.5)
    assert high.saved_percent[0] == pytest.approx(28.9, abs=1.5)
    assert "0.048 GB" in low.trap
    (stopped,) = (each for name, each in rows.items() if name.startswith("stopped"))
    assert stopped.saved_percent == (pytest.approx(30), pytest.approx(30))


def test_a_model_without_gates_has_no_adapters_there():
    plain = replace(TINY, gated=False, norm="layer", biases=True)
    assert "LoRA of rank 128 on every matrix" in pulled(Run("training", 1, 16), plain)


def test_zeros_are_those_that_were_measured():
    report = small_report("fp16")
    assert not any("zero" in name for name in pulled(Run("decode"), report=report))
    mac = report.design("mac_exact_fp16_fp32")
    halved = replace(mac.interval, glitch=mac.interval.glitch / 2)
    changed = replace(mac, energy_by_workload={**mac.energy_by_workload, "half_zeros": halved})
    designs = tuple(changed if each is mac else each for each in report.designs)
    rows = pulled(Run("prefill", 1, 64), report=replace(report, designs=designs))
    (lever,) = (each for name, each in rows.items() if "zero" in name)
    counted, unit = counts(TINY, Run("prefill", 1, 64)), comparison(report, small_report).exact
    gates = counted.macs() * (unit.multiplier_fj + unit.rest_fj) * 1e-15
    assert lever.before_j[0] - lever.after_j[0] == pytest.approx(1.1 * gates / 2)


def test_what_they_save_does_not_add():
    rows = pulled(Run("prefill", 1, 64), report=small_report("fp16"))
    (together,) = (each for name, each in rows.items() if name.startswith("together"))
    parts = [
        rows[name].saved_percent[0]
        for name in rows
        if name.startswith(("L-Mul everywhere", "half the hidden", "dynamic"))
    ]
    assert max(parts) < together.saved_percent[0] < sum(parts)
    assert all(each.trap for each in rows.values())


def test_the_error_of_a_product_is_that_of_the_report():
    report = small_report("fp16")
    errors = {**report.errors, "lmul": replace(report.errors["lmul"], mean=0.25)}
    rows = pulled(Run("decode"), report=replace(report, errors=errors))
    assert "mean error of a product 25.0 %" in rows["L-Mul everywhere"].spoils
