"""A unit that a host runs through registers, its data in AXI-Streams."""

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

from lmul_pe.hw.stream.axi import stream_ports
from lmul_pe.model import SystolicArray
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import Port, flags_of, ports_of

from .axi4_lite import axi4_lite_ports
from .gate import SIZE_BITS, Gate
from .instance import place_unit
from .registers import HostRegisters, connect_bus


class HostedUnit(wiring.Component):
    """Registers, a gate in every stream of operands, and an instance of the unit's own module.

    A run takes ``TILES`` tiles of operands and gives their results.  The gates say where a tile
    ends, so that operands may come out of a memory without any mark.

    Parameters
    ----------
    specification
        Of a unit with streams.

    Members
    -------
    s_axil_*, irq : In, Out
        Those of :class:`~.registers.HostRegisters`.
    s_axis_*, m_axis_* : In, Out
        The unit's streams: those of operands without ``tlast``, that of results with ``tlast`` on
        the last beat of a run.
    """

    def __init__(self, specification: Specification):
        self._specification = specification
        *self._operands, self._results = ports_of(specification)
        ports: dict[str, Member] = {**axi4_lite_ports(), "irq": Out(1)}
        for port in self._operands:
            ports |= stream_ports(port.name, In, port.width)
            del ports[f"{port.name}_tlast"]
        super().__init__({**ports, **stream_ports(self._results.name, Out, self._results.width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        specification, results = self._specification, self._results.name
        flags = flags_of(specification)
        m.submodules.registers = registers = HostRegisters(specification.name, flags)
        connect_bus(m, self, registers)
        busy, last = Signal(name="busy"), Signal(name="last_result")
        tiles_left = Signal(SIZE_BITS, name="result_tiles_left")
        clear = Signal(name="clear")
        m.d.sync += clear.eq(registers.abort)
        unit = place_unit(m, specification, clear)

        m.d.comb += [
            self.irq.eq(registers.irq),
            registers.busy.eq(busy),
            *(getattr(registers, f"unit_{flag}").eq(unit[flag]) for flag in flags),
        ]
        for port in self._operands:
            m.submodules[f"gate_{port.stream}"] = gate = Gate()
            m.d.comb += [
                gate.open.eq(registers.start),
                gate.close.eq(registers.abort),
                gate.beats.eq(self._beats(port, registers.depth)),
                gate.tiles.eq(registers.tiles),
                gate.i_valid.eq(getattr(self, f"{port.name}_tvalid")),
                getattr(self, f"{port.name}_tready").eq(gate.i_ready),
                unit[f"{port.name}_tdata"].eq(getattr(self, f"{port.name}_tdata")),
                unit[f"{port.name}_tvalid"].eq(gate.o_valid),
                unit[f"{port.name}_tlast"].eq(gate.o_last),
                gate.o_ready.eq(unit[f"{port.name}_tready"]),
            ]

        data, valid, ready, tile_ends = (
            unit[f"{results}_{signal}"] for signal in ("tdata", "tvalid", "tready", "tlast")
        )
        m.d.comb += [
            last.eq(tile_ends & (tiles_left == 1)),
            getattr(self, f"{results}_tdata").eq(data),
            getattr(self, f"{results}_tvalid").eq(valid),
            getattr(self, f"{results}_tlast").eq(last),
            ready.eq(getattr(self, f"{results}_tready")),
            registers.finish.eq(valid & ready & last),
        ]
        with m.If(valid & ready & tile_ends):
            m.d.sync += tiles_left.eq(tiles_left - 1)
        with m.If(registers.start):
            m.d.sync += [busy.eq(1), tiles_left.eq(registers.tiles)]
        with m.Elif(registers.finish | registers.abort):
            m.d.sync += busy.eq(0)
        return m

    def _beats(self, port: Port, depth: Value) -> Value:
        """Of a tile, in a stream of operands."""
        array = self._specification
        if isinstance(array, SystolicArray) and port.stream == "w":
            # A set of weights is as high as the array.
            return Const(array.rows, SIZE_BITS)
        return depth
