"""AXI-Stream at the edge of an exported design."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from .pipeline import Pipeline


class AxiPipeline(wiring.Component):
    """A :class:`Pipeline` with AXI-Stream ports.

    Elements are packed from bit 0 up, in the order of the pipeline's inputs, without padding.

    Members
    -------
    s_axis_NAME_tdata, s_axis_NAME_tvalid, s_axis_NAME_tready, s_axis_NAME_tlast
        Operands in; ``NAME`` is the names of the inputs, joined.
    m_axis_y_tdata, m_axis_y_tvalid, m_axis_y_tready, m_axis_y_tlast
        Results out; ``tlast`` is that of the operands.
    """

    def __init__(self, pipeline: Pipeline):
        self._pipeline = pipeline
        fields: View = pipeline.i.payload
        self._inputs = [name for name, _ in fields.shape() if name != "last"]
        self._source = f"s_axis_{''.join(self._inputs)}"
        super().__init__(
            {
                f"{self._source}_tdata": In(sum(len(fields[name]) for name in self._inputs)),
                f"{self._source}_tvalid": In(1),
                f"{self._source}_tready": Out(1),
                f"{self._source}_tlast": In(1),
                "m_axis_y_tdata": Out(len(pipeline.o.payload.y)),
                "m_axis_y_tvalid": Out(1),
                "m_axis_y_tready": In(1),
                "m_axis_y_tlast": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.pipeline = pipeline = self._pipeline

        def source(suffix: str) -> Signal:
            return getattr(self, f"{self._source}_{suffix}")

        elements = Cat(*(pipeline.i.payload[name] for name in self._inputs))
        m.d.comb += [
            elements.eq(source("tdata")),
            pipeline.i.payload.last.eq(source("tlast")),
            pipeline.i.valid.eq(source("tvalid")),
            source("tready").eq(pipeline.i.ready),
            self.m_axis_y_tdata.eq(pipeline.o.payload.y),
            self.m_axis_y_tlast.eq(pipeline.o.payload.last),
            self.m_axis_y_tvalid.eq(pipeline.o.valid),
            pipeline.o.ready.eq(self.m_axis_y_tready),
        ]
        return m
