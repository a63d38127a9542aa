"""The report for people: Markdown, and tables in the terminal."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


def markdown(report: Mapping[str, Any], command: str) -> str:
    """``report`` as Markdown; ``command`` is what makes it again."""
    environment = Environment(
        loader=PackageLoader("synth"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    template = environment.get_template("report.md.jinja")
    workloads = list(report["assumptions"]["workloads"])
    return template.render(report=report, workloads=workloads, command=command)


def print_report(report: Mapping[str, Any], console: Console) -> None:
    """The figures and the savings of ``report`` as two tables, and what they say of the claim."""
    assumptions = report["assumptions"]
    workload = report["designs"][0]["workload"]
    table = Table(
        title=f"{report['format']} multipliers in {report['technology']}, "
        f"{assumptions['voltage']} V, workload {workload}",
        caption="GE: area of the smallest recipe in NAND2. Energy: functional, no glitches, of the "
        "recipe of least energy, with the 95 % interval of the sampling. Delay: of that recipe, no "
        "target. xA: times the bare adder.",
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
    )
    table.add_column("design", no_wrap=True)
    for heading in ("GE", "xA", "um2", "energy fJ", "xA", "delay ps"):
        table.add_column(heading, justify="right", no_wrap=True)
    for design in report["designs"]:
        energy = design["energy_by_workload"][workload]
        table.add_row(
            design["name"],
            f"{design['least_area']['gate_equivalents']:.1f}",
            _times(design, "area"),
            f"{design['least_area']['area_um2']:.4g}",
            f"{energy['functional']:.4g} ±{energy['uncertainty']:.2g}",
            _times(design, "energy"),
            f"{design['delay_ps']:.0f}",
        )
    console.print(table)

    workloads = list(assumptions["workloads"])
    savings = Table(
        title="saved, in % (negative: lost): area, delay, and energy by workload",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    for heading in ("design", "instead of"):
        savings.add_column(heading, no_wrap=True)
    for heading in ("area", "delay", *workloads):
        savings.add_column(heading, justify="right")
    for saving in report["savings"]:
        savings.add_row(
            saving["design"],
            saving["baseline"],
            f"{saving['area_percent']:.1f}",
            f"{saving['delay_percent']:.1f}",
            *(
                f"{saving['energy_percent'][name]:.1f}" if name in saving["energy_percent"] else ""
                for name in workloads
            ),
        )
    console.print(savings)
    checked = report["designs"][0]["checked"]
    extent = (
        "every operand pair" if checked["every_pair"] else f"{checked['pairs']:,} operand pairs"
    )
    console.print(f"Every netlist was checked bit for bit against the model on {extent}.")
    for verdict in report["claims"]["verdicts"]:
        console.print(verdict["text"])


def _times(design: Mapping[str, Any], what: str) -> str:
    """How many times the bare adder a multiplier takes; nothing for what contains more."""
    return f"{design['over_adder'][what]:.2f}" if "over_adder" in design else ""
