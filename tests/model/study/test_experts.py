from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.network.training.data import Examples
from lmul_pe.model.network.training.loop import Run
from lmul_pe.model.network.training.networks import Mixture
from lmul_pe.model.study.experts import EXPERTS, MIXED, ONE, TWO, UNBALANCED, Routed, _used
from lmul_pe.model.study.training import DIGITS_RECIPE

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
