"""Tiles of matrix products: what streams carry, and how results come together again."""

import numpy as np
import pytest

from lmul_pe.model import Schedule, SpecificationError, array_named, mac_named
from tests.sweep import some

SHAPES = [(1, 1, 1), (3, 5, 4), (7, 11, 8), (6, 6, 10), (2, 9, 1), (13, 1, 9)]


def computed(array, tile, partial):
    """The results of one tile by a MAC for every element, in order of its inner dimension."""
    mac = mac_named(array.mac.name)
    if array.dataflow == "os":
        return mac.gemm(tile.streams["a"].T, tile.streams["b"])
    return mac.gemm(tile.streams["a"], tile.streams["w"], partial)


def run(array, a, b, start=None):
    """A product as a bench has it: every tile's results taken beat by beat."""
    schedule = Schedule(array, a, b, start)
    for tile in schedule:
        beats = range(schedule.result_beats)
        partial = None
        if array.partial:
            partial = np.array([schedule.partial(tile.index, beat) for beat in beats])
        assert not schedule.complete
        for beat in computed(array, tile, partial):
            schedule.take(beat)
    assert schedule.complete
    return schedule.product()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", some([(3, 5), (1, 8), (1, 1), (8, 1), (4, 4)], 2))
@pytest.mark.parametrize("rest", ["lmul_e4m3_bf16", "exact_e5m2_fixed_msb9_lsbm6", "int8_int16"])
def test_tiles_make_the_product(shape, size, rest, operands):
    m, k, n = shape
    for dataflow, partial in (("os", ""), ("ws", "_partial")):
        array = array_named(f"array_{dataflow}_{size[0]}x{size[1]}_{rest}{partial}")
        a, b = operands(array, max(m, n, 8), k, seed=[*shape, *size])
        a, b = a[:m], b[:n].T
        product = run(array, a, b)
        assert product.shape == (m, n)
        assert (product == array.gemm(a, b)).all()


def test_tiles_go_on_from_a_start(operands):
    array = array_named("array_ws_3x2_lmul_e4m3_fp32_partial")
    a, b = operands(array, 8, 7, seed=1)
    b = b[:5].T
    start = array.gemm(a, b)
    assert (run(array, a, b, start) == array.gemm(a, b, start)).all()


def numbered(rows, columns):
    return np.arange(1, rows * columns + 1, dtype=np.uint8).reshape(rows, columns)


