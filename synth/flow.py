"""Synthesis: a design through a recipe onto a technology, cached by content."""

import hashlib
import json
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from joblib import Memory

from hw.yosys import YosysError, run_yosys

from .liberty import liberty_text
from .netlist import Netlist, read_netlist
from .recipes import Recipe
from .technology import Technology, TechnologyError


@dataclass(frozen=True)
class Mapped:
    """A mapped design: its netlist, and the same as structural Verilog."""

    netlist: Netlist
    verilog: str


def _map(rtlil: str, module: str, commands: tuple[str, ...], liberty: str, tools: str) -> dict[str, str]:
    """Run the commands; the result carries a digest that tells a whole cache entry from another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "design.il").write_text(rtlil)
        (folder / "cells.lib").write_text(liberty)
        run_yosys(
            [
                "read_rtlil design.il",
                f"hierarchy -top {module}",
                *(command.format(liberty="cells.lib") for command in commands),
                "write_json design.json",
                "write_verilog -noattr -noexpr -nohex -nodec design.v",
            ],
            folder,
        )
        document = (folder / "design.json").read_text()
        verilog = (folder / "design.v").read_text()
    return {"json": document, "verilog": verilog, "digest": _digest(document, verilog)}


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@cache
def tool_versions() -> dict[str, str]:
    """Versions of what decides a result."""
    return {name: version(name) for name in ("amaranth", "numpy", "pyosys")}


class Synthesis:
    """Maps designs, each combination of design, recipe and technology once.

    Parameters
    ----------
    folder
        Where results are kept.  An entry that is broken, or was written in part, is made again.
    """

    def __init__(self, folder: Path):
        self._map = Memory(folder, verbose=0).cache(_map)

    def map(self, rtlil: str, module: str, recipe: Recipe, technology: Technology | None) -> Mapped:
        """The netlist of ``module`` by ``recipe``; without a technology, of generic gates.

        Raises
        ------
        TechnologyError
            Yosys or ABC cannot use the technology's cells.
        """
        arguments: tuple[Any, ...] = (
            rtlil,
            module,
            recipe.commands,
            liberty_text(technology) if technology else "",
            json.dumps(tool_versions(), sort_keys=True),
        )
        try:
            with warnings.catch_warnings():
                # joblib warns of an entry that it cannot read, and makes it again.
                warnings.simplefilter("ignore", UserWarning)
                result = self._map(*arguments)
                if result["digest"] != _digest(result["json"], result["verilog"]):
                    result = self._map.call(*arguments)
        except YosysError as error:
            where = technology.name if technology else "generic gates"
            raise TechnologyError(f"{module} cannot be mapped onto {where}: {error}") from None
        return Mapped(read_netlist(json.loads(result["json"]), module), result["verilog"])
