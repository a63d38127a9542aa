"""Source with switches does what each mutant does, and what the source does when none is on."""

import itertools
import os
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

import pytest

from lmul_pe.sim.mutation import chosen
from lmul_pe.sim.mutation.source import source_mutants
from lmul_pe.sim.mutation.switched_trials import switched_trials
from lmul_pe.sim.mutation.switches import write_switched

SOURCE = '''"""Of everything that a mutant changes one: ümlauts count as bytes."""

from __future__ import annotations

LIMIT = 2 + 1


def compiled(function):
    return function


def calls(a, b=1 + 1):
    found: list[int] = []
    found.append(a - b)
    found[b - b] += 3
    return found if not a else [*found, a * b]


def chooses(a, b):
    match a:
        case 1 if b > 1 and b < 9:
            return f"{a + b:03d} of {LIMIT}"
        case 2:
            return [each for each in range(b) if each != 1]
    half = a >> 1
    return (lambda c: c | 4)(a) if half == b else half


@compiled
def quick(a):
    return a + 1


class Kept:
    size = 1 << 2

    def of(self, a):
        def inside(b):
            return b is None or a in (b, 5)

        return inside(a // 2), self.size
'''
CASES = [
    f"{function}({a}, {b})"
    for function, a, b in itertools.product(["calls", "chooses"], range(4), range(4))
]
CASES += ["calls(3)", "quick(1)", *(f"Kept().of({a})" for a in range(0, 12, 2)), "LIMIT"]


def answers(part):
    found = []
    for case in CASES:
        try:
            found.append(repr(eval(case, part)))
        except Exception as error:
            found.append(repr(error))
    return found


def test_a_switch_does_what_its_mutant_does(tmp_path, monkeypatch):
    def run(text):
        part = {"__name__": "part"}
        exec(text, part)
        return part

    path = tmp_path / "part.py"
    path.write_text(SOURCE)
    mutants = dict(enumerate(source_mutants(tmp_path, "part.py", 1000, 0)))
    made = write_switched(path, mutants)
    # All but what is computed on import, what is compiled, and patterns.
    none = {"LIMIT = 2 + 1", "def calls(a, b=1 + 1):", "return a + 1", "size = 1 << 2", "case 2:"}
    lines = SOURCE.splitlines()
    assert {lines[mutants[number].line - 1].strip() for number in mutants.keys() - made} == {
        *none,
        "case 1 if b > 1 and b < 9:",
    }
    assert {lines[mutants[number].line - 1].strip() for number in made} & none == set()
    assert len(made) == 30

    monkeypatch.setitem(sys.modules, chosen.NAME, chosen)
    monkeypatch.setattr(chosen, "_chosen", chosen.NONE)
    monkeypatch.setenv(chosen.VARIABLE, "")
    loader = SourceFileLoader("part", str(path))
    switched = ModuleType("part")
    loader.exec_module(switched)
    assert switched.__doc__ == "Of everything that a mutant changes one: ümlauts count as bytes."
    assert answers(vars(switched)) == answers(run(SOURCE))
    for number in sorted(made):
        chosen.choose(number)
        expected = answers(run(mutants[number].of(SOURCE.encode())))
        assert answers(vars(switched)) == expected, mutants[number].place
    assert path.read_text() == SOURCE


