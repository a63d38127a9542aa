"""SmolLM2 adapted to texts: low-rank adapters, restarted ones, and whole matrices beside them.

The last blocks are adapted, since a pass of gradients through all of them takes a minute a step
here; what the blocks before them give is computed once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from lmul_pe.model.command.source import ARITHMETIC
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.network.language import smollm2
from lmul_pe.model.network.texts import texts
from lmul_pe.model.network.training.adapters import Adapted
from lmul_pe.model.network.training.blocks import MATRICES, LastBlocks
from lmul_pe.model.network.training.data import Data, Examples, joined
from lmul_pe.model.network.training.loop import Recipe, learned, train
from lmul_pe.model.network.weights import SMOLLM2

from .part import Part, Piece, Section
from .report import table

WHAT = "part adapters of a study"
SEEDS = (1, 2, 3)
"""Of the texts that are learnt, the adapters and the order."""
BLOCKS = 4
WINDOW = 64
"""Tokens that are seen at once."""
RECIPE = Recipe(None, None, epochs=2, batch=4, rate=1e-3)
_ADAM = 16
"""Bytes that a trained number takes: itself, its gradient, and Adam's two means, in fp32."""


@dataclass(frozen=True)
class Way:
    """How the blocks are adapted.

    Parameters
    ----------
    matrices
        Which of each block, by their names in GGUF.
    rank
        Of adapters; None trains the matrices themselves.
    rate
        Of Adam.
    cycles
        Into how many the epochs are parted.  After each one the adapters are added to the matrices
        and begin anew, the optimiser too: ReLoRA (arXiv 2307.05695).
    """

    matrices: tuple[str, ...]
    rank: int | None
    rate: float
    cycles: int = 1


_SOME = ("attn_q", "attn_v")
LORA = "LoRA, rank 8, queries and values"
LORA_EVERYWHERE = "LoRA, rank 8, every matrix"
FULL = "every matrix itself"
WAYS: Mapping[str, Way] = {
    LORA: Way(_SOME, 8, 2e-3),
    "ReLoRA, the same, two cycles": Way(_SOME, 8, 2e-3, 2),
    LORA_EVERYWHERE: Way(MATRICES, 8, 2e-3),
    "queries and values themselves": Way(_SOME, None, 5e-4),
    FULL: Way(MATRICES, None, 1e-4),
}
"""By name."""


@dataclass(frozen=True)
class Adaptation:
    """What came of it.

    Parameters
    ----------
    before, after
        Mean loss of the test texts, in nats a token.
    validation
        Of another text, after each epoch.
    trained
        How many numbers are trained.
    macs
        Multiply-accumulates of the training in the blocks that are adapted and the output
        projection, forward and backward.
    """

    before: float
    after: float
    validation: tuple[float, ...]
    trained: int
    macs: int


Adaptations = list[Adaptation]
"""By seed."""


@cache
def _network() -> LastBlocks:
    return LastBlocks(smollm2(WHAT), BLOCKS)


@cache
def _examples() -> list[Examples]:
    """Every text in windows: what the frozen blocks give, and the token behind each."""
    network = _network()
    found = []
    for text in texts():
        tokens = network.model.tokens(text.read())
        count = (len(tokens) - 1) // WINDOW
        seen = tokens[: count * WINDOW].reshape(count, WINDOW)
        behind = tokens[1 : count * WINDOW + 1].reshape(count, WINDOW)
        found.append(Examples(network.states(seen), behind))
    return found


def adapted(way: Way, seed: int) -> Adaptation:
    """The model adapted to ten texts, and judged on two others."""
    random = np.random.default_rng(seed)
    network, examples = _network(), _examples()
    test, other, validation, *training = (examples[i] for i in random.permutation(len(examples)))
    data = Data(joined(*training), validation, joined(test, other))
    weights = network.weights()
    names = tuple(network.matrix(block, name) for block in network.blocks for name in way.matrices)
    recipe = replace(RECIPE, rate=way.rate, epochs=RECIPE.epochs // way.cycles)
    before = train(network, data, replace(recipe, epochs=0), random).test_loss
    validated: list[float] = []
    macs = 0
    after = before
    for _ in range(way.cycles):
        part = Adapted(network, weights, names, way.rank)
        run, learnt = learned(part, data, recipe, random)
        weights = part.merged(learnt)
        validated += run.validation
        macs += run.macs
        after = run.test_loss
    assert before is not None
    trained = sum(each.size for each in learnt.values())
    return Adaptation(before, np.inf if after is None else after, tuple(validated), trained, macs)


def _adaptations(way: Way) -> Adaptations:
    return [adapted(way, seed) for seed in SEEDS]


def _pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    inputs = {"weights": SMOLLM2.requirement}
    return [Piece(name, partial(_adaptations, way), inputs) for name, way in WAYS.items()]


def _span(values: Sequence[float], form: str) -> str:
    """Mean, least and greatest."""
    return f"{np.mean(values):{form}} [{min(values):{form}}, {max(values):{form}}]"


def gains(found: Adaptations) -> list[float]:
    """By how much the perplexity of the test texts changed, in percent, by seed."""
    return [100 * float(np.expm1(each.after - each.before)) for each in found]


def _section(found: Mapping[str, Adaptations]) -> Section:
    full = found[FULL]
    rows = [
        [
            name,
            _span([float(np.exp(each.before)) for each in own], ".2f"),
            _span([float(np.exp(each.after)) for each in own], ".2f"),
            _span(gains(own), "+.1f"),
            f"{own[0].trained:,}",
            f"{own[0].trained * _ADAM / 1e6:,.2f}",
            f"{np.mean([each.macs for each in own]) / 1e9:,.0f}",
            f"{1 - np.mean([a.macs / b.macs for a, b in zip(own, full, strict=True)]):.0%}",
        ]
        for name, own in found.items()
    ]
    body = (
        f"{SMOLLM2.model}, the last {BLOCKS} of its blocks, {RECIPE.epochs} epochs over ten texts "
        f"of the package in windows of {WINDOW} tokens, judged on two others; in fp32. Mean over "
        f"{len(SEEDS)} choices of texts, in brackets the least and the greatest. MACs are those of "
        "these blocks and of the output projection, counted. Memory: the trained numbers, their "
        "gradients and Adam's means.\n\n"
    )
    headings = ["what is trained", "perplexity before", "after", "change, %", "numbers trained"]
    headings += ["their memory, MB", "MACs, 10^9", f"fewer than {FULL}"]
    verdict = [
        f"{name}: perplexity of unseen texts {_span(gains(own), '+.1f')} %, "
        f"{own[0].trained:,} numbers trained of {full[0].trained:,}, "
        f"{1 - np.mean([a.macs / b.macs for a, b in zip(own, full, strict=True)]):.0%} fewer "
        "multiplications."
        for name, own in found.items()
        if name != FULL
    ]
    return Section(verdict, body + table(headings, rows))


ADAPTERS = Part(
    name="adapters",
    title="Adapters on a language model",
    record=Adaptations,
    sources=(
        *ARITHMETIC,
        "model/network/arithmetic.py",
        "model/network/gguf_file.py",
        "model/network/language.py",
        "model/network/layers.py",
        "model/network/texts",
        "model/network/training",
        "model/study/adapters.py",
    ),
    pieces=_pieces,
    section=_section,
    check=partial(SMOLLM2.check, WHAT),
)
