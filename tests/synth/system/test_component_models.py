"""The module for hwcomponents: figures as in the table for Accelergy, and the real package."""

import ast
from dataclasses import replace

import pytest

from lmul_pe.synth.system.component_models import component_models
from tests.synth.small_report import ADDER_FJ, CLOCK_FJ, ENERGY_FJ, LEAKAGE_FJ, small_report

ARRAY = "lmul_pe_array_os_8x8_exact_e4m3_fp32"


def classes(text):
    """Class to its attributes; those of the base classes are left out."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found[node.name] = {
                each.targets[0].id: ast.literal_eval(each.value) for each in node.body
            }
            found[node.name]["base"] = node.bases[0].id
    return found


def test_figures_are_in_units_of_physics():
    report = small_report("e4m3")
    found = classes(component_models(report))
    assert set(found) == {f"lmul_pe_{each.name}" for each in report.designs if each.kind != "adder"}
    array, design = found[ARRAY], report.design("array_os_8x8_exact_e4m3_fp32")
    assert (array["component_name"], array["measured_width"]) == (ARRAY, 8)
    femtojoules = ENERGY_FJ["e4m3"]["exact"] + ADDER_FJ["array"] + 10 + 20 + CLOCK_FJ
    figures = array["measured"]
    assert figures["energy"] == pytest.approx(femtojoules * 1e-15, abs=0)
    # Leakage is over the clock of the report, 8 ns.
    assert figures["leak_power"] == pytest.approx(LEAKAGE_FJ * 1e-15 / 8e-9, abs=0)
    assert figures["area"] == pytest.approx(design.area_um2 / 64 * 1e-12, rel=1e-5, abs=0)
    assert figures["cycle"] == pytest.approx(design.delay_ps * 1e-12, rel=1e-5, abs=0)


def test_the_node_is_in_metres_where_it_is_known():
    report = small_report("e4m3")
    unknown = replace(report, library=replace(report.library, node_nm=None))
    for each, node in ((report, 45e-9), (unknown, None)):
        lines = component_models(each).splitlines()
        (line,) = (line for line in lines if line.startswith("_TECH_NODE = "))
        assert ast.literal_eval(line.removeprefix("_TECH_NODE = ")) == node


def test_a_design_of_two_formats_has_the_width_of_the_first():
    report = small_report("e4m3")
    design = replace(report.design("exact_e4m3"), name="exact_e4m3_x_bf16")
    found = classes(component_models(replace(report, designs=(design,))))
    assert found["lmul_pe_exact_e4m3_x_bf16"]["measured_width"] == 8


def test_only_what_sums_has_the_action():
    found = classes(component_models(small_report("e4m3")))
    assert found[ARRAY]["base"] == "_Summing"
    assert found["lmul_pe_exact_e4m3"]["base"] == "_Multiplying"


def test_a_text_of_a_report_stays_a_comment():
    report = replace(small_report("e4m3"), command='make synth\nimport os\n"""')
    assert "import os" not in [line.strip() for line in component_models(report).splitlines()]
    assert classes(component_models(report))


def test_the_real_package_loads_them(tmp_path):
    hwcomponents = pytest.importorskip("hwcomponents", reason="only where it was installed")
    path = tmp_path / "lmul_pe_e4m3.py"
    path.write_text(component_models(small_report("e4m3")))
    models = hwcomponents.get_models(str(path), include_installed=False)
    found = {model.__name__: model for model in models}
    expected = classes(path.read_text())
    assert set(found) == set(expected)
    for name, model in found.items():
        figures = expected[name]["measured"]
        measured = model(45e-9, 8)
        assert measured.compute().energy == measured.read().energy == figures["energy"]
        assert measured.area == figures["area"]
        assert measured.leak_power == figures["leak_power"]
        assert ("mac" in model.get_action_names()) == (expected[name]["base"] == "_Summing")
        with pytest.raises(ValueError, match="width"):
            model(45e-9, 7)
