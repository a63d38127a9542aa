"""Blocks as modules: which there are, what they say of each other, and which are equal."""

import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.mapping.blocks import TOP, block_sources, role_of, sort_of

STRUCTURES = ("gates", "cells")


def test_the_top_comes_first_and_names_its_blocks():
    sources = block_sources(unit_named("mac_exact_e2m1_fixed"), STRUCTURES)
    assert next(iter(sources)) == TOP
    assert set(sources) == {TOP, "unit_multiply", "unit_add", "unit_finish"}
    (top,) = sources[TOP].values()
    assert {name for name, _ in top.blocks} == {"unit_multiply", "unit_add", "unit_finish"}
    declarations = dict(top.blocks)
    assert declarations["unit_multiply"].startswith(
        "module unit_multiply(input [3:0] a, input [3:0] b"
    )
    assert "input [0:0] clk" in declarations["unit_finish"]
    assert sources["unit_add"]["cells"].blocks == ()


def test_an_element_is_a_block_with_blocks():
    sources = block_sources(unit_named("array_os_2x3_lmul_e2m1_e4m3"), STRUCTURES)
    (element,) = sources["unit_element"].values()
    assert [name for name, _ in element.blocks] == ["unit_multiply", "unit_add"]


def test_only_arithmetic_has_structures():
    sources = block_sources(unit_named("array_ws_2x3_exact_e2m1_fixed_partial"), STRUCTURES)
    assert set(sources["unit_multiply"]) == {"gates", "cells"}
    assert set(sources["unit_add"]) == {"gates", "cells"}
    sources = block_sources(unit_named("mac_exact_e2m1_fixed"), ("gates", "booth8", "cells"))
    # Adders have no array, and are ripples or prefix networks.
    assert set(sources["unit_add"]) == {"gates", "cells"}
    for module, structures in sources.items():
        if sort_of(module) == "control":
            assert set(structures) == {"gates"}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("mac_lmul_e2m1_e4m3", "array_os_4x2_lmul_e2m1_e4m3", ["multiply", "add"]),
        ("array_os_4x2_lmul_e2m1_e4m3", "array_os_2x4_lmul_e2m1_e4m3", ["element", "delay_a"]),
        ("mac_lmul_e2m1_aligned", "dot4_lmul_e2m1_aligned", ["multiply"]),
    ],
)
def test_equal_blocks_of_different_designs_are_equal(one, other, equal):
    first, second = (block_sources(unit_named(name), STRUCTURES) for name in (one, other))
    for role in equal:
        assert first[f"{TOP}_{role}"] == second[f"{TOP}_{role}"]


def test_roles_and_sorts():
    assert role_of("unit_add_code_code") == "add_code_code"
    assert role_of(TOP) == TOP
    assert sort_of("unit_add_code_code") == sort_of("unit_finish") == "adder"
    assert sort_of("unit_fold") == "multiplier"
    assert sort_of("unit_delay_a") == sort_of(TOP) == "control"
