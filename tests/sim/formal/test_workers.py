"""Processes that work side by side, and end with who started them."""

import os
import signal
import subprocess
import sys

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.sim.formal.workers import spread, worker_count

SCRIPT = """
import os, subprocess, sys, time
from lmul_pe.sim.formal.workers import spread

def work(_):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        print("started", flush=True)
        child.wait()
    except BaseException:
        child.kill()
        raise

if __name__ == "__main__":
    list(spread(work, [1], 1))
"""


def square(number):
    return number * number


def fails(number):
    raise ValueError(f"{number} is wrong")


def ends(number):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(("processors", "count"), [(6, 6), (None, 1)])
def test_as_many_work_as_there_are_processors_or_as_is_asked(processors, count, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    assert worker_count(None) == count
    assert (worker_count("1"), worker_count("1024")) == (1, 1024)
    for jobs in ("0", "1025"):
        with pytest.raises(SpecificationError, match=f"jobs '{jobs}' is not an integer from 1 to"):
            worker_count(jobs)


def test_every_item_comes_back_with_its_result():
    assert sorted(spread(square, range(5), 2)) == [(each, each**2) for each in range(5)]


def test_an_error_is_the_callers():
    with pytest.raises(ValueError, match="3 is wrong"):
        list(spread(fails, [3], 1))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_ended_has_the_status_that_a_shell_gives_it(number):
    with pytest.raises(SystemExit) as end:
        list(spread(ends, [number], 1))
    assert end.value.code == 128 + number


@pytest.mark.parametrize("number", [2, 15, 9], ids=["interrupt", "end", "kill"])
def test_nothing_stays_behind(number, tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # A shell's background jobs inherit that an interrupt is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout.readline() == "started\n"
    os.kill(process.pid, number)
    # Standard output ends when the last process that could write to it has ended.
    assert process.stdout.read() == ""
    assert process.wait() != 0
