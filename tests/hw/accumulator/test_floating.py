"""Floating-point sums: gates of a step against the model."""

from itertools import product

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import ARRAYS, FULL_ADDERS, PORTABLE, Architecture
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.model import CATALOG, KINDS, code_type, mac_named
from lmul_pe.model.multiplier.vectors import boundary_codes, check_pairs
from tests.hw.steps import ReadOut, Step
from tests.model import reference
from tests.sweep import some

NARROW = [name for name, format in CATALOG.items() if format.width <= 8]
FEW = ["mac_lmul_e5m2_equation_fp16", "mac_exact_e4m3_e4m3_fused", "mac_exact_e2m3_e2m1"]
FEW += ["mac_lmul_e2m1_gradual_e2m1"]
POLICIES = ["mac_lmul_e4m3_offset0_gradual_e4m3", "mac_exact_e5m2_gradual_fp16"]
POLICIES += ["mac_exact_e4m3_gradual_e3m4fn_fused", "mac_lmul_e4m3_x_e5m2_fp32"]
POLICIES += ["mac_exact_e5m2_x_e3m4_gradual_bf16", "mac_exact_e4m3fnuz_gradual_e5m2fnuz"]
POLICIES += ["mac_exact_e3m2_e4m3b5finite"]
SOME_WIDE = ["mac_lmul_bf16_fp32", "mac_exact_fp16_gradual_fp32"]
WIDE = ["mac_exact_bf16_fp32", "mac_exact_bf16_bf16"]
WIDE += ["mac_lmul_fp16_fp32", "mac_exact_bf16_x_e4m3_fp16"]
WIDE += ["mac_exact_fp32_fp32", "mac_exact_fp32_fp32_fused"]
MORE_WIDE = ["mac_lmul_fp32_fp32", "mac_exact_fp16_fp16_fused", "mac_exact_fp32_e11m52"]
MORE_WIDE += ["mac_exact_tf32_gradual_fp32", "mac_exact_fp32_gradual_fp32_fused"]
MORE_WIDE += ["mac_lmul_fp32_gradual_bf16", "mac_lmul_fp16_x_e4m3_gradual_fp32"]
MORE_WIDE += ["mac_lmul_bf16_bf16", "mac_exact_bf16_gradual_bf16_fused"]
ARCHITECTURES = [Architecture(*choice) for choice in product(ARRAYS, FULL_ADDERS, FULL_ADDERS)]


def stepped(mac, c, a, b):
    """The model's sums after one step from the codes ``c``."""
    sums = mac.accumulator.start(mac.multiplier, len(c), c)
    sums.add_pairs([(a, b)])
    return sums.result()


def sums_for(mac, a, b, random):
    """Codes of sums for pairs: any, boundaries, and what all but cancels the product."""
    format = mac.accumulator.format
    count = len(a)
    anything = random.integers(0, 2**format.width, size=count, dtype=np.uint64)
    edges = random.choice(boundary_codes(format), size=count).astype(np.uint64)
    alone = stepped(mac, np.zeros(count, dtype=code_type(format)), a, b).astype(np.uint64)
    step = random.choice([0, 0, 1, 2, -1], size=count).astype(np.uint64)
    near = (alone + step) ^ np.uint64(2**format.magnitude_bits)
    chosen = random.integers(0, 3, size=count)
    codes = np.select([chosen == 0, chosen == 1], [anything, edges], near)
    return (codes & np.uint64(2**format.width - 1)).astype(code_type(format))


@pytest.fixture
def differences(gates, outputs):
    """A function that lists, for units by name, the first step that each gets wrong."""

    def listed(names, architecture=PORTABLE, count=10_000):
        macs = [mac_named(name) for name in names]
        netlists = gates({mac.name: Step(mac, architecture) for mac in macs})
        faults = []
        for mac in macs:
            random = np.random.default_rng([3, *mac.name.encode()])
            a, b = check_pairs(mac.multiplier, count, seed=5)
            if len(a) > 65_536:
                # Boundaries with boundaries are more than are asked for.
                picked = random.choice(len(a), size=count, replace=False)
                a, b = a[picked], b[picked]
            c = sums_for(mac, a, b, random)
            expected, found = (
                stepped(mac, c, a, b),
                outputs(netlists[mac.name], a0=a, b0=b, c=c)["y"],
            )
            wrong = np.flatnonzero(found != expected)
            if wrong.size:
                first = wrong[0]
                faults.append(
                    f"{mac.name}: {wrong.size} of {len(a)} steps, first {int(c[first]):#x} + "
                    f"{int(a[first]):#x} * {int(b[first]):#x}: gates {int(found[first]):#x}, "
                    f"model {int(expected[first]):#x}"
                )
        return faults

    return listed


