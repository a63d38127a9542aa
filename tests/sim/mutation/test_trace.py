"""What a trace shows of every mutant at once, of a unit that is a few gates."""

import numpy as np
import pytest

from lmul_pe.sim.mutation.mutants import Mutant, Mutants
from lmul_pe.sim.mutation.trace import recorded, replayed

UNIT = "lmul_e2m1_latency1"
WIDTHS = {
    **{"rst": 1, "s_axis_ab_tdata": 8, "s_axis_ab_tvalid": 1, "s_axis_ab_tready": 1},
    **{"s_axis_ab_tlast": 1, "m_axis_y_tdata": 4, "m_axis_y_tvalid": 1, "m_axis_y_tready": 1},
    "m_axis_y_tlast": 1,
}
OUTPUTS = ("s_axis_ab_tready", "m_axis_y_tdata", "m_axis_y_tvalid", "m_axis_y_tlast")
CELLS = {
    "data": ("$xor", "s_axis_ab_tdata [7:4]", "s_axis_ab_tdata [3:0]", "m_axis_y_tdata", 4),
    "valid": ("$and", "s_axis_ab_tvalid", "s_axis_ab_tvalid", "m_axis_y_tvalid", 1),
    "ready": ("$or", "m_axis_y_tready", "rst", "s_axis_ab_tready", 1),
    "last": ("$and", "s_axis_ab_tlast", "s_axis_ab_tvalid", "m_axis_y_tlast", 1),
}


def text():
    lines = [f"module \\{UNIT}", "  wire input 1 \\clk"]
    for place, (port, width) in enumerate(WIDTHS.items(), start=2):
        direction = "output" if port in OUTPUTS else "input"
        lines.append(f"  wire width {width} {direction} {place} \\{port}")
    for name, (kind, a, b, y, width) in CELLS.items():
        lines.append(f"  cell {kind} \\{name}")
        for pin in "ABY":
            lines.append(f"    parameter \\{pin}_WIDTH {width}")
        lines += [f"    parameter \\{pin}_SIGNED 0" for pin in "AB"]
        lines += [f"    connect \\{pin} \\{net}" for pin, net in zip("ABY", (a, b, y), strict=True)]
        lines.append("  end")
    return "\n".join([*lines, "end", ""])


def cycle(rst=0, a=0, b=0, valid=1, last=0, taken=1):
    """A line of the trace, of what the cells make of these inputs."""
    ports = {
        **{"rst": rst, "s_axis_ab_tdata": a << 4 | b, "s_axis_ab_tvalid": valid},
        **{"s_axis_ab_tready": taken | rst, "s_axis_ab_tlast": last},
        **{"m_axis_y_tdata": a ^ b, "m_axis_y_tvalid": valid, "m_axis_y_tready": taken},
        "m_axis_y_tlast": last & valid,
    }
    return "".join(f"{ports[port]:0{width}b}" for port, width in WIDTHS.items())


def seen(changes, *cycles):
    commands = [
        f"mutate -mode {mode} -module {UNIT} -cell {cell} -port Y -portbit {bit}"
        for mode, cell, bit in changes
    ]
    mutants = Mutants(UNIT, text(), tuple(Mutant(UNIT, command) for command in commands))
    assert recorded(mutants) == [*WIDTHS]
    found = replayed(mutants, "\n".join(cycles))
    return found.wrong, found.changed


def test_results_and_handshakes_are_told_apart_of_more_mutants_than_a_word_has():
    kinds = [("inv", cell, 0) for cell in ("last", "valid", "ready", "data")]
    rng = np.random.default_rng(1)
    numbers = rng.integers(16, size=(20, 2)).tolist()
    wrong, changed = seen(kinds * 17, cycle(rst=1), *(cycle(a=a, b=b) for a, b in numbers))
    assert wrong == {number for number in range(1, 69) if number % 4 in (0, 1)}
    assert changed == {number for number in range(1, 69) if number % 4 in (2, 3)}


def test_a_result_counts_where_it_is_taken_and_no_reset_is():
    changes = [("inv", "data", 3), ("const0", "data", 2), ("const1", "last", 0)]
    reset, stopped, silent = cycle(rst=1, a=4), cycle(a=4, taken=0), cycle(a=4, valid=0)
    assert seen(changes, reset, stopped, silent) == (set(), set())
    assert seen(changes, reset, stopped, cycle(a=3, b=1)) == ({1, 3}, set())
    assert seen(changes, reset, silent, cycle(a=5, last=1)) == ({1, 2}, set())


def test_a_trace_of_another_design_is_refused():
    with pytest.raises(ValueError, match=f"{UNIT} does not do in gates what it did in its bench"):
        seen([("inv", "data", 0)], cycle(rst=1), cycle(a=1).replace("0001", "0011", 1))
