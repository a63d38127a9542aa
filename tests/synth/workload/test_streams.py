import numpy as np
import pytest

from lmul_pe.model import (
    CATALOG,
    IntegerMultiplier,
    SpecificationError,
    code_type,
    decode,
    encode,
    format_named,
)
from lmul_pe.synth.workload.streams import WORKLOADS, code_stream, operands


def int8():
    return IntegerMultiplier("int8").format


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
    assert list(WORKLOADS) == ["normal", "uniform", "stationary", "half_zeros"]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_streams_are_seeded_and_independent(workload):
    format = format_named("bf16")
    first, again, other = (operands(workload, format, format, 1000, seed) for seed in (1, 1, 2))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    different = 0.7 if workload == "half_zeros" else 0.9
    assert (first[0] != other[0]).mean() > different
    # Nor is one operand the other's, nor its neighbour's.
    values = [decode(codes, format) for codes in first]
    if workload in ("normal", "half_zeros"):
        assert abs(np.corrcoef(*values)[0, 1]) < 0.15
        assert abs(np.corrcoef(values[0][1:], values[1][:-1])[0, 1]) < 0.15
    assert (first[0] != first[1]).mean() > different


@pytest.mark.parametrize("workload", ["normal", "uniform", "half_zeros"])
def test_operands_have_streams_of_their_own(workload):
    """Two generators of one seed, for values and for what becomes zero: in equal formats, too."""
    format, count = format_named("e4m3"), 4000
    first, second = np.random.default_rng(9).spawn(2)
    expected = []
    for random in (first, second):
        if workload == "uniform":
            expected.append(random.integers(0, 256, count, dtype=np.uint64))
            continue
        codes = encode(random.standard_normal(count), format, saturate=True)
        kept = 1 if workload == "normal" else random.random(count) >= 0.5
        expected.append(codes * kept)
    for found, wanted in zip(operands(workload, format, format, count, 9), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_weights_stay_for_64_cycles():
    format = format_named("bf16")
    a, b = operands("stationary", format, format, 640 + 10, 2)
    held = b[:640].reshape(10, 64)
    assert (held == held[:, :1]).all()
    assert len(set(b[::64])) == 11
    same, _ = operands("normal", format, format, 650, 2)
    np.testing.assert_array_equal(a, same)


@pytest.mark.parametrize("format", [format_named("e4m3"), int8()])
def test_half_of_the_operands_are_zero_independently(format):
    a, b = operands("half_zeros", format, format, 40_000, 2)
    normal, _ = operands("normal", format, format, 40_000, 2)
    # Those that are zero by themselves count as well: few in e4m3, one in 80 in int8.
    zero = (normal == 0).mean()
    for codes in (a, b):
        assert (codes == 0).mean() == pytest.approx(0.5 + zero / 2, abs=0.01)
    assert ((a == 0) & (b == 0)).mean() == pytest.approx((0.5 + zero / 2) ** 2, abs=0.01)
    np.testing.assert_array_equal(a[a != 0], normal[a != 0])


def stored(folder, array):
    path = folder / "codes.npy"
    np.save(path, array)
    return path


@pytest.mark.parametrize("kind", [np.uint8, np.int64])
def test_a_stream_of_ones_own_is_taken_as_it_is(kind, tmp_path):
    pairs = np.array([[1, 2], [3, 4], [5, 255]], dtype=kind)
    stream = code_stream(stored(tmp_path, pairs))
    assert stream.name == str(tmp_path / "codes.npy")
    assert stream.summary == f"the 3 operand pairs of {stream.name}, in their order"
    format = format_named("e4m3")
    a, b = operands(stream, format, int8(), 5, 1)
    assert (a.tolist(), b.tolist()) == ([1, 3, 5, 1, 3], [2, 4, 255, 2, 4])
    assert a.dtype == code_type(format)
    assert [codes.tolist() for codes in operands(stream, format, format, 2, 9)] == [[1, 3], [2, 4]]


def test_streams_are_known_by_their_codes(tmp_path):
    first = code_stream(stored(tmp_path, np.array([[1, 2], [3, 4]], dtype=np.uint8)))
    same = code_stream(stored(tmp_path, np.array([[1, 2], [3, 4]], dtype=np.int64)))
    other = code_stream(stored(tmp_path, np.array([[1, 2], [3, 5]])))
    assert first.digest == same.digest != other.digest


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((5, 3), dtype=int), r"codes\.npy is 5 x 3: expected N x 2"),
        (np.zeros(5, dtype=int), r"is 5: expected N x 2"),
        (np.zeros((1, 2), dtype=int), r"is 1 x 2: expected N x 2.* N 2 at least"),
        (np.array(3), r"is single value: expected N x 2"),
        (np.zeros((5, 2)), r"holds float64: expected integers"),
        (np.array([[1, 0], [3, -4]]), r"-4 in row 1 is no code: expected 0 or more"),
    ],
)
def test_files_that_hold_something_else_are_refused(array, message, tmp_path):
    with pytest.raises(SpecificationError, match=message):
        code_stream(stored(tmp_path, array))


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(SpecificationError, match=r"none\.npy cannot be read: No such file"):
        code_stream(tmp_path / "none.npy")
    for content in (b"", b"no array", np.lib.format.MAGIC_PREFIX):
        broken = tmp_path / "broken.npy"
        broken.write_bytes(content)
        with pytest.raises(
            SpecificationError, match=r"broken\.npy cannot be read: expected a .npy"
        ):
            code_stream(broken)
    np.savez(tmp_path / "several.npz", a=np.zeros(2))
    with pytest.raises(SpecificationError, match="several arrays"):
        code_stream(tmp_path / "several.npz")
    with pytest.raises(SpecificationError, match="cannot be read"):
        code_stream(tmp_path)


def test_codes_that_a_format_does_not_have_are_refused(tmp_path):
    stream = code_stream(stored(tmp_path, np.array([[1, 255], [3, 256]])))
    bf16, e4m3 = format_named("bf16"), format_named("e4m3")
    assert operands(stream, bf16, bf16, 2, 1)[1].tolist() == [255, 256]
    with pytest.raises(
        SpecificationError, match=r"256 in row 1, operand b, is no code of e4m3: expected 0 to 255"
    ):
        operands(stream, bf16, e4m3, 2, 1)


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


def test_integers_take_normal_values_in_eighths_of_their_range():
    format = int8()
    (codes, _) = operands("normal", format, format, 200_000, 7)
    values = codes.astype(np.int8)
    # An eighth of 256 is a standard deviation; one in 14,000 is beyond, and becomes the largest.
    assert abs(values.mean()) < 0.3
    assert abs(values.std() - 32) < 0.3
    assert (values.min(), values.max()) == (-127, 127)


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
