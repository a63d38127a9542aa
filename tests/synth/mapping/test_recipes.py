"""Recipes are names, and commands that Yosys takes."""

import pytest

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.synth.mapping import recipes
from lmul_pe.synth.mapping.recipes import GENERIC, SCRIPTS, STRUCTURES


def test_a_recipe_is_named_by_structure_and_script():
    assert recipes.Recipe("gates", "area").name == "gates/area"


def test_structures_are_all_different():
    assert len(set(STRUCTURES.values())) == len(STRUCTURES)
    assert all(isinstance(structure, Architecture) for structure in STRUCTURES.values())
    # The array is spelled out: what Yosys makes of an operator is not ours to vary.
    assert "operator" not in {structure.array for structure in STRUCTURES.values()}


def test_a_target_stands_in_every_command_for_a_delay():
    for script, commands in recipes.TIMED_SCRIPTS.items():
        name = recipes.timed(script, 250)
        assert recipes.Recipe("gates", name).target_ps == 250
        _, mapping, *_ = recipes.back_end(name)
        assert mapping.count("-D,250") == commands.count("-D {target}") > 1
        assert "{" not in mapping
    assert recipes.Recipe("gates", "area").target_ps is None


def test_scripts_are_single_words_of_a_yosys_command():
    assert GENERIC not in SCRIPTS
    assert SCRIPTS.keys() > recipes.SMALL_ONLY | recipes.ADDERS_ONLY
    for script, commands in SCRIPTS.items():
        registers, mapping, *_ = recipes.back_end(script)
        assert registers == "dfflibmap -liberty cells.lib"
        options, word = mapping.split(" -script ")
        assert options == "abc -liberty cells.lib"
        assert " " not in word
        assert word[0] == "+"
        assert word[1:].replace(",", " ").split(";") == commands.split("; ")


def test_recipes_for_a_delay_name_structures_and_scripts_that_there_are():
    for listed in (
        recipes.TIMED_RECIPES,
        recipes.WIDE_TIMED_RECIPES,
        recipes.WIDE_UNIT_RECIPES,
    ):
        assert listed.keys() <= STRUCTURES.keys()
        for scripts in listed.values():
            assert set(scripts) <= recipes.TIMED_SCRIPTS.keys()
            assert len(set(scripts)) == len(scripts)


def test_scripts_that_read_restructured_logic_are_called_by_what_writes_it():
    for script, commands in (SCRIPTS | recipes.TIMED_SCRIPTS).items():
        reads = "&r netlist.aig" in commands
        assert (recipes.restructuring(script) in recipes.RESTRUCTURINGS) == reads
    for name in recipes.RESTRUCTURINGS:
        assert "&write,netlist.aig" in recipes.restructured(name)[1]


@pytest.mark.parametrize(
    ("script", "needed"),
    [
        # Resubstitution, flow-based mapping and sizing.
        *(("fraig", True), ("flow", True), ("deep-nf", True), ("speed@250", True)),
        *(("deep-map@1", True), ("area", False), ("deep-area", False), ("generic", False)),
    ],
)
def test_what_abc_does_with_a_script_decides_whether_it_needs_a_buffer(script, needed):
    assert recipes.needs_buffer(script) == needed


def test_a_recipe_without_its_target_is_that_of_any():
    recipe = recipes.Recipe("gates", "deep-nf@250")
    assert recipe.without_target == recipes.Recipe("gates", "deep-nf")
    assert recipe.without_target.without_target == recipe.without_target


def test_what_does_not_begin_with_restructuring_has_none():
    assert recipes.restructuring("deep-nf@250") == "deep"
    assert recipes.restructuring("deeper-nf") == "deeper"
    assert recipes.restructuring("area") is None
    assert recipes.restructuring("prefix-map@1") is None


def test_the_back_end_of_a_target_is_that_of_its_script():
    _, mapping, *_ = recipes.back_end("deep-nf@250")
    assert "-D,250" in mapping
    _, plain, *_ = recipes.back_end("deep-nf")
    assert "-D" not in plain
