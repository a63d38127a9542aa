"""The answer: a multiplication of each kind per format, what L-Mul saves, and what is left."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lmul_pe.synth.measuring.multiplier import RELAXED
from lmul_pe.synth.results.page_data import PageData
from lmul_pe.synth.results.report_rows import Saving

KINDS = ("adder", "lmul", "exact")
"""The bare adder, L-Mul and the conventional multiplier, both flushing subnormals."""

SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Operation:
    """One multiplication: energy in fJ, with glitches.

    Parameters
    ----------
    clock_ps
        The delay that all kinds of the format meet; None where there was no delay target.
    """

    format: str
    kind: str
    energy_fj: float
    clock_ps: float | None


@dataclass(frozen=True)
class Answer:
    """An operation for each format and kind, in that order.

    Parameters
    ----------
    saved_percent
        Of the energy of a conventional multiplication, by format; negative where L-Mul loses.
    equal_delay
        Whether all kinds of a format meet the same clock.
    """

    operations: tuple[Operation, ...]
    saved_percent: dict[str, float]
    equal_delay: bool

    @property
    def delays(self) -> str:
        """The delays that were met, in words."""
        if not self.equal_delay:
            return "no delay target"
        clocks = {each.format: each.clock_ps for each in self.operations}
        return "equal delay: " + listed([f"{ps:.0f} ps in {each}" for each, ps in clocks.items()])

    def energy(self, format: str, kind: str) -> float:
        """Energy of an operation, in fJ."""
        return next(
            each.energy_fj for each in self.operations if (each.format, each.kind) == (format, kind)
        )


@dataclass(frozen=True)
class Fact:
    """A figure that stands beside the picture, and what it is."""

    figure: str
    words: str


def answer(data: PageData) -> Answer:
    """Figures at equal delay where every format has them, of designs free of a target otherwise."""
    equal = [list(_at_equal_delay(data, format)) for format in data.formats]
    complete = all(equal)
    rows = equal if complete else [list(_free(data, format)) for format in data.formats]
    operations = tuple(operation for row in rows for operation in row)
    return Answer(operations, _saved_percent(operations), complete)


def _saved_percent(operations: Iterable[Operation]) -> dict[str, float]:
    """Of the energy of a conventional multiplication, by format."""
    known = {(each.format, each.kind): each.energy_fj for each in operations}
    return {
        format: 100 * (1 - energy / known[format, "exact"])
        for (format, kind), energy in known.items()
        if kind == "lmul"
    }


def _at_equal_delay(data: PageData, format: str, place: int = 0) -> Iterator[Operation]:
    """The kinds at a clock that all of them meet, the shortest one at ``place`` 0; nothing where
    there is none."""
    energies = {
        kind: {
            point.clock_ps: point.glitch_fj
            for point in data.equal_delay
            if point.name == f"{kind}_{format}" and point.goal == "energy"
        }
        for kind in KINDS
    }
    common = set.intersection(*(set(each) for each in energies.values()))
    if len(common) > place:
        clock = sorted(common)[place]
        for kind, energy in energies.items():
            yield Operation(format, kind, energy[clock], clock)


def _free(data: PageData, format: str) -> Iterator[Operation]:
    known = {design.name: design for design in data.designs}
    for kind in KINDS:
        yield Operation(format, kind, known[f"{kind}_{format}"].glitch_fj, None)


def sentence(data: PageData, found: Answer) -> str:
    """The answer in one sentence, made from the figures."""
    ordered = sorted(data.formats, key=lambda format: -found.saved_percent[format])
    saves = [format for format in ordered if round(found.saved_percent[format]) > 0]
    loses = [format for format in ordered if format not in saves]
    where = f"{data.node_nm:g} nm" if data.node_nm else data.technology
    words = f"At {where}{' and equal delay' if found.equal_delay else ''}, "
    words += "a multiplication by L-Mul takes "
    less = [_in_format(found.saved_percent[format], format) for format in saves]
    more = [_in_format(-found.saved_percent[format], format) for format in loses]
    than = "energy than a conventional one"
    if less:
        words += listed(less).replace(" in ", f" less {than} in ", 1)
    if more:
        words += ", but " if less else ""
        words += listed(more).replace(" in ", f" more {'' if less else than + ' '}in ", 1)
    return f"{words}."


def facts(data: PageData, found: Answer) -> list[Fact]:
    """What must be known beside the answer: what is left, what it costs, and what was promised."""
    said = _less_hurried(data) if found.equal_delay else []
    arrays = {format: level_saving(data, format, "array") for format in data.formats}
    known = {format: saving for format, saving in arrays.items() if saving}
    met = {
        format: saving.equal_total_percent
        for format, saving in known.items()
        if saving.equal_total_percent is not None
    }
    condition = "at equal delay"
    if not found.equal_delay or len(met) < len(known):
        met = {format: saving.total_percent for format, saving in known.items()}
        condition = "without a delay target"
    if met:
        words = f"saved in an 8 x 8 array with fp32 sums {condition}, clock and leakage counted"
        said.append(_by_format(met, words))
    over = [found.energy(format, "lmul") / found.energy(format, "adder") for format in data.formats]
    said.append(
        Fact(
            _range(over, "times", 1),
            "the energy of the bare adder with which the paper reckons: offset, zero, overflow, "
            "infinity and NaN",
        )
    )
    errors = [100 * row.mean for row in data.errors if row.kind == "lmul"]
    said.append(Fact(_range(errors, "%", 1), "mean relative error of an L-Mul product"))
    return said + _promises(data)


def _less_hurried(data: PageData) -> list[Fact]:
    """What a multiplication saves where neither side is at its limit."""
    said = []
    relaxed = [list(_at_equal_delay(data, format, place=1)) for format in data.formats]
    if all(relaxed):
        words = (
            f"saved by a multiplication at {RELAXED:g} times that clock, where neither side is "
            "at its limit"
        )
        said.append(_by_format(_saved_percent(each for row in relaxed for each in row), words))
    free = _saved_percent(each for format in data.formats for each in _free(data, format))
    return [*said, _by_format(free, "saved by one without a delay target")]


def _by_format(percents: Mapping[str, float], words: str) -> Fact:
    """The range of percentages by format, and each of them."""
    each = listed([_in_format(percent, format) for format, percent in percents.items()])
    return Fact(_range(list(percents.values()), "%"), f"{words}: {each}")


def _promises(data: PageData) -> list[Fact]:
    """How many comparisons of like designs reach what the paper promises."""
    like = [
        row
        for row in data.claims
        if (row.reading, row.technology, row.workload)
        == ("like features", data.technology, data.workload)
    ]
    said = []
    for claim in dict.fromkeys(row.claim for row in like):
        rows = [row for row in like if row.claim == claim]
        claimed = rows[0].claimed_percent
        reached = sum(row.total_percent >= claimed for row in rows)
        most = max(rows, key=lambda row: row.total_percent)
        said.append(
            Fact(
                f"{reached} of {len(rows)}",
                f"comparisons of like designs reach the {claimed:.0f}{SPACE}% that the paper "
                f"promises for {products(claim)}, clock and leakage counted; the most is "
                f"{most.total_percent:.0f}{SPACE}%, in {most.format}",
            )
        )
    return said


def products(claim: str) -> str:
    """What a claim is about: ``element-wise products``, ``dot products``."""
    return f"{claim}s" if claim.endswith("product") else f"{claim} products"


def level_saving(data: PageData, format: str, level: str) -> Saving | None:
    """What is saved at a level: of units with fp32 sums, of arrays output stationary."""
    wanted = {
        "multiplier": f"lmul_{format}",
        "mac": f"mac_lmul_{format}_fp32",
        "dot": f"dot4_lmul_{format}_fp32",
        "array": f"array_os_8x8_lmul_{format}_fp32",
    }[level]
    return next((each for each in data.savings if each.design == wanted), None)


def listed(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _in_format(percent: float, format: str) -> str:
    rounded = round(percent)
    return f"{rounded if rounded else 0}{SPACE}% in {format}"


def _range(values: Sequence[float], unit: str, digits: int = 0) -> str:
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return f"{low} to {high}{SPACE}{unit}" if low != high else f"{low}{SPACE}{unit}"
