"""What levers spoil, from results that are written as studies write them."""

import math

import pytest

from lmul_pe.model import SpecificationError, format_named
from lmul_pe.model.network.training.loop import Run
from lmul_pe.model.study.adapters import ADAPTERS, FULL, LORA, Adaptation
from lmul_pe.model.study.experts import EXPERTS, MIXED, ONE, TWO, Routed
from lmul_pe.model.study.language import Score
from lmul_pe.model.study.language_report import LANGUAGE
from lmul_pe.model.study.quantised import QUANTISED, Quantised
from lmul_pe.model.study.results import file_of, text
from lmul_pe.model.study.training_report import DIGITS
from lmul_pe.synth.system.spoiled import Spoiled

E4M3 = format_named("e4m3")


def run(accuracy):
    return Run((1.0,), (1.0,), 0.5, accuracy, 100, 0.0, 0.0, False)


def routed(accuracy):
    return Routed(run(accuracy), 10.0, 100, {1: 60.0}, 0.5)


def score(rise):
    """Of a text whose perplexity is a factor of ``1 + rise`` above that of fp32."""
    return {"tides": Score(100, 3 + math.log1p(rise), 3.0, rise / 10, 0.9)}


@pytest.fixture
def studied(tmp_path):
    def keep(part, found):
        file_of(part, tmp_path).write_text(text(part, found, "make"))

    keep(
        LANGUAGE,
        {
            "attention_lmul_e4m3": score(0.6),
            "attention_lmul_e4m3_tensor": score(0.04),
            "linear_exact_e4m3_block": score(0.02),
            "linear_lmul_bf16": score(0.03),
        },
    )
    seeds = [0.9, 0.92, 0.94, 0.96, 0.98]
    keep(
        DIGITS,
        {
            "e4m3, exact": [run(each) for each in seeds],
            "e4m3, exact, pruned 2:4": [run(each - 0.01) for each in seeds],
        },
    )
    keep(
        EXPERTS,
        {
            f"{TWO}, fp32": [routed(each) for each in seeds],
            f"{MIXED}, fp32": [routed(each - 0.5) for each in seeds],
        },
    )
    keep(QUANTISED, {"8 bits by 32": Quantised(score(0.005), 320, 10, 340.0)})
    lost = [Adaptation(4.0, 4.0 + math.log(0.9), (4.0,), 8, 100)]
    full = [Adaptation(4.0, 4.0 + math.log(0.8), (4.0,), 800, 150)]
    keep(ADAPTERS, {LORA: lost, FULL: full})
    return Spoiled(tmp_path, tmp_path)


def test_the_least_spoiling_scale_is_told(studied):
    assert studied.by_arithmetic(E4M3, "lmul", "attention") == (
        "perplexity +4.0 [+4.0, +4.0] % (SmolLM2-135M-Instruct, in attention, scaled by tensor)"
    )
    assert "+2.0 [+2.0, +2.0] %" in studied.by_arithmetic(E4M3, "exact", "linear")
    assert studied.by_arithmetic(format_named("bf16"), "lmul", "linear") == (
        "perplexity +3.0 [+3.0, +3.0] % (SmolLM2-135M-Instruct, in all layers)"
    )


def test_each_study_says_its_own(studied):
    assert studied.by_bits(8).startswith("perplexity +0.5 [+0.5, +0.5] %")
    assert studied.by_training("e4m3, exact, pruned 2:4") == "-1.0 [-1.0, -1.0] points of digits"
    assert studied.by_network(MIXED) == "-50.0 [-50.0, -50.0] points of digits"
    assert studied.by_adapters(every=False).startswith(
        "perplexity of unseen texts -10.0 %, -20.0 % where every matrix itself"
    )


def test_what_no_study_has_is_not_measured(studied):
    said = "not measured (make accuracy PARTS=language)"
    assert studied.by_arithmetic(E4M3, "lmul", "linear") == said
    # Formats that fp32 cannot hold are in no study.
    assert studied.by_arithmetic(format_named("e11m52"), "lmul", "linear") == said
    assert studied.by_network(ONE) == "not measured (make train PARTS=experts)"
    assert studied.by_bits(5) == "not measured (make train PARTS=quantised)"
    assert studied.by_training("e4m3, exact, stopped early").startswith("not measured")
    assert studied.by_adapters(every=True) == "not measured (make train PARTS=adapters)"


def test_a_file_of_something_else_is_one_line(tmp_path):
    (tmp_path / "digits.json").write_text('{"results": {"fp32": 3}}')
    with pytest.raises(SpecificationError, match=r"digits\.json holds no results of part digits"):
        Spoiled(tmp_path, tmp_path).by_training("e4m3, exact, pruned 2:4")
