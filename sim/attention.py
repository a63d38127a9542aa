"""One attention head through the hardware of an array: ``lmul-pe attention``.

Q, K and V are ``sequence`` x ``width`` matrices of standard normal numbers from a seeded generator,
or those of a head of SmolLM2 on a text (``--source smollm2``), encoded to nearest even.  The array
multiplies ``Q K^T``; the host decodes the scores, divides them by ``sqrt(width)``, applies softmax
in float64, and encodes the probabilities; the array multiplies
``P V``.  Probabilities are at most 1 and mostly below ``1 / sequence``, where small formats have
little left: they are multiplied by a power of two before they are encoded, and the result is
divided by it, both exactly.

Both products of each kind of multiplier are held bit for bit against the model, on an output-
stationary array with fp32 sums.  Errors are against float64 throughout, from Q, K and V as they
were drawn: ``relative`` is the Frobenius norm of the error in relation to that of the right result,
``largest`` the largest error of one element.  The line ``encoding`` is what is left with float64
products of the encoded operands: the error that the format alone makes.  ``cycles`` are those of
the array without stalls, both products together; ``busy`` is how much of that time the units work.

With SmolLM2 a linear layer follows, the projection to the queries of the block: whole through the
array's model, and its first rows and columns, with all products of a sum, through the hardware.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from rich.console import Console

from lmul_pe.model import (
    CycleCount,
    FloatAccumulator,
    FloatFormat,
    Multiplier,
    SystolicArray,
    cycles,
    decode,
    encode,
)
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.command.run import (
    FAILED,
    LARGEST_SEED,
    Command,
    console,
    number,
    say,
    steps,
    verbose_option,
)
from lmul_pe.model.command.table import Heading, print_table
from lmul_pe.model.format.codec import Codes
from lmul_pe.model.multiplier.kinds import COMPARED
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.attention import (
    Attention,
    Head,
    Matrix,
    encoded,
    errors,
    reference,
    scale_of,
)
from lmul_pe.model.network.language import smollm2
from lmul_pe.model.network.real_operands import (
    BLOCK,
    Layer,
    head_of,
    layer_codes,
    layer_of,
    tokens_of,
)
from lmul_pe.model.unit.array import SIDES
from lmul_pe.sim.run.gemm import GemmRun, multiply
from lmul_pe.sim.run.runner import BUILD, SimulationError
from lmul_pe.sim.run.simulators import SIMULATORS, Simulator, simulator_named

SEQUENCE = 128
WIDTH = 64
LARGEST_SIDE = 512
NORMAL, SMOLLM2 = SOURCES = ("normal", "smollm2")
SLICE = 16
"""Rows and columns of a linear layer that go through the hardware."""


@dataclass(frozen=True)
class Simulated(Attention):
    """The head as an array has computed it.

    Parameters
    ----------
    runs
        Of the two products.
    """

    runs: tuple[GemmRun, ...]

    @property
    def cycles(self) -> int:
        """Of both products, without stalls."""
        return sum(gemm.cycles for gemm in self.runs)

    @property
    def mismatches(self) -> list[str]:
        """What was wrong in the simulation."""
        return [fault for gemm in self.runs for fault in gemm.faults]

    @property
    def mismatched(self) -> int:
        """How many comparisons failed in it."""
        return sum(each.mismatches for gemm in self.runs for each in gemm.outcomes)


def arrays_of(format: FloatFormat, rows: int, cols: int) -> dict[str, SystolicArray]:
    """The array of each kind of multiplier."""
    accumulator = FloatAccumulator("fp32")
    return {
        kind: SystolicArray(Multiplier(kind, format), accumulator, rows, cols) for kind in COMPARED
    }


def simulate(
    head: Head,
    arrays: dict[str, SystolicArray],
    simulator: Simulator,
    *,
    seed: int = 1,
    build: Path = BUILD,
    report: Callable[[str], None] = lambda text: None,
) -> dict[str, Simulated]:
    """The head on each array, all in one simulation of each product.

    Raises
    ------
    SimulationError
        A build failed, or a run broke off, or a product was not complete.
    """
    first = next(iter(arrays.values()))
    assert isinstance(first.multiplier, Multiplier)
    format = first.multiplier.format
    scale = scale_of(format)

    def product(what: str, operands: dict[str, tuple[Codes, Codes]]) -> dict[str, GemmRun]:
        report(f"multiplying {what}")
        pairs = {arrays[kind]: pair for kind, pair in operands.items()}
        name = f"attention_{format.name}_{first.rows}x{first.cols}"
        runs = multiply(name, pairs, simulator, seed=seed, build=build, report=report)
        return {kind: runs[arrays[kind]] for kind in operands}

    def values(gemm: GemmRun) -> Matrix:
        if gemm.product is None:
            raise SimulationError(f"a product is not complete: {gemm.outcomes[0].first}")
        return decode(gemm.product, first.accumulator.result)

    q, k, v = (encode(each, format) for each in (head.q, head.k, head.v))
    scored = product("Q K^T", dict.fromkeys(arrays, (q, k.T)))
    scores = {kind: values(gemm) for kind, gemm in scored.items()}
    probabilities = {
        kind: encode(head.probabilities(own) * scale, format) for kind, own in scores.items()
    }
    summed = product("P V", {kind: (probabilities[kind], v) for kind in arrays})
    return {
        kind: Simulated(scores[kind], values(summed[kind]) / scale, (scored[kind], summed[kind]))
        for kind in arrays
    }


@dataclass(frozen=True)
class SimulatedLayer:
    """A linear layer as an array computes it.

    Parameters
    ----------
    relative
        Error of all its outputs, by the model, in the Frobenius norm.
    mismatches
        Differences of the slice from what the model gives of the whole layer.
    cycles
        Of the slice, without stalls.
    """

    relative: float
    mismatches: list[str]
    cycles: int


def simulate_layer(
    layer: Layer,
    arrays: dict[str, SystolicArray],
    simulator: Simulator,
    *,
    seed: int = 1,
    build: Path = BUILD,
    report: Callable[[str], None] = lambda text: None,
) -> dict[str, SimulatedLayer]:
    """The whole layer by each array's model, and a slice of it on each array.

    Operands are scaled by a power of two for each tensor.

    Raises
    ------
    SimulationError
        As of :func:`simulate`.
    """
    first = next(iter(arrays.values()))
    assert isinstance(first.multiplier, Multiplier)
    format = first.multiplier.format
    arithmetic = Arithmetic(format, "exact", scale="tensor")
    left, right = arithmetic.left(layer.inputs), arithmetic.right(layer.weights)
    a, b = layer_codes(layer, arithmetic)
    report("a linear layer through the model")
    whole = {kind: array.gemm(a, b) for kind, array in arrays.items()}
    report("multiplying a slice of it")
    part = a[:SLICE], b[:, :SLICE]
    name = f"layer_{format.name}_{first.rows}x{first.cols}"
    pairs = dict.fromkeys(arrays.values(), part)
    runs = multiply(name, pairs, simulator, seed=seed, build=build, report=report)
    real = layer.inputs.astype(np.float64) @ layer.weights
    found = {}
    for kind, array in arrays.items():
        values = decode(whole[kind], array.accumulator.result) * left.factor * right.factor
        faults, slice = runs[array].faults, runs[array].product
        if slice is None or not np.array_equal(slice, whole[kind][:SLICE, :SLICE]):
            faults.append(f"the slice of {array.name} is not that of the whole layer")
        found[kind] = SimulatedLayer(errors(values, real)[0], faults, runs[array].cycles)
    return found


def formula(array: SystolicArray, head: Head) -> CycleCount:
    """Cycles of both products, and how busy the units are in them."""
    sequence, width = head.q.shape
    scores = cycles(array, sequence, width, sequence)
    output = cycles(array, sequence, sequence, width)
    total, busy = scores.total + output.total, scores.busy + output.busy
    return CycleCount(total, busy, busy / (total * array.rows * array.cols))


def _print_tables(
    output: Console, lines: dict[str, Attention], right: Attention, formulas: dict[str, CycleCount]
) -> None:
    names = ("relative", "largest")
    headings = [Heading("arithmetic")]
    headings += [
        Heading(f"{what}: {name}", numbers=True) for what in ("scores", "output") for name in names
    ]
    rows = []
    for name, line in lines.items():
        figures = [*errors(line.scores, right.scores), *errors(line.output, right.output)]
        rows.append((name, *(f"{figure:.4f}" for figure in figures)))
    print_table(output, headings, rows, "Errors against float64")
    output.print()
    counts = ("cycles", "by formula", "busy", "mismatches")
    headings = [Heading("arithmetic"), *(Heading(name, numbers=True) for name in counts)]
    rows = [
        (
            name,
            f"{line.cycles:,}",
            f"{formulas[name].total:,}",
            f"{_busy_percent(line, formulas[name]):.1f} %",
            f"{line.mismatched:,}",
        )
        for name, line in lines.items()
        if isinstance(line, Simulated)
    ]
    print_table(output, headings, rows, "Both products on the array, without stalls")
    output.print()


def _busy_percent(simulated: Simulated, count: CycleCount) -> float:
    """How much of its time the array's units multiplied."""
    return 100 * count.utilisation * count.total / simulated.cycles


