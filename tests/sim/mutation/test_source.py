"""Mutants of source: what is changed, in a copy, and what tests say about it."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.sim.mutation.source import SourceMutant, covering, is_killed, source_mutants


@pytest.fixture
def project(tmp_path):
    (tmp_path / "sim").mkdir()
    (tmp_path / "tests/sim").mkdir(parents=True)
    (tmp_path / "sim/part.py").write_text(
        '"""Änderungen: ümlauts count as bytes."""\n\n\n'
        "def most(a: int, b: int) -> int:\n"
        "    return a if a > b and not b else b\n"
    )
    (tmp_path / "tests/sim/test_part.py").write_text(
        "from sim.part import most\n\n\ndef test_it():\n    assert most(2, 0) == 2\n"
    )
    return tmp_path


def test_every_kind_of_change_is_made_where_it_stands(project):
    found = source_mutants(project, "sim", 100, 0)
    source = (project / "sim/part.py").read_bytes()
    texts = {each.of(source).decode().splitlines()[-1].strip() for each in found}
    assert texts == {
        "return a if (a > b or not b) else b",
        "return a if (a >= b) and not b else b",
        "return a if a > b and (b) else b",
        "return (a)",
        "return (b)",
    }
    assert {each.line for each in found} == {5}
    assert source_mutants(project, "sim/part.py", 2, 3) == source_mutants(project, "sim", 2, 3)


@pytest.mark.slow
def test_tests_tell_a_mutant_and_the_file_is_as_it_was(project):
    tests = covering(project, "sim/part.py")
    assert tests == ["tests/sim/test_part.py", "tests/sim"]
    source = (project / "sim/part.py").read_bytes()
    start = source.index(b"> b")

    def mutant(after):
        return SourceMutant("sim/part.py", 5, ">", after, start, start + 1)

    assert not is_killed(project, None, tests)
    assert is_killed(project, mutant("<"), tests)
    assert not is_killed(project, mutant(">="), tests)
    assert (project / "sim/part.py").read_bytes() == source


def test_no_source_and_no_tests_are_refused(project):
    with pytest.raises(SpecificationError, match="source 'sim/absent' is no Python file"):
        source_mutants(project, "sim/absent", 1, 0)
    with pytest.raises(SpecificationError, match="has no tests"):
        covering(project, "hw/other.py")
