import math

import numpy as np

from lmul_pe.model.network.language import LanguageModel
from lmul_pe.model.study import quantised
from lmul_pe.model.study.language import Score
from lmul_pe.model.study.quantised import QUANTISED, QUANTISERS, Quantised


def test_bytes_are_set_against_those_of_bf16():
    scores = {
        "tides": Score(100, 3 + math.log(1.02), 3.0, 0.01, 0.9),
        "chess": Score(100, 3 + math.log(1.02), 3.0, 0.01, 0.9),
    }
    found = {"4 bits by 32": Quantised(scores, 64_000_000, 2_000_000, 36_000_000)}
    section = QUANTISED.section(found)
    assert section.verdict == [
        "Weights in 4 bits by 32: perplexity +2.0 [+2.0, +2.0] %, 28% of the bytes of bf16."
    ]
    assert "| 36.0 | 28% | 64.0 | 2.00 |" in section.body


def test_a_name_says_the_bits_the_group_and_a_least_value():
    for name, quantiser in QUANTISERS.items():
        least = ", with a least value" if quantiser.least else ""
        assert name == f"{quantiser.bits} bits by {quantiser.group}{least}"


def test_matrices_of_the_blocks_alone_are_quantised(monkeypatch):
    tensors = {
        "token_embd.weight": np.ones((9, 4)),
        "output_norm.weight": np.ones(4),
        "blk.0.attn_norm.weight": np.ones(4),
        "blk.0.attn_q.weight": np.ones((6, 4)),
    }
    monkeypatch.setattr(LanguageModel, "__post_init__", lambda self: None)
    monkeypatch.setattr(quantised, "smollm2", lambda what: LanguageModel({}, tensors))
    found = quantised._model(lambda matrix: 3 * matrix).tensors
    assert {name: each.max() for name, each in found.items()} == {
        name: 3 if name == "blk.0.attn_q.weight" else 1 for name in tensors
    }
