"""Situations of arrays, counted from a few cycles written down by hand; and what cannot arise."""

import numpy as np
import pytest

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import unit_named
from lmul_pe.model.unit.ports import ports_of
from lmul_pe.sim.coverage.handshakes import Handshakes
from lmul_pe.sim.coverage.tiles import possible_breaches, possible_in_tiles, tile_bins
from lmul_pe.sim.formal.reachability import never_set

OS = unit_named("array_os_1x2_lmul_e2m1_e3m2")
WS = unit_named("array_ws_2x1_lmul_e2m1_e3m2_partial")


def bins(array, rst, **streams):
    """``streams``: tvalid, tready, tlast, a character for each cycle."""

    def bits(text):
        return np.array([each == "1" for each in text])

    found = {name: Handshakes(*map(bits, each)) for name, each in streams.items()}
    return tile_bins(array, bits(rst), found)


def without(found, *groups):
    return {name: count for name, count in found.items() if not name.startswith(groups)}


def test_tiles_follow_each_other_and_a_reset_ends_one():
    every = "11111111"
    found = bins(
        OS,
        "10000001",
        s_axis_a=("01101111", every, "00101100"),
        s_axis_b=("01101111", every, "00101100"),
        m_axis_c=("00000010", every, every),
    )
    # Tiles of 2, 1 and 1 beats and a begun one; one row, so one result each, one of which came.
    assert without(found, "handshakes", "waits") == {
        "lengths: tiles of 2 beats": 1,
        "lengths: tiles of 1 beats": 2,
        "tiles: one after a pause, results inside": 1,
        "tiles: one at once behind another, results inside": 2,
        "resets: a result inside, a beat offered, within a tile": 1,
    }


def test_a_tile_of_any_depth_has_a_result_for_every_row():
    every = "1" * 14
    found = bins(
        unit_named("array_os_2x1_lmul_e2m1_e3m2"),
        "10000000000000",
        s_axis_a=("01001100000010", every, "01000100000010"),
        s_axis_b=("01001100000010", every, "01000100000010"),
        m_axis_c=("00011000011000", every, "00001000001000"),
    )
    # The first tile, of one beat, has one of two results left when the next begins; that one, of
    # two beats, has none.
    assert {name: count for name, count in found.items() if name.startswith("tiles")} == {
        "tiles: one after a pause, results inside": 1,
        "tiles: one after a pause, the array empty": 1,
    }


@pytest.mark.parametrize("array", [OS, WS], ids=lambda array: array.name)
def test_no_tile_follows_another_at_once_in_an_empty_array(array):
    assert {each for each in possible_in_tiles(array) if each.startswith("tiles")} == {
        "tiles: one at once behind another, results inside",
        "tiles: one after a pause, results inside",
        "tiles: one after a pause, the array empty",
    }


@pytest.mark.parametrize(
    ("a", "p", "w", "breach"),
    [
        ("00100", "00100", "01010", []),
        ("00100", "01000", "01010", ["s_axis_p ends before s_axis_a"]),
        ("00100", "00010", "01010", ["s_axis_a ends before s_axis_p"]),
        ("00100", "00100", "01100", ["weights end too early"]),
        ("00100", "00100", "00101", ["weights do not end"]),
    ],
)
def test_breaches_of_the_protocol(a, p, w, breach):
    every, beats = "1" * 6, "011110"
    found = bins(
        WS,
        "100000",
        s_axis_w=("011110" if w[-1] == "0" else "011111", every, "0" + w),
        s_axis_a=(beats, every, "0" + a),
        s_axis_p=(beats, every, "0" + p),
        m_axis_c=("000000", every, every),
    )
    assert [name for name in found if name.startswith("protocol")] == [
        f"protocol: {each}" for each in breach
    ]


def test_a_single_weight_cannot_end_too_early():
    assert possible_breaches(unit_named("array_ws_1x2_lmul_e2m1_e3m2")) == {
        "protocol: weights do not end"
    }
    assert len(possible_breaches(WS)) == 4


def test_weights_alone_are_taken_while_a_result_waits():
    asked = {each for each in possible_in_tiles(WS) if each.startswith("handshakes")}
    met = [
        *(f"{each}, m_axis_c waits" for each in ("is silent", "waits")),
        *(f"{each}, m_axis_c moves" for each in ("is silent", "waits", "moves")),
    ]
    assert asked == {
        "handshakes: s_axis_w moves, m_axis_c waits",
        *(f"handshakes: s_axis_{stream} {each}" for stream in "wap" for each in met),
    }


@pytest.mark.parametrize("array", [OS, WS], ids=lambda array: array.name)
def test_no_operand_is_taken_while_a_result_waits(array, tmp_path):
    *inputs, sink = ports_of(array)
    declared, wires = [], []
    for port in (*inputs, sink):
        ready, out = f"{port.name}_tready", "input" if port.is_input else "output"
        back = "output" if port.is_input else "input"
        declared += [f"{out} {port.name}_tvalid", f"{back} {ready}"]
        declared += [f"{out} [{port.width - 1}:0] {port.name}_tdata", f"{out} {port.name}_tlast"]
        wires += [f".{port.name}_{each}({port.name}_{each})" for each in _SIGNALS]
    takes = " | ".join(
        f"{port.name}_tvalid & {port.name}_tready" for port in inputs if port.stream != "w"
    )
    waits = f"{sink.name}_tvalid & ~{sink.name}_tready"
    text = (
        f"{exported_verilog(array, array.name)}\nmodule watched(input clk, rst, "
        f"{', '.join(declared)}, output wrong);\n"
        f"  {array.name} unit(.clk(clk), .rst(rst), {', '.join(wires)});\n"
        f"  assign wrong = {waits} & ({takes});\nendmodule\n"
    )
    keep = [
        "delete -output "
        + " ".join(
            f"watched/w:{each.split()[-1]}" for each in declared if each.startswith("output")
        ),
        "opt -full",
    ]
    assert never_set(text, tmp_path, 60, preparation=keep).proved
    assert text.count(waits) == 1
    taking = text.replace(f"{waits} & (", "(")
    assert never_set(taking, tmp_path, 60, preparation=keep).refuted
    assert not any(
        f"{each.name} moves, {sink.name} waits" in "".join(possible_in_tiles(array))
        for each in inputs
        if each.stream != "w"
    )


_SIGNALS = ("tvalid", "tready", "tdata", "tlast")
