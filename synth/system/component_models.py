"""Measured designs as a Python module of models for ``hwcomponents``, Accelergy's successor.

The module needs ``hwcomponents`` alone, from version 1.0 on; it finds the classes by itself
(``get_models("lmul_pe_e4m3.py")``).  Units are J, s, W and m2.
"""

from collections.abc import Iterator

from lmul_pe.model import unit_named
from lmul_pe.synth.results.record import Design, Report

from .components import PREFIX, provenance

_FJ = 1e-15
_PS = 1e-12
_UM2 = 1e-12
_NM = 1e-9

_HEAD = '''\
"""Energy with glitches and clock, area and leakage, each of one multiplier's share."""

# {provenance}

from hwcomponents import ActionCost, ComponentModel, action

_TECH_NODE = {node}


class _Multiplying(ComponentModel):
    priority = 0.9
    measured_width: int
    measured: dict[str, float]

    def __init__(self, tech_node: float | None = None, width: int | None = None):
        super().__init__(leak_power=self.measured["leak_power"], area=self.measured["area"])
        self.width = self.assert_match(width, self.measured_width, "width", "measured width")
        self.tech_node = _TECH_NODE
        if tech_node is not None and _TECH_NODE is not None:
            self.tech_node = self.scale_tech_node(tech_node, _TECH_NODE)

    def _cost(self) -> ActionCost:
        cycle = self.measured["cycle"]
        return ActionCost(energy=self.measured["energy"], latency=cycle, throughput=1 / cycle)

    @action
    def compute(self) -> ActionCost:
        return self._cost()

    @action
    def multiply(self) -> ActionCost:
        return self._cost()

    @action
    def read(self) -> ActionCost:
        return self._cost()

    @action
    def write(self) -> ActionCost:
        return ActionCost(energy=0.0, latency=0.0, throughput=float("inf"))


class _Summing(_Multiplying):
    @action
    def mac(self) -> ActionCost:
        return self._cost()
'''


def component_models(report: Report) -> str:
    """The text of the module: a class for each measured design, named as in the CSV file.

    Operands of another width are refused, as a format does not scale with it.
    """
    node = report.library.node_nm
    head = _HEAD.format(
        provenance=_one_line(provenance(report)),
        node=None if node is None else f"{node * _NM:.6g}",
    )
    models = [
        "\n".join(_lines(report, design)) for design in report.designs if design.kind != "adder"
    ]
    return "\n\n".join([head, *models])


def _lines(report: Report, design: Design) -> Iterator[str]:
    energy = design.energy_fj
    leak_w = energy.leakage * _FJ / (report.assumptions.clock_ps * _PS)
    words = f"{design.summary}; workload {design.workload}; netlist {design.netlist}"
    measured = {
        "energy": (energy.glitch + energy.clock) * _FJ,
        "cycle": design.delay_ps * _PS,
        "leak_power": leak_w,
        "area": design.area_um2 / design.operations_per_cycle * _UM2,
    }
    yield f"class {PREFIX}{design.name}({'_Summing' if design.parts else '_Multiplying'}):"
    # A comment and no docstring, so that no text of a report can end it.
    yield f"    # {_one_line(words)}"
    yield f'    component_name = "{PREFIX}{design.name}"'
    yield f"    measured_width = {unit_named(design.name).operand_formats[0].width}"
    figures = ", ".join(f'"{key}": {value:.6g}' for key, value in measured.items())
    yield f"    measured = {{{figures}}}"
    yield ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
