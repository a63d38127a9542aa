"""Where the energy of a model goes: from the multiplier to the meter, between two bounds.

Arithmetic is measured here, all else published or assumed; every entry says which.  The low bound
takes what is kindest to L-Mul: operands that pass the memory once, units that are always busy, no
waiting, the least published energies.  The high bound takes a buffer of the stated size, the
utilisation of the cycle model, a chip that idles while it waits, the largest published energies.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, partial

from lmul_pe.synth.results.compare import percent_saved

from .cited import BITS, Range, Scalar, cited, dram, scalar, sram
from .operations import Counts, Kind, Operation, Product, Run, counts, footprint, trained_parameters
from .transformer import Transformer
from .unit import Comparison, Unit

TARGETS = (1.0, 10.0, 30.0)
"""Savings of the whole, in percent, that are looked for."""

MOST = 2**20
"""The largest batch and context that are looked at."""

BUFFER_KB = 1024.0
EXPONENTIAL = 6
"""Multiplications, and additions, that an exponential is taken for: range, then a polynomial of the
fifth degree."""

_PJ = 1e-12
_FJ = 1e-15
_PS = 1e-12
_BYTE = 8
_SUM_BYTES = 4
"""Of a sum that waits in the buffer, fp32."""


class Stage(Enum):
    """From the multiplier to the meter."""

    MULTIPLIER = "multipliers"
    SUM = "sums, registers"
    CLOCK = "clock"
    LEAKAGE = "leakage"
    ELEMENT_WISE = "element-wise"
    BUFFER = "buffer"
    MEMORY = "memory"
    WAITING = "waiting"
    COOLING = "cooling"


ARITHMETIC = (Stage.MULTIPLIER, Stage.SUM, Stage.CLOCK, Stage.LEAKAGE)
"""What is measured."""


@dataclass(frozen=True)
class Machine:
    """What stands around the units.

    Parameters
    ----------
    buffer_kb
        Between memory and units.
    multipliers
        That work at once.
    gb_per_s
        Of the memory.
    sram, dram, idle, cooling, scalar
        Published, or assumed: pJ per 64 bits, W, and times what the chip takes.
    """

    node_nm: float
    dram_name: str
    buffer_kb: float
    multipliers: int
    gb_per_s: float
    sram: Range
    dram: Range
    idle: Range
    cooling: Range
    scalar: Scalar

    @property
    def buffer_bytes(self) -> float:
        return self.buffer_kb * 1024


def machine(
    node_nm: float | None,
    technology: str,
    dram_name: str = "hbm2",
    buffer_kb: float = BUFFER_KB,
    multipliers: int | None = None,
    gb_per_s: float | None = None,
    idle_watts: float | None = None,
    cooling: float | None = None,
) -> Machine:
    """The machine of published figures; those that are given replace both ends.

    Raises
    ------
    SpecificationError
        A node, a buffer or a memory of which nothing is published.
    """
    known = cited()
    buffer = sram(node_nm, technology, buffer_kb)
    assert node_nm is not None
    given = "as given"
    return Machine(
        node_nm=node_nm,
        dram_name=dram_name,
        buffer_kb=buffer_kb,
        multipliers=multipliers or known.chip.multipliers,
        gb_per_s=gb_per_s or known.chip.gb_per_s,
        sram=buffer,
        dram=dram(dram_name),
        idle=known.idle.range if idle_watts is None else Range(idle_watts, idle_watts, given),
        cooling=known.cooling.range if cooling is None else Range(cooling, cooling, given),
        scalar=scalar(node_nm),
    )


@dataclass(frozen=True)
class Entry:
    """Energy of a stage, in J, at both bounds; ``origin`` is measured, published or computed."""

    stage: str
    low_j: float
    high_j: float
    origin: str
    obtained: str


@dataclass(frozen=True)
class Ledger:
    """Where the energy of a run goes with one kind of arithmetic.

    Parameters
    ----------
    reuse
        Multiply-accumulates for each byte of the memory, at both bounds.
    seconds
        That it takes, at both bounds.
    """

    unit: Unit
    entries: tuple[Entry, ...]
    macs: int
    reuse: tuple[float, float]
    seconds: tuple[float, float]

    def joules(self, high: bool, *stages: Stage) -> float:
        """Of these stages, or of all."""
        names = {stage.value for stage in stages}
        return sum(
            each.high_j if high else each.low_j
            for each in self.entries
            if not names or each.stage in names
        )

    def arithmetic_percent(self, high: bool) -> float:
        """The share of what is measured; cooling is everybody's."""
        chip = self.joules(high) - self.joules(high, Stage.COOLING)
        return 100 * self.joules(high, *ARITHMETIC) / chip


