"""The guarded L-Mul on merged constants against the general one."""

from itertools import cycle, product

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import ADDERS, TESTS, Architecture
from lmul_pe.hw.export.verilog import rtlil_text
from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.hw.multiplier.component import CombinationalMultiplier
from lmul_pe.hw.multiplier.lmul_guarded import add_fields, applies_to
from lmul_pe.model import Multiplier, format_named, multiplier_named
from tests.sweep import some

USUAL = ["lmul_e4m3", "lmul_fp32", "lmul_e5m2fnuz", "lmul_e2m1", "lmul_e3m4_offset15"]
USUAL += ["lmul_bf16_offset0", "lmul_e4m3_latency3"]
OTHER = ["lmul_e4m3_raw", "lmul_e4m3_equation", "lmul_e4m3_gradual", "lmul_e5m2_saturate"]
OTHER += ["lmul_e4m3_nan", "lmul_e4m3_x_e5m2", "lmul_e4m3_to_e5m2", "lmul_e4m3b11fnuz"]
OTHER += ["lmul_e4m3b5", "lmul_e4m3b5finite", "lmul_e5m2b0", "lmul_e5m2_x_bf16", "exact_e4m3"]


@pytest.mark.parametrize("name", USUAL)
def test_it_builds_the_usual_multipliers(name):
    assert applies_to(multiplier_named(name))


@pytest.mark.parametrize("name", OTHER)
def test_it_leaves_other_multipliers_to_the_general_path(name):
    assert not applies_to(multiplier_named(name))


@pytest.fixture
def equal(tmp_path):
    """A function that tells whether Yosys' SAT solver proves two designs equal, given as RTLIL."""

    def proved(first, second):
        (tmp_path / "both.il").write_text(first + second)
        log = run_yosys(
            [
                "read_rtlil both.il",
                "proc",
                "opt -fast",
                "miter -equiv -flatten guarded general miter",
                "sat -prove trigger 0 miter",
            ],
            tmp_path,
        )
        return "no model found: SUCCESS!" in log

    return proved


@pytest.fixture
def general(monkeypatch):
    """A function that gives the RTLIL of a multiplier by the general path."""

    def text(multiplier):
        with monkeypatch.context() as patch:
            patch.setattr("lmul_pe.hw.multiplier.lmul.applies_to", lambda multiplier: False)
            return rtlil_text(CombinationalMultiplier(multiplier), "general")

    return text


def guarded(multiplier, adders="gates", tests="result"):
    component = CombinationalMultiplier(multiplier, Architecture(adders=adders, tests=tests))
    return rtlil_text(component, "guarded")


def test_the_proof_is_about_two_circuits_and_can_fail(equal, general):
    multiplier, other = (Multiplier("lmul", "e4m3", offset=offset) for offset in (1, 2))
    assert guarded(multiplier).replace("guarded", "general") != general(multiplier)
    assert not equal(guarded(multiplier), general(other))


SMALL = ["e2m3", "e5m2", "e3m2", "e2m1", "e4m3", "e4m3fnuz", "e3m4"]
GATES = [adders for adders in ADDERS if not Architecture(adders=adders).operators]


@pytest.mark.parametrize("name", some(SMALL, 2))
def test_every_offset_gives_what_the_general_path_gives(name, equal, general):
    # In turn by each adder, its range tested in either way.
    multipliers = [
        Multiplier("lmul", name, offset=offset)
        for offset in range(2 ** format_named(name).mantissa_bits)
    ]
    assert [
        multiplier.name
        for multiplier, way in zip(multipliers, cycle(product(GATES, TESTS)), strict=False)
        if not equal(guarded(multiplier, *way), general(multiplier))
    ] == []


@pytest.mark.parametrize("name", some(["e2m5finite", "bf16", "fp16", "e5m6", "e2m5fnuz"], 1))
@pytest.mark.parametrize(
    ("part", "tests"), [(0.0, "rows"), (0.06, "result"), (0.5, "rows"), (0.999, "result")]
)
def test_wide_formats_give_what_the_general_path_gives(name, part, tests, equal, general):
    offset = int(part * 2 ** format_named(name).mantissa_bits)
    multiplier = Multiplier("lmul", name, offset=offset)
    assert equal(guarded(multiplier, tests=tests), general(multiplier))


@pytest.mark.parametrize(
    ("adders", "tests"), [("gates", "result"), ("cells", "rows"), ("sklansky", "rows")]
)
@pytest.mark.parametrize(
    "name", some(["e4m3", "bf16", "e5m2", "e5m2fnuz", "e2m1", "fp32", "tf32"], 1)
)
def test_the_papers_offset_gives_what_the_general_path_gives(name, adders, tests, equal, general):
    multiplier = Multiplier("lmul", name)
    assert equal(guarded(multiplier, adders, tests), general(multiplier))


class Fields(wiring.Component):
    """The sum of `add_fields`, and how many carries leave it."""

    def __init__(self, constant, bits, adders):
        self.constant, self.architecture = constant, Architecture(adders=adders)
        super().__init__({"a": In(bits), "b": In(bits), "y": Out(bits + 2)})

    def elaborate(self, platform):
        m = Module()
        bits = len(self.a)
        total = add_fields(
            m, self.a, self.b, self.constant, bits=bits, architecture=self.architecture
        )
        number = Cat(*(left ^ right for left, right in total.halves))
        m.d.comb += self.y.eq(number + ((total.carry + Const(0, 1) + total.over) << bits))
        return m


@pytest.mark.parametrize("adders", some(GATES, 1))
def test_fields_and_constant_add_up(adders, gates, outputs):
    bits = 5
    a, b = (codes.ravel() for codes in np.meshgrid(np.arange(2**bits), np.arange(2**bits)))
    netlists = gates(
        {f"fields_{constant}": Fields(constant, bits, adders) for constant in range(2**bits)}
    )
    for constant, netlist in enumerate(netlists.values()):
        np.testing.assert_array_equal(outputs(netlist, a=a, b=b), a + b + constant)
