"""Memory beside arithmetic: what is left of an array's saving once operands are fetched.

Energies of memory are published ones, those of the array measured here; they meet in sums only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from lmul_pe.model import Multiplier, SystolicArray, array_named
from lmul_pe.synth.published.paper import published
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import headline, percent_saved
from lmul_pe.synth.results.record import Chosen, Report, Saving

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
    """Of an ``m x k`` times ``k x n`` product, cut into tiles as :class:`~.schedule.Schedule` does.

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


@dataclass(frozen=True)
class Memory:
    """Both arrays of a comparison with one level of memory, per multiply-accumulate.

    Parameters
    ----------
    memory
        The level: ``REGISTERS``, or one whose energy is published.
    headline
        Whether at the median of the equal clocks, where both arrays have some.
    published_pj
        Of an access of 64 bits; None of ``REGISTERS``.
    lmul_fj, exact_fj
        Measured: both arrays, glitches, clock and leakage included.
    operands_fj, results_fj
        Computed: what fetching operands and moving sums takes.
    once_fj
        What fetching both operands takes without any reuse.
    """

    format: str
    technology: str
    memory: str
    array: SystolicArray
    design: str
    baseline: str
    clock_ps: Annotated[float, q.CLOCK] | None
    headline: bool
    side: int
    source: str
    published_pj: Annotated[float, q.ACCESS_PJ] | None
    lmul_fj: Annotated[float, q.TOTAL]
    exact_fj: Annotated[float, q.TOTAL]
    lmul_multiplier_fj: Annotated[float, q.GLITCH]
    exact_multiplier_fj: Annotated[float, q.GLITCH]
    operands_fj: Annotated[float, q.MEMORY]
    results_fj: Annotated[float, q.MEMORY]
    once_fj: Annotated[float, q.MEMORY]
    target_percent: float

    @property
    def memory_fj(self) -> float:
        """Operands and results."""
        return self.operands_fj + self.results_fj

    @property
    def saving_percent(self) -> float:
        """Saved in the array alone."""
        return percent_saved(self.lmul_fj, self.exact_fj)

    @property
    def whole_percent(self) -> float:
        """Saved in array and memory together."""
        return percent_saved(self.lmul_fj + self.memory_fj, self.exact_fj + self.memory_fj)

    @property
    def memory_share_percent(self) -> float:
        """Of the memory, in the conventional whole."""
        return 100 * self.memory_fj / (self.exact_fj + self.memory_fj)

    @property
    def exact_multiplier_share_percent(self) -> float:
        """Of the conventional multiplier's gates, in its whole."""
        return 100 * self.exact_multiplier_fj / (self.exact_fj + self.memory_fj)

    @property
    def lmul_multiplier_share_percent(self) -> float:
        """Of L-Mul's gates, in its whole."""
        return 100 * self.lmul_multiplier_fj / (self.lmul_fj + self.memory_fj)

    @property
    def limit_percent(self) -> float:
        """Saved in the whole if operands cost nothing."""
        return percent_saved(self.lmul_fj + self.results_fj, self.exact_fj + self.results_fj)

    @property
    def break_even_reuse(self) -> float | None:
        """How often each operand must be used for a saving of ``target_percent`` in the whole.

        From ``(exact - lmul) / (exact + once / reuse + results) = target``.  0 where operands cost
        nothing; None where the target is out of reach.
        """
        saved_fj = self.exact_fj - self.lmul_fj
        room = saved_fj * 100 / self.target_percent - self.exact_fj - self.results_fj
        if room < 0 or (room == 0 and self.once_fj > 0):
            return None
        return self.once_fj / room if self.once_fj else 0.0

    @property
    def curve(self) -> list[tuple[float, float]]:
        """Saved in the whole, in percent, over reuse."""
        return [(float(reuse), self._whole_percent(reuse)) for reuse in REUSES]

    def _whole_percent(self, reuse: int) -> float:
        memory = self.once_fj / reuse + self.results_fj
        return percent_saved(self.lmul_fj + memory, self.exact_fj + memory)


def memory_rows(
    reports: Sequence[Report], side: int = SIDE, target_percent: float = TARGET_PERCENT
) -> list[Memory]:
    """For every pair of arrays, every level of memory that is published for its node, and each
    condition of delay: the median of the equal clocks where both arrays have some, then none.

    Parameters
    ----------
    side
        Of the square matrices.
    """
    return [
        row
        for report in reports
        for saving in report.savings
        if saving.level == "array"
        for row in _rows(report, saving, side, target_percent)
    ]


def _rows(report: Report, saving: Saving, side: int, target_percent: float) -> Iterator[Memory]:
    table = next(
        (each for each in published().memory if each.node_nm == report.library.node_nm), None
    )
    if table is None:
        return
    pair = report.pair(saving)
    first = headline(saving).clock_ps
    for level, pj in {REGISTERS: None, **table.pj_per_64_bit}.items():
        for clock_ps in dict.fromkeys((first, None)):
            figures = [each.at(clock_ps) for each in pair]
            yield _row(
                report,
                saving,
                (clock_ps, clock_ps == first),
                figures,
                (level, pj, table.source),
                side,
                target_percent,
            )


def _row(
    report: Report,
    saving: Saving,
    clock: tuple[float | None, bool],
    figures: Sequence[Chosen],
    access: tuple[str, float | None, str],
    side: int,
    target_percent: float,
) -> Memory:
    array = array_named(saving.design)
    assert isinstance(array.multiplier, Multiplier)
    fetched = traffic(array, side, side, side)
    level, pj, source = access
    bit_fj = (pj or 0.0) * _FJ_OF_PJ / _BITS
    width_a, width_b = (each.width for each in array.multiplier.formats[:2])
    lmul, exact = figures
    return Memory(
        format=report.format,
        technology=report.technology,
        memory=level,
        array=array,
        design=saving.design,
        baseline=saving.baseline,
        clock_ps=clock[0],
        headline=clock[1],
        side=side,
        source="" if pj is None else source,
        published_pj=pj,
        lmul_fj=lmul.total_fj(),
        exact_fj=exact.total_fj(),
        lmul_multiplier_fj=lmul.parts["multiplier"].glitch_fj,
        exact_multiplier_fj=exact.parts["multiplier"].glitch_fj,
        operands_fj=bit_fj * (fetched.a * width_a + fetched.b * width_b),
        results_fj=bit_fj * array.accumulator.result.width * (fetched.written + fetched.read),
        once_fj=bit_fj * (width_a + width_b),
        target_percent=target_percent,
    )
