"""Blocks as modules: which there are, what they say of each other, and which are equal."""

import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.mapping import blocks
from lmul_pe.synth.mapping.blocks import (
    TOP,
    block_source,
    block_texts,
    different,
    role_of,
    sort_of,
)
from lmul_pe.synth.mapping.memo import Memo
from lmul_pe.synth.mapping.recipes import STRUCTURES as STRUCTURES_BY_NAME

STRUCTURES = ("gates", "cells")


def texts_of(name, structures=STRUCTURES, wanted=lambda module, structure: True, memo=None):
    return block_texts(unit_named(name), structures, wanted, memo)


def test_the_top_comes_first_and_names_its_blocks():
    texts = texts_of("mac_exact_e2m1_fixed")
    assert next(iter(texts)) == TOP
    assert set(texts) == {TOP, "unit_multiply", "unit_add", "unit_finish"}
    top = block_source(texts, TOP, "gates", ("area", "flow"))
    assert top.scripts == ("area", "flow")
    assert {name for name, _ in top.blocks} == {"unit_multiply", "unit_add", "unit_finish"}
    declarations = dict(top.blocks)
    assert declarations["unit_multiply"].startswith(
        "module unit_multiply(input [3:0] a, input [3:0] b"
    )
    assert "input [0:0] clk" in declarations["unit_finish"]
    assert block_source(texts, "unit_add", "cells", ()).blocks == ()


def test_an_element_is_a_block_with_blocks():
    texts = texts_of("array_os_2x3_lmul_e2m1_e4m3")
    element = block_source(texts, "unit_element", "gates", ())
    assert [name for name, _ in element.blocks] == ["unit_multiply", "unit_add"]


def test_only_arithmetic_has_structures():
    texts = texts_of("array_ws_2x3_exact_e2m1_fixed_partial")
    assert set(texts["unit_multiply"]) == set(texts["unit_add"]) == {"gates", "cells"}
    for module, structures in texts.items():
        if sort_of(module) == "control":
            assert set(structures) == {"gates"}
            # In whatever structure it is asked for.
            other = block_source(texts, module, "cells", ())
            assert other == block_source(texts, module, "gates", ())


def test_only_what_is_wanted_is_there_in_other_structures():
    texts = texts_of(
        "mac_exact_e2m1_fixed",
        ("gates", "sklansky", "cells"),
        lambda module, structure: (module, structure) == ("unit_add", "cells"),
    )
    assert set(texts["unit_add"]) == {"gates", "cells"}
    assert set(texts["unit_multiply"]) == set(texts["unit_finish"]) == {"gates"}
    everything = texts_of("mac_exact_e2m1_fixed", ("gates", "sklansky", "cells"))
    assert texts["unit_add"]["cells"] == everything["unit_add"]["cells"]


def test_of_equal_structures_the_first_stands_for_all():
    # Adders have no array.
    texts = texts_of("mac_exact_e2m1_fixed", ("gates", "mixed", "cells", "booth8"))
    assert different(texts, "unit_add", ("gates", "booth8", "cells")) == ["gates", "booth8"]
    assert different(texts, "unit_multiply", ("cells", "gates", "tree")) == ["cells", "gates"]
    assert different(texts, TOP, ("cells", "gates")) == ["gates"]


def test_what_was_elaborated_is_not_again(monkeypatch):
    memo = Memo()
    first = texts_of("mac_lmul_e2m1_fp32", memo=memo)
    monkeypatch.setattr(blocks, "rtlil_modules", lambda *_: pytest.fail("elaborated again"))
    assert texts_of("mac_lmul_e2m1_fp32", memo=memo) == first


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("mac_lmul_e2m1_e4m3", "array_os_4x2_lmul_e2m1_e4m3", ["multiply", "add"]),
        ("array_os_4x2_lmul_e2m1_e4m3", "array_os_2x4_lmul_e2m1_e4m3", ["element", "delay_a"]),
        pytest.param(
            *("mac_lmul_e2m1_aligned", "dot4_lmul_e2m1_aligned", ["multiply"]),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_equal_blocks_of_different_designs_are_equal(one, other, equal):
    first, second = texts_of(one), texts_of(other)
    for role in equal:
        assert first[f"{TOP}_{role}"] == second[f"{TOP}_{role}"]


def test_roles_and_sorts():
    assert role_of("unit_add_sum_sum") == "add_sum_sum"
    assert role_of(TOP) == TOP
    assert sort_of("unit_add_sum_sum") == sort_of("unit_finish") == "adder"
    assert sort_of("unit_fold") == "multiplier"
    assert sort_of("unit_delay_a") == sort_of(TOP) == "control"


MADE = {
    TOP: {
        "gates": (
            "module \\unit\n  wire width 4 input 1 \\a\n  cell \\unit_add \\add\n  end\nend\n"
        )
    },
    "unit_add": {
        "gates": (
            "module \\unit_add\n"
            "  wire width 4 input 1 \\a\n"
            "  wire input 2 \\b\n"
            "  wire width 12 output 3 \\y\n"
            "  wire width 3 \\inside\n"
            "end\n"
            "module \\other\n"
            "  wire input 1 \\c\n"
            "end\n"
        ),
        "cells": "another",
    },
}


def test_a_block_is_declared_by_its_ports_alone():
    top = block_source(MADE, TOP, "cells", ("area",))
    assert top.rtlil == MADE[TOP]["gates"]
    assert top.blocks == (
        (
            "unit_add",
            "module unit_add(input [3:0] a, input [0:0] b, output [11:0] y);\nendmodule\n",
        ),
    )


def test_a_block_is_taken_in_the_structure_that_is_asked_for():
    for structure, text in MADE["unit_add"].items():
        source = block_source(MADE, "unit_add", structure, ())
        assert (source.module, source.rtlil) == ("unit_add", text)


def test_blocks_of_an_array_are_elaborated_from_one_element(monkeypatch):
    asked = []

    def rtlil_modules(specification, top, architecture, wanted=None):
        asked.append((specification.name, top, architecture))
        modules = ("unit", "unit_element", "unit_multiply", "unit_add", "unit_delay_a")
        return {
            module: f"{module} by {len(asked)}"
            for module in modules
            if wanted is None or wanted(module)
        }

    monkeypatch.setattr(blocks, "rtlil_modules", rtlil_modules)
    name = "array_ws_2x3_exact_e2m1_fixed_partial"
    texts = texts_of(
        name,
        ("gates", "cells", "rows", "tree"),
        # Of a block that is no arithmetic nothing is asked.
        lambda module, structure: (
            (module, structure)
            in {("unit_add", "cells"), ("unit_multiply", "tree"), ("unit_delay_a", "rows")}
        ),
    )
    smallest = "array_ws_1x1_exact_e2m1_fixed_partial"
    assert asked == [
        (name, TOP, STRUCTURES_BY_NAME["gates"]),
        (smallest, TOP, STRUCTURES_BY_NAME["cells"]),
        (smallest, TOP, STRUCTURES_BY_NAME["tree"]),
    ]
    assert texts == {
        "unit": {"gates": "unit by 1"},
        "unit_element": {"gates": "unit_element by 1"},
        "unit_multiply": {"gates": "unit_multiply by 1", "tree": "unit_multiply by 3"},
        "unit_add": {"gates": "unit_add by 1", "cells": "unit_add by 2"},
        "unit_delay_a": {"gates": "unit_delay_a by 1"},
    }
