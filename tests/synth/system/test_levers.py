"""Levers: shares that others print, and that they do not add up."""

from dataclasses import replace
from pathlib import Path

import pytest

from lmul_pe.synth.system.ledger import compared, ledger, machine
from lmul_pe.synth.system.levers import Setting, levers
from lmul_pe.synth.system.operations import EVERYWHERE, Kind, Lora, Operation, Run, counts
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


def joules(unit, model, run, scaled=False):
    """Of a run at both bounds; scaled with a multiplication for each 32 products of a matrix."""
    counted = counts(model, run)
    if scaled:
        scales = counted.macs(Kind.LINEAR) // 32
        more = Operation("scales", Kind.ELEMENT_WISE, multiplications=scales)
        counted = replace(counted, operations=(*counted.operations, more))
    found = ledger(counted, unit, AROUND)
    return found.joules(False), found.joules(True)


def with_attention_by(unit, other, run):
    """All by ``other`` but attention, of which arithmetic alone is by ``unit``."""
    rows = [each for each in counts(TINY, run).operations if each.kind is Kind.ATTENTION]
    low = high = 0.0
    for each in rows:
        gates = unit.multiplier_fj + unit.rest_fj - other.multiplier_fj - other.rest_fj
        always = unit.clock_fj + unit.leakage_fj - other.clock_fj - other.leakage_fj
        low += each.macs * (gates + always) * 1e-15
        high += each.macs * (gates + always / unit.utilisation(each.product)) * 1e-15
    before = joules(other, TINY, run)
    return before[0] + 1.1 * low, before[1] + 1.56 * high


def test_every_lever_is_a_ledger_of_its_own():
    run = Run("prefill", 2, 64)
    units = comparison(small_report("fp16"), small_report)
    lmul, narrow, wide = units.lmul, *units.others
    assert (narrow.label, wide.label) == ("conventional fp16", "conventional bf16")
    wider = joules(wide, TINY, run)
    learning = [each / 64 for each in joules(wide, TINY, Run("training", 1, 64))]
    using = [each / 128 for each in wider]
    expected = {
        "quantisation to fp16": (wide.label, wider, joules(narrow, TINY, run, scaled=True)),
        "L-Mul everywhere": (narrow.label, joules(narrow, TINY, run), joules(lmul, TINY, run)),
        "L-Mul in attention alone": (
            narrow.label,
            joules(narrow, TINY, run),
            with_attention_by(lmul, narrow, run),
        ),
        "mixed precision: attention in bf16": (
            wide.label,
            wider,
            with_attention_by(wide, narrow, run),
        ),
        "half the hidden width pruned": (
            narrow.label,
            joules(narrow, TINY, run),
            joules(narrow, replace(TINY, hidden=48), run),
        ),
        # Half of the tokens pass two layers of four.
        "dynamic graph: 50 % of tokens leave half-way": (
            narrow.label,
            joules(narrow, TINY, run),
            joules(narrow, replace(TINY, layers=3), run),
        ),
        "a model that is there already, a token": (
            "one trained on 20 tokens for each parameter, used for as many",
            (learning[0] + using[0], learning[1] + using[1]),
            tuple(using),
        ),
        "together: fp16, L-Mul, half the hidden width, dynamic graph": (
            wide.label,
            wider,
            joules(lmul, replace(TINY, layers=3, hidden=48), run, scaled=True),
        ),
    }
    rows = pulled(run)
    assert list(rows) == list(expected)
    for name, (other, before, after) in expected.items():
        assert rows[name].instead_of == other
        assert rows[name].before_j == pytest.approx(before)
        assert rows[name].after_j == pytest.approx(after)
    tokens = [
        20 * TINY.total_parameters * cost / each for cost, each in zip(learning, using, strict=True)
    ]
    low, high = sorted(tokens)
    trap = rows["a model that is there already, a token"].trap
    assert f"as much as {low:.2g} to {high:.2g} tokens" in trap


def test_where_bf16_is_the_format_it_is_not_set_against_itself():
    assert list(pulled(Run("decode", 1, 16), report=small_report("bf16"))) == [
        "L-Mul everywhere",
        "L-Mul in attention alone",
        "half the hidden width pruned",
        "dynamic graph: 50 % of tokens leave half-way",
        "a model that is there already, a token",
        "together: bf16, L-Mul, half the hidden width, dynamic graph",
    ]


def test_every_lever_of_training_is_a_ledger_of_its_own():
    run = Run("training", 2, 16)
    report = small_report("bf16")
    unit = comparison(report, small_report).exact
    gateless = tuple(each for each in EVERYWHERE if each != "gate")
    for model, targets in ((TINY, EVERYWHERE), (replace(TINY, gated=False), gateless)):
        full = joules(unit, model, run)
        expected = {
            "LoRA of rank 8 on queries and values": joules(unit, model, replace(run, lora=Lora(8))),
            "LoRA of rank 128 on every matrix": joules(
                unit, model, replace(run, lora=Lora(128, targets))
            ),
            "stopped after 70 % of the steps": (0.7 * full[0], 0.7 * full[1]),
        }
        rows = pulled(replace(run, lora=Lora(4)), model, report)
        assert list(rows)[4:-1] == list(expected)
        for name, after in expected.items():
            assert rows[name].before_j == pytest.approx(full)
            assert rows[name].after_j == pytest.approx(after)


def test_adapters_spoil_by_where_they_are():
    class Told(Spoiled):
        def by_adapters(self, every):
            return "everywhere" if every else "at some"

    rows = pulled(Run("training", 1, 16), spoiled=Told(Path("nowhere"), Path("nowhere")))
    assert rows["LoRA of rank 8 on queries and values"].spoils == "at some"
    assert rows["LoRA of rank 128 on every matrix"].spoils == "everywhere"


def test_a_mixture_is_set_against_one_network_as_wide_as_all():
    run, report = Run("decode", 1, 16), small_report("bf16")
    lever = pulled(run, replace(TINY, experts=2, active=1), report)[
        "mixture of 2 experts, 1 active"
    ]
    unit = comparison(report, small_report).exact
    assert lever.before_j == pytest.approx(joules(unit, replace(TINY, hidden=192), run))
    assert lever.after_j == pytest.approx(joules(unit, replace(TINY, experts=2, active=1), run))


def test_a_network_of_one_column_is_not_pruned():
    thin, run, report = replace(TINY, hidden=1), Run("decode", 1, 16), small_report("bf16")
    rows = pulled(run, thin, report)
    units = comparison(report, small_report)
    pruned = rows["half the hidden width pruned"]
    assert pruned.saved_percent == (0, 0)
    together = rows["together: bf16, L-Mul, half the hidden width, dynamic graph"]
    assert together.after_j == pytest.approx(
        joules(units.lmul, replace(thin, layers=3), run, scaled=True)
    )


def test_a_report_without_errors_of_products_tells_none():
    report = replace(small_report("fp16"), errors={})
    spoils = pulled(Run("decode", 1, 16), report=report)["L-Mul everywhere"].spoils
    assert spoils == "not measured (make accuracy PARTS=language)"


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
