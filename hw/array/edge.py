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
    finished: bool,
) -> Value:
    """One beat of results from the sums at the ends of all columns, each a cycle after the other.

    Parameters
    ----------
    sums
        Partial sums of the columns, the first one earliest.
    enable
        Moves all registers.
    finished
        Whether ``sums`` are results already.
    """
    codes = []
    for column, state in enumerate(sums):
        code = state
        if not finished:
            ports = blocks.place(
                m,
                "finish",
                lambda: Finish(path),
                name=f"readout_{column}",
                key=path.key,
                enable=enable,
                state=state,
            )
            code = ports["y"]
        late = len(sums) - 1 - column
        codes.append(delayed(m, blocks, "delay_c", code, late, name=f"c_{column}", enable=enable))
    return Cat(*codes)
