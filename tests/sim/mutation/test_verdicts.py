"""What is said of mutants that no check kills."""

from lmul_pe.model import SpecificationError
from lmul_pe.sim.mutation import verdicts
from lmul_pe.sim.mutation.verdicts import OPEN


def test_a_mutant_whose_registers_cannot_be_compared_is_open(monkeypatch, tmp_path):
    def refuse(*arguments):
        raise SpecificationError("port 'sum.q' is 8 bits in the first design and missing")

    monkeypatch.setattr(verdicts, "proof_of", refuse)
    outcome, reason = verdicts._proved("mac_lmul_e2m1_fixed", 1, 1, tmp_path, 1)
    assert outcome == OPEN
    assert "registers" in reason
