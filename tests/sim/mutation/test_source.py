"""Mutants of source: what is changed, and what tests say about it in copies of the project."""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.sim.mutation.line_tests import LineTests, digest, line_tests
from lmul_pe.sim.mutation.source import SourceMutant, source_mutants
from lmul_pe.sim.mutation.source_verdicts import (
    LIVES,
    SLOWLY,
    judged,
    places,
    source_verdicts,
)
from lmul_pe.sim.mutation.switched_trials import SwitchedTrial
from lmul_pe.sim.mutation.trials import Trials, environment
from lmul_pe.sim.mutation.verdicts import EQUAL, KILLED
from lmul_pe.sim.run.runner import SimulationError

OWN = "tests/sim/test_part.py"


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "root"
    (root / "sim").mkdir(parents=True)
    (root / "tests/sim").mkdir(parents=True)
    (root / "sim/__init__.py").touch()
    (root / "sim/part.py").write_text(
        '"""Änderungen: ümlauts count as bytes."""\n\n\n'
        "def most(a: int, b: int) -> int:\n"
        "    return a if a > b and not b else b\n\n\n"
        "def least(a: int, b: int) -> int:\n"
        "    while a > b:\n"
        "        a -= 1\n"
        "    return a\n"
    )
    (root / OWN).write_text(
        "import subprocess\nimport sys\n\nfrom sim.part import least, most\n\n\n"
        "def test_it():\n    assert most(2, 0) == 2\n\n\n"
        "def test_again():\n    assert most(2, 0) == 2\n\n\n"
        "def test_what_it_starts():\n"
        "    code = 'import sim.part; print(sim.part.least(3, 1))'\n"
        "    assert subprocess.check_output([sys.executable, '-c', code]) == b'1\\n'\n"
    )
    return root


def mutant(project, before, after):
    source = (project / "sim/part.py").read_bytes()
    start = source.index(before.encode())
    line = source[:start].count(b"\n") + 1
    return SourceMutant("sim/part.py", line, before, after, start, start + len(before))


def test_every_kind_of_change_is_made_where_it_stands(project):
    found = [each for each in source_mutants(project, "sim", 100, 0) if each.line == 5]
    source = (project / "sim/part.py").read_bytes()
    texts = {each.of(source).decode().splitlines()[4].strip() for each in found}
    assert texts == {
        "return a if (a > b or not b) else b",
        "return a if (a >= b) and not b else b",
        "return a if a > b and (b) else b",
        "return (a)",
        "return (b)",
    }
    assert source_mutants(project, "sim/part.py", 2, 3) == source_mutants(project, "sim", 2, 3)


def test_guards_against_errors_of_programs_are_left_as_they_are(project):
    text = "def pairs(a, b):\n    return list(zip(a, b, strict=True)), print(a, flush=True)\n"
    (project / "sim/part.py").write_text(text)
    (found,) = source_mutants(project, "sim", 100, 0)
    assert found.of(text.encode()).decode() == text.replace("flush=True", "flush=False")


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("a < b", {"(a <= b)"}),
        ("a == b", {"(a != b)"}),
        ("a is None", {"(a is not None)"}),
        ("a not in b", {"(a in b)"}),
        ("a and b", {"(a or b)"}),
        ("not a", {"(a)"}),
        ("a + b", {"(a - b)"}),
        ("a << b", {"(a >> b)"}),
        ("a | b", {"(a & b)"}),
        ("7", {"8"}),
        ("True", {"False"}),
        ("a if b else c", {"(a)", "(c)"}),
        ("a(b)", {"pass"}),
        ("a += b", {"pass"}),
        # A text, a name and what has more than one comparison stay as they are.
        ("'a'", set()),
        ("a < b < c", set()),
    ],
)
def test_what_is_written_becomes_its_neighbour(expression, changed, tmp_path):
    (tmp_path / "part.py").write_text(f"{expression}\n")
    found = source_mutants(tmp_path, "part.py", 100, 0)
    assert {each.of(f"{expression}\n".encode()).decode() for each in found} == {
        f"{each}\n" for each in changed
    }


def test_what_is_compiled_is_known(project):
    text = "from numba import njit as compiled\n\n\n@compiled\ndef less(a):\n    return a - 1\n\n\n"
    text += "@cache\n@functools.wraps(less)\ndef more(a):\n    return a + 1\n"
    (project / "sim/part.py").write_text(text)
    found = source_mutants(project, "sim", 100, 0)
    assert {each.compiled for each in found if each.line == 6} == {True}
    assert {each.compiled for each in found if each.line == 12} == {False}


def test_no_source_is_refused(project):
    with pytest.raises(SpecificationError, match="source 'sim/absent' is no Python file"):
        source_mutants(project, "sim/absent", 1, 0)


