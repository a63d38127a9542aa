import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.sim.testbench.tile_cases import mixed_tiles, operands, plain_tiles


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("array_os_2x3_lmul_e4m3_fp32", {"a": (5, 2), "b": (5, 3)}),
        ("array_ws_2x3_int8_int32", {"w": (2, 3), "a": (5, 2)}),
        (
            "array_ws_2x3_lmul_e4m3_fixed_partial",
            {"w": (2, 3), "a": (5, 2), "p": (5, 3)},
        ),
    ],
)
def test_a_tile_has_the_beats_of_every_stream(name, shapes):
    (tile,) = plain_tiles(unit_named(name), [5], np.random.default_rng(1))
    assert {stream: codes.shape for stream, codes in tile.items()} == shapes


def test_special_values_are_among_the_operands():
    array = unit_named("array_os_2x3_lmul_e5m2_fp32")
    format = array.multiplier.format
    tiles = mixed_tiles(array, 400, np.random.default_rng(1))
    codes = np.unique(np.concatenate([tile["a"].ravel() for tile in tiles]))
    wanted = [0, 1, 0x80, format.nan, format.infinity, format.infinity | 0x80, format.largest]
    assert set(wanted) <= set(codes.tolist())
    assert {1, 2, 3} < {len(tile["a"]) for tile in tiles}


def test_operands_of_a_product_have_its_shape():
    a, b = operands(unit_named("array_os_2x3_int8_int32"), (4, 5, 6), np.random.default_rng(1))
    assert (a.shape, b.shape) == ((4, 5), (5, 6))
