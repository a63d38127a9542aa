"""Synthesis recipes: from a choice of structure to the Yosys and ABC commands that map it."""

from dataclasses import dataclass

from lmul_pe.hw.arithmetic.architecture import Architecture

from .generic import MAPPED


@dataclass(frozen=True)
class Recipe:
    """A way from a specification to a netlist.

    Parameters
    ----------
    structure
        Name of one of :data:`STRUCTURES`, or of several that make the same circuit.
    script
        Name of one of :data:`SCRIPTS`.
    """

    structure: str
    script: str

    @property
    def name(self) -> str:
        """Stable; stands in the report."""
        return f"{self.structure}/{self.script}"

    @property
    def without_target(self) -> "Recipe":
        """The same for no delay in particular."""
        return Recipe(self.structure, self.script.partition("@")[0])

    @property
    def target_ps(self) -> int | None:
        """The delay that it is for; None where it is for none."""
        _, _, target = self.script.partition("@")
        return int(target) if target else None


STRUCTURES = {
    "gates": Architecture(array="and", full_adders="gates", adders="gates"),
    "mixed": Architecture(array="and", full_adders="gates", adders="cells"),
    "cells": Architecture(array="and", full_adders="cells", adders="cells"),
    "booth8": Architecture(array="booth8", full_adders="cells", adders="cells"),
    "rows": Architecture(array="and", full_adders="gates", adders="gates", tests="rows"),
    "brent_kung": Architecture(array="and", full_adders="gates", adders="brent_kung", tests="rows"),
    "sklansky": Architecture(array="and", full_adders="gates", adders="sklansky", tests="rows"),
    "tree": Architecture(array="and", full_adders="cells", adders="sklansky", tests="rows"),
    "balanced": Architecture(
        array="and", full_adders="gates", adders="sklansky", tests="rows", trees="balanced"
    ),
    "balanced_brent_kung": Architecture(
        array="and", full_adders="gates", adders="brent_kung", tests="rows", trees="balanced"
    ),
}
"""How a design is built: from equations, from full-adder cells of the library, by Booth recoding,
with L-Mul's tests on what is added (``rows``, and all that follow it), or with prefix adders behind
a tree of gates, of cells (``tree``), or one that is balanced.  The array of significands is only
part of exact multipliers; elsewhere several of these are the same circuit, which is mapped once."""

SMALL_ARRAY_BITS = 5
"""Mantissa bits up to which an array is small enough for logic optimisation to see through; above,
arrays of gates never won, and below, Booth recoding never did."""

RESTRUCTURINGS = {
    "deep": "strash; ifraig; scorr; &get -n; &deepsyn -I 1 -J 5",
    "deeper": "strash; ifraig; scorr; &get -n; &deepsyn -I 1 -J 15 -S 2",
}
"""What takes longest, and is the same for every delay target: ABC commands that give the logic from
which the scripts called ``deep-...`` and ``deeper-...`` map."""

# ABC takes the name of a network from that of its file, and Yosys asks for this one.
_WRITTEN = "&write netlist.aig"
_READ = "strash; &get -n; &r netlist.aig; &put"

_CLEAN = "strash; ifraig; scorr; dc2; dc2"
_AREA = "dch -f; amap -m -F 5 -A 20 -C 2000; topo"
_FLOW = "dch -f; &get -n; &nf -R 1000 -F 20 -A 20; &put; topo"
_RESUBSTITUTE = "topo; mfs3 -ae -I 4 -O 2; topo"

SCRIPTS = {
    "fraig": f"strash; ifraig; dch -f; amap -m; {_RESUBSTITUTE}",
    "balance": f"strash; balance; dch; amap -m; {_RESUBSTITUTE}",
    "twice": f"strash; dch; amap; strash; dch; amap; {_RESUBSTITUTE}",
    "thrice": "strash; dch; amap; strash; dch; amap; strash; dch; amap; " + _RESUBSTITUTE,
    "flow": f"strash; &get -n; &nf -R 100 -F 20; &put; {_RESUBSTITUTE}",
    "area": f"{_CLEAN}; {_AREA}",
    "deep-area": f"{_READ}; {_AREA}",
    "deep-nf": f"{_READ}; {_FLOW}",
    "deeper-nf": f"{_READ}; {_FLOW}",
}
"""ABC scripts: area-oriented mapping (amap) or flow-based mapping (&nf), with more or less logic
restructuring before and resubstitution of mapped cells behind.  None depends on run time, so that
each gives the same netlist everywhere."""

_SIZE = (
    "topo; buffer -c; topo; upsize -I 200 -J 20 -D {target}; dnsize -I 200 -J 20 -D {target}; topo"
)
# Ever more iterations take a large design minutes, for little.

TIMED_SCRIPTS = {
    "prefix-map": "strash; dch; map -D {target}; " + _SIZE,
    "prefix-nf": "strash; &get -n; &dch -f; &nf -D {target}; &put; " + _SIZE,
    "speed": "strash; if -g -K 6; strash; dch; map -B 0.9 -D {target}; " + _SIZE,
    "deep-map": f"{_READ}; dch -f; map -D {{target}}; {_SIZE}",
    "deep-nf": f"{_READ}; &get -n; &dch -f; &nf -D {{target}} -F 20 -A 20; &put; {_SIZE}",
    "deep-size": f"{_READ}; {_FLOW}; {_SIZE}",
    "deeper-map": f"{_READ}; dch -f; map -D {{target}}; {_SIZE}",
}
"""ABC scripts for a delay, ``target`` in ps: what they map is buffered, sized up until it meets the
target, and down where time is left.  Two keep a prefix network as it is, the others restructure."""