def test_the_nearest_tests_of_a_line_are_tried_first_and_then_all_of_its_file(
    project, tmp_path, monkeypatch
):
    near, far = "tests/sim/test_near.py", "tests/hw/test_far.py"
    (project / "tests/hw").mkdir()
    for file in (near, far):
        (project / file).touch()
    seconds = {
        f"{far}::test_of_a_minute": 60.0,
        f"{far}::test_it": 0.5,
        f"{near}::test_it": 1.0,
        f"{OWN}::test_again": 3.0,
        f"{OWN}::test_it": 2.0,
        f"{OWN}::test_of_another_line": 0.1,
    }
    running = {"sim/part.py": {"5": [0, 1, 2, 3, 4], "9": [5]}}
    files = {file: digest(project / file) for file in (OWN, near, far)}
    tests = LineTests([*seconds], [*seconds.values()], running, files)
    asked = []

    class Survived:
        def __init__(self, root):
            assert root == project

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def killer(self, mutant, chosen, limit, slow=False):
            asked.append((chosen, slow))

    monkeypatch.setattr("lmul_pe.sim.mutation.source_verdicts.Trials", Survived)
    monkeypatch.setattr(
        "lmul_pe.sim.mutation.source_verdicts.switched_trials", lambda *arguments: iter(())
    )
    changed = mutant(project, "a > b and", "a < b and")
    (lived,) = source_verdicts(project, [changed], lambda: tests, tmp_path, 1, 60)
    assert (lived.outcome, lived.reason) == (LIVES, "5 tests run the line")
    first = [f"{OWN}::test_it", f"{OWN}::test_again", f"{near}::test_it", f"{far}::test_it"]
    assert asked == [(first, False), ([OWN], False), ([OWN], True)]

    # What ran the line and has changed since is tried as a whole, in another folder, too.
    asked.clear()
    (project / far).write_text("# Something else.\n")
    [*source_verdicts(project, [changed], lambda: tests, tmp_path, 1, 60)]
    assert asked == [(first[:3], False), ([OWN, far], False), ([OWN], True)]

    # Of what is compiled no trace shows who runs it: all of its folder may.
    asked.clear()
    compiled = replace(changed, line=9, compiled=True)
    [*source_verdicts(project, [compiled], lambda: tests, tmp_path, 1, 60)]
    own = [f"{OWN}::test_of_another_line", f"{OWN}::test_it", f"{OWN}::test_again"]
    assert asked[0] == ([*own, f"{near}::test_it"], False)


