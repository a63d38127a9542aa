"""The products of a transformer, against its published number of parameters."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.pipeline.products import forward, instructed, split
from lmul_pe.synth.system.transformer import transformer

SMOLLM2_135M = transformer("smollm2-135m")


def macs(products):
    return sum(m * k * n * times for m, k, n, times in products)


def test_a_token_meets_every_weight_once():
    # 134,515,008 parameters; norms multiply element by element, the embedding is the last layer.
    norms = (2 * 30 + 1) * 576
    whole = macs(forward(SMOLLM2_135M, 30, 1, head=True))
    scores = 2 * 30 * 9 * 64
    assert whole - scores == 134_515_008 - norms


def test_scores_grow_with_the_square_of_tokens():
    one, many = (macs(forward(SMOLLM2_135M, 30, tokens, head=False)) for tokens in (1, 64))
    assert many - 64 * one == 2 * 30 * 9 * 64 * (64**2 - 64)


def test_backward_is_twice_forward():
    once, twice = (
        macs(instructed(SMOLLM2_135M, name, 8, 32, True)) for name in ("forward", "backward")
    )
    assert twice == 2 * once


@pytest.mark.parametrize(("stages", "expected"), [(1, (30,)), (4, (8, 8, 7, 7)), (30, (1,) * 30)])
def test_layers_are_split_evenly(stages, expected):
    assert split(SMOLLM2_135M, stages) == expected


def test_more_stages_than_layers():
    with pytest.raises(SpecificationError, match="31 stages for 30 layers: expected 30 stages at"):
        split(SMOLLM2_135M, 31)
