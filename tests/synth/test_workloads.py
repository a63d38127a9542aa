import numpy as np
import pytest

from model import CATALOG, SpecificationError, code_type, decode, encode, format_named
from synth.workloads import WORKLOADS, operands

FORMATS = [*CATALOG, "e11m52", "e4m3b0", "e4m3b11fnuz", "e2m5fn", "e3m2ieee"]


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_every_workload_in_legal_codes(name, workload):
    format = format_named(name)
    for codes in operands(workload, format, format, 500, 1):
        assert codes.shape == (500,)
        assert codes.dtype == code_type(format)
        assert int(codes.max()) < 2**format.width


def test_the_default_is_normal():
    assert list(WORKLOADS) == ["normal", "uniform"]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_streams_are_seeded_and_independent(workload):
    format = format_named("bf16")
    first, again, other = (operands(workload, format, format, 1000, seed) for seed in (1, 1, 2))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert (first[0] != other[0]).mean() > 0.9
    # Nor is one operand the other's, nor its neighbour's.
    values = [decode(codes, format) for codes in first]
    if workload == "normal":
        assert abs(np.corrcoef(*values)[0, 1]) < 0.15
        assert abs(np.corrcoef(values[0][1:], values[1][:-1])[0, 1]) < 0.15
    assert (first[0] != first[1]).mean() > 0.9


def test_a_stream_does_not_depend_on_the_other_operands_format():
    fp32, e4m3 = format_named("fp32"), format_named("e4m3")
    same, mixed = operands("normal", fp32, fp32, 100, 3), operands("normal", fp32, e4m3, 100, 3)
    np.testing.assert_array_equal(same[0], mixed[0])
    np.testing.assert_array_equal(encode(decode(same[1], fp32), e4m3), mixed[1])


def test_normal_values_are_standard_normal():
    format = format_named("fp32")
    for codes in operands("normal", format, format, 200_000, 2024):
        values = decode(codes, format)
        assert abs(values.mean()) < 0.01
        assert abs(values.std() - 1) < 0.01
        # Shares within one, two and three standard deviations.
        for deviations, share in ((1, 0.6827), (2, 0.9545), (3, 0.9973)):
            assert abs((abs(values) < deviations).mean() - share) < 0.005


def test_normal_values_beyond_the_range_become_the_largest():
    format = format_named("e2m1b3finite")
    (codes, _) = operands("normal", format, format, 200_000, 1)
    values = decode(codes, format)
    magnitudes = [0, 0.125, 0.25, 0.375, 0.5, 0.75, 1, 1.5]
    assert set(values) == {sign * magnitude for sign in (-1, 1) for magnitude in magnitudes}
    # Round to nearest: a zero below 1/16, and the largest from 1.25 up, however far.
    assert abs((values == 0).mean() - 0.0498) < 0.003
    assert abs((abs(values) == 1.5).mean() - 0.2113) < 0.005


@pytest.mark.parametrize("name", ["e2m1", "e4m3", "e4m3fnuz"])
def test_uniform_codes_are_equally_frequent(name):
    format = format_named(name)
    (codes, _) = operands("uniform", format, format, 2**format.width * 1000, 4)
    counts = np.bincount(codes, minlength=2**format.width)
    assert counts.size == 2**format.width
    # Six standard deviations of a count.
    assert abs(counts - 1000).max() < 6 * 1000**0.5


def test_codes_of_64_bits_reach_every_bit():
    format = format_named("e11m52")
    (codes, _) = operands("uniform", format, format, 1000, 5)
    for bit in range(64):
        share = (codes >> np.uint64(bit) & np.uint64(1)).mean()
        assert 0.4 < share < 0.6


def test_bad_requests_are_refused():
    format = format_named("e4m3")
    with pytest.raises(SpecificationError, match=r"'norml'.*did you mean 'normal'"):
        operands("norml", format, format, 10, 1)
    with pytest.raises(SpecificationError, match="1 operand pairs"):
        operands("normal", format, format, 1, 1)
