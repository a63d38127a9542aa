"""Every picture says in words what it shows, and the words have the figures."""

import xml.etree.ElementTree as ET

import pytest
from lmul_pe.synth.report.sections.answer import answer
from lmul_pe.synth.report.sections.figures import PARTS, spending, workload_savings

from lmul_pe.synth.report.sections import figures

PICTURES = {
    "answer": lambda data: figures.answer_figure(data, answer(data)),
    "levels": lambda data: figures.levels_figure(data, "total_percent", "Saved"),
    "ladder": lambda data: figures.ladder_figure(data, "energy_over_adder", "Energy"),
    "parts": lambda data: figures.parts_figure(
        data, "mac", "multiply-accumulate with fp32 sums", "Units"
    ),
    "area": lambda data: figures.curve_figure(data, "bf16", "area"),
    "energy": lambda data: figures.curve_figure(data, "bf16", "energy"),
    "error": figures.error_figure,
    "workloads": figures.workload_figure,
    "sensitivity": figures.sensitivity_figure,
}
SAID = {
    "answer": "e4m3: bare adder 20 fJ, L-Mul 60 fJ, conventional 48 fJ, L-Mul +25 %",
    "levels": "bf16: multiplier 75, MAC 50, dot product 50, 8 x 8 array 50",
    "ladder": "e4m3: adder 1.00, raw 3.00, whole 3.00",
    "parts": "bf16 conventional: multiplier 200, adder 40, registers 10, control 20, clock 30, "
    "leakage 1",
    "area": "L-Mul from 200 at 200 ps to 50 at 800 ps",
    "energy": "conventional from 200 at 200 ps to 200 at 800 ps",
    "error": "e4m3 L-Mul: 5.2 % at 30 fJ",
    "workloads": "e4m3: normal -25 %, uniform -25 %",
    "sensitivity": "bf16: 0 fF, 20 ps 75 %, 2 fF, 20 ps 74 %",
}


@pytest.mark.parametrize("name", PICTURES)
def test_words_have_the_figures(name, data):
    found = PICTURES[name](data)
    assert SAID[name] in found.words
    ET.fromstring(found.svg)


def test_the_energy_of_a_unit_is_that_of_its_parts(data, expected):
    unit = next(each for each in data.designs if each.name == "mac_lmul_bf16_fp32")
    spent = spending(unit, data.parts)
    assert tuple(spent) == PARTS
    assert spent["multiplier"] == expected.energies_fj["bf16"]["lmul"]
    assert sum(spent.values()) == 50 + expected.rest_fj + 1


def test_savings_by_workload(data):
    assert workload_savings(data, "bf16") == pytest.approx({"normal": 75, "uniform": 75})
