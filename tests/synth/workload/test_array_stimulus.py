"""What arrays are fed while their energy is measured: when it counts, and on which operands."""

import numpy as np
import pytest

from lmul_pe.model import decode, format_named, unit_named
from lmul_pe.synth.workload.array_stimulus import RESET_CYCLES, ArrayStimulus, Handshakes
from lmul_pe.synth.workload.streams import operands


@pytest.mark.parametrize(
    "name",
    [
        *("array_ws_4x4_exact_e2m1_e4m3", "array_ws_8x2_exact_e2m1_e4m3_latency2"),
        *("array_os_8x8_lmul_e4m3_fp32", "array_os_2x1_lmul_e2m1_e4m3_latency2"),
    ],
)
def test_nothing_counts_before_a_sum_can_have_left(name):
    array = unit_named(name)
    stimulus = ArrayStimulus(array, "normal", 1)
    rows, cols = array.rows, array.cols
    last_column = RESET_CYCLES + cols - 1
    if array.dataflow == "ws":
        # A row of weights a cycle; then a sum passes an addition in every row.
        summed = last_column + rows + rows * stimulus.latency
    else:
        # The first tile has as many beats as there are rows, and begins a cycle later in each.
        summed = last_column + rows + rows - 1 + stimulus.latency
    assert summed + stimulus.finish <= stimulus.counted.start
    assert len(stimulus.counted) % stimulus.tile == 0
    assert stimulus.counted.stop == stimulus.cycles


def beats(name, workload, operand):
    """Codes of an operand, beat by beat: of every line of every copy."""
    stimulus = ArrayStimulus(unit_named(name), workload, 1)
    return np.stack([getattr(stimulus, operand)(beat) for beat in range(stimulus.tile)])


@pytest.mark.parametrize("dataflow", ["os", "ws"])
@pytest.mark.parametrize("operand", ["a", "b"])
def test_half_of_either_operand_is_zero_where_the_workload_says_so(dataflow, operand):
    # Normal values are hardly ever rounded to zero in e4m3.
    codes = beats(f"array_{dataflow}_2x2_exact_e4m3_fp32", "half_zeros", operand)
    assert (codes == 0).mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("dataflow", "changes"), [("os", 1 / 64), ("ws", 1)])
def test_weights_are_held_in_the_stream_unless_cells_keep_them(dataflow, changes):
    codes = beats(f"array_{dataflow}_2x2_exact_e4m3_fp32", "stationary", "b")
    # Neighbours that are equal by chance: few of some hundred codes.
    assert (codes[1:] != codes[:-1]).mean() == pytest.approx(changes, rel=0.1)


@pytest.mark.parametrize(
    ("name", "copies", "tile", "ends", "start", "tiles"),
    [
        # A cycle in reset, twice the rows, the columns, two additions, and from sum to result:
        # 1 + 2 * 8 + 8 + 2 * 1 + 0.
        ("array_os_8x8_lmul_e4m3_fp32", 8, 64, [8, 72, 136, 200, 264], 27, 3),
        # 1 + 2 * 2 + 1 + 2 * 2 + 2.
        ("array_os_2x1_lmul_e2m1_e4m3_latency2", 256, 64, [2, 66, 130, 194, 258], 12, 3),
        # Four products in a beat: a quarter of the beats, four times the tiles.
        (
            "array_os_2x3_lmul_e4m3_fixed_lanes4",
            85,
            16,
            [2, *range(18, 211, 16)],
            11,
            12,
        ),
        # Never before the ninth cycle: 1 + 2 * 1 + 2 + 2 * 1 + 0 are 7.
        ("array_os_1x2_int8_int32", 256, 64, [1, 65, 129, 193, 257], 9, 3),
        # As many beats as rows.
        ("array_os_100x2_exact_e2m1_fixed", 2, 100, [100, 200, 300, 400, 500, 600], 206, 3),
        # A sum passes an addition in every row: 1 + 2 * 4 + 3 * 2 + 3 + 0, and four more.
        ("array_ws_4x3_exact_e2m1_fp32_latency2", 42, 64, [64, 128, 192, 256], 22, 3),
        # 1 + 2 * 3 + 2 * 1 + 2 + 1, and four more.
        ("array_ws_3x2_exact_e2m1_fixed_partial", 85, 64, [64, 128, 192, 256], 16, 3),
        # Until the next weights are there: 79 * 1 + 20 + 80.
        (
            "array_ws_80x20_exact_e2m1_fp32",
            2,
            179,
            [179, 358, 537, 716, 895],
            1 + 160 + 79 + 20 + 4,
            3,
        ),
        # The last tile ends with the last cycle.
        ("array_ws_10x30_exact_e2m1_fp32", 2, 64, [64, 128, 192, 256], 64, 3),
    ],
)
def test_tiles_and_the_cycles_that_count(name, copies, tile, ends, start, tiles):
    stimulus = ArrayStimulus(unit_named(name), "uniform", 1)
    assert (stimulus.copies, stimulus.tile, stimulus.ends) == (copies, tile, ends)
    assert stimulus.counted == range(start, start + tiles * tile)


