"""Netlists to be made, each of them once."""

from collections.abc import Mapping
from dataclasses import dataclass

from lmul_pe.synth.cells.technology import Technology, TechnologyError

from .blocks import BlockSource
from .flow import Mapped, Synthesis
from .recipes import Recipe


@dataclass(frozen=True)
class Job:
    """Netlists to make of one module, by several scripts; equal jobs are done once.

    Parameters
    ----------
    source
        What is mapped.
    generic
        Whether it is mapped to generic gates, without a technology.
    others
        Scripts that are tried where none of the source's gives a netlist.
    """

    source: BlockSource
    generic: bool = False
    others: tuple[str, ...] = ()

    def given_up(self, structure: str, netlists: Mapping[str, Mapped]) -> list[Recipe]:
        """The recipes of ``structure`` that are not among ``netlists``: ABC gave up on them."""
        tried = self.source.scripts
        if not any(each in netlists for each in tried):
            tried += self.others
        return [Recipe(structure, each) for each in tried if each not in netlists]

    def netlists(self, synthesis: Synthesis, technology: Technology) -> dict[str, Mapped]:
        """The netlists by script, of those scripts that succeed.

        Raises
        ------
        TechnologyError
            The technology cannot express the module.
        """

        def mapped(scripts: tuple[str, ...]) -> dict[str, Mapped]:
            source = self.source
            chosen = None if self.generic else technology
            return synthesis.map(source.rtlil, source.module, scripts, chosen, dict(source.blocks))

        try:
            found = mapped(self.source.scripts)
        except TechnologyError:
            if not self.others:
                raise
            found = {}
        return found if found or not self.others else mapped(self.others)
