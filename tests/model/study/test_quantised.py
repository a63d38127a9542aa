import math

import numpy as np
import pytest

from lmul_pe.model.network.language import LanguageModel
from lmul_pe.model.network.quantised import Quantiser
from lmul_pe.model.network.texts import texts
from lmul_pe.model.study import interval, quantised
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


def test_a_row_has_its_figures(monkeypatch):
    # Of texts that are all alike there need not be many samples.
    monkeypatch.setattr(interval, "RESAMPLES", 20)
    scores = {name: Score(100, 3 + math.log(1.02), 3.0, 0.25, 0.875) for name in ("tides", "chess")}
    found = {"4 bits by 32": Quantised(scores, 64_000_000, 2_000_000, 36_000_000)}
    head, *lines = QUANTISED.section(found).body.split("\n\n")[1].splitlines()
    assert head == (
        "| weights | perplexity | loss, % | KL, nats | agreement, % | MB | of bf16 | "
        "MACs, million | scalings, million |"
    )
    perplexity = f"{1.02 * math.exp(3):.2f}"
    assert lines == [
        "| :-- |" + " --: |" * 8,
        f"| 4 bits by 32 | {perplexity} | +2.0 [+2.0, +2.0] | 0.25 [0.25, 0.25] | 88 [88, 88] | "
        "36.0 | 28% | 64.0 | 2.00 |",
    ]
    assert ", 2 texts, matrices of the blocks alone" in QUANTISED.section(found).body


def test_pieces_are_the_ways_of_quantising():
    assert [piece.key for piece in QUANTISED.pieces([])] == list(QUANTISERS)
    assert [piece.compute.args[0] for piece in QUANTISED.pieces([])] == list(QUANTISERS.values())


def test_a_last_group_of_fewer_weights_is_scaled_too(monkeypatch):
    tensors = {
        "output.weight": np.ones((9, 64)),
        "blk.0.attn_norm.weight": np.ones(64),
        "blk.0.attn_q.weight": np.ones((6, 64)),
        "blk.1.ffn_up.weight": np.ones((5, 65)),
    }
    monkeypatch.setattr(LanguageModel, "__post_init__", lambda self: None)
    monkeypatch.setattr(quantised, "smollm2", lambda what: LanguageModel({}, tensors))
    scored = []
    monkeypatch.setattr(quantised, "_score", lambda model, text: scored.append(model) or text.name)
    found = quantised._quantised(Quantiser(4, 32))
    assert found.scores == {text.name: text.name for text in texts()}
    assert {"blk.0.attn_q.weight"} <= scored[0].tensors.keys()
    assert found.weights == 6 * 64 + 5 * 65
    assert found.scalings == 6 * 2 + 5 * 3
    # Half a byte of each, and two of a scale by 32.
    assert found.bytes_held == found.weights * (4 + 16 / 32) / 8


class Fixed:
    """A model of 4 tokens that expects the next one with so many nats."""

    def __init__(self, nats):
        self.nats = nats

    def tokens(self, text):
        return np.arange(len(text)) % 4

    def logits(self, tokens):
        return self.nats * np.eye(4)[(tokens + 1) % 4]


def test_a_text_is_scored_against_the_weights_as_they_come(monkeypatch):
    monkeypatch.setattr(quantised, "smollm2", lambda what: Fixed(4))
    monkeypatch.setattr(quantised, "_reference", quantised._reference.__wrapped__)
    text = texts()[0]
    found = quantised._score(Fixed(2), text)
    assert found.predictions == len(text.read()) - 1
    assert found.loss == pytest.approx(math.log(1 + 3 * math.exp(-2)))
    assert found.reference_loss == pytest.approx(math.log(1 + 3 * math.exp(-4)))
