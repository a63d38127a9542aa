"""A text under an arithmetic of a language model's matrix products: ``lmul-pe language``."""

from collections.abc import Callable, Iterator
from json import dumps
from math import isfinite
from pathlib import Path
from typing import Any

import click

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.multiplier.policies import KIND_NAMES, POLICIES
from lmul_pe.model.network.arithmetic import SCALES, WHERE, Arithmetic, Operand
from lmul_pe.model.network.language import LanguageModel, Tokens, smollm2
from lmul_pe.model.network.operand_codes import OperandCodes
from lmul_pe.model.network.prediction import Prediction, predicted
from lmul_pe.model.network.weights import SMOLLM2

from .arrays import write_array
from .files import write_whole
from .paths import InputPath, OutputPath
from .project import version
from .run import LARGEST_SEED, Command, number, say, steps

WHAT = "lmul-pe language"
LONGEST = 1024
"""Tokens that are read by default: time and memory of attention grow with their square."""


@click.command(cls=Command)
@click.option("--text", type=InputPath(), required=True, help="File of plain text, in UTF-8.")
@click.option(
    "--fmt",
    "--format",
    default="bf16",
    show_default=True,
    help="Of the operands, as bf16, e4m3, e8m3 or int8.",
)
@click.option(
    "--kind",
    help=f"One of {', '.join(KIND_NAMES)}  [lmul; exact for integers].",
)
@click.option("--carry", help=POLICIES["carry"].help)
@click.option("--offset", help=POLICIES["offset"].help)
@click.option("--table-bits", help=POLICIES["table_bits"].help)
@click.option("--subnormals", help=POLICIES["subnormals"].help)
@click.option(
    "--scale",
    default=SCALES[0],
    show_default=True,
    help=f"A power of two for each of {', '.join(SCALES[1:])}, or none.",
)
@click.option("--accumulate", default="fp32", show_default=True, help="Accumulator of the sums.")
@click.option(
    "--where",
    default=next(iter(WHERE)),
    show_default=True,
    help="; ".join(f"{name}: {words}" for name, words in WHERE.items()) + ".",
)
@click.option(
    "--extra-bits",
    default="0",
    show_default=True,
    help="Of an L-Mul product, beyond the operands'; 1 keeps all of Eq. (1).",
)
@click.option(
    "--order", default="0", show_default=True, help="0, or the seed of another order of the sums."
)
@click.option(
    "--tokens",
    default=str(LONGEST),
    show_default=True,
    help="Of the text, from its beginning, at most.",
)
@click.option("--json", type=OutputPath(), help="Write the figures here.")
@click.option(
    "--tensors",
    type=OutputPath(),
    help="Folder for the operands of attention, as codes: q, k, p, v, and pairs.npy for "
    "make synth WORKLOAD=.",
)
def main(
    text: Path,
    fmt: str,
    kind: str | None,
    tokens: str,
    order: str,
    extra_bits: str,
    json: Path | None,
    tensors: Path | None,
    **options: str | None,
) -> None:
    """How well SmolLM2-135M predicts a text where its matrix products are others than fp32's.

    Perplexity, divergence from fp32 and agreement with it; the first run needs the weights.
    """
    chosen = kind or ("exact" if fmt.startswith("int") else "lmul")
    given: dict[str, Any] = {name: each for name, each in options.items() if each is not None}
    if "table_bits" in given:
        given["table_bits"] = POLICIES["table_bits"].read(given["table_bits"])
    arithmetic = Arithmetic(
        fmt,
        chosen,
        extra_bits=number("extra bits", extra_bits, 0, 22),
        order=number("order", order, 0, LARGEST_SEED),
        **given,
    )
    watched = None if tensors is None else OperandCodes(arithmetic)
    content = _text(text)
    with steps(kept=False) as show:
        show(f"loading {SMOLLM2.model}")
        model = smollm2(WHAT)
        most = number("tokens", tokens, 2, model.longest)
        whole = model.tokens(content)
        if len(whole) < 2:
            raise SpecificationError(
                f"{text}: tokens {len(whole)}, expected 2 at least, since the first one is not "
                "predicted"
            )
        read = whole[:most]
        prediction = _prediction(model, read, arithmetic, watched, show)
    if json is not None:
        write_whole(json, _json(text, arithmetic, prediction))
    if tensors is not None and watched is not None:
        for name, array in watched.files().items():
            write_array(tensors / f"{name}.npy", array)
    say(_verdict(text, arithmetic, len(whole), prediction, tensors))


def _text(path: Path) -> str:
    """The text of a file as it is, without the newline at its end.

    Raises
    ------
    SpecificationError
        It is not in UTF-8.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecificationError(
            f"{path} is no text in UTF-8: byte {error.start} is {error.object[error.start]:#04x}"
        ) from None
    return content.removesuffix("\n").removesuffix("\r")


def _prediction(
    model: LanguageModel,
    tokens: Tokens,
    arithmetic: Arithmetic,
    watched: OperandCodes | None,
    show: Callable[[str], None],
) -> Prediction:
    """That of ``arithmetic``, beside fp32's."""
    blocks = model.blocks
    reference = model.logits(
        tokens, watch=lambda block, _: show(f"fp32: block {block + 1} of {blocks}")
    )

    def watch(block: int, operands: dict[str, Operand]) -> None:
        show(f"{arithmetic.name}: block {block + 1} of {blocks}")
        if watched is not None:
            watched.keep(operands)

    logits = model.logits(tokens, arithmetic, watch)
    show("comparing")
    return predicted(logits, reference, tokens)


def _json(text: Path, arithmetic: Arithmetic, prediction: Prediction) -> str:
    content = {
        "text": str(text),
        "model": SMOLLM2.model,
        "weights": SMOLLM2.requirement,
        "version": version(),
        "arithmetic": {"name": arithmetic.name, **arithmetic.stated()},
        "tokens": len(prediction.loss) + 1,
        "perplexity": _figure(prediction.perplexity),
        "perplexity_fp32": _figure(prediction.reference_perplexity),
        "kl": _figure(prediction.kl),
        "agreement": prediction.agreement,
    }
    return dumps(content, indent=1, allow_nan=False) + "\n"


def _figure(value: float) -> float | None:
    """As JSON has it, which has no infinity and no NaN."""
    return value if isfinite(value) else None


def _verdict(
    text: Path,
    arithmetic: Arithmetic,
    whole: int,
    prediction: Prediction,
    tensors: Path | None,
) -> Iterator[str]:
    read = len(prediction.loss) + 1
    part = f"the first {read:,} of {whole:,}" if read < whole else f"{read:,}"
    yield f"{text}: {part} tokens, {arithmetic.name} against fp32"
    own, base = prediction.perplexity, prediction.reference_perplexity
    yield f"  perplexity {own:.2f}, that of fp32 {base:.2f} ({own / base - 1:+.2%})"
    yield f"  divergence from fp32 {prediction.kl:.2g} nats a token"
    yield f"  most likely token that of fp32 in {prediction.agreement:.1%}"
    if tensors is not None:
        yield f"{tensors / 'pairs.npy'}: operand pairs for make synth WORKLOAD="
    yield "One text decides little: make accuracy PARTS=language has intervals over several."
