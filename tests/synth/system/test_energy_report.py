"""The record of a ledger."""

import pytest

from lmul_pe.model.command.project import version
from lmul_pe.synth.system.energy_report import ENERGY, energy_report
from lmul_pe.synth.system.ledger import compared, machine
from lmul_pe.synth.system.operations import Run, counts
from lmul_pe.synth.system.transformer import transformer
from lmul_pe.synth.system.unit import comparison
from tests.synth.small_report import small_report


def test_a_record_says_what_is_saved_at_both_bounds_and_reads_back(tmp_path):
    units = comparison(small_report("fp16"), small_report)
    counted = counts(transformer("smollm2-135m"), Run("prefill", 1, 64))
    found = compared(counted, units, machine(45.0, "nangate45"))
    record = energy_report("lmul-pe energy", found, (), ())
    assert (record.schema, record.command, record.version) == (1, "lmul-pe energy", version())
    assert [each.instead_of for each in record.saved] == ["conventional fp16", "conventional bf16"]
    for each, other in zip(record.saved, found.others, strict=True):
        kindest, hardest = (
            100 - 100 * found.lmul.joules(high) / other.joules(high) for high in (False, True)
        )
        assert each.kindest_percent == pytest.approx(kindest)
        assert each.hardest_percent == pytest.approx(hardest)
        assert each.kindest_percent > each.hardest_percent
    path = tmp_path / "energy.json"
    path.write_bytes(ENERGY.text(record))
    assert ENERGY.read(path, "make energy") == record
