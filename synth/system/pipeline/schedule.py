"""In which order each accelerator runs its instructions, and what waits for what.

Every schedule is synchronous: an iteration ends when all of its microbatches have gone forward and
backward.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lmul_pe.model import SpecificationError
from lmul_pe.model.choices import unknown_choice

from .profile import BACKWARD, FORWARD, FORWARD_BACKWARD, RECOMPUTATION, Kind


class Operation(NamedTuple):
    """One instruction of one microbatch."""

    kind: Kind
    microbatch: int

    def __str__(self) -> str:
        return f"{self.kind}, microbatch {self.microbatch}"


@dataclass(frozen=True)
class Schedule:
    """What runs where and in which order.

    Parameters
    ----------
    name
        One of :data:`SCHEDULES`.
    order
        The operations of each accelerator.
    """

    name: str
    order: tuple[tuple[Operation, ...], ...]

    @property
    def accelerators(self) -> int:
        """How many there are."""
        return len(self.order)

    def accelerator_of(self, stage: int) -> int:
        """Where a stage runs."""
        return stage % self.accelerators

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All of them, one accelerator after the other."""
        return tuple(operation for row in self.order for operation in row)

    def dependencies(self) -> Iterator[tuple[int, int]]:
        """Pairs of places in :attr:`operations`: the second one waits for the first.

        The next on the same accelerator; forward on the next stage; backward on the stage before.
        """
        operations = self.operations
        place = {operation: index for index, operation in enumerate(operations)}
        start = 0
        for row in self.order:
            yield from ((index, index + 1) for index in range(start, start + len(row) - 1))
            start += len(row)
        for index, (kind, microbatch) in enumerate(operations):
            if kind.instruction == FORWARD:
                next_stage = Operation(Kind(kind.stage + 1, FORWARD), microbatch)
                if next_stage in place:
                    yield index, place[next_stage]
            elif kind.instruction in (BACKWARD, FORWARD_BACKWARD):
                for instruction in (BACKWARD, FORWARD_BACKWARD):
                    before = Operation(Kind(kind.stage - 1, instruction), microbatch)
                    if before in place:
                        yield index, place[before]


def schedule_named(name: str, stages: int, microbatches: int, chunks: int = 1) -> Schedule:
    """The schedule of a pipeline.

    Parameters
    ----------
    name
        One of :data:`SCHEDULES`.
    stages
        Of the model, as profiled.
    microbatches
        Of an iteration.
    chunks
        Stages to an accelerator: one, but for ``interleaved``, where stage ``s`` runs on
        accelerator ``s`` modulo ``stages / chunks``.

    Raises
    ------
    SpecificationError
        No such schedule, or a pipeline that it is not for.
    """
    if name not in SCHEDULES:
        raise unknown_choice("schedule", name, SCHEDULES)
    if microbatches < 1:
        raise SpecificationError(f"microbatches {microbatches}: expected 1 at least")
    return Schedule(name, SCHEDULES[name](stages, microbatches, chunks))


Order = tuple[tuple[Operation, ...], ...]
"""The operations of each accelerator, for a number of stages, microbatches and chunks."""


def _stage_by_stage(row: Callable[[int, int, int], Iterator[Operation]]) -> Callable[..., Order]:
    """A schedule of one stage to an accelerator, whose row depends on its stage."""

    def order(stages: int, microbatches: int, chunks: int) -> Order:
        if chunks != 1:
            raise SpecificationError(
                f"chunks {chunks}: only the schedule interleaved has several stages to an "
                "accelerator; the nearest is 1"
            )
        return tuple(tuple(row(stage, stages, microbatches)) for stage in range(stages))

    return order


def _one_forward_one_backward(stage: int, stages: int, microbatches: int) -> Iterator[Operation]:
    """1F1B (PipeDream-Flush): as soon as the first microbatch is back, one of each by turns."""
    ahead = min(stages - stage, microbatches)
    for microbatch in range(ahead):
        yield Operation(Kind(stage, FORWARD), microbatch)
    for microbatch in range(microbatches):
        yield Operation(Kind(stage, BACKWARD), microbatch)
        if microbatch + ahead < microbatches:
            yield Operation(Kind(stage, FORWARD), microbatch + ahead)


def _gpipe(stage: int, stages: int, microbatches: int) -> Iterator[Operation]:
    """GPipe (Huang et al. 2019): all forward, then all backward, the last microbatch first."""
    for microbatch in range(microbatches):
        yield Operation(Kind(stage, FORWARD), microbatch)
    for microbatch in reversed(range(microbatches)):
        yield Operation(Kind(stage, BACKWARD), microbatch)


def _early_recomputation(stage: int, stages: int, microbatches: int) -> Iterator[Operation]:
    """1F1B with activations computed anew (Merak, Lai et al. 2023).

    Where no forward is left to run before a backward, the accelerator would wait: it recomputes the
    activations meanwhile.  Everywhere else, and on the last stage, that is part of the backward.
    """
    last_together = microbatches - stages + stage
    for operation in _one_forward_one_backward(stage, stages, microbatches):
        kind, microbatch = operation
        if kind.instruction == FORWARD:
            yield operation
        elif microbatch <= last_together:
            yield Operation(Kind(stage, FORWARD_BACKWARD), microbatch)
        else:
            yield Operation(Kind(stage, RECOMPUTATION), microbatch)
            yield operation


def _interleaved(stages: int, microbatches: int, chunks: int) -> Order:
    """Interleaved 1F1B (Narayanan et al. 2021, as in Megatron-LM)."""
    divisors = [each for each in range(2, stages + 1) if stages % each == 0]
    if chunks not in divisors:
        if not divisors:
            raise SpecificationError("interleaved: one stage cannot be shared: expected 2 at least")
        nearest = min(divisors, key=lambda each: abs(each - chunks))
        raise SpecificationError(
            f"chunks {chunks}: interleaved needs 2 or more that divide the {stages} stages; the "
            f"nearest is {nearest}"
        )
    accelerators = stages // chunks
    if microbatches % accelerators:
        nearest = max(round(microbatches / accelerators), 1) * accelerators
        raise SpecificationError(
            f"microbatches {microbatches}: interleaved needs a multiple of the {accelerators} "
            f"accelerators; the nearest is {nearest}"
        )
    group = accelerators * chunks
    total = microbatches * chunks

    def operation(accelerator: int, turn: int, instruction: str) -> Operation:
        chunk = turn % group // accelerators
        if instruction == BACKWARD:
            chunk = chunks - 1 - chunk
        microbatch = turn // group * accelerators + turn % accelerators
        return Operation(Kind(chunk * accelerators + accelerator, instruction), microbatch)

    rows = []
    for accelerator in range(accelerators):
        ahead = (accelerators - accelerator - 1) * 2 + (chunks - 1) * accelerators
        ahead = total if microbatches == accelerators else min(ahead, total)
        row = [operation(accelerator, turn, FORWARD) for turn in range(ahead)]
        for turn in range(total):
            if turn + ahead < total:
                row.append(operation(accelerator, turn + ahead, FORWARD))
            row.append(operation(accelerator, turn, BACKWARD))
        rows.append(tuple(row))
    return tuple(rows)


SCHEDULES: dict[str, Callable[[int, int, int], Order]] = {
    "1f1b": _stage_by_stage(_one_forward_one_backward),
    "gpipe": _stage_by_stage(_gpipe),
    "early-recomputation": _stage_by_stage(_early_recomputation),
    "interleaved": _interleaved,
}
