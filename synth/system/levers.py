"""Levers on the energy of a model, each as a ledger of its own, with the trap that goes with it.

Levers multiply at best: they act on the same stages, so that what they save does not add up.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lmul_pe.model import format_named
from lmul_pe.model.study.experts import MIXED, ONE
from lmul_pe.synth.results.record import Report

from .ledger import ARITHMETIC, Machine, ledger
from .operations import EVERYWHERE, Counts, Kind, Lora, Operation, Run, counts, footprint
from .spoiled import Spoiled
from .transformer import Transformer
from .unit import BF16, Comparison, Unit

GROUP = 32
"""Weights that share a scale, by which each group's sum is multiplied (OCP Microscaling v1.0)."""

TOKENS_OF_A_PARAMETER = 20
"""That a model is trained on, Hoffmann et al., arXiv 2203.15556."""

HALF_ZEROS = "half_zeros"
"""The workload on which zeros are measured: half the operands."""

NOT_MEASURED = "not measured"
PRUNED, STOPPED = "e4m3, exact, pruned 2:4", "e4m3, exact, stopped early"
"""Trainings of the study, by name."""

_LEAVING = 0.5
"""Share of tokens that leave a dynamic graph half-way."""
_STEPS = 0.7
"""Of a training that is stopped early."""

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Lever:
    """What one lever makes of a run, in J for one pass at both bounds.

    Parameters
    ----------
    instead_of
        What it is set against.
    before_j, after_j
        The kindest bound, and the hardest.
    trap
        What its usual number leaves out.
    spoils
        What it costs in accuracy, or that this is not measured.
    """

    name: str
    instead_of: str
    before_j: Bounds
    after_j: Bounds
    trap: str
    spoils: str

    @property
    def saved_percent(self) -> Bounds:
        """At both bounds; negative where it takes more."""
        low, high = (
            100 * (1 - after / before)
            for before, after in zip(self.before_j, self.after_j, strict=True)
        )
        return low, high


@dataclass(frozen=True)
class Setting:
    """What levers are applied to."""

    model: Transformer
    run: Run
    units: Comparison
    around: Machine
    report: Report
    spoiled: Spoiled = field(default_factory=Spoiled)

    @property
    def narrow(self) -> Unit:
        """Conventional products of the format."""
        return self.units.exact

    @property
    def wide(self) -> Unit:
        """Conventional products of bf16, or of the format where that is it."""
        known = {each.label: each for each in self.units.others}
        return known.get(f"conventional {BF16}", self.units.exact)

    def joules(
        self, unit: Unit, model: Transformer | None = None, run: Run | None = None
    ) -> Bounds:
        """Of a run, of this one where none is named."""
        return _joules(counts(model or self.model, run or self.run), unit, self.around)

    def spoils(self, kind: str, where: str) -> str:
        """What products of a kind do to answers, and their own error, as the report has it."""
        words = self.spoiled.by_arithmetic(format_named(self.report.format), kind, where)
        found = self.report.errors.get(kind)
        return f"{words}; mean error of a product {100 * found.mean:.1f} %" if found else words


def _joules(counted: Counts, unit: Unit, around: Machine) -> Bounds:
    found = ledger(counted, unit, around)
    return found.joules(False), found.joules(True)


def levers(setting: Setting) -> tuple[Lever, ...]:
    """All levers that act on the phase of the run, then all of them at once."""
    found = [*_arithmetic(setting), *_structure(setting)]
    if setting.run.phase == "training":
        found += _training(setting)
    else:
        found.append(_reuse(setting))
    return (*found, _together(setting))


def _arithmetic(setting: Setting) -> Iterator[Lever]:
    units, wide, narrow = setting.units, setting.wide, setting.narrow
    if wide is not narrow:
        yield Lever(
            f"quantisation to {setting.report.format}",
            wide.label,
            setting.joules(wide),
            _joules(_scaled(counts(setting.model, setting.run)), narrow, setting.around),
            f"one more multiplication for each {GROUP} weights of a token, counted here; the "
            "accumulator stays as wide",
            f"{setting.spoils('exact', 'linear')}; weights alone: "
            f"{setting.spoiled.by_bits(narrow.bits)}",
        )
    yield Lever(
        "L-Mul everywhere",
        narrow.label,
        setting.joules(narrow),
        setting.joules(units.lmul),
        "the paper tests it in attention alone; memory, sums and clock stay",
        setting.spoils("lmul", "linear"),
    )
    yield Lever(
        "L-Mul in attention alone",
        narrow.label,
        setting.joules(narrow),
        _mixed(setting, units.lmul),
        "attention has few of the multiplications unless the context is long",
        setting.spoils("lmul", "attention"),
    )
    if wide is not narrow:
        yield Lever(
            "mixed precision: attention in bf16",
            wide.label,
            setting.joules(wide),
            _mixed(setting, wide),
            "only what is computed narrow gets cheaper; the cache is bf16, which is not counted",
            NOT_MEASURED,
        )
    zeros = _zeros(setting)
    if zeros is not None:
        yield Lever(
            "half the weights and activations zero, anywhere",
            narrow.label,
            setting.joules(narrow),
            setting.joules(zeros),
            f"zeros are read, clocked and added: the gates alone save, as measured on {HALF_ZEROS}",
            f"half the weights alone, pruned 2:4: {setting.spoiled.by_training(PRUNED)}",
        )


