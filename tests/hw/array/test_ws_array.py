"""Weight-stationary arrays, whole: matrix products by their definition, under stalls."""

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.array.ws_array import WsArray
from lmul_pe.model import cycles, unit_named
from lmul_pe.sim.diagram.inline import InlineBlocks
from tests.hw.array.axi_streams import packed, transfer, unpacked
from tests.sweep import some

USES = [1, 4, 2, 1, 6]
"""Beats of a for which each set of weights is used."""
STREAMS = ("s_axis_w", "s_axis_a", "s_axis_p", "m_axis_c")


def array_of(specification):
    return WsArray(specification, PORTABLE, InlineBlocks(specification.name))


def tiles_of(specification, uses, seed):
    """Random codes: weights, rows of A, and what sums begin with."""
    random = np.random.default_rng(seed)
    rows, cols = specification.rows, specification.cols
    bits = specification.multiplier.format.width
    sums = specification.accumulator.result.width
    return [
        (
            random.integers(0, 2**bits, size=(rows, cols), dtype=np.uint8),
            random.integers(0, 2**bits, size=(use, rows), dtype=np.uint8),
            # Small, so that nothing leaves its range.
            random.integers(0, 2 ** (sums - 3), size=(use, cols), dtype=np.uint16),
        )
        for use in uses
    ]


def beats_of(specification, tiles):
    bits = specification.multiplier.format.width
    widths = {
        "s_axis_w": bits,
        "s_axis_a": bits,
        "s_axis_p": specification.accumulator.result.width,
    }
    if not specification.partial:
        del widths["s_axis_p"]
    beats = {name: [] for name in widths}
    for tile in tiles:
        for (name, width), codes in zip(widths.items(), tile, strict=False):
            lasts = [*[0] * (len(codes) - 1), 1]
            beats[name] += [
                (packed(row, width), last) for row, last in zip(codes, lasts, strict=True)
            ]
    return beats


def signed(codes, bits):
    codes = codes.astype(np.int64)
    return codes - ((codes >> bits - 1) << bits)


STALLS = {
    "none": (0, 0, 0, 0),
    "w": (0.8, 0, 0, 0),
    "a": (0, 0.7, 0, 0),
    "p": (0, 0, 0.7, 0),
    "c": (0, 0, 0, 0.7),
    "all": (0.4, 0.4, 0.4, 0.4),
}


@pytest.mark.parametrize("stalls", some([*STALLS][::-1], 2))
@pytest.mark.parametrize("shape", some(["2x3", "1x1", "3x1", "1x3"], 1))
def test_integer_tiles_are_matrix_products_added_to_what_they_begin_with(shape, stalls):
    specification = unit_named(f"array_ws_{shape}_int3_int10_partial")
    tiles = tiles_of(specification, USES, 5)
    stall = dict(zip(STREAMS, STALLS[stalls], strict=True))
    found = transfer(
        array_of(specification), beats_of(specification, tiles), stall, results=sum(USES)
    )
    assert found.faults == []
    expected = []
    for w, a, p in tiles:
        product = (signed(p, 10) + signed(a, 3) @ signed(w, 3)) % 2**10
        expected += [(row, int(i == len(a) - 1)) for i, row in enumerate(product.tolist())]
    assert [
        (unpacked(data, 10, specification.cols), last) for data, last in found.beats["m_axis_c"]
    ] == expected
    assert found.flags == {"protocol_error": 0, "overflow": 0}


@pytest.mark.parametrize(
    "name",
    some(
        [
            "array_ws_2x2_exact_e2m1_fixed_to_bf16",
            "array_ws_2x2_lmul_e2m1_bf16_fold",
            "array_ws_2x2_lmul_e2m1_bf16",
            "array_ws_2x2_lmul_e2m1_bf16_latency2",
        ],
        2,
    ),
)
def test_sums_of_floats_are_the_models_in_the_cycles_of_the_formula(name):
    specification = unit_named(name)
    tiles = tiles_of(specification, [5], 6)
    beats = beats_of(specification, tiles)
    found = transfer(array_of(specification), beats, dict.fromkeys(STREAMS, 0), results=5)
    ((w, a, _),) = tiles
    rows = [unpacked(data, 16, 2) for data, _ in found.beats["m_axis_c"]]
    assert rows == specification.gemm(a, w).tolist()
    expected = cycles(specification, 5, 2, 2).total
    assert found.cycles["m_axis_c"][-1] + 1 - found.cycles["s_axis_w"][0] == expected


def test_a_set_of_weights_that_is_too_short_is_told_and_the_next_one_is_right():
    specification = unit_named("array_ws_3x2_int3_int10")
    tiles = tiles_of(specification, [2, 3], 7)
    beats = beats_of(specification, tiles)
    del beats["s_axis_w"][1]
    stall = dict.fromkeys(STREAMS, 0.2)
    found = transfer(array_of(specification), beats, stall, results=5)
    assert found.flags == {"protocol_error": 1, "overflow": 0}
    w, a, _ = tiles[1]
    rows = [unpacked(data, 10, 2) for data, _ in found.beats["m_axis_c"][2:]]
    assert rows == (signed(a, 3) @ signed(w, 3) % 2**10).tolist()


@pytest.mark.parametrize("column", some([1, 0, 2], 1))
@pytest.mark.parametrize("begin", [111, 112])
def test_an_overflow_in_any_column_reaches_the_output(column, begin):
    """-4 * -4 on top of 112 is one more than eight bits hold."""
    specification = unit_named("array_ws_2x3_int3_int8_partial")
    w, a, p = np.zeros((2, 3), np.uint8), np.zeros((1, 2), np.uint8), np.zeros((1, 3), np.uint16)
    w[1, column], a[0, 1], p[0, column] = 4, 4, begin
    quiet = np.zeros_like(w), np.zeros((8, 2), np.uint8), np.zeros((8, 3), np.uint16)
    beats = beats_of(specification, [(w, a, p), quiet])
    found = transfer(array_of(specification), beats, dict.fromkeys(STREAMS, 0), results=9)
    assert unpacked(found.beats["m_axis_c"][0][0], 8, 3)[column] == (begin + 16) % 256
    assert found.flags == {"protocol_error": 0, "overflow": int(begin == 112)}


@pytest.mark.parametrize(("power", "overflow"), [(4, 0), (20, 1)])
def test_a_sum_that_begins_outside_of_its_register_is_an_overflow(power, overflow):
    """What is not offered is random, among it numbers of every size, and must not count."""
    specification = unit_named("array_ws_1x2_exact_e2m1_fixed_msb8_lsbm3_to_bf16_partial")
    w, a = np.zeros((1, 2), np.uint8), np.zeros((6, 1), np.uint8)
    p = np.zeros((6, 2), np.uint16)
    # bf16 has eight exponent bits with a bias of 127.
    p[2, 1] = (power + 127) << 7
    beats = beats_of(specification, [(w, a, p)])
    stall = dict.fromkeys(STREAMS, 0) | {"s_axis_p": 0.7, "s_axis_a": 0.7}
    found = transfer(array_of(specification), beats, stall, results=6)
    assert found.flags == {"protocol_error": 0, "overflow": overflow}
    if not overflow:
        assert [unpacked(data, 16, 2) for data, _ in found.beats["m_axis_c"]] == p.tolist()
