"""What is said of mutants that no check kills."""

import re

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.sim.formal.equivalence import prove_equal
from lmul_pe.sim.formal.reachability import StreamProof
from lmul_pe.sim.mutation import verdicts
from lmul_pe.sim.mutation.mutants import Mutant, Mutants, mutants_of
from lmul_pe.sim.mutation.reached import told_apart
from lmul_pe.sim.mutation.verdicts import EQUAL, GAP, KILLED, OPEN
from lmul_pe.sim.run.runner import SimulationError
from lmul_pe.sim.testbench.outcome import Outcome

UNIT = "mac_lmul_e2m1_fixed"


@pytest.mark.parametrize(
    ("proof", "outcome", "reason"),
    [
        (StreamProof(True, False, 1.0), EQUAL, "from a reset on"),
        (StreamProof(False, True, 1.0), GAP, "some inputs from a reset on"),
        (StreamProof(False, False, 1.0, 7), OPEN, "no difference in 7 cycles"),
    ],
)
def test_a_mutant_whose_registers_cannot_be_compared_is_tried_from_a_reset_on(
    proof, outcome, reason, monkeypatch, tmp_path
):
    def refuse(*arguments):
        raise SpecificationError("port 'sum.q' is 8 bits in the first design and missing")

    monkeypatch.setattr(verdicts, "proof_of", refuse)
    monkeypatch.setattr(verdicts, "told_apart", lambda mutants, mutant, seconds: proof)
    found, said = verdicts._proved(UNIT, 1, 1, tmp_path, 1)
    assert found == outcome
    assert reason in said


@pytest.mark.parametrize("unit", [UNIT, "array_ws_2x1_lmul_e2m1_fixed"])
def test_a_proof_is_about_registers_and_what_drives_them(unit, monkeypatch, tmp_path):
    mutants = mutants_of(unit, 1, 0)
    ready = re.search(r"cell (\$dff) (\S+)\n(?:(?!  end).*\n)*?\s+connect .Q .*_sum_", mutants.text)
    once = f"mutate -mode inv -module {unit} -cell {ready[2]} -port D -portbit 0"
    changes = tuple(Mutant(unit, each) for each in ("opt_clean", once, f"{once}; {once}"))
    monkeypatch.setattr(verdicts, "mutants_of", lambda *of: Mutants(unit, mutants.text, changes))
    found = [verdicts._proved(unit, 3, 0, tmp_path, number) for number in (1, 2, 3)]
    assert [outcome for outcome, _ in found] == [EQUAL, GAP, EQUAL]
    assert [reason.endswith("from any state") for _, reason in found] == [True, False, True]


@pytest.mark.parametrize(
    ("port", "spoiled"),
    [("tdata", r"{ 1'0 \1 [6:0] }"), ("tdata", r"{ \1 [7:1] 1'0 }"), ("tlast", "1'0")],
)
def test_a_proof_sees_every_bit_of_a_result(port, spoiled):
    mutants = mutants_of("mac_lmul_e5m2_e5m2", 1, 0)
    wrong, count = re.subn(
        rf"(?<=connect .m_axis_c_{port} )(.+)$", spoiled, mutants.text, flags=re.MULTILINE
    )
    assert count == 1
    right, other = (verdicts._cut(mutants, text) for text in (mutants.text, wrong))
    assert prove_equal(right, right, mutants.unit).proved
    assert not prove_equal(right, other, mutants.unit).proved


@pytest.mark.parametrize(
    ("design", "step"), [("lmul_e2m1", "_wrong_products"), ("mac_lmul_e2m1_e3m2", "_traced")]
)
def test_every_mutant_is_reported_once(design, step, monkeypatch, tmp_path):
    seen = {"_wrong_products": {1, 4}, "_traced": ([1, 4], [2, 3])}[step]
    monkeypatch.setattr(verdicts, step, lambda *of: seen)
    monkeypatch.setattr(verdicts, "spread", lambda of, items, jobs: [(i, of(i)) for i in items])
    monkeypatch.setattr(verdicts, "_benched", lambda *of: "wrong" if of[-1] == 2 else None)
    monkeypatch.setattr(verdicts, "_proved", lambda *of: (EQUAL, "by a proof"))
    reports = []
    found = verdicts.verdicts(design, 6, 0, tmp_path, 1, lambda *of: reports.append(of))
    killed = [1, 4] if step == "_wrong_products" else [1, 2, 4]
    assert [each.number for each in found if each.outcome == KILLED] == killed
    assert reports[0] == (0, f"checks of {design}")
    assert sum(done for done, _ in reports) == len(found) == 6


def test_a_mutant_is_told_from_its_design_by_some_inputs_or_by_none():
    mutants = mutants_of(UNIT, 1, 0)
    assert told_apart(mutants, Mutant(UNIT, "opt_clean"), 60).proved
    cell, port = (
        re.search(rf"-{option} (\S+)", mutants.list[0].command)[1] for option in ("cell", "port")
    )
    # What a cell gives is turned round, and turned back again.
    once = f"mutate -mode inv -module {UNIT} -cell {cell} -port {port} -portbit 0"
    assert told_apart(mutants, Mutant(UNIT, once), 60).refuted
    assert told_apart(mutants, Mutant(UNIT, f"{once}; {once}"), 60).proved


def test_a_design_that_fails_its_own_bench_is_refused_with_what_is_wrong(monkeypatch, tmp_path):
    outcomes = [
        Outcome(UNIT, "every beat", 9, 0, 0.1),
        Outcome(UNIT, "pauses", 9, 2, 0.1, "sum 3: expected 0x1, got 0x2"),
    ]
    monkeypatch.setattr(verdicts, "verilator", lambda: None)
    monkeypatch.setattr(verdicts, "benched", lambda *of: outcomes)
    with pytest.raises(SimulationError, match=f"{UNIT} itself fails its bench: sum 3: expected"):
        verdicts.verdicts(UNIT, 1, 0, tmp_path, 1)
