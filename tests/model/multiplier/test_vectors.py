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

    def test_seed(self):
        multiplier = Multiplier("lmul", "bf16")
        first, again, other = (check_pairs(multiplier, 100_000, seed) for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)