def _structure(setting: Setting) -> Iterator[Lever]:
    model, unit = setting.model, setting.narrow
    yield Lever(
        "half the hidden width pruned",
        unit.label,
        setting.joules(unit),
        setting.joules(unit, replace(model, hidden=max(model.hidden // 2, 1), parameters=0)),
        "attention and its cache stay",
        f"a network of half the width: {setting.spoiled.by_network(ONE)}",
    )
    if model.experts > 1:
        yield Lever(
            f"mixture of {model.experts} experts, {model.active} active",
            "one network as wide as all",
            setting.joules(unit, dense(model)),
            setting.joules(unit),
            "a batch reads the experts of all its tokens; the memory must hold all of them",
            f"two experts, one active: {setting.spoiled.by_network(MIXED)}",
        )
    yield Lever(
        f"dynamic graph: {100 * _LEAVING:.0f} % of tokens leave half-way",
        unit.label,
        setting.joules(unit),
        setting.joules(unit, _shortened(model)),
        "a batch waits for its slowest token, and later tokens need the cache of layers that were "
        "left out: both are not counted",
        NOT_MEASURED,
    )


def dense(model: Transformer) -> Transformer:
    """One network of the width of all experts together."""
    return replace(
        model,
        name=f"{model.name}, dense",
        hidden=model.experts * model.hidden,
        experts=1,
        active=1,
        parameters=0,
    )


def _shortened(model: Transformer) -> Transformer:
    layers = math.ceil(model.layers * (1 - _LEAVING / 2))
    return replace(model, layers=layers, parameters=0)


def _training(setting: Setting) -> Iterator[Lever]:
    unit, run = setting.wide, setting.run
    full = setting.joules(unit, run=replace(run, lora=None))
    for lora, where in ((Lora(8), "queries and values"), (Lora(128, EVERYWHERE), "every matrix")):
        if not setting.model.gated and lora.targets == EVERYWHERE:
            lora = replace(lora, targets=tuple(each for each in EVERYWHERE if each != "gate"))
        adapted = replace(run, lora=lora)
        held = footprint(setting.model, adapted, unit.bits)
        yield Lever(
            f"LoRA of rank {lora.rank} on {where}",
            unit.label,
            full,
            setting.joules(unit, run=adapted),
            "the trained share is not the share of energy, as frozen weights pass gradients on; "
            f"gradients and optimiser state are {(held.gradients + held.optimiser) / 1e9:.2g} GB. "
            "ReLoRA (ICLR 2024) trains at full rank first",
            setting.spoiled.by_adapters(lora.targets != Lora.targets),
        )
    yield Lever(
        f"stopped after {100 * _STEPS:.0f} % of the steps",
        unit.label,
        full,
        (_STEPS * full[0], _STEPS * full[1]),
        "saves steps and nothing of a step; what was stopped too early is trained again",
        setting.spoiled.by_training(STOPPED),
    )


def _reuse(setting: Setting) -> Lever:
    """A model that is trained first, and one that is there already: of one token."""
    unit, model = setting.wide, setting.model
    training = Run("training", 1, setting.run.context)
    tokens = TOKENS_OF_A_PARAMETER * model.total_parameters
    learning = [each / training.tokens for each in setting.joules(unit, run=training)]
    using = [each / setting.run.tokens for each in setting.joules(unit)]
    even = sorted(tokens * cost / each for cost, each in zip(learning, using, strict=True))
    low, high = (cost + each for cost, each in zip(learning, using, strict=True))
    return Lever(
        "a model that is there already, a token",
        f"one trained on {TOKENS_OF_A_PARAMETER} tokens for each parameter, used for as many",
        (low, high),
        (using[0], using[1]),
        f"training weighs as much as {even[0]:.2g} to {even[1]:.2g} tokens of this use: with more "
        "it hardly counts, with fewer it is nearly all",
        "nothing: it is the same model",
    )


def _together(setting: Setting) -> Lever:
    wide = setting.wide
    model = _shortened(
        replace(setting.model, hidden=max(setting.model.hidden // 2, 1), parameters=0)
    )
    counted = _scaled(counts(model, setting.run))
    return Lever(
        f"together: {setting.report.format}, L-Mul, half the hidden width, dynamic graph",
        wide.label,
        setting.joules(wide),
        _joules(counted, setting.units.lmul, setting.around),
        "less than the sum of its parts, as each acts on what the others left",
        NOT_MEASURED,
    )


def _scaled(counted: Counts) -> Counts:
    """With a multiplication for each group of weights that a token meets."""
    linear = [each for each in counted.operations if each.kind is Kind.LINEAR]
    scales = sum(each.macs for each in linear) // GROUP
    return replace(
        counted,
        operations=(
            *counted.operations,
            Operation("scales", Kind.ELEMENT_WISE, multiplications=scales),
        ),
    )


def _mixed(setting: Setting, unit: Unit) -> Bounds:
    """Attention by ``unit``, all else by conventional products of the format."""
    whole = counts(setting.model, setting.run)
    attention = replace(
        whole,
        operations=tuple(each for each in whole.operations if each.kind is Kind.ATTENTION),
    )
    base = ledger(whole, setting.narrow, setting.around)
    found = []
    for high in (False, True):
        now, before = (
            ledger(attention, each, setting.around).joules(high, *ARITHMETIC)
            for each in (unit, setting.narrow)
        )
        cooling = setting.around.cooling.at(high)
        found.append(base.joules(high) + (now - before) * cooling)
    return found[0], found[1]


def _zeros(setting: Setting) -> Unit | None:
    """The conventional unit with the gates' energy that a multiply-accumulate has on zeros."""
    mac = next(
        (
            each
            for each in setting.report.units
            if (each.level, each.kind) == ("mac", "exact") and HALF_ZEROS in each.energy_by_workload
        ),
        None,
    )
    if mac is None:
        return None
    ratio = mac.energy_by_workload[HALF_ZEROS].glitch / mac.interval.glitch
    unit = setting.narrow
    return replace(
        unit,
        label=f"{unit.label}, half zeros",
        multiplier_fj=ratio * unit.multiplier_fj,
        rest_fj=ratio * unit.rest_fj,
    )
