"""The weight-stationary array: weights that stay, sums that run down the columns."""

from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import wiring

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.blocks import Blocks, Ports
from lmul_pe.hw.stream.axi import edge_ports
from lmul_pe.hw.unit.datapath import Begin, Datapath, Fold
from lmul_pe.model import SystolicArray

from .delay import delayed
from .edge import results
from .ws_control import WsControl
from .ws_element import WsElement


class WsArray(wiring.Component):
    """Elements, the delays that make operands and sums meet in them, and the control.

    Parameters
    ----------
    specification
        Of dataflow ``ws``.
    architecture
        How multipliers and adders are built.
    blocks
        Where its parts become modules of their own.

    Members
    -------
    s_axis_w : stream
        A row of weights in every beat, row 0 first.
    s_axis_a, m_axis_c : stream
        An element for each row, and a sum of each column, in every beat.
    s_axis_p : stream
        With ``partial``, the sums that those of a beat of ``s_axis_a`` begin with.
    protocol_error, overflow : Out
        As in :class:`~.ws_control.WsControl`.
    """

    clocked = True

    def __init__(self, specification: SystolicArray, architecture: Architecture, blocks: Blocks):
        self._specification = specification
        self._blocks = blocks
        self._path = Datapath(
            specification.mac,
            architecture,
            begins=specification.partial,
            folded=specification.fold is not None,
        )
        super().__init__(edge_ports(specification))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        specification, path, blocks = self._specification, self._path, self._blocks
        rows, columns = specification.rows, specification.cols
        streams = ["a", "w"] + ["p"] * specification.partial
        inputs: dict[str, Value] = {"c_ready": self.m_axis_c_tready}
        for name in streams:
            inputs[f"{name}_valid"] = getattr(self, f"s_axis_{name}_tvalid")
            inputs[f"{name}_last"] = getattr(self, f"s_axis_{name}_tlast")
        control = blocks.place(
            m,
            "control",
            lambda: WsControl(
                rows,
                columns,
                latency=path.accumulator.latency,
                finish_latency=specification.finish_latency,
                partial=specification.partial,
                overflows=path.accumulator.overflows,
            ),
            name="control",
            **inputs,
        )
        for name in streams:
            m.d.comb += getattr(self, f"s_axis_{name}_tready").eq(control[f"{name}_ready"])
        enable = control["enable"]
        weights = self._weights(m)
        # The chains of weights run against the sums: what an element takes comes from below it.
        chains: list[list[Value]] = [[] for _ in range(columns)]
        sums, pulse_begins = self._begin(m, control)
        pulses = []
        elements = []
        for row in range(rows):
            word = delayed(
                m,
                blocks,
                "delay_a",
                Cat(control["beat"], self.s_axis_a_tdata.word_select(row, path.a_bits)),
                row * path.accumulator.latency,
                name=f"a_{row}",
                enable=enable,
                cleared=2,
            )
            beat, a = word[:2], word[2:]
            pulse: Value = Const(0, 1)
            for column in range(columns):
                overflow: dict[str, Value] = {}
                if path.accumulator.overflows:
                    own = pulse_begins[column] if row == 0 else Const(0, 1)
                    overflow = {"overflow_in": pulse | own}
                ports = blocks.place(
                    m,
                    "element",
                    lambda: WsElement(path, blocks),
                    name=f"element_{row}_{column}",
                    enable=enable,
                    load=control["load"],
                    beat_in=beat,
                    a_in=a,
                    sum_in=sums[column],
                    **overflow,
                )
                beat, a = ports["beat_out"], ports["a_out"]
                sums[column] = ports["sum_out"]
                chains[column].append(ports["weight_out"])
                elements.append((ports, row, column))
                pulse = ports.get("overflow_out", Const(0, 1))
            pulses.append(pulse)
        for ports, row, column in elements:
            below = chains[column][row + 1] if row + 1 < rows else weights[column]
            m.d.comb += ports["weight_in"].eq(below)
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

    def _weights(self, m: Module) -> list[Value]:
        """What enters the chains of weights at the bottom."""
        path = self._path
        weights: list[Value] = []
        for column in range(self._specification.cols):
            code = self.s_axis_w_tdata.word_select(column, path.code_bits)
            if path.fold_word is None:
                weights.append(code)
                continue
            ports = self._blocks.place(
                m, "fold", lambda: Fold(path), name=f"fold_{column}", key=path.key, code=code
            )
            weights.append(ports["folded"])
        return weights

    def _begin(self, m: Module, control: Ports) -> tuple[list[Value], list[Value]]:
        """What the first row adds to, by column, and pulses where that is out of range."""
        path, columns = self._path, self._specification.cols
        never: list[Value] = [Const(0, 1)] * columns
        if not self._specification.partial:
            return [Const(0, path.sum.state_bits)] * columns, never
        states: list[Value] = []
        pulses: list[Value] = []
        for column in range(columns):
            code = delayed(
                m,
                self._blocks,
                "delay_p",
                self.s_axis_p_tdata.word_select(column, path.sum.result_bits),
                column + 1,
                name=f"p_{column}",
                enable=control["enable"],
            )
            ports = self._blocks.place(
                m, "begin", lambda: Begin(path), name=f"begin_{column}", key=path.key, code=code
            )
            states.append(ports["state"])
            if path.accumulator.overflows:
                pulses.append(ports["overflow"] & control["begins"][column])
        return states, pulses or never
