"""The page and its data files, from results."""

import base64
import json

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lmul_pe.model.command.project import repository, version

from .section import Results, Section
from .sections import answers, energy, fpga, measured, pipeline, published
from .sections.split import split
from .sections.verdict import Lead, lead
from .table import AnyTable, csv_files

PAGE = "index.html"
FOLDER = "data"


def sections(results: Results) -> list[Section]:
    """Every section, in their order."""
    priced = answers.priced(results)
    return [
        *([answers.section(priced)] if priced else []),
        measured.savings(results),
        split(results),
        measured.curves(results),
        measured.errors(results),
        published.claims(results),
        measured.ladder(results),
        measured.parts(results),
        *measured.clock_gates(results),
        measured.designs(results),
        measured.clocks(results),
        measured.workloads(results),
        measured.sensitivity(results),
        published.gates(results),
        published.memory(results),
        *([fpga.section(results.fpga)] if results.fpga else []),
        *([energy.page_section(results.ledgers)] if results.ledgers else []),
        *([pipeline.section(results.pipeline)] if results.pipeline else []),
        published.others(results),
        measured.method(results),
    ]


def page_files(results: Results, command: str) -> dict[str, bytes]:
    """Every file by its path in the folder of the page; ``command`` is what makes them."""
    first, shown = lead(results), sections(results)
    tables = [first.table, *(table for section in shown for table in section.tables)]
    files = {f"{FOLDER}/{name}": content for name, content in csv_files(tables).items()}
    everything = {
        "formats": list(results.formats),
        "technology": results.technology,
        "measured_on": results.measured_on,
        "workload": results.workload,
        "command": command,
        "tables": {table.name: table.records() for table in tables},
    }
    text = json.dumps(everything, indent=1, allow_nan=False) + "\n"
    files[f"{FOLDER}/report.json"] = text.encode()
    return {PAGE: _page(results, first, shown, command).encode(), **files}


def _page(results: Results, first: Lead, shown: list[Section], command: str) -> str:
    """The page, which needs no other file."""
    environment = Environment(
        loader=PackageLoader("lmul_pe.synth.report"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"breakable": breakable, "code": code, "download": download}
    return environment.get_template("page.html.jinja").render(
        results=results,
        lead=first,
        sections=shown,
        command=command,
        answers=answers.COMMAND,
        version=version(),
        repository=repository(),
    )


def breakable(name: str) -> Markup:
    """A name of a design, which may be broken into lines at its underscores."""
    return Markup("_<wbr>").join(name.split("_"))


def code(text: str) -> Markup:
    """``text`` with what stands between backquotes as code."""
    pieces = [
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(text.split("`"))
    ]
    return Markup("").join(pieces)


def download(table: AnyTable) -> str:
    """The address of a link that holds the table as a CSV file."""
    return "data:text/csv;base64," + base64.b64encode(table.csv().encode()).decode()
