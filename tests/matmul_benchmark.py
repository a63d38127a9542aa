"""How fast compiled matrix products are beside BLAS: ``python -m tests.matmul_benchmark``.

Prints figures; nothing depends on them.  Each is the best of many products of square matrices of
normal numbers, from float32 arrays to float32 arrays.  On one core time is that of the processor,
which does not count what else the machine does; on all of them that of the clock.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from lmul_pe import matmul

SIZE = 1024
SECONDS = 3.0
CASES = (
    *(("lmul", format, "integer", "inner") for format in ("fp32", "bf16", "e4m3", "e5m2")),
    *(("lmul", format, "equation", "inner") for format in ("fp32", "bf16", "e4m3")),
    *(("lmul", format, "equation", "blas") for format in ("bf16", "e4m3")),
    *(("exact", format, None, "inner") for format in ("fp32", "bf16", "e4m3")),
    ("exact", "bf16", None, "blas"),
)
"""Kind, format, carry and order of additions."""


def rate(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Multiply-accumulates per second, in 10^9, of the fastest product after a first one."""
    work()
    best, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = clock()
        work()
        best = min(best, clock() - start)
    return SIZE**3 / best / 1e9


def rates(threads: int) -> list[float]:
    """That of ``sgemm``, and of every case."""
    random = np.random.default_rng(1)
    a, b = random.normal(size=(2, SIZE, SIZE)).astype(np.float32)
    clock = time.process_time if threads == 1 else time.perf_counter
    result = [rate(lambda: a @ b, clock)]
    for kind, format, carry, order in CASES:
        policies = {"carry": carry} if carry else {}

        def work(kind=kind, format=format, order=order, policies=policies):  # type: ignore[no-untyped-def]
            return matmul(a, b, format, kind=kind, order=order, threads=threads, **policies)

        result.append(rate(work, clock))
    return result


def in_a_process_of_its_own(threads: int) -> list[float]:
    """:func:`rates`, where BLAS has as many threads."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.matmul_benchmark", str(threads)],
        cwd=Path(__file__).parents[1],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return list(json.loads(done.stdout))


def report(console: Console) -> None:
    """Print the table."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    counts = sorted({1, cores or 1})
    table = Table(title=f"Matrix products of {SIZE} x {SIZE} matrices, GMAC/s (of sgemm)")
    table.add_column("product")
    for count in counts:
        table.add_column(f"{count} core{'s' if count > 1 else ''}", justify="right")
    columns = [in_a_process_of_its_own(count) for count in counts]
    names = ["sgemm"]
    for kind, format, carry, order in CASES:
        words = [kind, format, carry or "", f"order={order}" if order != "inner" else ""]
        names.append(" ".join(word for word in words if word))
    for name, *figures in zip(names, *columns, strict=True):
        table.add_row(
            name,
            *(
                f"{figure:.1f} ({figure / column[0]:.2f})"
                for figure, column in zip(figures, columns, strict=True)
            ),
        )
    console.print(table)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(rates(int(sys.argv[1]))))
    else:
        report(Console())
