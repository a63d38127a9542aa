"""A run that is killed, that has company in its folder, or that cannot write."""

import ctypes
import errno
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.judged import COUNT
from tests.sweep import some

ROOT = Path(__file__).parents[2]
SYNTH = ("synth", "--fmt", "e2m1", "--levels", "multiplier", "--pairs", "1024")
KILLED = min(COUNT or 20, 200)
"""Runs that are killed."""


def started(folder, *arguments, **options):
    """A run of ``lmul-pe`` in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "lmul_pe", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def ended(process):
    """Its status and its errors, without the line that shows what it is at."""
    _, errors = process.communicate()
    return process.returncode, [each for each in errors.splitlines() if "error" in each]


def parts(folder):
    return [path.name for path in folder.rglob("*.part")]


def report(folder):
    """What was measured, without where and when."""
    found = json.loads((folder / "build" / "synth" / "e2m1" / "report.json").read_text())
    return {name: found[name] for name in ("format", "designs")}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    assert ended(started(folder, *SYNTH)) == (0, [])
    return report(folder)


@pytest.mark.long
def test_killed_at_any_moment(tmp_path, undisturbed):
    """Each run goes on where the one before it was killed; the last one ends."""
    moments = random.Random(17)
    for _ in range(KILLED):
        run = started(tmp_path, *SYNTH)
        try:
            run.communicate(timeout=moments.uniform(0.1, 12))
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
        path = tmp_path / "build" / "synth" / "e2m1" / "report.json"
        if path.exists():
            assert report(tmp_path) == undisturbed
            for made in (path.parent, tmp_path / "build" / "cache"):
                names = [each for each in made.rglob("*") if each.is_file()]
                # Some of what was made is lost, so that the next run has work again.
                for name in moments.sample(names, len(names) // 2):
                    name.unlink()
    assert ended(started(tmp_path, *SYNTH)) == (0, [])
    assert report(tmp_path) == undisturbed


@pytest.mark.long
def test_two_runs_at_once(tmp_path, undisturbed):
    runs = [started(tmp_path, *SYNTH) for _ in range(2)]
    assert [ended(each) for each in runs] == [(0, []), (0, [])]
    assert report(tmp_path) == undisturbed
    assert parts(tmp_path) == []


def _without_privilege():
    """Permissions count for whoever runs the tests: the right to pass over them is given up."""
    if os.geteuid() == 0:
        drop_from_bounding_set, pass_over_permissions = 24, 1
        ctypes.CDLL(None).prctl(drop_from_bounding_set, pass_over_permissions, 0, 0, 0)


WRITING = {
    "vectors": ("vectors", "--name", "lmul_e4m3", "--table", "out/table.npy"),
    "verilog": ("verilog", "--fmt", "e4m3", "--out", "out"),
    "synth": (*SYNTH, "--out", "out"),
}


@pytest.mark.parametrize("command", some(WRITING, 1))
def test_a_folder_that_cannot_be_written(tmp_path, command):
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o555)
    run = started(tmp_path, *WRITING[command], preexec_fn=_without_privilege)
    status, (line,) = ended(run)
    assert status == 1
    assert line.startswith("error: out")
    assert line.endswith(os.strerror(errno.EACCES))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("command", some(["vectors", "verilog"], 1))
def test_a_file_that_does_not_fit(tmp_path, command):
    """What a quota does, and a disk that is full: nothing is left of the file."""

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    run = started(tmp_path, *WRITING[command], preexec_fn=limited)
    status, (line,) = ended(run)
    assert status == 1
    assert re.fullmatch(rf"error: out/\w+\.\w+: {os.strerror(errno.EFBIG)}", line)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.long
@pytest.mark.parametrize("kilobytes", [16, 64, 256, 1024])
def test_a_disk_that_is_full(tmp_path, kilobytes, undisturbed):
    """One line; with room again the run goes on, and gives what it would have given."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = f"size={kilobytes}k"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        status, errors = ended(started(disk, *SYNTH))
        if status:
            assert status == 1
            (line,) = errors
            assert re.fullmatch(rf"error: .*: {os.strerror(errno.ENOSPC)}", line)
            assert parts(disk) == []
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        assert ended(started(disk, *SYNTH)) == (0, [])
        assert report(disk) == undisturbed
    finally:
        subprocess.run(["umount", disk], check=True)