def ledger(counted: Counts, unit: Unit, around: Machine) -> Ledger:
    """Of one run with one kind of arithmetic."""
    low, high = (_Bound(counted, unit, around, each) for each in (False, True))
    lows, highs = low.joules(), high.joules()
    entries = tuple(
        Entry(stage.value, lows[stage], highs[stage], *_obtained(stage, unit, around))
        for stage in Stage
    )
    return Ledger(
        unit,
        entries,
        counted.macs(),
        (counted.macs() / low.memory_bytes, counted.macs() / high.memory_bytes),
        (low.seconds, high.seconds),
    )


@dataclass(frozen=True)
class _Bound:
    """One bound of a ledger."""

    counted: Counts
    unit: Unit
    around: Machine
    high: bool

    def joules(self) -> dict[Stage, float]:
        """Of every stage, in its order."""
        unit, around, macs = self.unit, self.around, self.counted.macs()
        access = 1 / BITS * _PJ
        found = {
            Stage.MULTIPLIER: macs * unit.multiplier_fj * _FJ,
            Stage.SUM: macs * unit.rest_fj * _FJ,
            Stage.CLOCK: self.busy_macs * unit.clock_fj * _FJ,
            Stage.LEAKAGE: self.busy_macs * unit.leakage_fj * _FJ,
            Stage.ELEMENT_WISE: self._element_wise(),
            Stage.BUFFER: self._buffer_bits() * around.sram.at(self.high) * access,
            Stage.MEMORY: self.memory_bytes * _BYTE * around.dram.at(self.high) * access,
            Stage.WAITING: around.idle.at(self.high) * self.seconds,
        }
        found[Stage.COOLING] = sum(found.values()) * (around.cooling.at(self.high) - 1)
        return found

    @property
    def busy_macs(self) -> float:
        """Multiply-accumulates, those of idle units counted at the high bound."""
        return sum(each.macs / self._utilisation(each) for each in self.counted.operations)

    @property
    def seconds(self) -> float:
        """What takes longer, arithmetic or memory; they overlap."""
        around = self.around
        computing = self.busy_macs * self.unit.period_ps * _PS / around.multipliers
        return max(computing, self.memory_bytes / (around.gb_per_s * 1e9))

    @property
    def memory_bytes(self) -> float:
        """That pass between memory and chip."""
        item = self.unit.bits / _BYTE
        model, run = self.counted.model, self.counted.run
        new = 0
        if run.phase != "training":
            new = 2 * model.layers * model.kv_width * run.tokens
        operands = sum(self._fetched(each) for each in self.counted.operations)
        return (operands + new) * item + self._training_bytes()

    def _utilisation(self, operation: Operation) -> float:
        if not self.high or operation.product is None:
            return 1.0
        return self.unit.utilisation(operation.product)

    def _fetched(self, operation: Operation) -> float:
        """Elements of operands and results."""
        once = operation.weights + operation.cache
        shape = operation.product
        if not self.high or shape is None:
            return once
        passes, results = _blocked(shape, self.unit.bits / _BYTE, self.around.buffer_bytes)
        if operation.kind is Kind.ATTENTION:
            # Queries, probabilities and sums stay on the chip while keys and values pass by.
            inner = min(shape.k, shape.n)
            slabs = math.ceil(shape.m * inner * self.unit.bits / _BYTE / self.around.buffer_bytes)
            stored = operation.cache or shape.times * shape.k * shape.n
            return stored * slabs + shape.times * shape.m * inner
        held = operation.weights or shape.times * shape.k * shape.n
        return held * passes.b + shape.times * (shape.m * shape.k * passes.a + results)

    def _training_bytes(self) -> float:
        """Of the optimiser: its state and the gradients, each read and written; and, at the high
        bound, activations that wait for the backward pass."""
        model, run = self.counted.model, self.counted.run
        if run.phase != "training":
            return 0.0
        held = footprint(model, run, self.unit.bits)
        trained = trained_parameters(model, run.lora) * self.unit.bits / _BYTE
        waiting = 2 * held.activations if self.high else 0.0
        return 2 * (held.optimiser + held.gradients) + trained + waiting

    def _element_wise(self) -> float:
        counted, around = self.counted, self.around
        extra = EXPONENTIAL * counted.exponentials
        multiply = (counted.multiplications + extra) * around.scalar.multiply.at(self.high)
        return (multiply + (counted.additions + extra) * around.scalar.add.at(self.high)) * _PJ

    def _buffer_bits(self) -> float:
        """Between buffer and units; at the high bound what fills the buffer besides."""
        unit, bits = self.unit, 0.0
        for each in self.counted.operations:
            if each.product is not None:
                passed = unit.traffic(each.product)
                operands = unit.bits * (passed.a + passed.b)
                bits += each.macs * (operands + unit.sum_bits * (passed.written + passed.read))
        return bits + (self.memory_bytes * _BYTE if self.high else 0.0)


