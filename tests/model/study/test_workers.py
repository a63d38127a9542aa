import os
import subprocess
import sys

from lmul_pe.model.study.workers import spread


def square(number):
    return number * number


def process(_):
    return os.getpid()


def test_results_come_in_the_order_of_the_items():
    assert list(spread(square, range(10))) == [number**2 for number in range(10)]


def test_other_processes_do_the_work_and_stay():
    first = set(spread(process, range(8)))
    assert os.getpid() not in first
    assert first & set(spread(process, range(8)))


def test_nobody_stays_behind_when_the_parent_is_killed(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, time\n"
        "from lmul_pe.model.study.workers import spread\n"
        "def process(_):\n"
        "    return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    print(*set(spread(process, range(8))), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, script], stdout=subprocess.PIPE, text=True, check=False)
    # Standard output ends when the last process that could write to it has ended.
    assert done.returncode == -9
    assert done.stdout.split()
