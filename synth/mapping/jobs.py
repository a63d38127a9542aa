"""Netlists to be made, each of them once."""

from collections.abc import Mapping
from dataclasses import dataclass

from lmul_pe.synth.cells.technology import Technology

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
    """

    source: BlockSource
    generic: bool = False

    def given_up(self, structure: str, netlists: Mapping[str, Mapped]) -> list[Recipe]:
        """The recipes of ``structure`` that are not among ``netlists``: ABC gave up on them."""
        return [Recipe(structure, each) for each in self.source.scripts if each not in netlists]

    def netlists(self, synthesis: Synthesis, technology: Technology) -> dict[str, Mapped]:
        """The netlists by script, of those scripts that succeed.

        Raises
        ------
        TechnologyError
            The technology cannot express the module.
        """
        source = self.source
        return synthesis.map(
            source.rtlil,
            source.module,
            source.scripts,
            None if self.generic else technology,
            dict(source.blocks),
        )
