"""Synthesis recipes: the Yosys and ABC commands from RTLIL to mapped cells."""

from dataclasses import dataclass

from .generic import MAPPED


@dataclass(frozen=True)
class Recipe:
    """A way from RTLIL to a netlist.

    Parameters
    ----------
    name
        Stable; stands in the report.
    summary
        What it does, in a few words.
    commands
        Yosys commands after ``read_rtlil``; ``{liberty}`` stands for the library's file.
    """

    name: str
    summary: str
    commands: tuple[str, ...]


_COARSE = ("proc", "flatten", "opt -full", "wreduce", "opt_clean")
_FINE = ("opt -full", "techmap", "opt -fast", "opt_clean")

RECIPES = (
    Recipe(
        "plain",
        "carry-save tree, ripple adders, ABC's default mapping",
        (*_COARSE, "alumacc", "maccmap", *_FINE, "abc -liberty {liberty}", "opt_clean -purge"),
    ),
    Recipe(
        "booth",
        "Booth recoding, ripple adders, ABC's default mapping",
        (*_COARSE, "booth", "alumacc", "maccmap", *_FINE, "abc -liberty {liberty}", "opt_clean -purge"),
    ),
)
"""Tried on every design alike."""

GENERIC = Recipe(
    "generic",
    "generic two-input gates, no technology",
    (*_COARSE, "alumacc", "maccmap", *_FINE, f"abc -g {','.join(MAPPED)}", "opt_clean -purge"),
)
"""The technology-independent count."""
