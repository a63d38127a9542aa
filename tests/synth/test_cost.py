"""What parts cost: who pays for a net, and how costs add up."""

import pytest

from synth.cost import PARTS, Cost, Part, bare_cost, cost, part_of
from synth.netlist import Instance, Netlist
from synth.sequential import simulate


def two_blocks():
    """An inverter of the multiplier drives a NAND of the adder and an output port."""
    return Netlist(
        "two",
        {"a": (2,), "b": (3,)},
        {"y": (5,), "p": (4,)},
        (
            Instance("i", "INV", {"A": 2}, {"Y": 4}, "unit_multiply"),
            Instance("n", "NAND", {"A": 4, "B": 3}, {"Y": 5}, "unit_add"),
        ),
    )


def toggling(cycle, _):
    return {"a": [cycle & 1], "b": [1]}


def test_a_net_costs_the_part_whose_pins_it_loads(tiny):
    netlist = two_blocks()
    found = cost(simulate(netlist, tiny, toggling, 1, 5), netlist, tiny, wire_ff=0.5)
    # 2 V: 2 fJ per fF and toggle; every net but b toggles in every cycle.
    multiplier, adder = found.parts["multiplier"], found.parts["adder"]
    assert (multiplier.switching_fj, multiplier.internal_fj) == (2.5 * 2, 0.5)
    assert (adder.switching_fj, adder.internal_fj) == (3.5 * 2, 0.25)
    assert (multiplier.area_um2, adder.area_um2) == (1.0, 2.0)
    assert (multiplier.leakage_nw, adder.leakage_nw) == (3.0, 5.0)
    assert found.parts["registers"] == found.parts["control"] == Part()
    assert found.total.functional_fj == 5.5 + 7.25
    assert found.uncertainty_fj == 0


def test_costs_add_up_and_multiply():
    one = Cost({name: Part(1, 2, 3, 4, 5) for name in PARTS}, 3.0)
    other = Cost(dict.fromkeys(PARTS, Part(area_um2=1)), 4.0)
    both = one + other * 2
    assert both.parts["adder"] == Part(3, 2, 3, 4, 5)
    assert both.uncertainty_fj == pytest.approx((9 + 64) ** 0.5)
    assert both.total.functional_fj == 4 * 7


def test_cells_that_never_toggle_cost_area_and_leakage(tiny):
    found = bare_cost(two_blocks(), tiny)
    assert (found.total.area_um2, found.total.leakage_nw) == (3.0, 8.0)
    assert found.total.functional_fj == 0


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("unit_multiply", "multiplier"),
        ("unit_fold", "multiplier"),
        ("unit_add_product_product", "adder"),
        ("unit_begin", "adder"),
        ("unit_finish", "adder"),
        ("unit_element", "control"),
        ("unit_delay_c", "control"),
        ("unit", "control"),
    ],
)
def test_gates_belong_to_the_part_of_their_module(module, part):
    instance = Instance("x", "INV", {}, {}, module)
    assert part_of(instance, register=False) == part
    assert part_of(instance, register=True) == "registers"
