"""What is said of mutants that no check kills."""

import re

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.sim.formal.reachability import StreamProof
from lmul_pe.sim.mutation import verdicts
from lmul_pe.sim.mutation.mutants import Mutant, Mutants, mutants_of
from lmul_pe.sim.mutation.reached import told_apart
from lmul_pe.sim.mutation.verdicts import EQUAL, GAP, OPEN
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
