"""The output-stationary array: operands from two sides, sums that stay until they are finished."""

from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import wiring

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.blocks import Blocks
from lmul_pe.hw.stream.axi import edge_ports
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.hw.unit.exact_dot import ExactPath
from lmul_pe.hw.unit.loop import beat_layout
from lmul_pe.model import DotProduct, SystolicArray

from .delay import delayed
from .dot_element import DotElement
from .edge import results
from .os_control import OsControl
from .os_element import OsElement


class OsArray(wiring.Component):
    """Elements, the delays that make operands meet in them, and the control.

    Row 0 of the result is computed at the bottom, where finished sums leave, so that it leaves
    first.

    Parameters
    ----------
    specification
        Of dataflow ``os``.
    architecture
        How multipliers and adders are built.
    blocks
        Where its parts become modules of their own.

    Members
    -------
    s_axis_a, s_axis_b, m_axis_c
        Streams: a column of A, a row of B, a row of C in every beat.
    protocol_error, overflow : Out
        As in :class:`~.os_control.OsControl`.
    """

    clocked = True

    def __init__(self, specification: SystolicArray, architecture: Architecture, blocks: Blocks):
        self._specification = specification
        self._blocks = blocks
        self._architecture = architecture
        self._path = Datapath(specification.mac, architecture)
        super().__init__(edge_ports(specification))

    def _element(self) -> wiring.Component:
        unit = self._specification.element
        if isinstance(unit, DotProduct):
            return DotElement(ExactPath(unit, self._architecture), self._blocks)
        return OsElement(self._path, self._blocks)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        specification, path, blocks = self._specification, self._path, self._blocks
        rows, columns, lanes = specification.rows, specification.cols, specification.lanes
        control = blocks.place(
            m,
            "control",
            lambda: OsControl(
                rows,
                columns,
                latency=path.accumulator.latency,
                finish_latency=specification.finish_latency,
                overflows=path.accumulator.overflows,
            ),
            name="control",
            a_valid=self.s_axis_a_tvalid,
            a_last=self.s_axis_a_tlast,
            b_valid=self.s_axis_b_tvalid,
            b_last=self.s_axis_b_tlast,
            c_ready=self.m_axis_c_tready,
        )
        enable = control["enable"]
        beat_bits = beat_layout(path.accumulator.latency).size
        below: list[Value] = []
        sums: list[Value] = [Const(0, path.sum.state_bits * path.accumulator.latency)] * columns
        for column in range(columns):
            element = self.s_axis_b_tdata.word_select(column, lanes * path.b_bits)
            below.append(
                delayed(m, blocks, "delay_b", element, column, name=f"b_{column}", enable=enable)
            )
        pulses = []
        for row in range(rows):
            element = self.s_axis_a_tdata.word_select(rows - 1 - row, lanes * path.a_bits)
            word = delayed(
                m,
                blocks,
                "delay_a",
                Cat(control["beat"], element),
                row,
                name=f"a_{row}",
                enable=enable,
                # What is not valid may be anything.
                cleared=1,
            )
            beat, a = word[:beat_bits], word[beat_bits:]
            shift: Value = control["shift"][row]
            pulse: Value = Const(0, 1)
            for column in range(columns):
                inputs: dict[str, Value] = (
                    {"overflow_in": pulse} if path.accumulator.overflows else {}
                )
                ports = blocks.place(
                    m,
                    "element",
                    self._element,
                    name=f"element_{row}_{column}",
                    enable=enable,
                    shift=shift,
                    beat_in=beat,
                    a_in=a,
                    b_in=below[column],
                    sum_in=sums[column],
                    **inputs,
                )
                beat, a, shift = ports["beat_out"], ports["a_out"], ports["shift_out"]
                below[column], sums[column] = ports["b_out"], ports["sum_out"]
                pulse = ports.get("overflow_out", Const(0, 1))
            pulses.append(pulse)
        m.d.comb += [
            self.m_axis_c_tdata.eq(
                results(
                    m,
                    path,
                    blocks,
                    sums,
                    enable=enable,
                    finish_latency=specification.finish_latency,
                )
            ),
            self.s_axis_a_tready.eq(control["a_ready"]),
            self.s_axis_b_tready.eq(control["b_ready"]),
            self.m_axis_c_tvalid.eq(control["c_valid"]),
            self.m_axis_c_tlast.eq(control["c_last"]),
            self.protocol_error.eq(control["protocol_error"]),
        ]
        if path.accumulator.overflows:
            m.d.comb += [
                control["overflow_in"].eq(Cat(*pulses)),
                self.overflow.eq(control["overflow"]),
            ]
        return m
