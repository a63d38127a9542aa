"""Blocks by themselves: what happened at their ports is replayed on other netlists of them.

Functional toggles at the ports of a block do not depend on how it is built, so that its netlists
can be compared, in what they do and in what they cost, without the rest of the unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.linking import Linked, opened
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Netlist

from .cycle_glitch import CycleGlitches, source_nets
from .energy import toggle_energies
from .sequential import Run, compiled, simulate

History = Mapping[str, Sequence[Sequence[int]]]
"""Port to bit to its value in every cycle."""

_Replayed = tuple[Mapping[int, int], Mapping[int, Sequence[int]]]
"""Toggles of every net, and values of the sources, cycle by cycle."""


@dataclass(frozen=True)
class PortRecording:
    """What happened at the ports of one instance of a block.

    Parameters
    ----------
    ports
        Every port of the netlist as :func:`~.linking.opened` gives it.
    lanes, counted
        As of the simulation that was recorded.
    """

    ports: History
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
            lambda cycle, _: {
                name: [bit[cycle] for bit in self.ports[name]] for name in netlist.inputs
            },
            self.lanes,
            self.counted.stop,
            self.counted,
            source_nets(netlist),
        )
        for name in netlist.outputs:
            for cycle in self.counted:
                if run.outputs[name][cycle] != [bit[cycle] for bit in self.ports[name]]:
                    return None
        return run.toggles, run.kept

    def _at_once(self, netlist: Netlist, technology: Technology) -> _Replayed | None:
        """Without registers all cycles are independent: each takes its own bits of one integer."""
        # The cycle before the first that counts is what that one is compared with.
        cycles = range(self.counted.start - 1, self.counted.stop)
        size = -(-self.lanes // 8)

        def joined(values: Sequence[int]) -> int:
            parts = [values[cycle].to_bytes(size, "little") for cycle in cycles]
            return int.from_bytes(b"".join(parts), "little")

        nets, step = compiled(netlist, technology)
        every = [(1 << self.lanes) - 1] * self.counted.stop
        ones = joined(every)
        given = [joined(bit) for name in netlist.inputs for bit in self.ports[name]]
        values, _ = step((), given, ones)
        known = dict(zip(nets, values, strict=True)) | {ZERO: 0, ONE: ones}
        for name, bits in netlist.outputs.items():
            for net, expected in zip(bits, self.ports[name], strict=True):
                if known[net] != joined(expected):
                    return None
        shift = 8 * size
        later = ones >> shift
        toggles = {
            net: ((value ^ (value >> shift)) & later).bit_count()
            for net, value in zip(nets, values, strict=True)
        }
        kept = {
            net: history
            for name, bits in netlist.inputs.items()
            for net, history in zip(bits, self.ports[name], strict=True)
        }
        return toggles, kept


def recordings(linked: Linked, run: Run, counted: range) -> dict[str, list[PortRecording]]:
    """Module to what happened at each of its instances in ``run``, which kept its ports' nets."""
    return {
        module: [
            PortRecording(
                {port: [run.kept[net] for net in nets] for port, nets in ports.items()},
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
