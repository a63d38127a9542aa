"""AXI-Stream at the edge of an exported design."""

from collections.abc import Mapping

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import Flow, In, Member, Out

from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import flags_of, ports_of


def stream_ports(prefix: str, flow: Flow, width: int) -> dict[str, Member]:
    """The ports of an AXI-Stream of ``width`` bits into (``In``) or out of (``Out``) a design."""
    forward, backward = (In, Out) if flow == In else (Out, In)
    return {
        f"{prefix}_tdata": forward(width),
        f"{prefix}_tvalid": forward(1),
        f"{prefix}_tready": backward(1),
        f"{prefix}_tlast": forward(1),
    }


def edge_ports(specification: Specification) -> dict[str, Member]:
    """The streams and flags of a unit with registers, as its specification has them."""
    ports: dict[str, Member] = {}
    for port in ports_of(specification):
        ports |= stream_ports(port.name, In if port.is_input else Out, port.width)
    return {**ports, **{flag: Out(1) for flag in flags_of(specification)}}


class AxiEdge(wiring.Component):
    """A component between streams, with AXI-Stream ports.

    Elements are packed from bit 0 up, in the order of the stream's payload, without padding.

    Parameters
    ----------
    core
        Component whose members are streams, with ``last`` as the last field of their payload, and
        outputs of one bit, which keep their names.
    streams
        Name of each stream member to the prefix of its ports, as ``s_axis_ab``.

    Members
    -------
    PREFIX_tdata, PREFIX_tvalid, PREFIX_tready, PREFIX_tlast
        Of every stream, in the order of ``streams``.
    """

    clocked = True

    def __init__(self, core: wiring.Component, streams: Mapping[str, str]):
        self._core = core
        self._streams = dict(streams)
        self._flags = [name for name in core.signature.members if name not in streams]
        ports: dict[str, Member] = {}
        for member, prefix in self._streams.items():
            width = len(getattr(core, member).payload.as_value()) - 1
            ports |= stream_ports(prefix, core.signature.members[member].flow, width)
        super().__init__({**ports, **{name: Out(1) for name in self._flags}})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.core = core = self._core
        for member, prefix in self._streams.items():
            stream = getattr(core, member)
            payload = stream.payload.as_value()
            data, valid, ready, last = (
                getattr(self, f"{prefix}_{port}") for port in ("tdata", "tvalid", "tready", "tlast")
            )
            if core.signature.members[member].flow == In:
                m.d.comb += [
                    payload.eq(Cat(data, last)),
                    stream.valid.eq(valid),
                    ready.eq(stream.ready),
                ]
            else:
                m.d.comb += [
                    Cat(data, last).eq(payload),
                    valid.eq(stream.valid),
                    stream.ready.eq(ready),
                ]
        m.d.comb += [getattr(self, name).eq(getattr(core, name)) for name in self._flags]
        return m
