"""Memory beside arithmetic: what is left of an array's saving once operands are fetched.

Energies of memory are published ones, those of the array measured here; they meet in sums only,
and keep apart under ``published`` and ``measured``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lmul_pe.model import Multiplier, SystolicArray, array_named
from lmul_pe.synth.published.paper import published
from lmul_pe.synth.results.compare import saved, total_energy
from lmul_pe.synth.results.comparison import GLITCHES, at, delay_words, headline_clock

TABLES = ("memory_45nm", "memory_7nm")
"""Published energies of memory, each for one node; other nodes have none."""

REGISTERS = "array registers"
"""The level of memory that the measured array itself is."""

TARGET_PERCENT = 10.0
SIDE = 256
"""Of the square matrices whose product is computed."""

REUSES = tuple(2**power for power in range(17))
_FJ_OF_PJ = 1000
_BITS = 64
"""Of the accesses whose energy is published."""


@dataclass(frozen=True)
class Traffic:
    """Codes that pass between an array and its memory for one multiply-accumulate.

    Parameters
    ----------
    a, b
        Operands that are fetched.
    written, read
        Sums that leave, and partial sums that come back.
    """

    a: float
    b: float
    written: float
    read: float


def traffic(array: SystolicArray, m: int, k: int, n: int) -> Traffic:
    """Of an ``m x k`` times ``k x n`` product, cut into tiles as :class:`model.Schedule` cuts it.

    ``os``: a code of ``a`` meets ``cols`` columns, one of ``b`` ``rows`` rows, and a sum leaves
    once all its products are in it: ``1/cols``, ``1/rows`` and ``1/k`` where the sizes divide.
    ``ws``: a weight stays for ``m`` rows, and a sum leaves, and all but the first time comes back,
    for every ``rows`` of the inner dimension: ``1/cols``, ``1/m``, ``1/rows`` and
    ``1/rows - 1/k``.  Padding is not fetched.  An array without partial sums counts as the same
    one with them.
    """
    products = m * k * n
    across = -(-n // array.cols)
    if array.dataflow == "os":
        down = -(-m // array.rows)
        return Traffic(m * k * across / products, k * n * down / products, m * n / products, 0.0)
    tiles = -(-k // array.rows)
    return Traffic(
        m * k * across / products,
        k * n / products,
        m * n * tiles / products,
        m * n * (tiles - 1) / products,
    )


def memory_rows(
    reports: Sequence[Mapping[str, Any]],
    side: int = SIDE,
    target_percent: float = TARGET_PERCENT,
) -> list[dict[str, Any]]:
    """A row for every pair of arrays, every level of memory that is published for its node, and
    each condition of delay: an equal clock where both arrays have one, then no delay target.

    ``headline`` is true of the first of these conditions.
    ``measured``: fJ of a multiply-accumulate of both arrays, clock and leakage included, and of
    their multipliers' gates.  ``published``: the source and pJ per 64 bits, which count linearly in
    the bits of a code.  ``computed``: fJ of the memory, and with it the saving in the whole, the
    share that each multiplier has of the whole, the share of the memory, ``break_even_reuse`` (how
    often each fetched operand must be used for ``target_percent`` in the whole; None where no reuse
    is enough), ``limit_percent`` (operands for nothing) and ``curve`` (saving over reuse).
    """
    rows = []
    for report in reports:
        node = report["library"]["node_nm"]
        tables = [each for name in TABLES if (each := published()[name])["node_nm"] == node]
        if not tables:
            continue
        figures = dict(tables[0])
        source, _ = figures.pop("source"), figures.pop("node_nm")
        designs = {design["name"]: design for design in report["designs"]}
        for saving in report["savings"]:
            if saving["level"] != "array":
                continue
            pair = designs[saving["design"]], designs[saving["baseline"]]
            for level, pj in {REGISTERS: 0.0, **figures}.items():
                own = None if level == REGISTERS else {"source": source, "pj_per_64_bit": pj}
                first = headline_clock(*pair)
                rows += [
                    {"headline": clock_ps == first}
                    | _row(report, pair, clock_ps, level, own, side, target_percent)
                    for clock_ps in dict.fromkeys((first, None))
                ]
    return rows


def _row(
    report: Mapping[str, Any],
    pair: tuple[Mapping[str, Any], Mapping[str, Any]],
    clock_ps: float | None,
    level: str,
    access: dict[str, Any] | None,
    side: int,
    target_percent: float,
) -> dict[str, Any]:
    array = array_named(pair[0]["name"])
    fetched = traffic(array, side, side, side)
    workload = pair[0]["workload"]
    figures = [at(each, clock_ps) for each in pair]
    lmul, exact = (total_energy(each, workload) for each in figures)
    multipliers = [float(each["parts"]["multiplier"]["glitch_fj"]) for each in figures]
    bit_fj = access["pj_per_64_bit"] * _FJ_OF_PJ / _BITS if access else 0.0
    multiplier = array.multiplier
    assert isinstance(multiplier, Multiplier)
    width_a, width_b = (each.width for each in multiplier.formats[:2])
    operands = bit_fj * (fetched.a * width_a + fetched.b * width_b)
    results = bit_fj * array.accumulator.result.width * (fetched.written + fetched.read)
    once = bit_fj * (width_a + width_b)
    memory = operands + results
    return {
        "format": report["format"],
        "technology": report["technology"],
        "level": level,
        "dataflow": array.dataflow,
        "rows": array.rows,
        "cols": array.cols,
        "product": [side, side, side],
        "codes_per_mac": {
            "a": fetched.a,
            "b": fetched.b,
            "written": fetched.written,
            "read": fetched.read,
        },
        "published": access,
        "measured": {
            "designs": [each["name"] for each in pair],
            "lmul_fj": lmul,
            "exact_fj": exact,
            "lmul_multiplier_fj": multipliers[0],
            "exact_multiplier_fj": multipliers[1],
            "saving_percent": saved(lmul, exact),
            "workload": workload,
            "obtained": f"{GLITCHES}, clock and leakage included, {delay_words(clock_ps)}",
            "clock_ps": clock_ps,
        },
        "computed": {
            "operands_fj": operands,
            "results_fj": results,
            "memory_fj": memory,
            "saving_percent": saved(lmul + memory, exact + memory),
            "memory_share_percent": 100 * memory / (exact + memory),
            "lmul_multiplier_share_percent": 100 * multipliers[0] / (lmul + memory),
            "exact_multiplier_share_percent": 100 * multipliers[1] / (exact + memory),
            "target_percent": target_percent,
            "break_even_reuse": break_even_reuse(lmul, exact, once, results, target_percent),
            "limit_percent": saved(lmul + results, exact + results),
            "curve": [
                {
                    "reuse": reuse,
                    "saving_percent": saved(
                        lmul + once / reuse + results, exact + once / reuse + results
                    ),
                }
                for reuse in REUSES
            ],
        },
    }


def break_even_reuse(
    lmul_fj: float, exact_fj: float, once_fj: float, results_fj: float, target_percent: float
) -> float | None:
    """How often each operand must be used for a saving of ``target_percent`` in the whole.

    From ``(exact - lmul) / (exact + once / reuse + results) = target``, with ``once`` the energy of
    fetching both operands.  0 where operands cost nothing; None where the target is out of reach.
    """
    room = (exact_fj - lmul_fj) * 100 / target_percent - exact_fj - results_fj
    if room < 0 or (room == 0 and once_fj > 0):
        return None
    return once_fj / room if once_fj else 0.0
