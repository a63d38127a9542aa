"""Elastic pipelines: chains of stages between two streams."""

from collections.abc import Sequence

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out

from .stages import Stage, Values, chain


class Pipeline(wiring.Component):
    """``latency`` register stages with valid and ready between two streams.

    A stage takes new data whenever it is empty or its successor takes its own, so that a bubble
    closes up and full throughput is kept.  ``ready`` runs combinationally from the output to the
    input; valid never depends on ready.

    Parameters
    ----------
    stages
        Statements from the input's values to ``{"y": ...}``.
    inputs
        Width in bits of each input value, lowest first.
    output_bits
        Width of ``y``.
    latency
        Register stages, at least 1.

    Members
    -------
    i : stream
        One field per input and ``last``, which travels with the data.
    o : stream
        Fields ``y`` and ``last``.
    """

    def __init__(
        self, stages: Sequence[Stage], *, inputs: dict[str, int], output_bits: int, latency: int
    ):
        self._stages = stages
        self._latency = latency
        super().__init__(
            {
                "i": In(stream.Signature(StructLayout({**inputs, "last": 1}))),
                "o": Out(stream.Signature(StructLayout({"y": output_bits, "last": 1}))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Forward, data and valid pass from stage to stage; ready is tied in behind them.
        valid: Value = self.i.valid
        empty_or_taken: list[Signal] = []
        held: list[Signal] = []

        def register(values: Values) -> Values:
            nonlocal valid
            index = len(held) + 1
            ready = Signal(name=f"ready_{index}")
            full = Signal(name=f"valid_{index}")
            # A constant needs no register.
            kept = {
                name: value
                if isinstance(value, Const)
                else Signal(value.shape(), name=f"{name}_{index}", reset_less=True)
                for name, value in values.items()
            }
            with m.If(ready):
                m.d.sync += full.eq(valid)
                m.d.sync += [
                    kept[name].eq(value)
                    for name, value in values.items()
                    if not isinstance(value, Const)
                ]
            held.append(full)
            empty_or_taken.append(ready)
            valid = full
            return kept

        payload: View = self.i.payload
        inputs = {name: payload[name] for name, _ in payload.shape()}
        outputs = chain(
            m, [_beside(stage) for stage in self._stages], inputs, register, self._latency
        )
        for index, (ready, full) in enumerate(zip(empty_or_taken, held, strict=True)):
            following = (
                empty_or_taken[index + 1] if index + 1 < len(empty_or_taken) else self.o.ready
            )
            m.d.comb += ready.eq(~full | following)
        m.d.comb += [
            self.i.ready.eq(empty_or_taken[0]),
            self.o.valid.eq(held[-1]),
            self.o.payload.y.eq(outputs["y"]),
            self.o.payload.last.eq(outputs["last"]),
        ]
        return m


def _beside(stage: Stage) -> Stage:
    """``stage`` with ``last`` carried past it."""

    def carry(m: Module, values: Values) -> Values:
        inner = {name: value for name, value in values.items() if name != "last"}
        return {**stage(m, inner), "last": values["last"]}

    return carry
