from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.training.data import Examples
from lmul_pe.model.network.training.loop import Run
from lmul_pe.model.network.training.networks import Mixture, Perceptron
from lmul_pe.model.study import experts
from lmul_pe.model.study.experts import (
    EXPERTS,
    MIXED,
    NETWORKS,
    ONE,
    TWO,
    UNBALANCED,
    Routed,
    _used,
    arithmetics,
)
from lmul_pe.model.study.training import DIGITS_RECIPE, SEEDS

RUN = Run((1.0,), (1.0,), 0.4, 0.9, 1_000, 0.25, 0.0, False)


def test_a_batch_reads_every_expert_that_it_chooses():
    network = Mixture(2, 3, 2, 2, 0)
    weights = network.initial(np.random.default_rng(1))
    weights["weight router"] = np.array([[1, -1], [0, 0]], dtype=np.float32)
    # Of four batches of 8 the second alone meets both experts.
    signs = np.array([1.0] * 9 + [-1.0] * 23)
    inputs = np.stack([signs, signs], axis=1).astype(np.float32)
    test = Examples(inputs, np.zeros(32, dtype=np.int64))
    found = _used(network, weights, DIGITS_RECIPE, test, RUN)
    router, expert = 2 * 2 * 4, (2 * 3 + 3 + 3 * 2 + 2) * 4
    assert found.held == router + 2 * expert
    assert found.read == {1: router + expert, 8: router + 5 / 4 * expert, 32: router + 2 * expert}
    assert found.macs == 2 * 2 + 2 * 3 + 3 * 2
    assert found.busiest == 23 / 32


def test_the_verdict_says_what_a_batch_leaves_of_it():
    wide = Routed(RUN, 1000.0, 4000, {1: 4000.0, 8: 4000.0, 32: 4000.0}, 1.0)
    better = replace(RUN, accuracy=RUN.accuracy + 0.05)
    mixed = replace(
        wide, run=better, macs=550.0, read={1: 2100.0, 8: 3900.0, 32: 4000.0}, busiest=0.6
    )
    found = {f"{name}, fp32": [wide] * 5 for name in (ONE, TWO, UNBALANCED)} | {
        f"{MIXED}, fp32": [mixed] * 5
    }
    section = EXPERTS.section(found)
    assert section.verdict == [
        "fp32: two experts of 32 take 45% fewer multiplications than one network of 64, and read "
        "52% of its bytes for one image, but 100% for 32 together; accuracy +5.0 [+5.0, +5.0] "
        "points."
    ]
    assert "| fp32 | two experts of 32 | 95.0 ± 0.0 | +5.0 [+5.0, +5.0] |" in section.body


@pytest.mark.parametrize(
    ("formats", "arithmetics"),
    [
        ([], ("fp32", "e4m3, exact", "e4m3, L-Mul")),
        (["e5m2", "e4m3"], ("fp32", "e4m3, exact", "e4m3, L-Mul")),
        (["e5m2"], ("fp32",)),
    ],
)
def test_formats_choose_arithmetics_and_fp32_always_stays(formats, arithmetics):
    chosen = [format_named(name) for name in formats]
    assert {piece.key for piece in EXPERTS.pieces(chosen)} == {
        f"{name}, {words}" for name in (ONE, TWO, MIXED, UNBALANCED) for words in arithmetics
    }


@pytest.mark.parametrize(
    ("arithmetic", "bytes_of_a_weight"), [(None, 4), (Arithmetic("bf16", "exact"), 2)]
)
def test_one_network_is_read_whole_in_the_width_of_its_operands(arithmetic, bytes_of_a_weight):
    network = Perceptron((3, 5, 2))
    weights = network.initial(np.random.default_rng(1))
    test = Examples(np.ones((8, 3), dtype=np.float32), np.zeros(8, dtype=np.int64))
    found = _used(network, weights, replace(DIGITS_RECIPE, forward=arithmetic), test, RUN)
    # Two matrices, and a bias behind each.
    held = (3 * 5 + 5 + 5 * 2 + 2) * bytes_of_a_weight
    assert found == Routed(RUN, 3 * 5 + 5 * 2, held, {1: held, 8: held, 32: held}, 1)