def test_tests_of_a_copy_import_it_and_are_nobody_elses(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    monkeypatch.setenv("OF_THE_USER", "kept")
    found = environment(Path("copy"))
    assert found["PYTHONPATH"] == f"copy{os.pathsep}elsewhere"
    assert found["OF_THE_USER"] == "kept"
    assert "PYTEST_ADDOPTS" not in found


@pytest.mark.slow
def test_trials_tell_the_first_test_that_fails_and_leave_the_copy_as_it_was(project):
    path, source = project / "sim/part.py", (project / "sim/part.py").read_bytes()
    with Trials(project) as trials:
        before = trials.copy / "sim/part.py"
        dates = before.stat().st_mtime_ns
        killer = trials.killer(mutant(project, "a > b and", "a < b and"), [OWN], 60)
        assert killer == f"{OWN}::test_it"
        assert trials.killer(mutant(project, "a > b and", "a >= b and"), [OWN], 60) is None
        endless = mutant(project, "a -= 1", "pass")
        assert trials.killer(endless, [f"{OWN}::test_again"], 60) is None
        assert trials.killer(endless, [OWN], 2) == "does not end"
        broken = mutant(project, "return a if", "return a if if")
        assert trials.killer(broken, [OWN], 60) == OWN
        with pytest.raises(ValueError, match="no such tests: tests/absent"):
            trials.killer(mutant(project, "a > b", "a < b"), ["tests/absent.py"], 60)
        assert before.read_bytes() == source
        assert before.stat().st_mtime_ns == dates
    assert not trials.copy.exists()
    assert path.read_bytes() == source


@pytest.mark.slow
def test_lines_are_run_by_tests_and_by_what_they_start(project, tmp_path):
    found = line_tests(project, 1, tmp_path)
    assert line_tests(project, 1, tmp_path) == found
    assert found.files == {OWN: digest(project / OWN)}

    def names(line):
        return {name.partition("::")[2] for name, _ in found.of(project, "sim/part.py", line)}

    assert names(5) == {"test_it", "test_again"}
    assert names(9) == {"test_what_it_starts"}
    assert names(12) == set()

    mutants = [
        mutant(project, "a > b and", "a < b and"),
        mutant(project, "a > b and", "a >= b and"),
        mutant(project, "a > b:", "a > b + 1:"),
    ]
    verdicts = {
        verdict.mutant.after: verdict
        for verdict in source_verdicts(project, mutants, lambda: found, tmp_path, 1, 60)
    }
    assert {after: verdict.outcome for after, verdict in verdicts.items()} == {
        "a < b and": KILLED,
        "a >= b and": LIVES,
        "a > b + 1:": KILLED,
    }
    assert verdicts["a > b + 1:"].reason == f"{OWN}::test_what_it_starts"

    # A test that has changed may run other lines: it is no longer said to run these.
    (project / OWN).write_text((project / OWN).read_text() + "\n")
    assert found.of(project, "sim/part.py", 5) == []
    (lived,) = source_verdicts(project, mutants[1:2], lambda: found, tmp_path, 1, 60)
    assert lived.outcome == LIVES
    new = project / "tests/sim/test_new.py"
    test = "def test_it():\n    assert most(0, False) is False\n"
    new.write_text(f"from sim.part import most\n\n\n{test}")
    (killed,) = source_verdicts(project, mutants[1:2], lambda: found, tmp_path, 1, 60)
    assert killed.reason == "tests/sim/test_new.py::test_it"
    assert sorted(os.listdir(project / "sim")) == ["__init__.py", "part.py"]


@pytest.mark.slow
def test_what_make_test_lets_live_meets_slow_tests_of_its_file(project, tmp_path):
    with (project / OWN).open("a") as own:
        own.write("\n\n@pytest.mark.slow\ndef test_slowly():\n    assert most(1, 1) == 1\n")
        own.write("\n\n@pytest.mark.long\ndef test_long():\n    assert False\n")
    (project / OWN).write_text("import pytest\n" + (project / OWN).read_text())
    (project / "pytest.ini").write_text("[pytest]\nmarkers = slow: no\n  long: no\n")
    found = line_tests(project, 1, tmp_path)
    changes = [
        mutant(project, "not b else b", "not b else b + 1"),
        mutant(project, "a > b and", "a >= b and"),
    ]
    for _ in range(2):  # The second time from what was kept.
        verdicts = source_verdicts(project, changes, lambda: found, tmp_path, 1, 60)
        assert {(verdict.mutant.line, verdict.outcome, verdict.reason) for verdict in verdicts} == {
            (5, SLOWLY, f"{OWN}::test_slowly"),
            (5, LIVES, "2 tests run the line"),
        }


@pytest.mark.slow
def test_a_test_that_only_fails_when_it_is_traced_is_left_out(project, tmp_path):
    (project / OWN).write_text(
        "import sys\n\nimport pytest\n\nfrom sim.part import most\n\n\n"
        "@pytest.mark.parametrize('a', [2, 3])\n"
        "def test_it(a):\n    assert most(a, 0) == a\n"
        "    assert a == 2 or 'coverage' not in sys.modules\n"
    )
    found = line_tests(project, 1, tmp_path)
    assert found.tests == [f"{OWN}::test_it[2]"]


@pytest.mark.slow
def test_tests_that_fail_on_the_source_itself_are_refused(project, tmp_path):
    (project / OWN).write_text("def test_wrong():\n    assert False\n")
    with pytest.raises(SimulationError, match="tests fail on the source as it is"):
        line_tests(project, 1, tmp_path)
    assert not [*tmp_path.glob("lines-*")]


def test_what_is_judged_is_one_mutant_of_each_line_that_says_so():
    root = Path(__file__).parents[3]
    reasons = judged()
    found = Counter(
        (place, each.line)
        for path in {place.path for place in reasons}
        for each in source_mutants(root, path, 10**6, 0)
        for place in places(root, each)
        if place in reasons
    )
    assert {place for place, _ in found} == reasons.keys()
    assert set(found.values()) == {1}
    assert all(reasons.values())


def test_what_stands_in_a_line_twice_is_judged_by_its_column(project, tmp_path, monkeypatch):
    path = project / "sim/part.py"
    path.write_text("def most(a):\n    return a + 1 if a - 1 else a * 1\n")
    line = "return a + 1 if a - 1 else a * 1"
    ones = [each for each in source_mutants(project, "sim/part.py", 100, 0) if each.after == "2"]
    assert [places(project, each)[0].column for each in ones] == [11, 20, 31]
    known = {places(project, ones[1])[0]: "nobody looks"}
    assert places(project, ones[1])[1][:4] == ("sim/part.py", line, "1", "2")
    monkeypatch.setattr("lmul_pe.sim.mutation.source_verdicts.judged", lambda: known)
    monkeypatch.setattr(
        "lmul_pe.sim.mutation.source_verdicts.switched_trials",
        lambda root, mutants, *_: (SwitchedTrial(each, "a test", []) for each in [*mutants]),
    )
    found = source_verdicts(project, ones, lambda: None, tmp_path, 1, 60)
    assert [(each.mutant, each.outcome) for each in found] == [
        (ones[1], EQUAL),
        (ones[0], KILLED),
        (ones[2], KILLED),
    ]
