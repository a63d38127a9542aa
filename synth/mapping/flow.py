"""Synthesis: a design through a recipe onto a technology, cached by content."""

import hashlib
import json
import logging
import math
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from joblib import Memory

from lmul_pe.hw.export.yosys import YosysError, run_yosys
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.technology import Cell, Technology, TechnologyError
from lmul_pe.synth.netlists.netlist import Netlist, read_netlist

from .recipes import (
    GATED_BITS,
    GENERIC,
    GENERIC_BACK_END,
    RESTRUCTURINGS,
    back_end,
    front_end,
    needs_buffer,
    restructured,
    restructuring,
)


@dataclass(frozen=True)
class Mapped:
    """A mapped module: its netlist, and the same as structural Verilog."""

    netlist: Netlist
    verilog: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text: equal for equal netlists."""
        return hashlib.sha256(self.verilog.encode()).hexdigest()


def _commands(script: str) -> tuple[str, ...]:
    return GENERIC_BACK_END if script == GENERIC else back_end(script)


def _run(
    rtlil: str,
    module: str,
    blocks: str,
    scripts: tuple[str, ...],
    liberty: str,
    full_adder: str,
    gating: tuple[str, ...],
) -> dict[str, tuple[str, str]]:
    """JSON and Verilog of the netlist by each of ``scripts``, from one elaboration."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "design.il").write_text(rtlil)
        (folder / "cells.lib").write_text(liberty)
        (folder / "full_adder.v").write_text(full_adder)
        (folder / "blocks.v").write_text(blocks)
        (folder / _RESETS_FILE).write_text(_resets())
        listed = ["read_liberty -lib cells.lib"] if liberty else []
        listed += ["read_verilog -lib blocks.v", "read_rtlil design.il"]
        listed += [f"hierarchy -top {module}", *front_end(), *gating]
        listed.append("design -save gates")
        written = None
        # Those that begin alike one behind the other: how they begin is done once.
        for script in sorted(scripts, key=lambda script: restructuring(script) or ""):
            wanted = restructuring(script)
            if wanted and wanted != written:
                listed += ["design -load gates", *restructured(wanted)]
                written = wanted
            listed.append("design -load gates")
            listed += _commands(script)
            listed.append(f"write_json {script}.json")
            listed.append(f"write_verilog -noattr -noexpr -nohex -nodec {script}.v")
        run_yosys(listed, folder)
        return {
            script: ((folder / f"{script}.json").read_text(), (folder / f"{script}.v").read_text())
            for script in scripts
        }


def _map(
    rtlil: str,
    module: str,
    blocks: str,
    scripts: tuple[str, ...],
    liberty: str,
    full_adder: str,
    gating: tuple[str, ...],
    tools: str,
) -> dict[str, Any]:
    """What :func:`_run` gives, with a digest that tells a whole cache entry from another.

    ABC gives up on some netlists with some scripts: those are left out, with its last words.
    """
    netlists: dict[str, tuple[str, str]] = {}
    failed: dict[str, str] = {}
    try:
        netlists = _run(rtlil, module, blocks, scripts, liberty, full_adder, gating)
    except YosysError:
        for script in scripts:
            try:
                netlists |= _run(rtlil, module, blocks, (script,), liberty, full_adder, gating)
            except YosysError as error:
                failed[script] = str(error)
    return {"netlists": netlists, "failed": failed, "digest": _digest(netlists, failed)}


def _is_whole(result: Any) -> bool:
    """Whether a result from the cache is what :func:`_map` returned."""
    try:
        return bool(result["digest"] == _digest(result["netlists"], result["failed"]))
    except (KeyError, TypeError):
        return False


def _digest(*contents: object) -> str:
    return hashlib.sha256(repr(contents).encode()).hexdigest()


@cache
def tool_versions() -> dict[str, str]:
    """Versions of what decides a result."""
    return {name: version(name) for name in ("amaranth", "lmul-pe", "numpy", "pyosys")}


