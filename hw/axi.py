"""AXI-Stream at the edge of an exported design."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out


class AxiEdge(wiring.Component):
    """A component between two streams, with AXI-Stream ports.

    Elements are packed from bit 0 up, in the order of the component's inputs, without padding.

    Parameters
    ----------
    core
        Component with streams ``i``, whose last field is ``last``, and ``o`` of ``y`` and ``last``.
    result
        Name of the result in its ports.

    Members
    -------
    s_axis_NAME_tdata, s_axis_NAME_tvalid, s_axis_NAME_tready, s_axis_NAME_tlast
        Operands in; ``NAME`` is the names of the inputs, joined.
    m_axis_RESULT_tdata, m_axis_RESULT_tvalid, m_axis_RESULT_tready, m_axis_RESULT_tlast
        Results out.
    """

    def __init__(self, core: wiring.Component, *, result: str):
        self._core = core
        fields: View = core.i.payload
        self._inputs = [name for name, _ in fields.shape() if name != "last"]
        self._source = f"s_axis_{''.join(self._inputs)}"
        self._sink = f"m_axis_{result}"
        super().__init__(
            {
                f"{self._source}_tdata": In(sum(len(fields[name]) for name in self._inputs)),
                f"{self._source}_tvalid": In(1),
                f"{self._source}_tready": Out(1),
                f"{self._source}_tlast": In(1),
                f"{self._sink}_tdata": Out(len(core.o.payload.y)),
                f"{self._sink}_tvalid": Out(1),
                f"{self._sink}_tready": In(1),
                f"{self._sink}_tlast": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.core = core = self._core

        def port(stream: str, suffix: str) -> Signal:
            return getattr(self, f"{stream}_{suffix}")

        elements = Cat(*(core.i.payload[name] for name in self._inputs))
        m.d.comb += [
            elements.eq(port(self._source, "tdata")),
            core.i.payload.last.eq(port(self._source, "tlast")),
            core.i.valid.eq(port(self._source, "tvalid")),
            port(self._source, "tready").eq(core.i.ready),
            port(self._sink, "tdata").eq(core.o.payload.y),
            port(self._sink, "tlast").eq(core.o.payload.last),
            port(self._sink, "tvalid").eq(core.o.valid),
            core.o.ready.eq(port(self._sink, "tready")),
        ]
        return m
