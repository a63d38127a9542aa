import numpy as np
import pytest

from lmul_pe.model import CATALOG, Multiplier, code_type
from lmul_pe.model import format_named as named
from lmul_pe.model.multiplier.vectors import boundary_codes, check_pairs, is_exhaustive

# Zero, the ends of the subnormal and of the normal range, one, one and a half and the neighbours of
# both, infinity, NaN.
EDGES = {
    "fp32": "0 1 7fffff 800000 3f7fffff 3f800000 3f800001 3fbfffff 3fc00000 3fc00001 7f7fffff "
    "7f800000 7f800001 7fc00000",
    "fp16": "0 1 3ff 400 3bff 3c00 3c01 3dff 3e00 3e01 7bff 7c00 7c01 7e00 7fff",
    "e4m3": "0 1 7 8 37 38 39 3b 3c 3d 7e 7f",
    "e4m3fnuz": "0 1 7 8 3f 40 41 43 44 45 7f",
}


class TestBoundaryCodes:
    @pytest.mark.parametrize(("name", "edges"), EDGES.items())
    def test_edges_of_both_signs(self, name, edges):
        codes = set(boundary_codes(named(name)).tolist())
        edges = [int(edge, 16) for edge in edges.split()]
        sign = 2 ** (named(name).width - 1)
        assert codes >= {*edges, *(edge + sign for edge in edges)}

    @pytest.mark.parametrize(
        ("name", "near"),
        [
            ("fp32", {0, 1, 2, 3, 63, 126, 127, 128, 191, 253, 254, 255}),
            ("e6m9fn", {0, 1, 2, 3, 15, 30, 31, 32, 47, 61, 62, 63}),
            ("e6m9b0", {0, 1, 2, 3, 31, 61, 62, 63}),
        ],
    )
    def test_every_edge_of_the_exponents_near_an_end_or_the_bias(self, name, near):
        """Half of the way from the bias to an end, too; the mantissas' ends and middle."""
        format = named(name)
        codes = boundary_codes(format).astype(np.int64)
        unit, sign = 2**format.mantissa_bits, 2**format.magnitude_bits
        edges = [0, 1, 2, unit // 2 - 1, unit // 2, unit // 2 + 1, unit - 2, unit - 1]
        expected = {exponent * unit + mantissa for exponent in near for mantissa in edges}
        expected |= {format.largest - 1}
        assert set(codes.tolist()) == expected | {each + sign for each in expected}

    @pytest.mark.parametrize(
        ("name", "kind", "least", "greatest"),
        [("fp32", np.float32, -64, 64), ("fp16", np.float16, -8, 8)],
    )
    def test_squares_that_just_leave_the_range(self, name, kind, least, greatest):
        codes = boundary_codes(named(name))
        assert np.isin(
            np.array([2.0**least, 2.0**greatest], dtype=kind).view(codes.dtype), codes
        ).all()
        assert 2.0 ** (2 * least) < float(np.finfo(kind).tiny)
        assert 2.0 ** (2 * greatest) > float(np.finfo(kind).max)

    @pytest.mark.parametrize("name", [*CATALOG, "e11m52", "e2m1fnuz", "e3m1b0", "e2m52finite"])
    def test_are_codes(self, name):
        format = named(name)
        codes = boundary_codes(format)
        assert codes.dtype == code_type(format)
        assert codes.size == np.unique(codes).size
        assert int(codes.max()) < 2**format.width


class TestCheckPairs:
    @pytest.mark.parametrize(
        ("formats", "exhaustive"),
        [
            (("e4m3",), True),
            (("e2m1", "e3m2", "e5m2"), True),
            (("e2m1", "e5m6", "fp16"), True),
            (("e4m3", "e5m3", "e5m3"), False),
            (("bf16",), False),
        ],
    )
    def test_small_operands_are_paired_completely(self, formats, exhaustive):
        multiplier = Multiplier("exact", *formats)
        assert is_exhaustive(multiplier) == exhaustive
        if exhaustive:
            a, b = check_pairs(multiplier, 10, seed=1)
            pairs = set(zip(a.tolist(), b.tolist(), strict=True))
            count = 2 ** (multiplier.format.width + multiplier.format_b.width)
            assert a.size == b.size == len(pairs) == count

    @pytest.mark.parametrize(
        "formats", [("fp32",), ("bf16", "e4m3"), ("fp16",), ("e11m52", "fp32")]
    )
    def test_wide_operands(self, formats):
        multiplier = Multiplier("lmul", *formats)
        a, b = check_pairs(multiplier, 200_000, seed=1)
        assert a.dtype == code_type(multiplier.format)
        assert b.dtype == code_type(multiplier.format_b)
        assert a.size == b.size == 200_000
        pairs = set(zip(a.tolist(), b.tolist(), strict=True))
        edges_a, edges_b = boundary_codes(multiplier.format), boundary_codes(multiplier.format_b)
        assert pairs >= {(x, y) for x in edges_a.tolist() for y in edges_b.tolist()}
        for codes, format in ((a, multiplier.format), (b, multiplier.format_b)):
            assert int(codes.max()) < 2**format.width

    def test_boundaries_are_never_left_out(self):
        multiplier = Multiplier("lmul", "fp16")
        a, _ = check_pairs(multiplier, 0, seed=1)
        assert a.size == boundary_codes(named("fp16")).size ** 2

    def test_every_other_random_product_is_near_the_range(self):
        a, b = check_pairs(Multiplier("lmul", "fp32"), 200_000, seed=1)
        random = slice(boundary_codes(named("fp32")).size ** 2, None)
        with np.errstate(all="ignore"):
            products = np.abs(a[random].view(np.float32) * b[random].view(np.float32))
        moderate = (products > 2.0**-12) & (products < 2.0**12)
        assert moderate.mean() > 0.4

    @pytest.mark.parametrize("formats", [("fp16",), ("e6m9b0", "fp16"), ("fp16", "e6m9b0")])
    def test_every_second_random_pair_has_exponents_that_make_up_for_each_other(self, formats):
        """Their sum is that of the biases or 3 more or less, as far as the range goes."""
        multiplier = Multiplier("exact", *formats)
        edges = boundary_codes(multiplier.format).size * boundary_codes(multiplier.format_b).size
        pairs = check_pairs(multiplier, edges + 20_000, seed=3)
        first, second = (
            (codes[edges + 1 :: 2].astype(np.int64) >> format.mantissa_bits)
            % 2**format.exponent_bits
            for codes, format in zip(pairs, multiplier.formats, strict=False)
        )
        spread = first + second - multiplier.format.bias - multiplier.format_b.bias
        top = 2**multiplier.format_b.exponent_bits - 1
        between = (second > 0) & (second < top)
        assert set(spread[between].tolist()) == set(range(-3, 4))
        assert (spread[second == 0] >= -3).all()
        assert (spread[second == top] <= 3).all()
        assert second.max() == min(multiplier.format.bias + multiplier.format_b.bias + 3, top)

    def test_half_of_the_random_mantissas_are_runs_of_ones_at_either_end(self):
        multiplier = Multiplier("exact", "fp32")
        edges = boundary_codes(named("fp32")).size ** 2
        a, b = check_pairs(multiplier, edges + 20_000, seed=4)
        # The second operands that are paired keep their mantissas.
        for codes in (a, b):
            mantissas = codes[edges:] % 2**23
            low = np.array([np.count_nonzero(mantissas == 2**run - 1) for run in range(24)])
            high = np.array([np.count_nonzero(mantissas == 2**23 - 2**run) for run in range(24)])
            # No one and nothing but ones are drawn from both ends.
            assert ((low[1:-1] > 140) & (low[1:-1] < 290)).all()
            assert ((high[1:-1] > 140) & (high[1:-1] < 290)).all()
            assert ((low[[0, -1]] > 310) & (low[[0, -1]] < 530)).all()
            assert 0.48 < (low.sum() + high[1:-1].sum()) / mantissas.size < 0.52
            runs = [2**run - 1 for run in range(24)] + [2**23 - 2**run for run in range(24)]
            others = mantissas[~np.isin(mantissas, runs)]
            share = ((others[:, None] >> np.arange(23)) & 1).mean(axis=0)
            assert ((share > 0.47) & (share < 0.53)).all()

    def test_seed(self):
        multiplier = Multiplier("lmul", "bf16")
        first, again, other = (check_pairs(multiplier, 100_000, seed) for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)
