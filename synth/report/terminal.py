"""The report for people: Markdown, and tables in the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from lmul_pe.synth.measuring.cost import PARTS


def markdown(report: Mapping[str, Any], command: str, template: str = "report.md.jinja") -> str:
    """``report`` as Markdown; ``command`` is what makes it again."""
    return markdown_template("lmul_pe.synth.report", template).render(
        report=report,
        workloads=list(report["assumptions"]["workloads"]),
        units=[design for design in report["designs"] if "parts" in design],
        parts=PARTS,
        command=command,
    )


def markdown_template(package: str, name: str) -> Template:
    """A template of Markdown in ``package``, which refuses names that it is not given."""
    environment = Environment(
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.get_template(name)


def print_report(report: Mapping[str, Any], console: Console) -> None:
    """The figures and the savings of ``report`` as tables, and what they say of the claims."""
    assumptions = report["assumptions"]
    workload = report["designs"][0]["workload"]
    table = Table(
        title=f"{report['format']} multipliers in {report['technology']}, "
        f"{assumptions['voltage']} V, workload {workload}",
        caption="GE: area of the smallest recipe in NAND2. Energy: functional, of the recipe of "
        "least energy, with the 95 % interval of the sampling; then with the glitches of its "
        "delays. Delay: of that recipe, no target. xA: times the bare adder.",
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
    )
    table.add_column("design", no_wrap=True)
    for heading in ("GE", "xA", "um2", "energy fJ", "xA", "+glitches", "xA", "delay ps"):
        table.add_column(heading, justify="right", no_wrap=True)
    for design in report["designs"]:
        if design["level"] != "multiplier":
            continue
        energy = design["energy_by_workload"][workload]
        table.add_row(
            design["name"],
            f"{design['least_area']['gate_equivalents']:.1f}",
            f"{design['over_adder']['area']:.2f}",
            f"{design['least_area']['area_um2']:.4g}",
            f"{energy['functional']:.4g} ±{energy['uncertainty']:.2g}",
            f"{design['over_adder']['energy']:.2f}",
            f"{energy['glitch']:.4g}",
            f"{design['over_adder']['glitch']:.2f}",
            f"{design['delay_ps']:.0f}",
        )
    console.print(table)
    points = equal_clock_table(report)
    if points:
        console.print(points)
    units = [design for design in report["designs"] if "parts" in design]
    if units:
        console.print(units_table(units))
    console.print(savings_table(report["savings"], list(assumptions["workloads"])))
    checked = report["designs"][0]["checked"]
    extent = (
        "every operand pair" if checked["every_pair"] else f"{checked['pairs']:,} operand pairs"
    )
    console.print(
        f"Every netlist was checked bit for bit against the model: multipliers on {extent}"
        f"{', units on sums of products' if units else ''}."
    )
    for each in report["left_out"]:
        console.print(f"Left out of {each['level']}: {each['why']}.")
    for sentence in report["levels"]:
        console.print(sentence)
    for verdict in report["claims"]["verdicts"]:
        console.print(verdict["text"])


def equal_clock_table(report: Mapping[str, Any]) -> Table | None:
    """The multipliers at each equal clock; None if no design has any."""
    listed = sorted(
        (
            (design["name"], point)
            for design in report["designs"]
            if design["level"] == "multiplier"
            for point in design["iso_delay"]
        ),
        key=lambda each: float(each[1]["clock_ps"]),
    )
    if not listed:
        return None
    table = Table(
        title="the same at equal clocks, with registers at inputs and outputs",
        caption="What cannot meet the clock is not listed. Registers, which are the same on both "
        "sides, are in no figure but the last: fJ of clock and data.",
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
    )
    table.add_column("design", no_wrap=True)
    headings = ("ps", "GE", "xA", "functional fJ", "+glitches", "xA", "leakage", "registers fJ")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, point in listed:
        energy, over, around = point["energy_fj"], point["over_adder"], point["registers"]
        table.add_row(
            name,
            f"{point['clock_ps']:.0f}",
            f"{point['least_area']['gate_equivalents']:.1f}",
            f"{over['area']:.2f}" if over else "",
            f"{energy['functional']:.4g}",
            f"{energy['glitch']:.4g}",
            f"{over['glitch']:.2f}" if over else "",
            f"{energy['leakage']:.3g}",
            f"{around['clock_fj'] + around['data_fj']:.4g}",
        )
    return table


def units_table(units: Sequence[Mapping[str, Any]]) -> Table:
    """Area, energy and the shares of the parts of every unit."""
    table = Table(
        title="units: area of the whole, energy of one multiply-accumulate",
        caption="Shares in %: multiplier/adder/registers/control, in area, and in energy with "
        "glitches and clock; the clock's energy is the registers'.",
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
    )
    table.add_column("unit", no_wrap=True)
    headings = (
        "GE",
        "energy fJ",
        "+glitches",
        "clock",
        "leakage",
        "delay ps",
        "area %",
        "energy %",
    )
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for design in units:
        energy = design["energy_fj"]
        sampled = design["energy_by_workload"][design["workload"]]
        table.add_row(
            design["name"],
            f"{design['least_area']['gate_equivalents']:.0f}",
            f"{energy['functional']:.4g} ±{sampled['uncertainty']:.2g}",
            f"{energy['glitch']:.4g} ±{sampled['glitch_uncertainty']:.2g}",
            f"{energy['clock']:.4g}",
            f"{energy['leakage']:.3g}",
            f"{design['delay_ps']:.0f}",
            _shares(design["least_area"]["parts"], "area_share"),
            _shares(design["parts"], "glitch_share"),
        )
    return table


def _shares(parts: Mapping[str, Mapping[str, float]], what: str) -> str:
    return "/".join(f"{100 * part[what]:.0f}" for part in parts.values())


def savings_table(savings: Sequence[Mapping[str, Any]], workloads: Sequence[str]) -> Table:
    """What is saved, in percent."""
    table = Table(
        title="saved, in % (negative: lost): area, delay, energy with glitches by workload, the "
        "same with clock and leakage; then at an equal clock",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    for heading in ("design", "instead of"):
        table.add_column(heading, no_wrap=True)
    for heading in ("area", "delay", *workloads, "+clock", "=area", "=energy", "=+clock"):
        table.add_column(heading, justify="right")
    for saving in savings:
        by_workload = saving["glitch_percent_by_workload"]
        equal = [
            f"{point[what]:.1f}"
            for point in saving["iso_delay"][:1]
            for what in ("area_percent", "glitch_energy_percent", "total_energy_percent")
        ]
        table.add_row(
            saving["design"],
            saving["baseline"],
            f"{saving['area_percent']:.1f}",
            f"{saving['delay_percent']:.1f}",
            *(f"{by_workload[name]:.1f}" if name in by_workload else "" for name in workloads),
            f"{saving['total_energy_percent']:.1f}",
            *equal,
        )
    return table
