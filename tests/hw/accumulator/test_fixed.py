"""Fixed-point sums: gates of a step against the model."""

from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.model import mac_named
from tests.hw.steps import ReadOut
from tests.model import reference
from tests.sweep import some

FEW = ["mac_exact_e2m1_fixed_terms7", "mac_lmul_e2m1_fixed_to_e4m3", "mac_lmul_e4m3_fixed"]
FEW += ["mac_exact_e4m3_fixed_msb9_lsbm6", "mac_exact_e4m3_fixed_msb1_lsb0"]
FIXED = ["mac_exact_e4m3_fixed", "mac_exact_e5m2_gradual_fixed", "mac_exact_e2m3_fixed"]
FIXED += ["mac_lmul_e4m3_gradual_fixed_terms1", "mac_exact_e4m3fnuz_fixed_to_bf16"]
WINDOWS = ["mac_lmul_e5m2_fixed_msb4_lsbm20_to_e5m2"]
WINDOWS += ["mac_exact_bf16_fixed_msb40_lsbm40", "mac_lmul_fp32_fixed_msb30_lsbm50"]
WINDOWS += ["mac_exact_fp16_gradual_fixed_msb20_lsbm30_to_fp16"]


@pytest.mark.parametrize("names", some([FEW[:2], [*FEW[2:], *FIXED], WINDOWS], 1))
def test_a_step_is_the_models(names, step_differences):
    assert step_differences(names) == []


@pytest.mark.parametrize("adders", some(["gates", "cells"], 1))
@pytest.mark.parametrize(
    "name",
    [
        "mac_exact_e2m1_fixed_msb7_lsbm3_to_e4m3",
        "mac_exact_e2m1_fixed_msb4_lsbm6_to_e2m3",
        "mac_exact_e2m1_fixed_msb3_lsbm7_to_e5m2",
        "mac_exact_e2m1_fixed_msb10_lsb0_to_e3m4",
    ],
)
def test_every_register_is_rounded_once_by_definition(name, adders, gates, outputs):
    """Subnormal results, ties, and what is beyond the largest number are all among them."""
    mac = mac_named(name)
    path = Datapath(mac, Architecture(adders=adders))
    # Operands are numbers, so that a state is the register alone.
    register = mac.accumulator.register(mac.multiplier)
    assert path.sum.state_bits == register.width
    netlist = gates({"read_out": ReadOut(path)})["read_out"]
    states = np.arange(2**register.width)
    found = outputs(netlist, state=states)
    result = reference.format_of(mac.accumulator.result)
    unit = reference.power_of_two(register.lsb)
    expected = []
    for state in states.tolist():
        value = reference.wrapped(state, register.width)[0] * unit
        expected.append(reference.encode(result, abs(Fraction(value)), value < 0))
    assert found.tolist() == expected
