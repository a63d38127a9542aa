"""Both styles of exported Verilog compute the same: what is for FPGAs, and what is of gates."""

import pytest

from lmul_pe.hw.arithmetic.architecture import STYLES
from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import CATALOG, unit_named
from lmul_pe.sim.formal.equivalence import prove_equal
from tests.sweep import some

NARROW = [name for name, format in CATALOG.items() if format.mantissa_bits <= 4]
OTHERS = ["lmul_e5m2_gradual", "lmul_bf16_equation", "lmul_fp32_raw", "lmul_e4m3_zero"]
OTHERS += ["lmul_e4m3_x_e5m2_to_fp16", "lmul_e4m3_nan", "lmul_e5m2_saturate", "lmul_e2m1ieee"]
OTHERS += ["exact_e4m3_gradual", "exact_e5m2_rtz", "exact_e4m3_x_e5m2_to_e4m3fnuz"]


@pytest.mark.parametrize(
    "name",
    some(
        [
            *("lmul_e4m3", "exact_e4m3", "lmul_bf16", *OTHERS[:4]),
            *(f"lmul_{name}" for name in CATALOG if name not in ("e4m3", "bf16")),
            *(f"exact_{name}" for name in NARROW if name != "e4m3"),
            *OTHERS[4:],
        ],
        3,
    ),
)
def test_both_styles_are_proved_equal(name):
    operators, gates = (
        exported_verilog(unit_named(name), name, style) for style in STYLES.values()
    )
    assert operators != gates
    assert prove_equal(operators, gates, name).proved


def test_the_proof_can_fail():
    name = "lmul_bf16"
    operators, gates = (
        exported_verilog(unit_named(name), name, style) for style in STYLES.values()
    )
    wrong = operators.replace("13'h11", "13'h12")
    assert wrong != operators
    assert not prove_equal(wrong, gates, name).proved