@pytest.mark.parametrize("name", some(["e4m3", "e5m2", "e4m3fnuz"], 0))
def test_every_pair_of_eight_bits_into_fp32(name, differences):
    assert differences([f"mac_{kind}_{name}_fp32" for kind in KINDS]) == []


@pytest.mark.parametrize("name", some(["e2m1", "e4m3", "e5m2", "e4m3fnuz"], 1))
def test_every_pair_into_its_own_format(name, differences):
    assert differences([f"mac_{kind}_{name}_{name}" for kind in KINDS]) == []


@pytest.mark.parametrize("names", some([FEW[:2], [*FEW[2:], *POLICIES]], 1))
def test_policies_and_mixed_formats(names, differences):
    assert differences(names) == []


@pytest.mark.parametrize("names", some([SOME_WIDE[:1], [*SOME_WIDE[1:], *WIDE]], 1))
def test_wide_formats(names, differences):
    assert differences(names) == []


@pytest.mark.parametrize(
    "architecture",
    some([Architecture("booth8", "gates", "cells"), Architecture("and", "cells", "gates")], 0),
)
def test_architectures(architecture, differences):
    names = ["mac_exact_e4m3_fp32", "mac_lmul_e5m2_e5m2", "mac_exact_bf16_gradual_bf16"]
    assert differences(names, architecture) == []


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("accumulator", ["fp32", "fp16", "bf16", "e4m3", "e5m2fnuz", "e11m52"])
def test_every_narrow_format_into_every_accumulator(kind, accumulator, differences):
    names = [
        f"mac_{kind}_{name}{subnormals}_{accumulator}"
        for name in NARROW
        for subnormals in ("", "_gradual")
    ]
    assert differences(names) == []


@pytest.mark.long
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=repr)
def test_every_architecture(architecture, differences):
    assert (
        differences([*FEW, *POLICIES, *SOME_WIDE, *WIDE, *MORE_WIDE], architecture, count=60_000)
        == []
    )


@pytest.mark.parametrize(
    "name", some(["mac_exact_e2m1_e4m3_fused", "mac_lmul_e4m3_e3m4", "mac_exact_e4m3_e5m2"], 1)
)
def test_steps_are_those_of_rational_arithmetic(name, gates, outputs):
    mac = mac_named(name)
    multiplier, format = mac.multiplier, reference.format_of(mac.accumulator.format)
    formats = [reference.format_of(each) for each in (multiplier.format, multiplier.format_b)]
    random = np.random.default_rng([9, *name.encode()])
    a, b = (random.integers(0, 2**each.width, size=2000) for each in formats)
    c = random.integers(0, 2**format.width, size=2000)
    found = outputs(gates({"step": Step(mac)})["step"], a0=a, b0=b, c=c)["y"]
    for first, second, start, code in zip(
        *(each.tolist() for each in (a, b, c, found)), strict=True
    ):
        addend = reference.product_addend(formats, first, second, offset=multiplier.offset)
        expected = reference.float_sum(format, [[addend]], fused=mac.accumulator.fused, start=start)
        assert code == expected, (first, second, start)


@pytest.mark.parametrize("latency", some([3, 2, 4], 1))
def test_partial_sums_are_added_in_a_tree_of_neighbours(latency, gates, outputs):
    mac = mac_named(f"mac_lmul_e2m1_e4m3_latency{latency}")
    path = Datapath(mac, PORTABLE)
    netlist = gates({"read_out": ReadOut(path)})["read_out"]
    random = np.random.default_rng(latency)
    partials = random.integers(0, 256, size=(latency, 2000))
    state = sum(partial << 8 * index for index, partial in enumerate(partials))
    found = outputs(netlist, state=state)
    format = reference.format_of(mac.accumulator.format)

    def add(first, second):
        return reference.float_addition(
            format, reference.code_addend(format, first), reference.code_addend(format, second)
        )

    expected = [reference.pairwise(codes, add) for codes in partials.T.tolist()]
    assert found.tolist() == expected