def _verdict(
    what: str, lines: dict[str, Attention], right: Attention, formulas: dict[str, CycleCount]
) -> Iterator[str]:
    """Whether the products are right, how wrong the head is, and how long it took."""
    simulated = {name: line for name, line in lines.items() if isinstance(line, Simulated)}
    wrong = sum(line.mismatched for line in simulated.values())
    said = f"{wrong:,} mismatches with the model" if wrong else "bit for bit what the model gives"
    yield f"{what}: {said}"
    yield "Error of the output against float64, and cycles of both products:"
    for name, line in lines.items():
        relative, _ = errors(line.output, right.output)
        text = f"  {name:<{max(map(len, lines))}}  {100 * relative:5.1f} %"
        if isinstance(line, Simulated):
            busy = _busy_percent(line, formulas[name])
            text += f"  {line.cycles:,} cycles, the array's units {busy:.1f} % busy"
        else:
            text += "  what the format alone does, with exact products"
        yield text


def _inputs(
    source: str,
    length: int,
    width: str | None,
    block: str | None,
    head: str | None,
    seed: int,
    show: Callable[[str], None],
) -> tuple[Head, Layer | None]:
    """The head, and a linear layer of the same model where it is a real one."""
    if source == NORMAL:
        wide = number("width", width or str(WIDTH), 1, LARGEST_SIDE)
        return Head.random(length, wide, seed), None
    place = number("block", block or str(BLOCK), 0, LARGEST_SIDE)
    chosen = number("head", head or "0", 0, LARGEST_SIDE)
    show("running the language model")
    model = smollm2("source smollm2 of lmul-pe attention")
    tokens = tokens_of(model, length)
    return head_of(model, tokens, place, chosen), layer_of(model, tokens, place)


