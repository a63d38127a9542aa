"""The table of coverage."""

from lmul_pe.model import unit_named
from lmul_pe.sim.coverage.goals import goals
from lmul_pe.sim.coverage.page import table

UNITS = [unit_named(f"{stem}_e2m1{end}") for stem, end in (("lmul", ""), ("exact", ""))]
MAC = unit_named("mac_lmul_e2m1_fp32")


def test_units_of_a_sort_are_added_and_the_rarest_situation_is_shown():
    hits = {unit.name: dict.fromkeys(goals(unit), 5) for unit in (*UNITS, MAC)}
    hits["exact_e2m1"]["operands: +zero x +zero"] = 2
    del hits[MAC.name]["lengths: sums of long beats"]
    lines = table([*UNITS, MAC], hits, "lmul-pe sim --fmt e2m1").splitlines()
    # Of five classes with two signs each: 100 pairs of either multiplier.
    assert "| multipliers | 2 | operands | 200 | 200 | 2 times |" in lines
    assert "| multiply-accumulate units | 1 | lengths | 5 | 4 | 0 times |" in lines
    assert lines[-1] == "By `lmul-pe sim --fmt e2m1`."
