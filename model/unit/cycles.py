"""How many cycles a systolic array takes for a matrix product: closed formulas."""

from dataclasses import dataclass

from .array import SystolicArray


@dataclass(frozen=True)
class CycleCount:
    """Cycles of one matrix product.

    Parameters
    ----------
    total
        From the cycle of the first accepted beat to that of the last result beat, both included.
    busy
        Products that are needed, one per unit and cycle; those of padding do not count.
    utilisation
        ``busy`` in relation to all that the units could have made in ``total`` cycles.
    """

    total: int
    busy: int
    utilisation: float


def cycles(array: SystolicArray, m: int, k: int, n: int) -> CycleCount:
    """Cycles of an ``m x k`` times ``k x n`` product whose streams never stall.

    Partial sums of ``ws`` are taken to be back in time: with few tiles side by side and little
    ``m`` they are not, and the array waits.

    Raises
    ------
    SpecificationError
        A product that the array cannot compute.
    """
    array.check_shape(m, k, n)
    total = _os_cycles(array, m, k, n) if array.dataflow == "os" else _ws_cycles(array, m, k, n)
    return CycleCount(total, m * k * n, m * k * n / (total * array.products_per_cycle))


def scale_sim_cycles(array: SystolicArray, m: int, k: int, n: int) -> int:
    """Cycles of the same product by SCALE-Sim's formula: ``2R + C + T - 2`` per tile.

    ``T`` is the inner dimension in ``os`` and ``m`` in ``ws``.  The tiles do not overlap, operands
    enter skewed from the edges, and an addition takes one cycle.  Sources: A. Samajdar et al.,
    "SCALE-Sim: Systolic CNN Accelerator Simulator", arXiv 1811.02883; the formula in "A Systematic
    Methodology for Characterizing Scalability of DNN Accelerators using SCALE-Sim", ISPASS 2020.

    Raises
    ------
    SpecificationError
        A product that the array cannot compute.
    """
    array.check_shape(m, k, n)
    stream = _beats(array, k) if array.dataflow == "os" else m
    return _tiles(array, m, k, n) * (2 * array.rows + array.cols + stream - 2)


def _os_cycles(array: SystolicArray, m: int, k: int, n: int) -> int:
    """The tiles follow each other by what takes longer: operands that enter, results that leave."""
    rows, cols, beats = array.rows, array.cols, _beats(array, k)
    interval = max(beats, rows)
    last = beats + 2 * rows + cols + array.accumulator.latency + array.finish_latency - 2
    return (_tiles(array, m, k, n) - 1) * interval + last


def _ws_cycles(array: SystolicArray, m: int, k: int, n: int) -> int:
    """A set of weights is loaded once the change to the one before has passed the last unit."""
    rows, cols = array.rows, array.cols
    down = rows * array.accumulator.latency
    first = rows + 1
    interval = max(m, down - array.accumulator.latency + cols + rows)
    through = down + cols + array.finish_latency
    return first + (_tiles(array, m, k, n) - 1) * interval + (m - 1) + through + 1


def _beats(array: SystolicArray, k: int) -> int:
    """Beats of an inner dimension in ``os``."""
    return -(-k // array.lanes)


def _tiles(array: SystolicArray, m: int, k: int, n: int) -> int:
    down = m if array.dataflow == "os" else k
    return -(-down // array.rows) * -(-n // array.cols)
