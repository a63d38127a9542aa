"""Blocks: modules that are written once, however often they are placed."""

import re

import pytest
from amaranth.hdl import Fragment, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.blocks import Blocks, place
from lmul_pe.hw.export.verilog import rtlil_text, verilog_text
from tests.hw.clocked import simulate


class Step(wiring.Component):
    """``y`` is ``x`` and a constant, behind a register if it is ``clocked``."""

    def __init__(self, constant, clocked):
        self.constant, self.clocked = constant, clocked
        super().__init__({"x": In(4), "y": Out(4)})

    def elaborate(self, platform):
        m = Module()
        domain = m.d.sync if self.clocked else m.d.comb
        domain += self.y.eq(self.x + self.constant)
        return m


class Steps(wiring.Component):
    """Two steps of one role behind each other, and one of another."""

    def __init__(self, blocks, clocked=False):
        self.blocks, self.clocked = blocks, clocked
        super().__init__({"x": In(4), "y": Out(4)})

    def elaborate(self, platform):
        m = Module()
        value = self.x
        for name, role, constant in (("a", "one", 1), ("b", "one", 1), ("c", "five", 5)):
            ports = place(
                m,
                self.blocks,
                role,
                lambda constant=constant: Step(constant, self.clocked),
                name=name,
                x=value,
            )
            value = ports["y"]
        m.d.comb += self.y.eq(value)
        return m


def test_a_role_is_one_module_that_bears_the_name_of_the_design():
    blocks = Blocks("top")
    text = verilog_text(Steps(blocks), "top", "", blocks)
    modules = re.findall(r"^module (\w+)", text, flags=re.MULTILINE)
    assert sorted(modules) == ["top", "top_five", "top_one"]
    instances = re.findall(r"^  (top_\w+) (\w+) \(", text, flags=re.MULTILINE)
    assert sorted(instances) == [("top_five", "c"), ("top_one", "a"), ("top_one", "b")]


@pytest.mark.parametrize("clocked", [False, True])
def test_only_blocks_with_registers_have_a_clock(clocked):
    blocks = Blocks("top")
    text = rtlil_text(Steps(blocks, clocked), "top")
    assert text.count(r"connect \clk") == 3 * clocked
    assert text.count(r"connect \rst") == 3 * clocked
    assert [each.clocked for each in blocks.components.values()] == [clocked] * 2
    for each in blocks.components.values():
        Fragment.get(each, None)


def test_a_component_is_made_once_for_a_role_and_once_for_a_key():
    made = []

    def create():
        made.append(Step(1, False))
        return made[-1]

    first, second = Blocks("first"), Blocks("second")
    m = Module()
    placed = [(first, None), (first, None), (second, None), (second, None)]
    placed += [(first, ("a key", 1)), (second, ("a key", 1)), (first, ("a key", 1))]
    for index, (blocks, key) in enumerate(placed):
        blocks.place(m, "shared" if key else "alone", create, name=f"block_{index}", key=key)
    Blocks("third").place(m, "shared", create, name="other", key=("a key", 2))
    assert len(made) == 4
    assert first.components["first_shared"] is second.components["second_shared"]
    assert first.shared == {"first_shared"}
    assert list(first.components) == ["first_alone", "first_shared"]
    # Amaranth warns of what nobody elaborates.
    for each in (m, *made):
        Fragment.get(each, None)


def test_without_blocks_the_parts_are_submodules_that_do_the_same():
    dut = Steps(None, clocked=True)
    seen = []

    async def bench(context):
        for value in (3, 12, 0, 0, 0, 0):
            context.set(dut.x, value)
            seen.append(context.get(dut.y))
            await context.tick()

    simulate(dut, bench)
    # Three registers: 1 + 1 + 5 is added to what went in three cycles before.
    assert seen[3:5] == [10, 3]


def test_inputs_are_connected_and_all_ports_are_given():
    m = Module()
    x, step = Signal(4), Step(1, False)
    ports = Blocks("top").place(m, "one", lambda: step, name="a", x=x)
    assert list(ports) == ["x", "y"]
    assert {name: len(port) for name, port in ports.items()} == {"x": 4, "y": 4}
    assert [port.name for port in ports.values()] == ["a_x", "a_y"]
    for each in (m, step):
        Fragment.get(each, None)
