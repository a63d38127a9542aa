"""Blocks by themselves: what happened at their ports is replayed on other netlists of them.

Functional toggles at the ports of a block do not depend on how it is built, so that its netlists
can be compared, in what they do and in what they cost, without the rest of the unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.linking import Linked, opened
from lmul_pe.synth.netlists.netlist import Netlist

from .cycle_glitch import CycleGlitches, source_nets
from .energy import toggle_energies
from .packing import Words, every
from .sequential import History, Run, evaluated, simulate

_Replayed = tuple[Mapping[int, int], History]
"""Toggles of every net, and the nets that change at the beginning of a cycle."""


@dataclass(frozen=True)
class PortRecording:
    """What happened at the ports of one instance of a block.

    Parameters
    ----------
    ports
        Every port of the netlist as :func:`~.linking.opened` gives it, to ``cycles x bits x
        words``.
    lanes, counted
        As of the simulation that was recorded.
    """

    ports: Mapping[str, Words]
    lanes: int
    counted: range

    def energy(
        self, netlist: Netlist, technology: Technology, wire_ff: float, glitch_samples: int = 0
    ) -> float | None:
        """Energy of ``netlist`` in a cycle of a run, in fJ; None if it does something else.

        That of a net counts with the cells whose pins it loads; the clock's does not count.

        Parameters
        ----------
        glitch_samples
            From how many samples of :class:`~.cycle_glitch.CycleGlitches` the energy
            of glitches is taken; those that reach the block's inputs are left out.
        """
        alone = opened(netlist)
        weights = toggle_energies(alone, technology, wire_ff)
        found = (
            self._cycle_by_cycle(alone, technology)
            if alone.registers
            else self._at_once(alone, technology)
        )
        if found is None:
            return None
        toggles, kept = found
        total = sum(weights[net] * count for net, count in toggles.items() if net in weights)
        energy = total / (self.lanes * len(self.counted))
        if glitch_samples:
            source = CycleGlitches(kept, self.lanes, alone, technology, wire_ff)
            sample = source.sample(self.counted, 0, min(glitch_samples, self.lanes))
            extra = sum(
                weights[net] * (counts - sample.settled[net]).sum()
                for net, counts in sample.counts.items()
                if net in weights
            )
            energy += float(extra / sample.pairs.sum())
        return energy

    def _cycle_by_cycle(self, netlist: Netlist, technology: Technology) -> _Replayed | None:
        run = simulate(
            netlist,
            technology,
            lambda cycle, _: {name: self.ports[name][cycle] for name in netlist.inputs},
            self.lanes,
            self.counted.stop,
            self.counted,
            source_nets(netlist),
        )
        counted = slice(self.counted.start, self.counted.stop)
        for name in netlist.outputs:
            if not np.array_equal(run.outputs[name][counted], self.ports[name][counted]):
                return None
        return run.toggles, run.kept

    def _at_once(self, netlist: Netlist, technology: Technology) -> _Replayed | None:
        """Without registers all cycles are independent: they stand side by side, as runs do."""
        # The cycle before the first that counts is what that one is compared with.
        first = self.counted.start - 1
        mask = every(self.lanes)

        def joined(bits: Words) -> Words:
            """``bits x words`` of all cycles."""
            part = bits[first : self.counted.stop]
            return part.swapaxes(0, 1).reshape(part.shape[1], -1)

        inputs = {name: joined(self.ports[name]) for name in netlist.inputs}
        program, values = evaluated(netlist, technology, inputs)
        by_cycle = values.reshape(len(values), -1, len(mask))
        for name, nets in netlist.outputs.items():
            found = by_cycle[program.rows_of(nets)] & mask
            if not np.array_equal(found.reshape(len(nets), -1), joined(self.ports[name])):
                return None
        driven = by_cycle[program.rows] & mask
        toggles = np.bitwise_count(driven[:, 1:] ^ driven[:, :-1]).sum(axis=(1, 2), dtype=np.int64)
        sources = source_nets(netlist)
        kept = np.zeros((self.counted.stop, len(sources), len(mask)), dtype=np.uint64)
        kept[first:] = by_cycle[program.rows_of(sources)].swapaxes(0, 1)
        return dict(zip(program.nets, toggles.tolist(), strict=True)), History(sources, kept)


def recordings(linked: Linked, run: Run, counted: range) -> dict[str, list[PortRecording]]:
    """Module to what happened at each of its instances in ``run``, which kept its ports' nets."""
    return {
        module: [
            PortRecording(
                {port: run.kept.of(nets) for port, nets in ports.items()},
                run.lanes,
                counted,
            )
            for ports in found
        ]
        for module, found in linked.places.items()
    }


def port_nets(linked: Linked) -> set[int]:
    """The nets on the ports of all blocks."""
    return {
        net
        for found in linked.places.values()
        for ports in found
        for nets in ports.values()
        for net in nets
    }
