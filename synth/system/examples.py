"""Sentences about the energy of language models that are often read, reckoned again.

Each is told in words of our own, with its arithmetic, what it assumes, and what a ledger of
measured units says.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lmul_pe.synth.published.paper import published
from lmul_pe.synth.results.record import Report

from .cited import cited, figure
from .ledger import Compared, Machine, compared, ledger
from .levers import dense
from .operations import Lora, Run, counts, touched_experts
from .transformer import transformer
from .unit import BF16, Comparison, Unit, comparison

_DAYS = 365
_HOURS = 24
_J_OF_KWH = 3.6e6
_GENERATED = 2048
"""Context of the examples."""

FORMAT = "e4m3"
"""Of L-Mul in the examples."""


@dataclass(frozen=True)
class Example:
    """One sentence.

    Parameters
    ----------
    claim
        What is said.
    arithmetic
        How its number comes about.
    assumes
        What must be so.
    ours
        What the ledger says.
    """

    name: str
    claim: str
    arithmetic: str
    assumes: str
    ours: str


def examples(read: Callable[[str], Report], around: Machine) -> tuple[Example, ...]:
    """All of them, by the units in the reports that ``read`` gives by format.

    Raises
    ------
    SpecificationError
        A report without the array.
    """
    units = comparison(read(FORMAT), read)
    return (
        _chatgpt(units, around),
        _cooling(),
        _millions(),
        _experts(units, around),
        _fp32(read("fp32")),
        _emissions(units, around),
        _retraining(units, around),
        _households(),
        _paper_95(),
        _paper_80(read("fp32"), read, around),
    )


def _span(values: Iterable[float], digits: int = 1) -> str:
    """``3.9 to 7.4``, the smaller first; one number where both are equal."""
    texts = sorted((f"{value:.{digits}f}" for value in values), key=float)
    return " to ".join(dict.fromkeys(texts))


def _of(
    name: str, phase: str, batch: int, units: Comparison, around: Machine, lora: Lora | None = None
) -> Compared:
    counted = counts(transformer(name), Run(phase, batch, _GENERATED, lora=lora))
    return compared(counted, units, around)


def _saved(found: Compared) -> str:
    return f"{_span([found.saved_percent(high) for high in (False, True)])} %"


def _chatgpt(units: Comparison, around: Machine) -> Example:
    servers, server = figure("ChatGPT servers"), figure("ChatGPT server")
    household, requests = figure("household"), figure("ChatGPT requests")
    day_mwh = servers.value * server.value * _HOURS / 1000
    homes = day_mwh * _DAYS / household.value
    found = _of("gpt-3-175b", "decode", 16, units, around)
    fewer = [found.saved_percent(each) * homes / 100 for each in (True, False)]
    return Example(
        "564 MWh a day",
        "ChatGPT takes 564 MWh a day, as much as 18,000 households in the United States.",
        f"{servers.value:,.0f} servers x {server.value:g} kW x {_HOURS} h = {day_mwh:,.0f} MWh; "
        f"x {_DAYS} / {household.value:g} MWh = {homes:,.0f} households; over "
        f"{requests.value / 1e6:,.0f} million requests a day {1e6 * day_mwh / requests.value:.2g} "
        f"Wh each. Sources: {servers.provenance}; {household.provenance}.",
        "Every server at its greatest power all day, no cooling, early 2023. 18,000 households "
        f"would take {day_mwh * _DAYS / 18000:.1f} MWh a year each.",
        f"L-Mul {FORMAT} instead of conventional {FORMAT} saves {_saved(found)} of a decode of "
        f"GPT-3 175B (batch 16, context {_GENERATED:,}): {_span(fewer, 0)} of {homes:,.0f} "
        "households.",
    )


def _cooling() -> Example:
    cooling, dgx = cited().cooling, figure("DGX")
    return Example(
        "10 kW are 30 kW",
        "A DGX takes 10 kW, and 30 kW with its cooling.",
        "30 kW / 10 kW = 3: a power usage effectiveness (PUE) of 3. "
        f"{dgx.provenance}: {dgx.value:g} {dgx.unit}.",
        "Two kW of cooling and conversion for each kW of computing.",
        f"Published PUE: {cooling.low:g} to {cooling.high:g} ({cooling.provenance}), so "
        f"{10 * cooling.low:g} to {10 * cooling.high:g} kW. What L-Mul saves in percent is the "
        "same with any PUE.",
    )


def _millions() -> Example:
    cooling, world = cited().cooling, figure("data centres")
    low, high = (each * 10 * _HOURS * _DAYS / 1e3 for each in (cooling.low, cooling.high))
    return Example(
        "millions of systems",
        "Millions of systems of 10 kW each will be at work.",
        f"A million x 10 kW x {_HOURS * _DAYS:,} h = {10 * _HOURS * _DAYS / 1e3:.0f} TWh a year, "
        f"{_span((low, high), 0)} TWh at a PUE of {cooling.low:g} to {cooling.high:g}.",
        "Full power at all hours.",
        f"All data centres took {world.value:g} TWh ({world.provenance}); a million such systems "
        f"would be {_span([100 * each / world.value for each in (low, high)], 0)} % of that. What "
        "L-Mul saves of it is what it saves of each.",
    )


def _experts(units: Comparison, around: Machine) -> Example:
    model = transformer("mixtral-8x7b")
    wide, shares, whole = dense(model), [], []
    for batch in (1, 2, 4, 16):
        run = Run("decode", batch, _GENERATED)
        sparse_run, dense_run = counts(model, run), counts(wide, run)
        shares.append(f"{100 * sparse_run.weights_read / dense_run.weights_read:.0f} % at {batch}")
        before, after = (ledger(each, units.exact, around) for each in (dense_run, sparse_run))
        saved = (100 * (1 - after.joules(high) / before.joules(high)) for high in (False, True))
        whole.append(f"{_span(saved, 0)} % at {batch}")
    return Example(
        "65 % by mixture of experts",
        "A mixture of experts takes 65 % less energy than a dense model of as many parameters.",
        f"Mixtral 8x7B: {model.active_parameters / 1e9:.1f} of "
        f"{model.total_parameters / 1e9:.1f} billion parameters are active, "
        f"{100 * model.active_parameters / model.total_parameters:.1f} %.",
        "A batch of one: each sequence of a batch chooses its own experts, and 16 choose "
        f"{touched_experts(model, 16):.2f} of 8.",
        f"Weights that a decode reads, by batch: {', '.join(shares)}. Saved of the whole, against "
        f"one network as wide as all experts, conventional {FORMAT}: {', '.join(whole)}.",
    )


def _fp32(report: Report) -> Example:
    pj = next(each for each in published().energy if each.name == "paper").pj
    mac = report.design("mac_exact_fp32_fp32")
    ours = "The report has no multiply-accumulate."
    if mac is not None:
        multiplier, adder = mac.parts["multiplier"].glitch_fj, mac.parts["adder"].glitch_fj
        ours = (
            f"Gates of {mac.name} in {report.technology} without a delay target, glitches "
            f"included: multiplier {multiplier / 1000:.2f} pJ, adder {adder / 1000:.2f} pJ, "
            f"{multiplier / adder:.2f} times (`{report.command}`)."
        )
    return Example(
        "four times an addition",
        "A multiplication in fp32 takes four times the energy of an addition.",
        f"{pj['fp32_multiply']:g} / {pj['fp32_add']:g} = "
        f"{pj['fp32_multiply'] / pj['fp32_add']:.1f}. Of integers of 32 bits it is "
        f"{pj['int32_multiply']:g} / {pj['int32_add']:g} = "
        f"{pj['int32_multiply'] / pj['int32_add']:.0f}: an addition in fp32 is none of integers.",
        "Horowitz, ISSCC 2014, 45 nm; both alone, without registers.",
        ours,
    )


def _emissions(units: Comparison, around: Machine) -> Example:
    share = figure("emissions")
    decode = _of("llama-3.1-8b", "decode", 1, units, around)
    prefill = _of("llama-3.1-8b", "prefill", 1, units, around)
    low, high = decode.saved_percent(True), prefill.saved_percent(False)
    return Example(
        "1.2 % of emissions",
        "Data centres will cause 1.2 % of the world's emissions by 2027.",
        f"A projection: {share.provenance}.",
        "Emissions in proportion to energy; all of it language models, for what follows.",
        f"L-Mul saves {_span((low, high))} % (Llama-3.1-8B, the hardest bound of a decode to the "
        "kindest of a prefill): of the world's emissions "
        f"{_span([share.value * each / 100 for each in (low, high)], 2)} % at the very most.",
    )


def _retraining(units: Comparison, around: Machine) -> Example:
    wide = next(each for each in units.others if each.label.endswith(BF16))
    model = transformer("mixtral-8x7b")
    run = Run("training", 1, _GENERATED, lora=Lora(8))
    found = ledger(counts(model, run), wide, around)
    budget = 10 * _J_OF_KWH
    tokens = [budget * run.tokens / found.joules(high) / 1e6 for high in (False, True)]
    return Example(
        "47 billion parameters in ten hours",
        "A model of 47 billion parameters is trained again in ten hours with less than 1 kW.",
        f"1 kW x 10 h = 10 kWh = {budget / 1e6:g} MJ. Mixtral 8x7B has "
        f"{model.total_parameters / 1e9:.1f} billion parameters; the sentence does not say how "
        "many tokens it saw.",
        "Adapters (LoRA of rank 8 on queries and values) and frozen weights: 47 billion weights in "
        "16 bits and their optimiser state would fill "
        f"{16 * model.total_parameters / 1e9:,.0f} GB.",
        f"10 kWh at the meter are {_span(tokens)} million tokens in conventional "
        f"{BF16} ({wide.technology}, sequences of {_GENERATED:,}): enough to adapt a model, not to "
        "train one.",
    )


def _households() -> Example:
    household = figure("household")
    saved_twh = 1.1e6 * household.value / 1e6
    return Example(
        "1.1 million households",
        "Pipelines that waste nothing save 30 % of training, what 1.1 million households take in a "
        "year.",
        f"1.1 million x {household.value:g} MWh = {saved_twh:.1f} TWh a year; / 30 % = "
        f"{saved_twh / 0.3:.0f} TWh of training ({household.provenance}).",
        "Every training run is a pipeline with a straggler: without one Perseus saves 4 to 15 % on "
        "A100 (`lmul-pe pipeline plan`).",
        f"At 4 to 15 % it is {_span((1.1 * 4 / 30, 1.1 * 15 / 30), 2)} million households. That is "
        "apart from what a multiplier saves: both act on the same arithmetic, and do not add.",
    )


def _paper_95() -> Example:
    model = transformer("llama-3.1-8b")
    prefill, decode = (
        counts(model, Run(phase, 1, _GENERATED)).element_wise_percent
        for phase in ("prefill", "decode")
    )
    longest = counts(model, Run("decode", 1, 131072)).element_wise_percent
    return Example(
        "95 % of element-wise products",
        "L-Mul saves 95 % of the energy of element-wise products.",
        f"Of the multiplications of Llama-3.1-8B {prefill:.3f} % are element-wise in a prefill of "
        f"{_GENERATED:,}, {decode:.3f} % in a decode there, {longest:.2f} % at 131,072.",
        "That norms, rotary embedding, softmax and gates are meant. They stand beside reads of "
        "memory that L-Mul leaves alone.",
        f"95 % of those is {0.95 * prefill:.3f} to {0.95 * longest:.2f} % of the multiplications, "
        "and less of the whole.",
    )


def _paper_80(report: Report, read: Callable[[str], Report], around: Machine) -> Example:
    pj = next(each for each in published().energy if each.name == "paper").pj
    measured = comparison(report, read)
    exact = _bare(measured.exact, pj["fp32_multiply"], pj["fp32_add"])
    lmul = _bare(measured.lmul, pj["int32_add"], pj["fp32_add"])
    paper = Comparison(lmul, (exact,))
    texts = []
    for phase in ("prefill", "decode"):
        theirs = _of("llama-3.1-8b", phase, 1, paper, around)
        ours = _of("llama-3.1-8b", phase, 1, measured, around)
        texts.append(f"{phase} {_saved(theirs)}, with units measured here {_saved(ours)}")
    return Example(
        "80 % of dot products",
        "L-Mul saves 80 % of the energy of dot products.",
        f"fp32: {pj['fp32_multiply']:g} + {pj['fp32_add']:g} pJ become {pj['int32_add']:g} + "
        f"{pj['fp32_add']:g} pJ: {100 * (1 - lmul.total_fj / exact.total_fj):.1f} %.",
        "A bare integer addition instead of a multiplier; no registers, clock or memory; weights "
        "of 32 bits.",
        f"Of the whole, Llama-3.1-8B in fp32, context {_GENERATED:,}, batch 1, by the paper's "
        f"arithmetic with memory around it: {'; '.join(texts)}.",
    )


def _bare(unit: Unit, multiply_pj: float, add_pj: float) -> Unit:
    """A unit of published energies, with no clock and no leakage."""
    return replace(
        unit,
        multiplier_fj=1000 * multiply_pj,
        rest_fj=1000 * add_pj,
        clock_fj=0.0,
        leakage_fj=0.0,
    )