def test_switches_that_are_asked_are_told_while_none_is_on(monkeypatch):
    monkeypatch.setattr(chosen, "_chosen", chosen.NONE)
    monkeypatch.setenv(chosen.VARIABLE, "")
    chosen.reached()
    assert not chosen.is_chosen(3)
    assert not chosen.is_chosen(5)
    assert chosen.reached() == {3, 5}
    assert chosen.reached() == set()
    chosen.choose(5)
    assert chosen.is_chosen(5)
    assert not chosen.is_chosen(3)
    assert chosen.reached() == set()
    assert os.environ[chosen.VARIABLE] == "5"


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "root"
    (root / "sim/few").mkdir(parents=True)
    (root / "tests/sim/few").mkdir(parents=True)
    (root / "sim/__init__.py").touch()
    (root / "sim/few/__init__.py").touch()
    (root / "sim/few/part.py").write_text(
        "def most(a, b):\n    return a if a > b else b\n\n\n"
        "def least(a, b):\n    while a > b:\n        a -= 1\n    return a\n\n\n"
        "def double(a):\n    return a + a\n\n\n"
        "def half(a):\n    return a // 2\n\n\n"
        "def nobodys(a):\n    return a + 1\n"
    )
    (root / "tests/sim/few/test_part.py").write_text(
        "import os\nimport subprocess\nimport sys\nimport tempfile\n\nimport pytest\n\n"
        "from sim.few.part import double, half, least, most\n\n\n"
        "@pytest.fixture(scope='module')\ndef prepared():\n    return double(4)\n\n\n"
        "def test_that_it_is_a_number(prepared):\n    assert isinstance(prepared, int)\n\n\n"
        "def test_which(prepared):\n    assert prepared == 8\n\n\n"
        "def test_most():\n    assert most(2, 1) == 2\n\n\n"
        "def test_least():\n    assert least(1, 2) == 1\n    assert least(2, 1) == 1\n\n\n"
        "def test_what_it_starts():\n    assert half(0) == 0\n"
        "    code = 'import sim.few.part as part; print(part.half(4))'\n"
        "    assert subprocess.check_output([sys.executable, '-c', code]) == b'2\\n'\n\n\n"
        "def test_that_fails():\n    assert most(2, 1) == 1\n\n\n"
        "@pytest.mark.slow\ndef test_slowly():\n    assert most(1, 1) == 2\n"
    )
    (root / "pytest.ini").write_text("[pytest]\nmarkers = slow: no\n  long: no\n")
    return root


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 3])
def test_tests_are_imported_once_and_each_mutant_meets_those_that_ask_its_switch(project, jobs):
    file = "tests/sim/few/test_part.py"
    mutants = source_mutants(project, "sim/few", 100, 0)
    before = (project / "sim/few/part.py").read_bytes()
    found = {
        (trial.mutant.line, trial.mutant.after): (trial.killer, sorted(trial.passed))
        for trial in switched_trials(project, mutants, 60, jobs)
    }
    most, least = f"{file}::test_most", f"{file}::test_least"
    assert found == {
        (2, "(a)"): (None, [most]),
        (2, "(b)"): (most, []),
        (2, "(a >= b)"): (None, [most]),
        (6, "(a >= b)"): (least, []),
        (7, "pass"): ("does not end", []),
        (7, "2"): (least, []),
        # What one test prepares is also told to the others of its file.
        (12, "(a - a)"): (f"{file}::test_which", []),
        (16, "(a * 2)"): (f"{file}::test_what_it_starts", []),
        (16, "3"): (f"{file}::test_what_it_starts", []),
        (20, "(a - 1)"): (None, []),
        (20, "2"): (None, []),
    }
    assert (project / "sim/few/part.py").read_bytes() == before


@pytest.mark.slow
def test_a_mutant_meets_no_more_tests_than_there_is_time_for(project):
    (mutant,) = (
        each
        for each in source_mutants(project, "sim/few", 100, 0)
        if each.after == "(a >= b)"
        if each.line == 2
    )
    file = project / "tests/sim/few/test_part.py"
    slowly = "def test_{}():\n    import time\n    time.sleep({})\n    most(1, 0)\n\n\n"
    other = file.with_name("test_other.py")
    file.write_text("from sim.few.part import most\n\n\n" + slowly.format("b", 1.0))
    text = "".join(slowly.format(*each) for each in [("a", 0.5), ("d", 0.1)])
    other.write_text("from sim.few.part import most\n\n\n" + text)
    ((_, killer, passed),) = switched_trials(project, [mutant], 1.4, 2)
    # Those of its own file first, then the quickest.
    assert (killer, [name.partition("::")[2] for name in passed]) == (None, ["test_b", "test_d"])


@pytest.mark.slow
def test_without_tests_there_is_no_trial(project):
    (mutant, *_) = source_mutants(project, "sim/few", 100, 0)
    (project / "tests/sim/few/test_part.py").unlink()
    assert [*switched_trials(project, [mutant], 60, 1)] == []
