"""Situations at streams, counted from a few cycles written down by hand."""

import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.sim.coverage.handshakes import Handshakes
from lmul_pe.sim.coverage.streams import (
    possible_in_streams,
    possible_resets,
    stream_bins,
)

MAC = unit_named("mac_lmul_e4m3_fp32")
PIPELINE = unit_named("lmul_e4m3_latency1")


def bits(text):
    return np.array([each == "1" for each in text])


def bins(unit, rst, source, sink):
    """``source`` and ``sink``: tvalid, tready, tlast, a character for each cycle."""
    names = ("s_axis_ab", "m_axis_y" if unit is PIPELINE else "m_axis_c")
    streams = [Handshakes(*map(bits, each)) for each in (source, sink)]
    return stream_bins(unit, bits(rst), dict(zip(names, streams, strict=True)))


def test_handshakes_and_waits():
    found = bins(
        PIPELINE,
        "1100000000",
        ("1111110000", "1110011111", "0000000000"),
        ("0001111000", "0000011111", "0000000000"),
    )
    assert found == {
        "handshakes: s_axis_ab moves, m_axis_y is silent": 1,
        "handshakes: s_axis_ab waits, m_axis_y waits": 2,
        "handshakes: s_axis_ab moves, m_axis_y moves": 1,
        "handshakes: s_axis_ab is ready, m_axis_y moves": 1,
        "handshakes: s_axis_ab is ready, m_axis_y is ready": 3,
        "waits: s_axis_ab for some cycles": 1,
        "waits: m_axis_y for some cycles": 1,
    }


def test_lengths_of_sums_and_pauses():
    # Sums of 1, 2 and 3 beats, with a gap within the second and one behind it.
    found = bins(
        MAC,
        "1000000000",
        ("0110101110", "1111111111", "0100100010"),
        ("0000000000", "1111111111", "0000000000"),
    )
    counts = {name: n for name, n in found.items() if name.startswith(("lengths", "pauses"))}
    assert counts == {
        "lengths: sums of 1 beats": 1,
        "lengths: sums of 2 beats": 1,
        "lengths: sums of odd beats": 1,
        "pauses: nothing offered within a sum": 1,
        "pauses: nothing offered between sums": 2,
    }


def test_a_reset_ends_a_sum_that_was_begun():
    found = bins(
        MAC,
        "1000100000",
        ("0110110000", "1111111111", "0000010000"),
        ("0000000000", "1111111111", "0000000000"),
    )
    assert found["resets: nothing inside, a beat offered, within a sum"] == 1
    assert found["lengths: sums of 1 beats"] == 1
    assert sum(n for name, n in found.items() if name.startswith("resets")) == 1


@pytest.mark.parametrize(
    ("valid", "ready", "what"),
    [
        ("0000000", "0000000", "a result inside, nothing offered, between sums"),
        # A sink that is ready takes nothing as long as nothing is offered.
        ("0000000", "1111111", "a result inside, nothing offered, between sums"),
        ("0001100", "0000000", "a result on offer, nothing offered, between sums"),
        # The result was taken in the cycle before.
        ("0001000", "0001000", "nothing inside, nothing offered, between sums"),
    ],
)
def test_what_a_reset_meets(valid, ready, what):
    found = bins(MAC, "1000100", ("0100000", "1111111", "0100000"), (valid, ready, "0000000"))
    assert found[f"resets: {what}"] == 1


def test_a_reset_that_follows_another_at_once_is_one():
    found = bins(PIPELINE, "1001100", *[("0000000",) * 3] * 2)
    assert found["resets: nothing inside, nothing offered"] == 1


def test_a_single_register_takes_a_beat_while_it_is_empty_or_emptied():
    asked = possible_in_streams(unit_named("lmul_e4m3_latency1"))
    assert {each for each in asked if each.startswith("handshakes")} == {
        "handshakes: s_axis_ab is ready, m_axis_y is silent",
        "handshakes: s_axis_ab is ready, m_axis_y is ready",
        "handshakes: s_axis_ab is ready, m_axis_y moves",
        "handshakes: s_axis_ab moves, m_axis_y is silent",
        "handshakes: s_axis_ab moves, m_axis_y is ready",
        "handshakes: s_axis_ab moves, m_axis_y moves",
        "handshakes: s_axis_ab is silent, m_axis_y waits",
        "handshakes: s_axis_ab waits, m_axis_y waits",
    }


def test_a_register_that_is_full_while_it_waits_has_no_room():
    one, two = (possible_in_streams(unit_named(f"lmul_e4m3_latency{each}")) for each in (1, 2))
    assert two - one == {
        "handshakes: s_axis_ab is ready, m_axis_y waits",
        "handshakes: s_axis_ab moves, m_axis_y waits",
        "resets: a result inside, nothing offered",
        "resets: a result inside, a beat offered",
    }


def test_a_result_two_cycles_behind_its_sum_is_never_inside_while_the_next_is_begun():
    slower = unit_named("dot4_lmul_e4m3_fp32")
    assert (MAC.latency, slower.latency > 2) == (2, True)
    assert possible_resets(slower) - possible_resets(MAC) == {
        "resets: a result inside, nothing offered, within a sum",
        "resets: a result inside, a beat offered, within a sum",
    }
