"""The least energy at one iteration time by linear programming: an outside check of every cut.

``min sum c_i`` with ``c_i`` above every chord between neighbouring points of the curve of operation
``i``, ``s_i + d_i <= s_j`` for every dependency, and ``s_i + d_i <= T`` for all.  It is the dual of
a network flow, so its optimum at a whole ``T`` is one of whole durations.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from .frontier import Frontier

Floats = NDArray[np.float64]


def least_energy_j(frontier: Frontier, point: int) -> float:
    """What the linear program gives where ``frontier.energy_j[point]`` is what the cut gave.

    Raises
    ------
    ArithmeticError
        HiGHS finds no optimum.
    """
    graph, steps = frontier.graph, int(frontier.steps[point])
    count = len(graph.kind_of)
    start, duration, cost = (np.arange(count) + place * count for place in range(3))
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    values: list[Floats] = []
    bounds: list[Floats] = []

    def add(which: list[tuple[NDArray[np.int64], float]], limit: Floats) -> None:
        first = sum(map(len, bounds))
        for column, value in which:
            rows.append(first + np.arange(len(limit)))
            columns.append(column)
            values.append(np.broadcast_to(value, len(limit)))
        bounds.append(limit)

    ahead, behind = graph.ahead, graph.behind
    add([(start[ahead], 1), (duration[ahead], 1), (start[behind], -1)], np.zeros(len(ahead)))
    add([(start, 1), (duration, 1)], np.full(count, float(steps)))
    curves = [frontier.curves[kind] for kind in graph.kinds]
    scale = max(float(np.abs(curve.energy_j).max()) for curve in curves) or 1.0
    for row, curve in enumerate(curves):
        operations = np.flatnonzero(graph.kind_of == row)
        energy = curve.energy_j / scale
        for place in range(len(energy)):
            slope = energy[place + 1] - energy[place] if place + 1 < len(energy) else 0.0
            # The last chord is level: nothing gets cheaper beyond the slowest.
            level = energy[place] - slope * (curve.least + place)
            add(
                [(duration[operations], slope), (cost[operations], -1)],
                np.full(len(operations), -level),
            )
    shape = (sum(map(len, bounds)), 3 * count)
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    least = np.array([curve.least for curve in curves])[graph.kind_of]
    most = np.array([curve.most for curve in curves])[graph.kind_of]
    limits = np.column_stack(
        (
            np.concatenate((np.zeros(count), least, np.full(count, -np.inf))),
            np.concatenate((np.full(count, float(steps)), most, np.full(count, np.inf))),
        )
    )
    solved = linprog(
        np.concatenate((np.zeros(2 * count), np.ones(count))),
        A_ub=coo_array(entries, shape=shape).tocsr(),
        b_ub=np.concatenate(bounds),
        bounds=limits,
        method="highs",
    )
    if solved.status:
        raise ArithmeticError(f"HiGHS at {steps} steps: {solved.message}")
    return float(solved.fun) * scale + frontier.waiting_w * steps * frontier.step_s
