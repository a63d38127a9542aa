"""Operands: the numbers meant, and the codes that stand for them."""

import numpy as np
import pytest

from lmul_pe.model import SpecificationError, decode, format_named
from lmul_pe.model.accuracy.operands import OPERANDS, SAMPLE, operands


@pytest.mark.parametrize("name", ["e4m3", "bf16", "fp32", "e2m1"])
def test_exact_operands_are_what_is_meant(name):
    format = format_named(name)
    pairs = operands("exact", format)
    assert (decode(pairs.a, format) == pairs.x).all()
    assert (decode(pairs.b, format) == pairs.y).all()


def test_every_pair_of_few_mantissas_is_there():
    pairs = operands("exact", format_named("e4m3"))
    assert {(x, y) for x, y in zip(pairs.x, pairs.y, strict=True)} == {
        (1 + i / 8, 1 + j / 8) for i in range(8) for j in range(8)
    }


@pytest.mark.parametrize(
    ("kind", "name", "pairs"),
    [
        ("exact", "e8m8", 2**16),
        ("exact", "e8m9", 2**18),
        # Ten bits are cut to six, as all pairs; to more, from a sample.
        ("rounded", "e8m6", 2**20),
        ("truncated", "e8m7", 2**18),
    ],
)
def test_pairs_are_all_that_there_are_or_a_sample(kind, name, pairs):
    found = operands(kind, format_named(name))
    assert found.x.size == found.a.size == pairs
    assert found.x.min() == found.y.min() == 1.0 or name == "e8m7"


@pytest.mark.parametrize("name", ["e4m3", "e5m2", "bf16", "fp16"])
def test_truncated_and_rounded_operands_are_less_than_a_unit_off(name):
    format = format_named(name)
    unit = 2.0**-format.mantissa_bits
    for kind, low, high in (("truncated", 0, unit), ("rounded", -unit / 2, unit / 2)):
        pairs = operands(kind, format)
        lost = pairs.x - decode(pairs.a, format)
        assert low <= lost.min()
        assert lost.max() < high or (kind == "rounded" and lost.max() == high)
        # All that there is to lose is lost somewhere.
        assert lost.max() - lost.min() > 0.9 * unit


def test_normal_operands_are_standard_normal():
    pairs = operands("normal", format_named("fp16"))
    assert pairs.x.size == SAMPLE
    assert np.mean(pairs.x) == pytest.approx(0, abs=0.01)
    assert np.std(pairs.x) == pytest.approx(1, abs=0.01)
    assert abs(np.corrcoef(pairs.x, pairs.y)[0, 1]) < 0.01


@pytest.mark.parametrize("kind", OPERANDS)
def test_they_are_the_same_every_time(kind):
    first, second = (operands(kind, format_named("e8m9")) for _ in range(2))
    assert (first.x == second.x).all()
    assert (first.b == second.b).all()


def test_others_are_refused():
    with pytest.raises(SpecificationError, match=r"operands 'round' .*did you mean 'rounded'"):
        operands("round", format_named("e4m3"))
