"""The page and its data files, from the rows."""

import base64
import json
from dataclasses import asdict, fields
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lmul_pe.synth.report.sections.all import sections
from lmul_pe.synth.report.sections.answer import answer, facts, sentence
from lmul_pe.synth.report.sections.figures import answer_figure
from lmul_pe.synth.results.page_data import PageData

from .table import Table, csv_text

PAGE = "index.html"
FOLDER = "data"


def page_files(data: PageData, command: str) -> dict[str, bytes]:
    """Every file by its path in the folder of the page; ``command`` is what makes them."""
    return {PAGE: page(data, command).encode()} | data_files(data, command)


def page(data: PageData, command: str) -> str:
    """The page, which needs no other file."""
    environment = Environment(
        loader=PackageLoader("lmul_pe.synth.report"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"breakable": breakable, "code": code, "download": download}
    found = answer(data)
    return environment.get_template("page.html.jinja").render(
        data=data,
        found=found,
        sentence=sentence(data, found),
        facts=facts(data, found),
        first=answer_figure(data, found),
        sections=sections(data),
        command=command,
    )


def data_files(data: PageData, command: str) -> dict[str, bytes]:
    """All rows behind the page: a CSV file for each kind, and one JSON file with all."""
    everything = {
        field.name: [asdict(row) for row in value]
        for field in fields(data)
        if isinstance(value := getattr(data, field.name), tuple) and field.name != "formats"
    }
    head: dict[str, Any] = {
        "formats": list(data.formats),
        "technology": data.technology,
        "workload": data.workload,
        "command": command,
    }
    files = {f"{FOLDER}/{name}.csv": csv_text(rows).encode() for name, rows in everything.items()}
    text = json.dumps(head | everything, indent=1, allow_nan=False) + "\n"
    return files | {f"{FOLDER}/report.json": text.encode()}


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


def download(table: Table) -> str:
    """The address of a link that holds the table as a CSV file."""
    return "data:text/csv;base64," + base64.b64encode(table.csv().encode()).decode()
