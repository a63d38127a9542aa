"""SmolLM2 with weights in 8, 6 and 4 bits by group: what it costs, and what it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.network.language import LanguageModel, smollm2
from lmul_pe.model.network.layers import Array
from lmul_pe.model.network.prediction import predicted
from lmul_pe.model.network.quantised import Quantiser
from lmul_pe.model.network.texts import Text, texts
from lmul_pe.model.network.weights import SMOLLM2

from .language import Score, Scores
from .language_report import figures, nats, percent
from .part import Part, Piece, Section
from .report import table

WHAT = "part quantised of a study"

QUANTISERS: Mapping[str, Quantiser] = {
    "8 bits by 32": Quantiser(8, 32),
    "6 bits by 32": Quantiser(6, 32),
    "4 bits by 32": Quantiser(4, 32),
    "4 bits by 128": Quantiser(4, 128),
    "4 bits by 32, with a least value": Quantiser(4, 32, least=True),
}
"""By name; the last one is how the weights come."""


@dataclass(frozen=True)
class Quantised:
    """A model whose blocks have such weights.

    Parameters
    ----------
    scores
        By the name of the text.
    weights
        Of all matrices of the blocks, each a multiply-accumulate of a token.
    scalings
        Multiplications by a group's scale that a token takes beside them.
    bytes_held
        Of these weights, scales counted.
    """

    scores: Scores
    weights: int
    scalings: int
    bytes_held: float


def _matrices(model: LanguageModel) -> dict[str, Array]:
    return {
        name: tensor
        for name, tensor in model.tensors.items()
        if name.startswith("blk.") and tensor.ndim == 2
    }


def _model(quantiser: Quantiser) -> LanguageModel:
    model = smollm2(WHAT)
    rounded = {name: quantiser(matrix) for name, matrix in _matrices(model).items()}
    return LanguageModel(model.fields, {**model.tensors, **rounded})


@cache
def _reference(text: Text) -> Array:
    model = smollm2(WHAT)
    return model.logits(model.tokens(text.read()))


def _score(model: LanguageModel, text: Text) -> Score:
    reference = _reference(text)
    tokens = model.tokens(text.read())
    return Score.of(predicted(model.logits(tokens), reference, tokens))


def _quantised(quantiser: Quantiser) -> Quantised:
    model = _model(quantiser)
    scores = {text.name: _score(model, text) for text in texts()}
    shapes = [each.shape for each in _matrices(smollm2(WHAT)).values()]
    weights = sum(outputs * inputs for outputs, inputs in shapes)
    scalings = sum(outputs * -(-inputs // quantiser.group) for outputs, inputs in shapes)
    return Quantised(scores, weights, scalings, weights * quantiser.bits_of_a_weight / 8)


def _pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    inputs = {"weights": SMOLLM2.requirement}
    return [Piece(name, partial(_quantised, each), inputs) for name, each in QUANTISERS.items()]


def _section(found: Mapping[str, Quantised]) -> Section:
    results = {name: figures(each.scores) for name, each in found.items()}
    rows = [
        [
            name,
            f"{results[name].perplexity.value:.2f}",
            percent(results[name].loss),
            nats(results[name].kl),
            percent(results[name].agreement, 0, ""),
            f"{each.bytes_held / 1e6:,.1f}",
            f"{each.bytes_held / (2 * each.weights):.0%}",
            f"{each.weights / 1e6:,.1f}",
            f"{each.scalings / 1e6:,.2f}",
        ]
        for name, each in found.items()
    ]
    first = next(iter(found.values()))
    body = (
        f"{SMOLLM2.model}, {len(first.scores)} texts, matrices of the blocks alone, operands and "
        "sums in fp32; scales and least values in fp16. In brackets intervals of 95 % over texts. "
        "The weights come in 4 bits by 32 with a least value for each group, so that the last row "
        "should lose nothing, and the others lose what rounding these again loses. MACs and "
        "scalings are those of a token in these matrices.\n\n"
    )
    headings = ["weights", "perplexity", "loss, %", "KL, nats", "agreement, %", "MB"]
    headings += ["of bf16", "MACs, million", "scalings, million"]
    verdict = [
        f"Weights in {name}: perplexity {percent(results[name].loss)} %, "
        f"{each.bytes_held / (2 * each.weights):.0%} of the bytes of bf16."
        for name, each in found.items()
    ]
    return Section(verdict, body + table(headings, rows))


QUANTISED = Part(
    name="quantised",
    title="Weights of a language model in few bits",
    record=Quantised,
    sources=(
        "model/network/arithmetic.py",
        "model/network/gguf_file.py",
        "model/network/language.py",
        "model/network/layers.py",
        "model/network/prediction.py",
        "model/network/quantised.py",
        "model/network/texts",
        "model/study/quantised.py",
    ),
    pieces=_pieces,
    section=_section,
    check=partial(SMOLLM2.check, WHAT),
)
