"""Output-stationary arrays, whole: matrix products by their definition, under stalls."""

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.array.os_array import OsArray
from lmul_pe.model import cycles, unit_named
from lmul_pe.sim.diagram.inline import InlineBlocks
from tests.hw.array.axi_streams import packed, transfer, unpacked
from tests.sweep import some

DEPTHS = [1, 4, 2, 1, 6]


def array_of(specification):
    return OsArray(specification, PORTABLE, InlineBlocks(specification.name))


def tiles_of(specification, depths, seed):
    """Random codes: columns of A and rows of B."""
    random = np.random.default_rng(seed)
    bits = specification.multiplier.format.width
    return [
        tuple(
            random.integers(0, 2**bits, size=(depth, lines * specification.lanes), dtype=np.uint8)
            for lines in (specification.rows, specification.cols)
        )
        for depth in depths
    ]


def beats_of(specification, tiles):
    bits = specification.multiplier.format.width
    beats = {"s_axis_a": [], "s_axis_b": []}
    for tile in tiles:
        for name, codes in zip(beats, tile, strict=True):
            lasts = [*[0] * (len(codes) - 1), 1]
            beats[name] += [
                (packed(row, bits), last) for row, last in zip(codes, lasts, strict=True)
            ]
    return beats


def signed(codes, bits):
    codes = codes.astype(np.int64)
    return codes - ((codes >> bits - 1) << bits)


STALLS = {
    "none": (0, 0, 0),
    "a": (0.7, 0, 0),
    "b": (0, 0.7, 0),
    "c": (0, 0, 0.7),
    "all": (0.4, 0.4, 0.4),
}


@pytest.mark.parametrize("stalls", some([*STALLS][::-1], 2))
@pytest.mark.parametrize(
    ("shape", "lanes"),
    some([("2x3", 1), ("3x2", 5), ("1x1", 1), ("3x1", 1), ("1x3", 1), ("1x1", 2)], 2, several=True),
)
def test_integer_tiles_are_matrix_products_row_by_row(shape, lanes, stalls):
    end = f"_lanes{lanes}" if lanes > 1 else ""
    specification = unit_named(f"array_os_{shape}_int3_int10{end}")
    tiles = tiles_of(specification, DEPTHS, 5)
    rows, cols = specification.rows, specification.cols
    stall = dict(zip(("s_axis_a", "s_axis_b", "m_axis_c"), STALLS[stalls], strict=True))
    found = transfer(
        array_of(specification), beats_of(specification, tiles), stall, results=rows * len(tiles)
    )
    assert found.faults == []
    expected = []
    for a, b in tiles:
        # Beats x lines x lanes.
        a, b = (signed(codes, 3).reshape(len(codes), -1, lanes) for codes in (a, b))
        product = np.einsum("trl,tcl->rc", a, b) % 2**10
        expected += [(row, int(index == rows - 1)) for index, row in enumerate(product.tolist())]
    assert [(unpacked(data, 10, cols), last) for data, last in found.beats["m_axis_c"]] == expected
    assert found.flags == {"protocol_error": 0, "overflow": 0}


@pytest.mark.parametrize(
    "name",
    some(
        [
            "array_os_2x2_lmul_e2m1_bf16_latency2",
            "array_os_2x2_exact_e2m1_fixed_to_bf16",
            "array_os_2x2_lmul_e2m1_bf16",
            "array_os_2x2_lmul_e2m1_fixed_to_bf16_lanes3",
        ],
        1,
    ),
)
def test_sums_of_floats_are_the_models_in_the_cycles_of_the_formula(name):
    specification = unit_named(name)
    tiles = tiles_of(specification, [5], 6)
    stall = dict.fromkeys(("s_axis_a", "s_axis_b", "m_axis_c"), 0)
    found = transfer(array_of(specification), beats_of(specification, tiles), stall, results=2)
    ((a, b),) = tiles
    rows = [unpacked(data, 16, 2) for data, _ in found.beats["m_axis_c"]]
    a, b = specification.vectors(a), specification.vectors(b)
    assert rows == specification.gemm(a, b.T).tolist()
    expected = cycles(specification, 2, a.shape[1], 2).total
    assert found.cycles["m_axis_c"][-1] + 1 - found.cycles["s_axis_a"][0] == expected


def test_streams_that_disagree_are_told_and_that_of_a_rules():
    specification = unit_named("array_os_2x2_int3_int10")
    tiles = tiles_of(specification, [2, 3], 7)
    beats = beats_of(specification, tiles)
    data, last = beats["s_axis_b"][0]
    beats["s_axis_b"][0] = data, 1 - last
    stall = dict.fromkeys((*beats, "m_axis_c"), 0.2)
    found = transfer(array_of(specification), beats, stall, results=4)
    products = [signed(a, 3).T @ signed(b, 3) % 2**10 for a, b in tiles]
    rows = [unpacked(data, 10, 2) for data, _ in found.beats["m_axis_c"]]
    assert rows == np.concatenate(products).tolist()
    assert found.flags == {"protocol_error": 1, "overflow": 0}


@pytest.mark.parametrize("guilty", some([(0, 2), (0, 0), (1, 2)], 1))
def test_an_overflow_in_any_element_reaches_the_output(guilty):
    """-4 * -4, eight times, is 128: a bit more than eight bits hold."""
    specification = unit_named("array_os_2x3_int3_int8")
    row, column = guilty
    a, b = np.zeros((8, 2), np.uint8), np.zeros((8, 3), np.uint8)
    a[:, row] = b[:, column] = 4
    stall = dict.fromkeys(("s_axis_a", "s_axis_b", "m_axis_c"), 0)
    # Sums of the next tiles give the pulse the time to come out.
    tiles = [(a, b), *[(a[:1], b[:1])] * 2]
    found = transfer(array_of(specification), beats_of(specification, tiles), stall, results=6)
    assert found.flags == {"protocol_error": 0, "overflow": 1}
    tiles[0] = a[:7], b[:7]
    found = transfer(array_of(specification), beats_of(specification, tiles), stall, results=6)
    assert found.flags == {"protocol_error": 0, "overflow": 0}