def test_batches_are_whole_and_each_reads_an_expert_once():
    network = Mixture(2, 3, 2, 2, 0)
    weights = network.initial(np.random.default_rng(1))
    weights["weight router"] = np.array([[1, -1], [0, 0]], dtype=np.float32)
    # The last image, alone with its expert, fills no batch of 8, nor of 32.
    signs = np.array([1.0] * 32 + [-1.0])
    inputs = np.stack([signs, signs], axis=1).astype(np.float32)
    test = Examples(inputs, np.zeros(33, dtype=np.int64))
    found = _used(network, weights, DIGITS_RECIPE, test, RUN)
    router, expert = 2 * 2 * 4, (2 * 3 + 3 + 3 * 2 + 2) * 4
    assert found.read == dict.fromkeys((1, 8, 32), router + expert)
    assert found.busiest == 32 / 33


def test_names_say_the_widths_and_the_number_of_experts():
    assert NETWORKS[TWO] == Perceptron((64, 64, 10))
    assert NETWORKS[ONE] == Perceptron((64, 32, 10))
    assert NETWORKS[MIXED] == Mixture(64, 32, 10, 2, 0.5)
    assert NETWORKS[UNBALANCED] == Mixture(64, 32, 10, 2, 0)


def test_a_network_is_trained_and_used_with_every_seed(monkeypatch):
    given = []

    def learned(network, data, recipe, random):
        given.append((network, recipe.forward, recipe.backward, data.training, random.random()))
        return "a run", "weights"

    monkeypatch.setattr(
        experts, "digits", lambda random: SimpleNamespace(training=random.random(), test="judged")
    )
    monkeypatch.setattr(experts, "learned", learned)
    monkeypatch.setattr(experts, "_used", lambda *used: used)
    arithmetic = arithmetics()["e4m3, L-Mul"]
    piece = next(piece for piece in EXPERTS.pieces([]) if piece.key == f"{ONE}, e4m3, L-Mul")
    network = NETWORKS[ONE]
    recipe = replace(DIGITS_RECIPE, forward=arithmetic, backward=arithmetic)
    assert piece.compute() == [(network, "weights", recipe, "judged", "a run")] * len(SEEDS)
    streams = [np.random.default_rng(seed).random(2).tolist() for seed in SEEDS]
    assert given == [(network, arithmetic, arithmetic, *stream) for stream in streams]


def test_every_figure_stands_in_its_column():
    def by_seed(less, *figures):
        runs = (replace(RUN, accuracy=each / 10 - less) for each in range(5, 10))
        return [Routed(run, *figures) for run in runs]

    wide = by_seed(0, 1000.0, 4000, {1: 4000.0, 8: 4000.0, 32: 4000.0}, 1.0)
    mixed = by_seed(0.2, 550.0, 4400, {1: 2100.0, 8: 3900.0, 32: 4300.0}, 0.625)
    found = {f"{name}, fp32": wide for name in (ONE, TWO)} | {
        f"{name}, fp32": mixed for name in (MIXED, UNBALANCED)
    }
    section = EXPERTS.section(found)
    assert section.body.split("\n\n")[1].splitlines() == [
        "| products | network | accuracy, % | from the wide one, points | MACs an image | "
        "bytes held | read by 1 | read by 8 | read by 32 | busiest expert |",
        "| :-- | :-- |" + " --: |" * 8,
        f"| fp32 | {TWO} | 70.0 ± 15.8 |  | 1,000 | 4,000 | 4,000 | 4,000 | 4,000 | 100% |",
        f"| fp32 | {ONE} | 70.0 ± 15.8 | +0.0 [+0.0, +0.0] | 1,000 | 4,000 | 4,000 | 4,000 | 4,000 "
        "| 100% |",
        *(
            f"| fp32 | {name} | 50.0 ± 15.8 | -20.0 [-20.0, -20.0] | 550 | 4,400 | 2,100 | 3,900 | "
            "4,300 | 62% |"
            for name in (MIXED, UNBALANCED)
        ),
    ]
    (said,) = section.verdict
    # Of a wide one's 4000 bytes.
    assert "read 52% of its bytes for one image, but 108% for 32 together" in said
    assert said.endswith("accuracy -20.0 [-20.0, -20.0] points.")
    assert "Digits as in the part of that name, 5 seeds." in section.body
