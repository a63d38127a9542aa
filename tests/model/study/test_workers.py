import os
import signal
import subprocess
import sys

import pytest

from lmul_pe.model.study.workers import spread


def square(number):
    return number * number


def one_by(number):
    return 1 / number


def process(_):
    return os.getpid()


def ends_at_an_interrupt(_):
    return signal.getsignal(signal.SIGINT) == signal.SIG_DFL


def test_results_come_with_their_items():
    assert sorted(spread(square, range(10))) == [(number, number**2) for number in range(10)]


def test_an_error_reaches_the_caller_and_ends_the_work():
    with pytest.raises(ZeroDivisionError):
        list(spread(one_by, [2, 1, 0, 4]))
    assert list(spread(square, [3])) == [(3, 9)]


def test_other_processes_do_the_work_and_stay():
    first = {pid for _, pid in spread(process, range(8))}
    assert os.getpid() not in first
    assert first & {pid for _, pid in spread(process, range(8))}


def test_an_interrupt_ends_a_process_without_a_word():
    assert all(ends for _, ends in spread(ends_at_an_interrupt, range(4)))


def test_nobody_stays_behind_when_the_parent_is_killed(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, time\n"
        "from lmul_pe.model.study.workers import spread\n"
        "def process(_):\n"
        "    return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    print(*dict(spread(process, range(8))).values(), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, script], stdout=subprocess.PIPE, text=True, check=False)
    # Standard output ends when the last process that could write to it has ended.
    assert done.returncode == -9
    assert done.stdout.split()


def environment(_):
    names = ("OMP_NUM_THREADS", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
    return [int(os.environ[name]) for name in names]


def test_processes_keep_their_memory_and_do_not_hinder_each_other():
    ((_, (threads, mapped, trimmed)),) = spread(environment, [0])
    # Arrays of many megabytes are below.
    assert mapped >= 2**28
    assert trimmed >= 2**28
    assert threads == int(os.environ["OMP_NUM_THREADS"])
