"""Lines over mantissas: their powers, where they cross, and the file that holds them."""

from dataclasses import replace

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.results.scaling import SCALING, scaling_line
from tests.synth.small_scaling import BITS, small_scaling, with_gates_alone


def test_every_cost_that_is_there_has_a_power():
    scaling = small_scaling()
    for kind, power in (("adder", 1), ("lmul", 1), ("exact", 2)):
        line = scaling.line("multiplier", kind, 5)
        assert list(line.growth) == ["gates", "area", "energy", "delay", "fastest"]
        for cost in ("gates", "area", "energy"):
            assert line.growth[cost].power == pytest.approx(power, abs=1e-9)
        assert line.growth["delay"].power == pytest.approx(1, abs=1e-9)
    assert list(scaling.line("mac", "lmul", 5).growth) == ["area", "energy", "delay"]
    assert scaling.line("multiplier", "lmul", 8) is None


def test_lines_cross_where_they_were_made_to():
    found = {
        (each.line.level, each.cost): (each.mantissa_bits, each.is_first)
        for each in small_scaling().crossings()
    }
    assert found == {
        **{("multiplier", cost): (3, False) for cost in ("gates", "area", "energy")},
        **{("mac", cost): (3, False) for cost in ("area", "energy")},
        # They are equal.
        ("multiplier", "delay"): (None, False),
        ("multiplier", "fastest"): (None, False),
        ("mac", "delay"): (None, False),
    }


def test_what_is_below_throughout_is_so_from_the_first():
    scaling = small_scaling(laws={"lmul": lambda n: 5 * n, "exact": lambda n: 6 * n**2})
    assert {each.is_first for each in scaling.crossings() if each.cost == "gates"} == {True}


def test_only_widths_that_both_have_are_compared():
    whole = small_scaling()
    few = with_gates_alone(whole, 12)
    lines = [
        one if one.kind == "lmul" else other
        for one, other in zip(whole.lines, few.lines, strict=True)
    ]
    found = replace(whole, lines=tuple(lines)).crossings()
    (energy,) = (each for each in found if (each.line.level, each.cost) == ("multiplier", "energy"))
    assert energy.mantissa_bits == pytest.approx(3)
    assert len(energy.line.costs("energy")) == len(energy.other.costs("energy")) + 1


def test_of_wide_ones_gates_alone_count():
    scaling = with_gates_alone(small_scaling(), 12)
    line = scaling.line("multiplier", "exact", 5)
    assert [bits for bits, _ in line.costs("gates")] == list(BITS)
    assert [bits for bits, _ in line.costs("energy")] == list(BITS[:-1])


def test_the_file_gives_the_record_again(tmp_path):
    scaling = small_scaling()
    path = tmp_path / "scaling.json"
    path.write_bytes(SCALING.text(scaling))
    assert SCALING.read(path, "make scaling") == scaling
    path.write_text("{}")
    with pytest.raises(SpecificationError, match=r"no file of make scaling .*`make scaling` makes"):
        SCALING.read(path, "make scaling")


def test_too_few_points_are_refused():
    line = small_scaling().lines[0]
    with pytest.raises(SpecificationError, match="too few"):
        scaling_line(line.level, line.kind, 5, line.points[:4])