@pytest.mark.parametrize(("depth", "beats"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_a_beat_carries_as_many_products_as_there_are_lanes(depth, beats):
    array = array_named("array_os_2x3_int8_int32_lanes2")
    tile = Schedule(array, numbered(2, depth), numbered(depth, 3))[0]
    assert tile.streams["a"].shape == (beats, 4)
    assert tile.streams["b"].shape == (beats, 6)


def test_output_stationary_tiles():
    schedule = Schedule(array_named("array_os_2x3_lmul_e4m3_fp32"), numbered(3, 2), numbered(2, 4))
    assert len(schedule) == 4
    assert schedule.result_beats == 2
    tiles = list(schedule)
    assert [tile.index for tile in tiles] == [0, 1, 2, 3]
    places = [(tile.rows, tile.columns, tile.inner) for tile in tiles]
    assert places == [
        (slice(0, 2), slice(0, 3), slice(0, 2)),
        (slice(0, 2), slice(3, 4), slice(0, 2)),
        (slice(2, 3), slice(0, 3), slice(0, 2)),
        (slice(2, 3), slice(3, 4), slice(0, 2)),
    ]
    # A column of A in every beat, a row of B; +0 outside.
    assert tiles[0].streams["a"].tolist() == [[1, 3], [2, 4]]
    assert tiles[3].streams["a"].tolist() == [[5, 0], [6, 0]]
    assert tiles[0].streams["b"].tolist() == [[1, 2, 3], [5, 6, 7]]
    assert tiles[3].streams["b"].tolist() == [[4, 0, 0], [8, 0, 0]]
    assert [*tiles[0].streams] == ["a", "b"]
    assert (schedule[-1].streams["a"] == tiles[3].streams["a"]).all()
    with pytest.raises(IndexError):
        _ = schedule[4]


def test_weight_stationary_tiles():
    array = array_named("array_ws_2x3_lmul_e4m3_fp32_partial")
    schedule = Schedule(array, numbered(2, 3), numbered(3, 4))
    assert len(schedule) == 4
    assert schedule.result_beats == 2
    tiles = list(schedule)
    places = [(tile.rows, tile.columns, tile.inner) for tile in tiles]
    assert places == [
        (slice(0, 2), slice(0, 3), slice(0, 2)),
        (slice(0, 2), slice(3, 4), slice(0, 2)),
        (slice(0, 2), slice(0, 3), slice(2, 3)),
        (slice(0, 2), slice(3, 4), slice(2, 3)),
    ]
    assert tiles[0].streams["w"].tolist() == [[1, 2, 3], [5, 6, 7]]
    assert tiles[3].streams["w"].tolist() == [[12, 0, 0], [0, 0, 0]]
    assert tiles[0].streams["a"].tolist() == [[1, 2], [4, 5]]
    assert tiles[3].streams["a"].tolist() == [[3, 0], [6, 0]]
    assert [*tiles[0].streams] == ["w", "a"]


def test_partial_sums_are_there_as_soon_as_their_results():
    array = array_named("array_ws_2x3_lmul_e4m3_fp32_partial")
    start = np.arange(8, dtype=np.uint32).reshape(2, 4)
    schedule = Schedule(array, numbered(2, 3), numbered(3, 4), start)
    assert schedule.partial(0, 1).tolist() == [4, 5, 6]
    assert schedule.partial(1, 0).tolist() == [3, 0, 0]
    beats = np.arange(100, 112, dtype=np.uint32).reshape(4, 3)
    for taken in range(4):
        tile, beat = 2 + taken // 2, taken % 2
        assert schedule.partial(tile, beat) is None
        schedule.take(beats[taken])
        # The padding's sums, too, are what came out.
        assert schedule.partial(tile, beat).tolist() == beats[taken].tolist()
    for beat in beats + 50:
        schedule.take(beat)
    expected = [[150, 151, 152, 156], [153, 154, 155, 159]]
    assert schedule.product().tolist() == expected


class TestRefused:
    def test_products_that_the_array_cannot_compute(self):
        array = array_named("array_ws_2x2_lmul_e4m3_fp32")
        with pytest.raises(
            SpecificationError, match=r"^an inner dimension of 3 exceeds the 2 rows"
        ):
            Schedule(array, numbered(1, 3), numbered(3, 1))
        with pytest.raises(SpecificationError, match=r"are no matrix product"):
            Schedule(array, numbered(1, 2), numbered(3, 1))

    def test_partial_sums_where_there_are_none(self):
        schedule = Schedule(array_named("array_os_2x2_lmul_e4m3_fp32"), [[1]], [[1]])
        with pytest.raises(
            SpecificationError, match=r"takes no partial sums: expected partial=True"
        ):
            schedule.partial(0, 0)

    def test_results_that_are_none(self):
        schedule = Schedule(array_named("array_os_2x2_lmul_e4m3_fp32"), [[1]], [[1]])
        with pytest.raises(
            SpecificationError, match=r"^results of shape \(3,\) are no beat: .* 2 c"
        ):
            schedule.take([0, 0, 0])
        with pytest.raises(SpecificationError, match=r"^results of type float64 are not codes"):
            schedule.take([0.0, 0.0])
        with pytest.raises(
            SpecificationError, match=r"not complete: 0 beats of results, expected 2"
        ):
            schedule.product()
        schedule.take([1, 2])
        schedule.take([3, 4])
        assert schedule.product().tolist() == [[1]]
        with pytest.raises(
            SpecificationError, match=r"^a beat of results too many: expected 2 for 1"
        ):
            schedule.take([0, 0])