@dataclass(frozen=True)
class _Passes:
    """How often each operand of a product comes from memory."""

    a: int
    b: int


def _blocked(shape: Product, item: float, buffer: float) -> tuple[_Passes, int]:
    """The cheapest of three ways to cut a product for a buffer, and the elements of its result.

    Slabs of ``a`` stay while ``b`` passes, or the other way round, or square blocks of sums stay
    (Kung and Hong, STOC 1981: no way is better than ``2 m k n / sqrt(buffer)`` by more than a
    constant).
    """
    a, b = shape.m * shape.k, shape.k * shape.n
    side = max(math.isqrt(int(buffer / _SUM_BYTES)), 1)
    ways = (
        _Passes(1, math.ceil(a * item / buffer)),
        _Passes(math.ceil(b * item / buffer), 1),
        _Passes(math.ceil(shape.n / side), math.ceil(shape.m / side)),
    )
    return min(ways, key=lambda way: a * way.a + b * way.b), shape.m * shape.n


def _obtained(stage: Stage, unit: Unit, around: Machine) -> tuple[str, str]:
    """Origin of a stage's figure, and how it is obtained."""
    node = f"{around.node_nm:g} nm"
    match stage:
        case Stage.MULTIPLIER | Stage.SUM:
            return "measured", unit.provenance
        case Stage.CLOCK | Stage.LEAKAGE:
            return "measured", (f"{unit.provenance}; high: over the utilisation of the cycle model")
        case Stage.ELEMENT_WISE:
            return "published", (
                f"low fp16, high fp32: {around.scalar.multiply.source}; assumed: an exponential is "
                f"{EXPONENTIAL} multiplications and {EXPONENTIAL} additions"
            )
        case Stage.BUFFER:
            return "published", (
                f"{around.sram.low:g} to {around.sram.high:g} pJ per 64 bits, {node}: "
                f"{around.sram.source}; {around.buffer_kb:g} KB"
            )
        case Stage.MEMORY:
            return "published", (
                f"{around.dram.low:g} to {around.dram.high:g} pJ per 64 bits: {around.dram.source}"
            )
        case Stage.WAITING:
            return "published", (
                f"{around.idle.low:g} to {around.idle.high:g} W: {around.idle.source}; "
                f"{around.multipliers} multipliers, {around.gb_per_s:g} GB/s: "
                f"{cited().chip.provenance}"
            )
        case Stage.COOLING:
            return "published", (
                f"{around.cooling.low:g} to {around.cooling.high:g} times what the chip takes: "
                f"{around.cooling.source}"
            )


@dataclass(frozen=True)
class Threshold:
    """From where L-Mul saves ``target_percent`` of the whole, of a batch, context or reuse.

    Parameters
    ----------
    kindest
        Whether at the low bound, which is kindest to L-Mul, or at the high one.
    least, most
        Between which it does, as far as was looked; None where nowhere.
    best_percent, best_at
        The most that is saved, and where; of reuse without end at None.
    """

    over: str
    target_percent: float
    kindest: bool
    least: float | None
    most: float | None
    best_percent: float
    best_at: float | None


