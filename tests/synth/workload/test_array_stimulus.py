"""What arrays are fed while their energy is measured: when it counts, and on which operands."""

import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.workload.array_stimulus import RESET_CYCLES, ArrayStimulus


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
