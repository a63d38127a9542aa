"""A combinational design between registers: its clock, and what the registers cost."""

from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.activity.leakage import state_leakage_nw
from lmul_pe.synth.activity.packing import bits_of, every, pack
from lmul_pe.synth.cells.technology import Cell, Technology
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Instance, Netlist
from lmul_pe.synth.netlists.timing import critical_path


@dataclass(frozen=True)
class Registers:
    """What the flip-flops at the inputs and outputs of a design cost.

    Parameters
    ----------
    bits
        How many there are.
    area_um2, leakage_nw
        Of all of them.
    clock_fj
        In a clock cycle, whatever the data: both edges inside them, and the load of their pins.
    data_fj
        In a cycle: what their outputs and their data pins add for the toggles of the data, without
        glitches.
    """

    bits: int
    area_um2: float
    leakage_nw: float
    clock_fj: float
    data_fj: float


def clock_period(netlist: Netlist, technology: Technology, wire_ff: float = 0.0) -> float:
    """The smallest clock, in ps, at which ``netlist`` works between registers.

    Clock to output of the flip-flops in front, the slowest path, and the setup of those behind.

    Raises
    ------
    TechnologyError
        The library has no plain flip-flop.
    """
    return critical_path(_between_registers(netlist, technology), technology, wire_ff).delay_ps


def register_ps(technology: Technology) -> float:
    """What registers take of a clock, in ps: clock to output, loaded by two NANDs, and setup."""
    cell = technology.plain_flip_flop
    assert cell.flip_flop is not None
    load_ff = sum(technology.nand2.inputs.values())
    launch_ps = cell.delay_ps(cell.flip_flop.clock_pin, cell.state_output, load_ff)
    return launch_ps + cell.flip_flop.setup_ps


def registers(
    netlist: Netlist,
    values: dict[str, NDArray[Any]],
    technology: Technology,
    wire_ff: float = 0.0,
) -> Registers:
    """What the registers of ``netlist`` cost.

    Parameters
    ----------
    values
        Port to its codes, one operation after the other: all inputs and outputs.
    """
    cell = technology.plain_flip_flop
    assert cell.plain_use is not None
    bits = sum(len(nets) for nets in (*netlist.inputs.values(), *netlist.outputs.values()))
    toggles = {port: _toggles(codes) for port, codes in values.items()}
    data_fj = technology.charging_fj(cell.inputs[cell.plain_use.data] + wire_ff)
    return Registers(
        bits,
        bits * cell.area_um2,
        _leakage_nw(netlist, values, cell),
        bits * 2 * technology.clock_edge_fj(cell, wire_ff),
        sum(toggles.values()) * (cell.outputs[cell.state_output].energy_fj + data_fj),
    )


def _leakage_nw(netlist: Netlist, values: dict[str, NDArray[Any]], cell: Cell) -> float:
    """Of a flip-flop at every bit: it takes one code while it holds the one before."""
    use, flip_flop = cell.plain_use, cell.flip_flop
    assert use is not None
    assert flip_flop is not None
    total = 0.0
    for port, nets in (*netlist.inputs.items(), *netlist.outputs.items()):
        bits = bits_of(values[port], len(nets))
        taken, held = pack(bits[:, 1:]), pack(bits[:, :-1])
        ones = np.full_like(taken, ~np.uint64(0))
        pins = {use.data: taken, flip_flop.clock_pin: ones}
        pins |= {pin: ones if value else 0 * ones for pin, value in use.tied.items()}
        mask = every(bits.shape[1] - 1)
        total += float(state_leakage_nw(cell, pins, held, mask).sum())
    return total


def _toggles(codes: NDArray[Any]) -> float:
    """Mean toggles of all bits from one code to the next."""
    words = codes.astype(np.uint64)
    return float(np.bitwise_count(words[1:] ^ words[:-1]).mean())


def _between_registers(netlist: Netlist, technology: Technology) -> Netlist:
    """``netlist`` with a flip-flop behind every bit of its inputs and of its outputs.

    For timing only: a library may have flip-flops that give the complement alone.
    """
    cell = technology.plain_flip_flop
    assert cell.flip_flop is not None
    assert cell.plain_use is not None
    clock_pin, data_pin = cell.flip_flop.clock_pin, cell.plain_use.data
    tied = {pin: ONE if value else ZERO for pin, value in cell.plain_use.tied.items()}
    nets = [*netlist.inputs.values(), *netlist.outputs.values()]
    nets += [tuple(each.outputs.values()) for each in netlist.instances]
    clock = max((net for each in nets for net in each), default=ONE) + 1
    fresh = count(clock + 1)
    # Data and output of each flip-flop.
    before = {port: [(next(fresh), net) for net in nets] for port, nets in netlist.inputs.items()}
    behind = {port: [(net, next(fresh)) for net in nets] for port, nets in netlist.outputs.items()}
    return replace(
        netlist,
        inputs={
            "clk": (clock,),
            **{port: tuple(data for data, _ in pairs) for port, pairs in before.items()},
        },
        outputs={port: tuple(output for _, output in pairs) for port, pairs in behind.items()},
        registers=tuple(
            Instance(
                f"{port}_{bit}_reg",
                cell.name,
                {data_pin: data, clock_pin: clock, **tied},
                {cell.state_output: output},
            )
            for port, pairs in (before | behind).items()
            for bit, (data, output) in enumerate(pairs)
        ),
    )
