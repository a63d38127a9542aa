"""Both ends of every AXI-Stream of an array in Amaranth's simulator, with random stalls."""

import random
from dataclasses import dataclass, field

from tests.hw.clocked import simulate


@dataclass
class Transfers:
    """What passed, by the name of the stream, and what broke the rules of a stream."""

    beats: dict[str, list[tuple[int, int]]]
    """``tdata`` and ``tlast`` of every beat."""
    cycles: dict[str, list[int]]
    """The cycle of every beat."""
    flags: dict[str, int] = field(default_factory=dict)
    """Outputs of one bit at the end."""
    faults: list[str] = field(default_factory=list)


def transfer(array, beats, stall, *, results, seed=1, limit=4000):
    """Send ``beats`` by stream, and take ``results`` beats of ``m_axis_c``.

    ``stall`` is the probability of one on each stream, by name.  Offers stay until they are taken;
    what is not offered is random.
    """
    names = [*beats, "m_axis_c"]
    found = Transfers({name: [] for name in names}, {name: [] for name in names})

    def port(name, suffix):
        return getattr(array, f"{name}_{suffix}")

    async def bench(context):
        choose = random.Random(seed)
        sent = dict.fromkeys(beats, 0)
        offering = dict.fromkeys(beats, False)
        waiting = None
        for cycle in range(limit):
            for name, own in beats.items():
                more = sent[name] < len(own)
                offering[name] = more and (offering[name] or choose.random() >= stall[name])
                width = len(port(name, "tdata"))
                data, last = (
                    own[sent[name]]
                    if offering[name]
                    else (choose.getrandbits(width), choose.getrandbits(1))
                )
                context.set(port(name, "tvalid"), offering[name])
                context.set(port(name, "tdata"), data)
                context.set(port(name, "tlast"), last)
            context.set(array.m_axis_c_tready, 0)
            valid = context.get(array.m_axis_c_tvalid)
            ready = choose.random() >= stall["m_axis_c"]
            context.set(array.m_axis_c_tready, ready)
            if context.get(array.m_axis_c_tvalid) != valid:
                found.faults.append(f"cycle {cycle}: valid waits for ready")
            offer = context.get(array.m_axis_c_tdata), context.get(array.m_axis_c_tlast)
            if waiting is not None and (not valid or offer != waiting):
                found.faults.append(f"cycle {cycle}: an offer was not kept until it was taken")
            waiting = offer if valid and not ready else None
            if valid and ready:
                found.beats["m_axis_c"].append(offer)
                found.cycles["m_axis_c"].append(cycle)
            for name in beats:
                if offering[name] and context.get(port(name, "tready")):
                    found.beats[name].append(beats[name][sent[name]])
                    found.cycles[name].append(cycle)
                    sent[name] += 1
                    offering[name] = False
            await context.tick()
            if len(found.beats["m_axis_c"]) == results:
                break
        for name in ("protocol_error", "overflow"):
            if name in array.signature.members:
                found.flags[name] = context.get(getattr(array, name))

    simulate(array, bench)
    return found


def packed(codes, bits):
    """Elements from bit 0 up."""
    return sum(int(code) << bits * index for index, code in enumerate(codes))


def unpacked(word, bits, count):
    return [word >> bits * index & ((1 << bits) - 1) for index in range(count)]