def test_every_line_takes_its_own_part_of_the_stream():
    array = unit_named("array_os_2x3_lmul_e4m3_fixed_lanes4")
    stimulus = ArrayStimulus(array, "normal", 7)
    copies, beats = 85, 210
    e4m3 = array.multiplier.format
    both = operands("normal", e4m3, e4m3, beats * 3 * 4 * copies, 7)
    for codes, given, lines in zip(both, (stimulus.a, stimulus.b), (2 * 4, 3 * 4), strict=True):
        for beat, line, copy in ((0, 0, 0), (0, 0, 1), (0, 1, 0), (beats - 1, lines - 1, 84)):
            assert given(beat).shape == (lines, copies)
            assert given(beat)[line, copy] == codes[(line * copies + copy) * beats + beat]


def test_products_are_those_of_the_sums_that_come_out():
    # The first tile has as many beats as rows; a beat of results is a row of sums.
    array = ArrayStimulus(unit_named("array_os_2x3_lmul_e4m3_fixed_lanes4"), "uniform", 1)
    assert array.products(3) == (2 * 4 + 2 * 4 + 16 * 4) * 3 * 85
    array = ArrayStimulus(unit_named("array_ws_4x3_exact_e2m1_fp32_latency2"), "uniform", 1)
    assert array.products(5) == 5 * 4 * 3 * 42


def e2m1_values(codes):
    """Subnormal operands, below 1, count as zero."""
    values = decode(codes, format_named("e2m1"))
    return np.where(abs(values) < 1, 0, values)


def test_results_of_sums_that_stay_leave_row_by_row():
    array = unit_named("array_os_2x3_exact_e2m1_fp32")
    stimulus = ArrayStimulus(array, "normal", 3)
    a, b = (
        e2m1_values(np.stack([codes(beat) for beat in range(66)]))
        for codes in (stimulus.a, stimulus.b)
    )
    # Two tiles: of two beats, and of sixty-four.  Sums of such numbers are exact.
    sums = [np.einsum("trc,tnc->rnc", a[tile], b[tile]) for tile in (slice(2), slice(2, 66))]
    found = decode(np.stack(stimulus.expected[:4]), format_named("fp32"))
    np.testing.assert_array_equal(found, np.concatenate(sums))
    assert len(stimulus.expected) == 2 * len(stimulus.ends)


