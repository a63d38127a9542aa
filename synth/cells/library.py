"""The technologies that can be named: those of :file:`tech`, and any Liberty files.

A built-in technology is one file in that folder, which states everything about it, its place in
the order of names included.
"""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .liberty.reader import read_liberty
from .technology import (
    Cell,
    ClockGate,
    FlipFlop,
    Output,
    Passive,
    Technology,
    TechnologyError,
)

_Table = Mapping[str, Any]
"""A file of the folder, or a part of one, as JSON has it."""

_TABLES: dict[str, Path] = {
    path.stem: path for path in (Path(__file__).parent / "tech").glob("*.json")
}


def _table(name: str) -> _Table:
    table: _Table = json.loads(_TABLES[name].read_text(encoding="utf-8"))
    return table


BUILT_IN = tuple(sorted(_TABLES, key=lambda name: (_table(name)["order"], name)))
"""Names of the built-in technologies; the first is the default."""


def load_technology(name: str) -> Technology:
    """The technology of the given name or Liberty files.

    Parameters
    ----------
    name : str
        One of :data:`BUILT_IN`, or the path of a Liberty file (``.lib``, ``.lib.gz``), or those of
        several that make one library, with commas or blanks between them.

    Raises
    ------
    TechnologyError
        There is no such technology or file, or the file cannot be used.
    """
    if name in BUILT_IN:
        table = _table(name)
        return _built_in(table, _own_reading(table))
    return read_liberty(*_liberty_paths(name))


def slew_variants(name: str) -> tuple[Technology, ...]:
    """The technology of the given name or Liberty files, read at several input slews.

    The first is :func:`load_technology`'s; the others are at half and at twice its slew, and of a
    built-in technology at those of its file.

    Raises
    ------
    TechnologyError
        As of :func:`load_technology`.
    """
    if name in BUILT_IN:
        table = _table(name)
        others = table.get("other_slews", ())
        return tuple(_built_in(table, reading) for reading in (_own_reading(table), *others))
    paths = _liberty_paths(name)
    own = read_liberty(*paths)
    return own, *(
        read_liberty(*paths, input_slew_ps=slew, load_ff=own.load_ff)
        for slew in (own.input_slew_ps / 2, own.input_slew_ps * 2)
    )


def _liberty_paths(name: str) -> list[Path]:
    """The files that ``name`` is the paths of, unless it is the misspelt name of a technology."""
    names = [name] if Path(name).exists() else name.replace(",", " ").split() or [name]
    for each in names:
        if each in BUILT_IN:
            raise TechnologyError(
                f"technology {name!r} joins {each}, which is whole: expected it alone, or the "
                "paths of Liberty files"
            )
        path = Path(each)
        if each and (path.exists() or each.endswith((".lib", ".lib.gz")) or path.name != each):
            continue
        close = difflib.get_close_matches(each.lower(), BUILT_IN, n=1, cutoff=0.4)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise TechnologyError(
            f"unknown technology {each!r}: expected {', '.join(BUILT_IN)} or the "
            f"path of a Liberty file (.lib, .lib.gz){hint}"
        )
    return [Path(each) for each in names]


def _own_reading(table: _Table) -> _Table:
    return {"input_slew_ps": table["read_at"]["input_slew_ps"], "cells": table["cells"]}


def _built_in(table: _Table, reading: _Table) -> Technology:
    """The technology of a table, with its cells as they were read at one slew."""

    def cell(entry: _Table) -> Cell:
        return _cell(entry, tuple(table["leakage_states"].get(entry["name"], ())))

    return Technology(
        name=table["library"],
        node_nm=table["node_nm"],
        voltage=table["voltage"],
        temperature=table["temperature"],
        source=table["source"],
        licence=table["licence"],
        input_slew_ps=reading["input_slew_ps"],
        load_ff=table["read_at"]["load_ff"],
        cells={entry["name"]: cell(entry) for entry in reading["cells"]},
        layout={entry["name"]: cell(entry) for entry in table["layout"]},
        clock_gates={entry["name"]: cell(entry) for entry in table["clock_gates"]},
        passive={
            name: Passive(constants={pin: bool(value) for pin, value in pins.items()})
            for name, pins in table["ties"].items()
        },
    )


def _cell(entry: _Table, leakage_states: tuple[float, ...]) -> Cell:
    flip_flop = None
    if "ff" in entry:
        flip_flop = FlipFlop(
            clock=entry["ff"]["clocked_on"],
            next_state=entry["ff"]["next_state"],
            state=tuple(entry["ff"]["state"]),
            clear=entry["ff"].get("clear"),
            preset=entry["ff"].get("preset"),
            clock_energy_fj=entry["clock_energy"],
            setup_ps=entry["setup"],
        )
    clock_gate = None
    if "gate" in entry:
        clock_gate = ClockGate(
            **entry["gate"], clock_energy_fj=entry["clock_energy"], setup_ps=entry["setup"]
        )
    outputs = {
        pin: Output(
            function=output["function"],
            energy_fj=output["energy"],
            max_load_ff=output["max_load"],
            delay={related: (line[0], line[1]) for related, line in output["delay"].items()},
            edges={
                related: ((rise[0], rise[1]), (fall[0], fall[1]))
                for related, (rise, fall) in output.get("edges", {}).items()
            },
        )
        for pin, output in entry["outputs"].items()
    }
    return Cell(
        name=entry["name"],
        area_um2=entry["area"],
        leakage_nw=entry["leakage"],
        inputs=dict(entry["inputs"]),
        outputs=outputs,
        flip_flop=flip_flop,
        clock_gate=clock_gate,
        leakage_states=leakage_states,
    )