def _of(source: str, block: str | None, head: str | None) -> str:
    if source == NORMAL:
        return ""
    return f"of SmolLM2 (block {block or BLOCK}, head {head or 0}) "


def _layer_verdict(layers: dict[str, SimulatedLayer]) -> Iterator[str]:
    if not layers:
        return
    wrong = sum(len(each.mismatches) for each in layers.values())
    said = f"{wrong:,} mismatches with the model" if wrong else "bit for bit what the model gives"
    yield f"The block's projection to queries, {SLICE} rows by {SLICE} columns: {said}"
    yield "Error of the whole layer against float64, and cycles of the slice:"
    for name, each in layers.items():
        yield f"  {name:<8}  {100 * each.relative:5.1f} %  {each.cycles:,} cycles"


@click.command(cls=Command)
@click.option("--fmt", default="e4m3", show_default=True, help="Format, as bf16 or e4m3.")
@click.option("--rows", default="8", show_default=True, help="Of the array.")
@click.option("--cols", default="8", show_default=True, help="Of the array.")
@click.option(
    "--sequence", default=str(SEQUENCE), show_default=True, help="Length of the sequence."
)
@click.option("--width", help=f"Of a head of normal numbers  [{WIDTH}].")
@click.option(
    "--source",
    default=NORMAL,
    show_default=True,
    help=f"Of Q, K and V, {' or '.join(SOURCES)}: the latter with a linear layer.",
)
@click.option("--block", help=f"Of SmolLM2, from 0  [{BLOCK}].")
@click.option("--head", help="Of that block, from 0  [0].")
@click.option("--seed", default="1", show_default=True, help="Of everything random, 0 or more.")
@click.option(
    "--simulator",
    default=SIMULATORS[0],
    show_default=True,
    help=f"One of {', '.join(SIMULATORS)}.",
)
@verbose_option
def main(
    fmt: str,
    rows: str,
    cols: str,
    sequence: str,
    width: str | None,
    source: str,
    block: str | None,
    head: str | None,
    seed: str,
    simulator: str,
    verbose: bool,
) -> int:
    """One attention head through an array in L-Mul and exact, with the error against float64."""
    chosen_seed = number("seed", seed, 0, LARGEST_SEED)
    if source not in SOURCES:
        raise unknown_choice("source", source, SOURCES)
    given = {"width": width} if source == SMOLLM2 else {"block": block, "head": head}
    for name, value in given.items():
        if value is not None:
            raise SpecificationError(f"{name} {value} does not apply to {source}: leave it out")
    length = number("sequence", sequence, 1, LARGEST_SIDE)
    format = Multiplier(COMPARED[0], fmt).format
    arrays = arrays_of(
        format, number("rows", rows, 1, SIDES[-1]), number("cols", cols, 1, SIDES[-1])
    )
    chosen = simulator_named(simulator)
    layers: dict[str, SimulatedLayer] = {}
    try:
        with steps(kept=verbose) as show:
            inputs, layer = _inputs(source, length, width, block, head, chosen_seed, show)
            simulated = simulate(inputs, arrays, chosen, seed=chosen_seed, report=show)
            if layer is not None:
                layers = simulate_layer(layer, arrays, chosen, seed=chosen_seed, report=show)
    except SimulationError as error:
        click.echo(f"error: {error}", err=True)
        return FAILED
    formulas = {kind: formula(array, inputs) for kind, array in arrays.items()}
    lines = {"encoding": encoded(inputs, format), **simulated}
    right = reference(inputs)
    if verbose:
        _print_tables(console(), lines, right, formulas)
    deep = inputs.q.shape[1]
    first = next(iter(arrays.values()))
    whose = _of(source, block, head)
    what = f"A {length} x {deep} head {whose}in {format} on a {first.rows} x {first.cols} array"
    say([*_verdict(what, lines, right, formulas), *_layer_verdict(layers)])
    faults = [fault for each in layers.values() for fault in each.mismatches]
    faults += [f"{kind}: {fault}" for kind, own in simulated.items() for fault in own.mismatches]
    faults += [
        f"{kind} took {own.cycles} cycles, the formula says {formulas[kind].total}"
        for kind, own in simulated.items()
        if own.cycles != formulas[kind].total
    ]
    for fault in faults:
        click.echo(f"mismatch: {fault}", err=True)
    return FAILED if faults else 0
