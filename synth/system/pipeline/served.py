"""Plans as files: the frontier, the frequencies of a point, and the plan that a loop runs now."""

import csv
import io
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.files import write_whole

from .planning import Plans
from .profile import COLUMNS, Profile

FRONTIER_COLUMNS = ("time_s", "energy_j")
FREQUENCY_COLUMNS = ("accelerator", "stage", "instruction", "microbatch", "frequency")
INDEX = "frontier.csv"


def profile_text(profile: Profile) -> str:
    """CSV that :func:`.profile.read_profile` reads."""
    rows = [(*kind, *run) for kind, runs in profile.runs.items() for run in runs]
    return _csv(COLUMNS, rows)


def frontier_text(plans: Plans) -> str:
    """CSV of the planned frontier: seconds and joules of one pipeline, the slowest first."""
    frontier = plans.frontier
    rows = zip(frontier.time_s.tolist(), frontier.energy_j.tolist(), strict=True)
    return _csv(FRONTIER_COLUMNS, list(rows))


def realised_text(plans: Plans) -> str:
    """CSV of the same points with what they come to at profiled frequencies."""
    frontier = plans.frontier
    rows = []
    for point in range(len(frontier)):
        realised = plans.realised(point)
        planned = float(frontier.time_s[point]), float(frontier.energy_j[point])
        rows.append((*planned, realised.iteration_s, realised.iteration_j))
    return _csv((*FRONTIER_COLUMNS, "realised_time_s", "realised_energy_j"), rows)


def plan_text(plans: Plans, point: int) -> str:
    """JSON of a point: planned and realised time and energy, and every frequency.

    ``frequencies`` has a list for each accelerator, in the order in which it runs them, of stage,
    instruction, microbatch and frequency.
    """
    frontier, realised = plans.frontier, plans.realised(point)
    frequencies = realised.frequency.tolist()
    rows, start = [], 0
    for row in plans.graph.schedule.order:
        chosen = frequencies[start : start + len(row)]
        start += len(row)
        rows.append(
            [
                [kind.stage, kind.instruction, microbatch, _whole(frequency)]
                for (kind, microbatch), frequency in zip(row, chosen, strict=True)
            ]
        )
    content = {
        "profile": plans.pipeline.profile.name,
        "schedule": plans.graph.schedule.name,
        "microbatches": plans.pipeline.microbatches,
        "point": point,
        "time_s": float(frontier.time_s[point]),
        "energy_j": float(frontier.energy_j[point]),
        "realised_time_s": realised.iteration_s,
        "realised_energy_j": realised.iteration_j,
        "frequencies": rows,
    }
    return json.dumps(content, allow_nan=False, separators=(",", ":")) + "\n"


def frequencies_text(plans: Plans, point: int) -> str:
    """CSV of the frequencies of a point, in the order in which each accelerator runs them."""
    operations = plans.graph.schedule.operations
    realised = plans.realised(point)
    rows = [
        (accelerator, kind.stage, kind.instruction, microbatch, _whole(frequency))
        for accelerator, (kind, microbatch), frequency in zip(
            plans.graph.accelerator_of.tolist(),
            operations,
            realised.frequency.tolist(),
            strict=True,
        )
    ]
    return _csv(FREQUENCY_COLUMNS, rows)


def write_plans(plans: Plans, folder: Path) -> None:
    """A folder from which :class:`Served` takes plans: one JSON per point, then their index.

    Raises
    ------
    OSError
        It cannot be written.
    """
    for point in range(len(plans.frontier)):
        write_whole(folder / _file(point), plan_text(plans, point))
    write_whole(folder / INDEX, frontier_text(plans))


class Served:
    """Plans that were written before, looked up as stragglers appear and end.

    Parameters
    ----------
    folder
        As :func:`write_plans` leaves it.

    Raises
    ------
    SpecificationError
        It holds no frontier.
    OSError
        It cannot be read.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        path = folder / INDEX
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        try:
            if tuple(rows[0]) != FRONTIER_COLUMNS:
                raise ValueError
            times, energies = np.array(rows[1:], np.float64).T
        except (IndexError, ValueError):
            raise SpecificationError(
                f"{path} is no frontier: expected the columns {','.join(FRONTIER_COLUMNS)}, as "
                "`lmul-pe pipeline plan --plans` writes them"
            ) from None
        self._times: NDArray[np.float64] = times
        self._best = int(np.argmin(energies))

    @cached_property
    def fastest_s(self) -> float:
        """The time of the fastest plan."""
        return float(self._times[-1])

    def point(self, straggler_s: float | None) -> int:
        """The plan for a straggler of that iteration time, or for none.

        Without one it is the fastest; with one, the plan of least energy that takes no longer.

        Raises
        ------
        SpecificationError
            The straggler is faster than the fastest plan.
        """
        if straggler_s is None:
            return len(self._times) - 1
        limit_s = straggler_s * (1 + 1e-12)
        if not limit_s >= self.fastest_s:
            raise SpecificationError(
                f"straggler of {straggler_s:g} s is faster than the pipeline: expected "
                f"{self.fastest_s:g} s or more; the nearest is {self.fastest_s:g}"
            )
        # Times fall, so their negatives rise.
        return max(int(np.searchsorted(-self._times, -limit_s)), self._best)

    def serve(self, straggler_s: float | None, current: Path) -> int:
        """Put the plan for a straggler, or for none, where a running loop reads it; its point.

        Raises
        ------
        SpecificationError
            As :meth:`point`.
        OSError
            The plan cannot be read or written.
        """
        point = self.point(straggler_s)
        write_whole(current, (self._folder / _file(point)).read_bytes())
        return point


def _file(point: int) -> str:
    return f"plan_{point:05d}.json"


def _whole(frequency: float) -> float | int:
    """Megahertz are written without a decimal point where there is nothing behind it."""
    return int(frequency) if frequency.is_integer() else frequency


def _csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
