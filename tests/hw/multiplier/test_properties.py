"""Relations between products of gates, in which the model has no say."""

import pytest

from lmul_pe.hw.multiplier.component import CombinationalMultiplier
from lmul_pe.model import multiplier_named
from lmul_pe.model.multiplier.vectors import check_pairs
from tests.model.multiplier.properties import broken

NAMES = [
    "lmul_e4m3",
    "lmul_e5m2_gradual",
    "lmul_e3m2_equation",
    "lmul_bf16",
    "exact_e4m3",
    "exact_fp16_gradual",
    "table_e4m3",
]


@pytest.fixture
def products(gates, outputs):
    multipliers = {name: multiplier_named(name) for name in NAMES}
    netlists = gates({name: CombinationalMultiplier(each) for name, each in multipliers.items()})

    def of(netlist):
        return lambda a, b: outputs(netlist, a=a, b=b)

    return {name: (of(netlists[name]), multipliers[name]) for name in NAMES}


def test_of_gates(products):
    found = {}
    for name, (product, multiplier) in products.items():
        a, b = check_pairs(multiplier, 4_000, 5)
        found[name] = broken(product, multiplier, a, b)
    assert found == {name: [] for name in NAMES}
