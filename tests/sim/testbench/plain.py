"""Designs in plain Python behind handles as cocotb gives them: test benches without a simulator.

What a process writes is seen from the next cycle on, as behind a rising edge of a simulator.
"""

from collections import deque

from cocotb.handle import ValueObjectBase

from lmul_pe.model.unit.ports import flags_of, ports_of
from lmul_pe.sim.testbench.axi_stream import Beat
from lmul_pe.sim.testbench.harness import Harness


class Port(ValueObjectBase):
    """A port of some bits; its value reads as text, the top bit first."""

    def __init__(self, width):
        self.level = self.following = "0" * width

    def __len__(self):
        return len(self.level)

    @property
    def value(self):
        return self.level

    @value.setter
    def value(self, value):
        self.following = value if isinstance(value, str) else f"{value:0{len(self.level)}b}"


# A handle without a simulator has nothing to do for the methods that it does not define.
Port.__abstractmethods__ = frozenset()


class Dut:
    """The ports of a harness of ``units``, and what moves them.

    Parameters
    ----------
    units
        Specifications of units with streams.
    """

    def __init__(self, *units):
        harness = Harness(units)
        self.names = harness.levels
        self.clk, self.levels = Port(1), Port(len(self.names))
        self.designs = []
        self.ports = {"rst": Port(1)}
        for unit in units:
            for port in ports_of(unit):
                prefix = f"{unit.name}_{port.name}"
                self.ports[f"{prefix}_tdata"] = Port(port.width)
                for signal in ("tvalid", "tready", "tlast"):
                    self.ports[f"{prefix}_{signal}"] = Port(1)
            for flag in flags_of(unit):
                self.ports[f"{unit.name}_{flag}"] = Port(1)
        vars(self).update(self.ports)

    def settle(self):
        """What was written takes effect, and outputs follow."""
        for port in self.ports.values():
            port.level = port.following
        for design in self.designs:
            design.drive()
            for port in self.ports.values():
                port.level = port.following
        self.levels.level = "".join(self.ports[name].level for name in self.names)


class Design:
    """A unit that buffers all that it is offered, and gives what ``react`` makes of it.

    Parameters
    ----------
    dut
        Where its ports are.
    unit
        Its specification.
    react
        Called in every cycle with the beats that wait, by stream, and a list for results.
    """

    def __init__(self, dut, unit, react):
        self.dut, self.unit, self.react = dut, unit, react
        self.streams = [port.name for port in ports_of(unit)]
        self.flags = dict.fromkeys(flags_of(unit), 0)
        self.cycle = 0
        self.reset()
        dut.designs.append(self)

    def reset(self):
        self.waiting = {name: deque() for name in self.streams[:-1]}
        self.results = deque()

    def port(self, stream, signal):
        return self.dut.ports[f"{self.unit.name}_{stream}_{signal}"]

    def offer(self):
        """``tvalid``, ``tdata`` and ``tlast`` of the result that is offered."""
        if not self.results:
            return 0, 0, 0
        return 1, self.results[0].data, self.results[0].last

    def drive(self):
        """Outputs from the state, and, in faulty designs, from inputs."""
        for name in self.waiting:
            self.port(name, "tready").value = 1
        offer = self.offer()
        for signal, value in zip(("tvalid", "tdata", "tlast"), offer, strict=True):
            self.port(self.streams[-1], signal).value = value
        for name, level in self.flags.items():
            self.dut.ports[f"{self.unit.name}_{name}"].value = level

    def edge(self):
        """A rising edge of the clock."""
        self.cycle += 1
        if self.dut.ports["rst"].level == "1":
            self.reset()
            return
        for name, beats in self.waiting.items():
            if self.port(name, "tvalid").level == self.port(name, "tready").level == "1":
                data, last = (self.port(name, signal).level for signal in ("tdata", "tlast"))
                beats.append(Beat(int(data, 2), int(last)))
        sink = self.streams[-1]
        taken = self.port(sink, "tvalid").level == self.port(sink, "tready").level == "1"
        if taken and self.results:
            self.results.popleft()
        self.react(self.waiting, self.results)


def multiplies(multiplier):
    """What a multiplier gives: the product of every beat, with its ``tlast``."""
    operands, product = ports_of(multiplier)

    def react(waiting, results):
        while waiting["s_axis_ab"]:
            beat = waiting["s_axis_ab"].popleft()
            a, b = (codes[:, 0] for codes in operands.unpack([beat.data]))
            (word,) = product.pack(multiplier.compute(a, b)[:, None])
            results.append(Beat(word, beat.last))

    return react


class Elastic(Design):
    """A unit with room for one result, which takes more while that leaves."""

    room = 1

    def takes(self):
        """Whether it takes what is offered."""
        leaves = self.port(self.streams[-1], "tready").level == "1" and self.offer()[0]
        return len(self.results) < self.room or leaves

    def drive(self):
        super().drive()
        for name in self.waiting:
            self.port(name, "tready").value = int(self.takes())


class Later(Elastic):
    """Offers a result one cycle later."""

    room = 2

    def reset(self):
        super().reset()
        self.waited = set()

    def edge(self):
        self.waited = set(map(id, self.results))
        super().edge()

    def offer(self):
        return super().offer() if self.results and id(self.results[0]) in self.waited else (0, 0, 0)


class Shy:
    """Waits to be asked for a result; before the class of a design."""

    def offer(self):
        asked = self.port(self.streams[-1], "tready").level == "1"
        return super().offer() if asked else (0, 0, 0)