@dataclass(frozen=True)
class Compared:
    """Ledgers of one run: L-Mul, then what it is set against."""

    counted: Counts
    around: Machine
    lmul: Ledger
    others: tuple[Ledger, ...]

    @property
    def exact(self) -> Ledger:
        """The same unit with conventional products."""
        return self.others[0]

    def saved_percent(self, high: bool, other: Ledger | None = None) -> float:
        """What L-Mul saves of the whole, at one bound of both."""
        return percent_saved(self.lmul.joules(high), (other or self.exact).joules(high))

    @property
    def unit_percent(self) -> float:
        """What L-Mul saves of the unit alone."""
        return percent_saved(self.lmul.unit.total_fj, self.exact.unit.total_fj)

    @property
    def needed_share_percent(self) -> float:
        """The share that arithmetic would need for 80 % of the whole; above 100 it cannot be."""
        return math.inf if self.unit_percent <= 0 else 100 * 80.0 / self.unit_percent


def compared(counted: Counts, units: Comparison, around: Machine) -> Compared:
    """Ledgers of every kind of arithmetic."""
    lmul, *others = (ledger(counted, each, around) for each in (units.lmul, *units.others))
    return Compared(counted, around, lmul, tuple(others))


def thresholds(
    model: Transformer, run: Run, units: Comparison, around: Machine
) -> tuple[Threshold, ...]:
    """Where L-Mul saves the targets, by batch, by context and by reuse of the memory's bytes."""
    pair = replace(units, others=units.others[:1])
    longest = min(MOST, model.positions or MOST)

    @cache
    def saved(changed: Run) -> tuple[float, float]:
        found = compared(counts(model, changed), pair, around)
        return found.saved_percent(False), found.saved_percent(True)

    def by_batch(high: bool, batch: int) -> float:
        return saved(replace(run, batch=batch))[high]

    def by_context(high: bool, context: int) -> float:
        return saved(replace(run, context=context))[high]

    present = compared(counts(model, run), pair, around)
    return tuple(
        row
        for high in (False, True)
        for row in (
            *_searched("batch", high, MOST, partial(by_batch, high)),
            *_searched("context", high, longest, partial(by_context, high)),
            *_reuse(present, high),
        )
    )


def _searched(over: str, high: bool, most: int, saved: Callable[[int], float]) -> list[Threshold]:
    """Over powers of two, then between two of them; a saving that rises and falls again is seen
    where a power of two lies in it."""
    points = [2**power for power in range(most.bit_length())]
    values = {at: saved(at) for at in points}
    best = max(points, key=lambda at: values[at])
    rows = []
    for target in TARGETS:
        least, last = _between(points, values, saved, target)
        rows.append(Threshold(over, target, not high, least, last, values[best], best))
    return rows


def _between(
    points: Sequence[int],
    values: Mapping[int, float],
    saved: Callable[[int], float],
    target: float,
) -> tuple[int | None, int | None]:
    """The least and the last number that save ``target``; ``points`` are powers of two."""
    inside = [at for at in points if values[at] >= target]
    if not inside:
        return None, None
    least, last = inside[0], inside[-1]
    least = _edge(least // 2, least, lambda at: saved(at) >= target)
    if last < points[-1]:
        last = _edge(last, 2 * last, lambda at: saved(at) < target) - 1
    return least, last


def _edge(without: int, within: int, holds: Callable[[int], bool]) -> int:
    """The least number above ``without`` for which it holds; for ``within`` it does."""
    while within - without > 1:
        middle = (without + within) // 2
        without, within = (without, middle) if holds(middle) else (middle, within)
    return within


def _reuse(found: Compared, high: bool) -> list[Threshold]:
    """From ``saved / (exact without memory + byte / reuse) = target``, per multiply-accumulate."""
    cooling = found.around.cooling.at(high)
    macs = found.exact.macs
    chip = found.exact.joules(high) / cooling
    memory = found.exact.joules(high, Stage.MEMORY)
    saved = (found.exact.joules(high) - found.lmul.joules(high)) / cooling
    fixed = (chip - memory) / macs
    byte = memory * found.exact.reuse[high] / macs
    limit = 100 * saved / macs / fixed
    rows = []
    for target in TARGETS:
        room = saved / macs * 100 / target - fixed
        least = byte / room if room > 0 else None
        rows.append(Threshold("reuse", target, not high, least, None, limit, None))
    return rows
