"""Mutants of exported designs are what Yosys says, and differ as they should."""

import numpy as np
import pytest

from lmul_pe.model import Multiplier, SpecificationError
from lmul_pe.model.multiplier.specification import every_pair
from lmul_pe.sim.formal.equivalence import prove_equal
from lmul_pe.sim.mutation.gates import Gates, constant, packed
from lmul_pe.sim.mutation.mutants import SELECT, mutants_of


def test_a_switched_design_is_the_design_itself_and_each_of_its_mutants():
    multiplier = Multiplier("lmul", "e2m1")
    mutants = mutants_of(multiplier.name, 40, 0)
    assert mutants.list == mutants_of(multiplier.name, 40, 0).list
    a, b = (side.ravel() for side in every_pair(multiplier))
    gates = Gates(mutants.gates, mutants.unit)
    values = gates.values({"a": packed(a, 4), "b": packed(b, 4)}, 4)

    def differs(number):
        values[gates.place(SELECT)] = constant(number, mutants.select_bits)
        gates.settle(values)
        return bool((values[gates.place("y")] ^ packed(multiplier.compute(a, b), 4)).any())

    assert not differs(0)
    numbers = range(1, len(mutants.list) + 1)
    found = {number for number in numbers if differs(number)}
    assert len(numbers) > len(found) > len(numbers) // 2
    # A solver, on each mutant alone, finds the same ones different.
    alone = [*sorted(found)[:4], *sorted(set(numbers) - found)[:4]]
    for number in alone:
        proof = prove_equal(mutants.text, mutants.one(mutants.list[number - 1]), mutants.unit)
        assert proof.proved == (number not in found)


def test_mutants_of_an_instance_are_of_its_cells_alone():
    design = "array_ws_2x1_lmul_e2m1_fixed/control"
    mutants = mutants_of(design, 30, 0)
    assert (mutants.unit, mutants.specification.name) == (design[:-8], design[:-8])
    assert len(mutants.list) == 30
    assert all("-cell $flatten\\control_$" in mutant.command for mutant in mutants.list)
    assert all(
        " in control, line " in place or place.endswith(" in control")
        for place in (mutant.place for mutant in mutants.list)
    )
    # Of the same unit as a whole there are others.
    assert not set(mutants.list) & set(mutants_of(mutants.unit, 30, 0).list)


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ("array_os_2x2_lmul_e2m1_fixed/contrl", "instance 'contrl' is not one of .* 'control'"),
        ("mac_lmul_e4m3_fp32/control", "has no instance 'control', nor any other"),
    ],
)
def test_an_instance_that_is_not_there_is_refused(design, message):
    with pytest.raises(SpecificationError, match=message):
        mutants_of(design, 5, 0)


def test_a_place_says_what_is_changed():
    mutants = mutants_of("lmul_e2m1", 5, 0)
    assert all(" of $" in mutant.place and " in line " in mutant.place for mutant in mutants.list)
    assert np.unique([mutant.command for mutant in mutants.list]).size == 5