PREFIX_SCRIPTS = ("prefix-map", "prefix-nf")
"""Those of :data:`TIMED_SCRIPTS` that keep a prefix network."""

TIMED_RECIPES = {
    "gates": ("prefix-map", "prefix-nf", "deep-map", "deep-nf", "deep-size", "deeper-map"),
    "rows": tuple(TIMED_SCRIPTS),
    "brent_kung": ("deep-map", "deep-nf", "deep-size", "deeper-map"),
    "sklansky": ("prefix-map", "speed", "deep-map", "deeper-map"),
}
"""The structures and scripts that L-Mul, and conventional multipliers of small arrays, are worth
when they are made for a delay.  Others were tried, and won at no clock of any format, or by less
than 1 % on a step of the ladder."""

WIDE_TIMED_RECIPES = dict.fromkeys(
    ("sklansky", "brent_kung", "balanced_brent_kung"), ("prefix-map", "speed")
)
"""The same of conventional multipliers with large arrays.  The long restructurings take minutes
there, and were never the best."""

WIDE_UNIT_RECIPES = {
    **dict.fromkeys(("sklansky", "balanced_brent_kung"), (*PREFIX_SCRIPTS, "speed")),
    **dict.fromkeys(("brent_kung", "mixed", "tree"), PREFIX_SCRIPTS),
}
"""The same in units, whose clock leaves their multipliers more time: what never won in a multiplier
by itself does here, full-adder cells among it."""

SMALL_ONLY = frozenset({"deeper-nf"})
"""Scripts that only designs of small arrays are worth."""

ADDERS_ONLY = frozenset({"thrice"})
"""Scripts that only the adders of units are worth.  ABC gives up on some of these with ``twice``,
and one without anything like it takes a tenth more energy."""


BLOCK_SCRIPTS = {
    "multiplier": ("flow", "area", "twice", "deep-nf"),
    "adder": ("area", "twice", "thrice"),
    "control": ("flow", "area"),
}
"""The scripts that the blocks of a unit are worth, by what they are.  Restructuring takes too long
on adders, for little, and has nothing to do in registers and the multiplexers that hold them."""


def front_end() -> tuple[str, ...]:
    """Yosys commands from RTLIL to gates and full-adder cells, before ABC."""
    return (
        "proc",
        "flatten",
        "techmap -map full_adder.v",
        "opt -full",
        "techmap",
        "opt -fast",
    )


GATED_BITS = 4
"""The registers of one enable, in bits, from which on a clock gate is worth its energy."""

FASTEST = 1
"""The target, in ps, of a netlist that is to be as fast as it can be."""


def timed(script: str, target_ps: int) -> str:
    """The name of one of :data:`TIMED_SCRIPTS` with its target."""
    return f"{script}@{target_ps}"


def needs_buffer(script: str) -> bool:
    """Whether ABC gives up on ``script``, or ends with a signal, where a library has no buffer."""
    name, _, target = script.partition("@")
    commands = (TIMED_SCRIPTS if target else SCRIPTS).get(name, "")
    return any(command in commands for command in ("mfs3", "&nf", "buffer"))


def restructuring(script: str) -> str | None:
    """The one of :data:`RESTRUCTURINGS` that ``script`` begins with; None where it has none."""
    name, _, _ = script.partition("-")
    return name if name in RESTRUCTURINGS else None


def restructured(name: str) -> tuple[str, ...]:
    """Yosys commands that write what one of :data:`RESTRUCTURINGS` gives.

    The scripts that begin with it follow, before another one overwrites its file.
    """
    return _abc(f"{RESTRUCTURINGS[name]}; {_WRITTEN}; &put; map")


def back_end(script: str) -> tuple[str, ...]:
    """Yosys commands that map gates onto ``cells.lib``.

    ``script`` is one of :data:`SCRIPTS`, or what :func:`timed` gives.
    """
    name, _, target = script.partition("@")
    commands = TIMED_SCRIPTS[name].format(target=target) if target else SCRIPTS[name]
    # Without names of their own, nets take those of the ports, and no alias is left; blocks keep
    # theirs.
    return (*_abc(commands), "rename -hide w:* c:* %u t:unit_* %d", "opt_clean -purge")


def _abc(commands: str) -> tuple[str, str]:
    # A script on Yosys' command line starts with + and has commas for blanks.
    inline = "+" + commands.replace("; ", ";").replace(" ", ",")
    return "dfflibmap -liberty cells.lib", f"abc -liberty cells.lib -script {inline}"


GENERIC = "generic"
"""The name, beside :data:`SCRIPTS`, of the mapping to two-input gates without a technology."""

GENERIC_BACK_END = (f"abc -g {','.join(MAPPED)}", "opt_clean -purge")