@pytest.mark.parametrize("partial", ["", "_partial"])
def test_sums_that_move_on_meet_the_weights_of_their_tile(partial):
    array = unit_named(f"array_ws_16x10_exact_e2m1_fp32{partial}")
    stimulus = ArrayStimulus(array, "normal", 3)
    fp32 = format_named("fp32")
    for beat, tile in ((0, 0), (63, 0), (64, 1), (255, 3)):
        weights = e2m1_values(np.stack([stimulus.b(16 * tile + row) for row in range(16)]))
        sums = np.einsum("rc,rnc->nc", e2m1_values(stimulus.a(beat)), weights)
        if partial:
            sums = sums + decode(stimulus.begin(beat), fp32)
        found = decode(stimulus.expected[beat], fp32)
        np.testing.assert_allclose(found, sums, rtol=1e-5, atol=1e-5)
    assert len(stimulus.expected) == 256


def test_sums_begin_with_what_others_come_to():
    float_array = unit_named("array_ws_16x2_exact_e4m3_fp32")
    begin = ArrayStimulus(float_array, "normal", 1).begin
    values = decode(np.stack([begin(beat) for beat in range(64)]), format_named("fp32"))
    assert values.shape == (64, 2, 16)
    # Of sixteen products of standard normal values.
    assert values.mean() == pytest.approx(0, abs=0.4)
    assert values.std() == pytest.approx(4, rel=0.1)
    begin = ArrayStimulus(unit_named("array_ws_2x2_int8_int32"), "normal", 1).begin
    whole = np.stack([begin(beat) for beat in range(64)]).astype(np.uint32).view(np.int32)
    # A product of two values in units of 32.
    assert whole.std() == pytest.approx(2**12, rel=0.1)


def test_sums_to_begin_with_are_numbers_in_narrow_formats_too():
    # The largest number is 14; of standard deviation 8 one in twelve is beyond.
    array = unit_named("array_ws_64x2_exact_e2m1_e3m2ieee")
    begin = ArrayStimulus(array, "normal", 1).begin
    values = decode(np.stack([begin(beat) for beat in range(256)]), format_named("e3m2ieee"))
    assert np.isfinite(values).all()
    assert abs(values).max() == 14


def bit(value):
    return np.array([[value]], dtype=np.uint64)


def test_streams_are_valid_after_reset_and_go_on_when_they_are_taken():
    handshakes = Handshakes(ArrayStimulus(unit_named("array_ws_2x2_exact_e2m1_e4m3"), "normal", 1))
    ready, busy = ({"a_ready": bit(value), "w_ready": bit(1)} for value in (1, 0))
    given = [handshakes.inputs(cycle, ready) for cycle in range(2)]
    # In reset nothing is valid, and nothing is taken before the cycle behind it.
    for name in ("a_valid", "b_valid", "w_valid", "p_valid"):
        assert [int(ports[name][0, 0]) for ports in given] == [0, 1], name
    assert [int(ports["rst"][0, 0]) for ports in given] == [1, 0]
    assert {int(ports["clk"][0, 0]) for ports in given} == {0}
    assert {int(ports["c_ready"][0, 0]) for ports in given} == {1}
    assert {ports["overflow_in"].shape for ports in given} == {(2, 1)}
    for cycle, before in enumerate((ready, busy, ready), 2):
        given.append(handshakes.inputs(cycle, before))
    assert handshakes.beats == [0, 0, 1, 1, 2]
    assert handshakes.weight_beats == [0, 0, 1, 2, 3]
    # Every second row of weights ends a tile.
    assert [int(ports["w_last"][0, 0]) for ports in given] == [0, 0, 1, 0, 1]


def test_the_last_beat_of_a_tile_is_marked():
    # Of two beats, and of sixty-four; an array whose sums stay loads no weights.
    handshakes = Handshakes(ArrayStimulus(unit_named("array_os_2x2_exact_e2m1_fp32"), "normal", 1))
    marked = []
    for cycle in range(70):
        ports = handshakes.inputs(cycle, {"a_ready": bit(1)})
        lasts = {int(ports[name][0, 0]) for name in ("a_last", "b_last", "p_last")}
        if lasts == {1}:
            marked.append(handshakes.beats[-1])
        else:
            assert lasts == {0}
    assert marked == [1, 65]
    assert set(handshakes.weight_beats) == {0}
