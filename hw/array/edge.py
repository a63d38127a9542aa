"""The edge of an array where its results leave."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Value

from lmul_pe.hw.blocks import Blocks
from lmul_pe.hw.unit.datapath import Datapath, Finish

from .delay import delayed


def results(
    m: Module,
    path: Datapath,
    blocks: Blocks,
    sums: Sequence[Value],
    *,
    enable: Value,
    finish_latency: int,
) -> Value:
    """One beat of results from the sums at the ends of all columns, each a cycle after the other.

    Parameters
    ----------
    sums
        Partial sums of the columns, the first one earliest.
    enable
        Moves all registers.
    finish_latency
        Cycles from partial sums to results.
    """
    codes = []
    for column, state in enumerate(sums):
        code = state
        if finish_latency or not path.sum.coded:
            ports = blocks.place(
                m,
                "finish",
                lambda: Finish(path, finish_latency),
                name=f"readout_{column}",
                key=(path.key, finish_latency),
                state=state,
                **({"enable": enable} if finish_latency else {}),
            )
            code = ports["y"]
        late = len(sums) - 1 - column
        codes.append(delayed(m, blocks, "delay_c", code, late, name=f"c_{column}", enable=enable))
    return Cat(*codes)
