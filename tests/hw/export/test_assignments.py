"""Modules of assignments: what they hold, and in which order."""

import re

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.export.assignments import assignments_text


class Named(wiring.Component):
    """A design of which nothing is exported but what ``build`` makes."""

    def __init__(self, build):
        self._build = build
        super().__init__({"a": In(4), "y": Out(4), "z": Out(1)})

    def elaborate(self, platform):
        m = Module()
        self._build(m, self.a, self.y, self.z)
        return m


def assigned(build):
    return assignments_text(Named(build), "top")


def test_a_signal_is_a_wire_and_an_output_an_assignment():
    def build(m, a, y, z):
        some = Signal(name="some")
        m.d.comb += [some.eq(a.any()), y.eq(a + some), z.eq(some)]

    assert assigned(build) == (
        "module top(a, y, z);\n  input [3:0] a;\n  output [3:0] y;\n  output z;\n"
        "  wire some = |a;\n  assign y = a + some;\n  assign z = some;\nendmodule\n"
    )


def test_what_is_used_stands_first_and_what_is_not_nowhere():
    def build(m, a, y, z):
        early, late, unused = (Signal(4, name=name) for name in ("early", "late", "unused"))
        m.d.comb += [early.eq(late + 1), late.eq(a ^ 3), unused.eq(a), y.eq(early), z.eq(a[0])]

    names = re.findall(r"^  (?:wire \[3:0\]|assign) (\w+) =", assigned(build), flags=re.M)
    assert names == ["late", "early", "y", "z"]


def test_equal_names_are_told_apart():
    def build(m, a, y, z):
        one, other, port = Signal(4, name="sum"), Signal(4, name="sum"), Signal(4, name="a")
        m.d.comb += [one.eq(a + 1), other.eq(one + 1), port.eq(other), y.eq(port), z.eq(0)]

    text = assigned(build)
    assert "wire [3:0] sum = a + 1'h1;" in text
    assert "wire [3:0] sum_1 = sum + 1'h1;" in text
    assert "wire [3:0] a_1 = sum_1;" in text


def test_what_stands_in_several_places_is_written_once():
    def build(m, a, y, z):
        common = (a[0] & a[1]) | a[2]
        m.d.comb += [y.eq(a + common), z.eq(common & a[3])]

    text = assigned(build)
    assert text.count("(a[0] & a[1]) | a[2]") == 1
    assert text.count("y_part") == 3


def test_lines_are_no_longer_than_a_page_is_wide():
    def build(m, a, y, z):
        total = a
        for _ in range(30):
            total = (total ^ a) + 1
        m.d.comb += [y.eq(total), z.eq(0)]

    assert max(map(len, assigned(build).splitlines())) <= 100


def register(m, a, y, z):
    m.d.sync += y.eq(a)


def condition(m, a, y, z):
    with m.If(a[0]):
        m.d.comb += y.eq(a)


def part(m, a, y, z):
    m.d.comb += [y[:2].eq(a), y[2:].eq(3), z.eq(0)]


def twice(m, a, y, z):
    m.d.comb += [y.eq(a), y.eq(1), z.eq(0)]


def submodule(m, a, y, z):
    m.submodules += Named(lambda m, a, y, z: None)
    m.d.comb += [y.eq(a), z.eq(0)]


def odd_name(m, a, y, z):
    odd = Signal(4, name="1$odd")
    m.d.comb += [odd.eq(a), y.eq(odd), z.eq(0)]


@pytest.mark.parametrize("build", [register, condition, part, twice, submodule, odd_name])
def test_more_than_assignments_is_left_to_others(build):
    assert assigned(build) is None
