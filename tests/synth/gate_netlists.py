"""Netlists of real designs as files, each by one recipe: for checks against other programs."""

from dataclasses import dataclass
from pathlib import Path

from lmul_pe.model import unit_named
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.multipliers import multiplier_design_named
from lmul_pe.synth.interchange.verilog_reader import NamedNetlist, read_verilog
from lmul_pe.synth.interchange.verilog_writer import flat_verilog
from lmul_pe.synth.mapping.blocks import TOP, block_source, block_texts
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.mapping.recipes import STRUCTURES
from lmul_pe.synth.netlists.linking import Linked, link
from lmul_pe.synth.netlists.netlist import Netlist

SCRIPT = "area"


@dataclass(frozen=True)
class GateNetlists:
    """Netlists as files in ``folder``."""

    folder: Path
    synthesis: Synthesis

    def multiplier(self, name: str, technology: Technology) -> tuple[Path, NamedNetlist]:
        """The multiplier or bare adder called ``name``."""
        design = multiplier_design_named(name)
        structure = "cells" if "cells" in design.structures else design.structures[0]
        found = self.synthesis.map(design.rtlil(STRUCTURES[structure]), name, (SCRIPT,), technology)
        return self._file(name, found[SCRIPT].verilog, technology)

    def unit(self, name: str, technology: Technology) -> tuple[Path, NamedNetlist]:
        """The multiply-accumulate unit or dot product called ``name``."""
        return self._file(name, flat_verilog(self.linked(name, technology).netlist), technology)

    def linked(self, name: str, technology: Technology) -> Linked:
        """The same, with its blocks."""
        netlists = block_netlists(unit_named(name), self.synthesis, technology)
        return link(netlists, TOP, name, technology.flip_flops)

    def _file(self, name: str, text: str, technology: Technology) -> tuple[Path, NamedNetlist]:
        path = self.folder / technology.name / f"{name}.v"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path, read_verilog(path, technology)


def block_netlists(unit, synthesis: Synthesis, technology: Technology) -> dict[str, Netlist]:
    """One netlist of each module of a unit, built of full-adder cells."""
    texts = block_texts(unit, ("cells",), lambda module, structure: False)
    netlists = {}
    for module in texts:
        source = block_source(texts, module, "cells", (SCRIPT,))
        found = synthesis.map(source.rtlil, module, source.scripts, technology, dict(source.blocks))
        netlists[module] = found[SCRIPT].netlist
    return netlists
