"""Where finished sums wait, are rounded, and leave."""

from typing import Any

from amaranth.hdl import Module, Signal, Value

from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.blocks import Blocks, place

from .datapath import Finish, Finishing


def read_out(
    m: Module, path: Finishing, blocks: Blocks | None, o: Any, *, ends: Value, state: Value
) -> tuple[Value, Value]:
    """Results to the stream ``o``; whether a sum waits to be read out, and whether it can go on.

    Parameters
    ----------
    ends
        Whether ``state`` is that of a finished sum, which is taken in whatever waits.
    """
    result = Signal(len(state), name="result", reset_less=True)
    done, flow = Signal(name="result_valid"), Signal(name="flow")
    with m.If(flow):
        m.d.sync += done.eq(0)
    with m.If(ends):
        m.d.sync += [result.eq(state), done.eq(1)]
    valid: Value = done
    code: Value = result
    latency = path.accumulator.finish_latency
    if latency or not path.sum.coded:
        ports = place(
            m,
            blocks,
            "finish",
            lambda: Finish(path, latency),
            name="readout",
            key=(path.key, latency),
            state=result,
            **({"enable": flow} if latency else {}),
        )
        code = ports["y"]
        for stage in range(latency):
            following = Signal(name=f"readout_valid_{stage}")
            with m.If(flow):
                m.d.sync += following.eq(valid)
            valid = following
    m.d.comb += flow.eq(o.ready | (~valid if latency else 0))
    m.d.comb += [
        o.valid.eq(valid),
        o.payload.y.eq(code),
        o.payload.last.eq(1),
    ]
    return done, flow


def read_out_unheld(
    m: Module, path: Finishing, blocks: Blocks | None, o: Any, *, ends: Value, state: Value
) -> tuple[Value, Value]:
    """:func:`read_out` of a register to which zero is added while nothing is taken; whether
    something may be, and whether a sum that was finished before is still there.

    A finished sum that did not move on is still in the register.

    Parameters
    ----------
    ends
        Whether ``state`` is that of a sum that has just been finished.
    """
    waiting = Signal(name="waiting")
    due = signal(m, ends | waiting, "due")
    moves = Signal(name="moves")
    done, flow = read_out(m, path, blocks, o, ends=due & moves, state=state)
    m.d.sync += waiting.eq(due & ~moves)
    m.d.comb += moves.eq(~done | flow)
    return ~due | moves, waiting