class Synthesis:
    """Maps designs, each combination of design, recipe and technology once.

    Parameters
    ----------
    folder
        Where results are kept.  An entry that is broken, or was written in part, is made again.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._map = Memory(folder, verbose=0).cache(_map)
        # joblib logs an entry that it cannot read, with a traceback, and makes it again.
        logging.getLogger("joblib").setLevel(logging.ERROR)

    def map(
        self,
        rtlil: str,
        module: str,
        scripts: tuple[str, ...],
        technology: Technology | None,
        blocks: Mapping[str, str] | None = None,
    ) -> dict[str, Mapped]:
        """The netlist of ``module`` by each of ``scripts`` that succeeds, one at least.

        Scripts that need a buffer are left out if the technology has none, were it all of them.
        Without a technology, ``scripts`` is ``("generic",)``.

        Parameters
        ----------
        blocks
            Modules that stand in ``module`` and are mapped by themselves: name to declaration in
            Verilog.

        Raises
        ------
        TechnologyError
            Yosys or ABC cannot use the technology's cells.
        """
        if technology and not technology.has_buffer:
            scripts = tuple(script for script in scripts if not needs_buffer(script))
            if not scripts:
                return {}
        gates = technology.gate_sizes if technology and _REGISTER in rtlil else ()
        arguments = (
            rtlil,
            module,
            "\n".join([*(blocks or {}).values(), *map(_declaration, gates)]),
            scripts,
            liberty_text(technology) if technology else "",
            full_adder_map(technology) if technology else "",
            clock_gating(technology) if technology and gates else (),
            json.dumps([tool_versions(), front_end(), RESTRUCTURINGS, *map(_commands, scripts)]),
        )
        with warnings.catch_warnings():
            # joblib warns of arguments that it takes long to write.
            warnings.simplefilter("ignore", UserWarning)
            result = self._map(*arguments)
            if not _is_whole(result):
                self._map.call_and_shelve(*arguments).clear()
                result = self._map(*arguments)
        if not result["netlists"]:
            where = technology.name if technology else "generic gates"
            error = next(iter(result["failed"].values()))
            raise TechnologyError(f"{module} cannot be mapped onto {where}: {error}")
        registers = technology.flip_flops if technology else ()
        return {
            script: Mapped(
                read_netlist(json.loads(document), module, registers, tuple(blocks or ())), verilog
            )
            for script, (document, verilog) in result["netlists"].items()
        }


_REGISTER = "cell $dff "
"""What the text of a module with registers has in it."""


def _declaration(gate: Cell) -> str:
    """A cell in Verilog, pins only."""
    pins = [f"input {name}" for name in gate.inputs] + [f"output {name}" for name in gate.outputs]
    return f"module {gate.name}({', '.join(pins)});\nendmodule\n"


def clock_gating(technology: Technology) -> tuple[str, ...]:
    """Yosys commands that take the enables of registers for clock gates of ``technology``.

    Registers of one enable get one gate, the smallest that drives the clock pins of them all.
    """
    register = technology.plain_flip_flop
    assert register.flip_flop is not None
    pin_ff = register.inputs[register.flip_flop.clock_pin]
    commands = []
    least = GATED_BITS
    for cell in technology.gate_sizes:
        gate = cell.clock_gate
        assert gate is not None
        ((output, figures),) = cell.outputs.items()
        tied = f" -tie_lo {gate.test}" if gate.test else ""
        commands.append(
            f"clockgate -pos {cell.name} {gate.enable}:{gate.clock}:{output}{tied} "
            f"-min_net_size {least}"
        )
        if not math.isfinite(figures.max_load_ff):
            break
        least = max(least, int(figures.max_load_ff / pin_ff) + 1)
    # The largest first: what it leaves is for smaller ones.  One gate of all registers of an enable
    # that are reset needs the gates of their new enables merged.
    resets = (f"techmap -map {_RESETS_FILE}", "opt_merge", "opt_clean")
    return (*resets, *reversed(commands))


_RESETS_FILE = "resets.v"


def _resets() -> str:
    """Verilog by which a register that is reset without its enable has one that a reset sets.

    Yosys takes only such enables for clock gates.  What gets none computes what it did.
    """
    modules = []
    for value, data in ((0, "$_ANDNOT_"), (1, "$_OR_")):
        for level, enable in (("P", "$_OR_"), ("N", "$_ORNOT_")):
            modules += [
                f"module \\$_SDFFE_PP{value}{level}_ (input D, C, R, E, output Q);",
                "  wire data, enable;",
                f"  \\{data} reset (.A(D), .B(R), .Y(data));",
                f"  \\{enable} enabled (.A(R), .B(E), .Y(enable));",
                "  \\$_DFFE_PP_ _TECHMAP_REPLACE_ (.D(data), .C(C), .E(enable), .Q(Q));",
                "endmodule",
            ]
    return "\n".join([*modules, ""])


def full_adder_map(technology: Technology) -> str:
    """Verilog that maps Yosys' full adders to the library's cell; nothing if it has none."""
    adder = technology.full_adder
    if adder is None:
        return ""
    output = adder.cell.outputs[adder.sum]
    # The third operand of our full adders arrives last: it gets the fastest pin.
    pins = sorted(adder.cell.inputs, key=lambda pin: -output.delay[pin][0])
    ports = [f".{pin}({operand})" for pin, operand in zip(pins, "ABC", strict=True)]
    return "\n".join(
        [
            '(* techmap_celltype = "$fa" *)',
            "module full_adder(A, B, C, X, Y);",
            "  parameter WIDTH = 1;",
            "  input A, B, C;",
            "  output X, Y;",
            "  wire sum, carry;",
            f"  {adder.cell.name} cell ({', '.join(ports)}, "
            f".{adder.sum}(sum), .{adder.carry}(carry));",
            f"  assign Y = {'~' if adder.sum_inverted else ''}sum;",
            f"  assign X = {'~' if adder.carry_inverted else ''}carry;",
            "endmodule",
            "",
        ]
    )
