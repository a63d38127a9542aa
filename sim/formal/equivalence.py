"""Whether two texts describe the same design: a proof by SAT, or inputs that tell them apart."""

import json
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model import SpecificationError

from .aig import as_aig, is_ever_set

PRODUCTS = Path(__file__).with_name("products.v")
CLOCK, RESET = "clk", "rst"
DEPTH = 8
"""Cycles in which a difference of clocked designs is looked for."""

COMBINATIONAL = "SAT on a miter"
SWEPT = "SAT sweeping"
CLOCKED = "induction over signals of equal names"
UNROLLED = "SAT on cycles from any state"

Ports: TypeAlias = dict[str, tuple[str, int]]
"""Direction and width of every port, by name."""


@dataclass(frozen=True)
class Cycle:
    """The ports of both designs in one cycle of a counterexample.

    Parameters
    ----------
    inputs
        What both are given.
    first, second
        The outputs of each.
    """

    inputs: Mapping[str, int]
    first: Mapping[str, int]
    second: Mapping[str, int]


@dataclass(frozen=True)
class Proof:
    """What came of the attempt to prove two designs equal.

    Parameters
    ----------
    proved
        Whether they are equal; if not, they differ only if there is a counterexample.
    method
        :data:`COMBINATIONAL`, :data:`SWEPT`, :data:`CLOCKED` or :data:`UNROLLED`.
    seconds
        Wall time.
    counterexample
        Cycles behind each other, in the last of which an output differs; a single one of designs
        without a clock.  None if there is none, or none was found.
    ended
        Whether the solver came to an end in the time that it was given.
    """

    proved: bool
    method: str
    seconds: float
    counterexample: tuple[Cycle, ...] | None
    ended: bool = True

    @property
    def verdict(self) -> str:
        """One word."""
        return "proved" if self.proved else "refuted" if self.ended else "open"


def prove_equal(
    first: str,
    second: str,
    top: str,
    *,
    depth: int = DEPTH,
    forgotten: int | None = None,
    sweeps: bool = False,
    seconds: int | None = None,
) -> Proof:
    """Prove that two texts, in Verilog or RTLIL, describe the same design.

    Without a port ``clk``, every output is equal for all inputs.  With one, the designs stay equal
    behind any cycle in which signals of equal names, registers among them, are equal: once in the
    same state, whatever it is, nothing tells them apart, a reset included.  Initial values are not
    compared.  Registers must have the same names in both texts, below modules ``a_b_`` or
    ``a.b.``; where they do not, there may be neither a proof nor a counterexample.

    A counterexample starts from registers of zeros, with ``rst`` set in the first cycle and in no
    other.  Constants that are x count as 0.

    Parameters
    ----------
    first, second
        Texts, each with a module ``top`` and all that it is made of.
    depth
        Cycles, behind the reset, in which a difference is looked for where equality was not proved.
    forgotten
        Cycles after which designs with a clock, and without a reset, know nothing of their state:
        their outputs are then proved equal in the cycle behind those, from any state, and names of
        registers do not matter.
    sweeps
        Whether designs without a clock, or with ``forgotten``, are proved equal by SAT sweeping,
        which takes longer to begin and proves what is too much for a plain solver.
    seconds
        What the solver is given for a search; no limit by default.

    Raises
    ------
    SpecificationError
        Ports that differ.
    YosysError
        A text that is no design, one with a net that nothing drives, of which anything could be
        proved, or one that is no circuit of one clock.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ports = _read(first, top, "gold", folder)
        _check_ports(ports, _read(second, top, "gate", folder))
        clocked = CLOCK in ports
        if clocked and forgotten is None and _stay_equal(folder):
            return Proof(True, CLOCKED, time.monotonic() - started, None)
        differ = None
        if sweeps and (not clocked or forgotten is not None):
            differ = _differ(folder, seconds, forgotten or 0)
            if not differ:
                spent = time.monotonic() - started
                return Proof(differ is False, SWEPT, spent, None, differ is not None)
        if not clocked:
            method, options = COMBINATIONAL, ""
        elif forgotten is None:
            method = CLOCKED
            options = f"-tempinduct-baseonly -seq 1 -maxsteps {depth} -set-init-zero "
            options += f"-set in_{RESET} 0 -set-at 1 in_{RESET} 1 "
        else:
            method, options = UNROLLED, f"-seq {forgotten + 1} -prove-skip {forgotten} "
        proved, model, ended = _search(folder, options, seconds)
        counterexample = model and _cycles(model, ports)
    # Of induction, the search looks at a few cycles only.
    proved = proved and method != CLOCKED
    ended = ended or differ is not None
    return Proof(proved, method, time.monotonic() - started, counterexample, ended)


def _read(text: str, top: str, side: str, folder: Path) -> Ports:
    """Leave the flat design as ``side.il`` in ``folder``."""
    language = "verilog" if "endmodule" in text else "rtlil"
    (folder / f"{side}.txt").write_text(text)
    run_yosys(
        [
            f"read_{language} {side}.txt",
            f"hierarchy -check -top {top}",
            "proc",
            # As the names of exported designs are made: those of registers must be equal.
            "flatten -separator _",
            "opt_clean",
            "check -assert",
            "setundef -zero",
            # Enables and resets as multiplexers: what decides about them may be written in any way.
            "dffunmap",
            f"rename {top} {side}",
            f"write_json {side}.json",
            f"write_rtlil {side}.il",
        ],
        folder,
    )
    module = json.loads((folder / f"{side}.json").read_text())["modules"][side]
    return {name: (port["direction"], len(port["bits"])) for name, port in module["ports"].items()}


def _check_ports(first: Ports, second: Ports) -> None:
    for name in {**first, **second}:
        shown = [
            "{1} bits of {0}".format(*ports[name]) if name in ports else "missing"
            for ports in (first, second)
        ]
        if shown[0] != shown[1]:
            raise SpecificationError(
                f"port {name!r} is {shown[0]} in the first design and {shown[1]} in the second: "
                "expected equal ports"
            )


def _stay_equal(folder: Path) -> bool:
    """Whether a cycle in which signals of equal names are equal is followed by another one.

    They are proved equal one by one, each from those that it depends on, now or a cycle before.
    """
    log = run_yosys(
        [
            "read_rtlil gold.il",
            "read_rtlil gate.il",
            "equiv_make gold gate equiv",
            "hierarchy -top equiv",
            "opt_clean",
            "equiv_simple",
            "equiv_status",
        ],
        folder,
    )
    (found,) = re.findall(r"Of those cells (\d+) are proven and (\d+) are unproven", log)
    return int(found[0]) > 0 and not int(found[1])


def _miter(*options: str) -> list[str]:
    return [
        "read_rtlil gold.il",
        "read_rtlil gate.il",
        " ".join(["miter -equiv -flatten", *options, "gold gate miter"]),
        "hierarchy -top miter",
        # Initial values would leave out states.
        "setattr -unset init w:*",
        # Two multiplications of the same operands become one, however wide they are written.
        "wreduce",
        "opt -full",
    ]


def _differ(folder: Path, seconds: int | None, after: int) -> bool | None:
    """Whether inputs tell designs apart, ``after`` so many cycles; None if time is up.

    What follows a multiplication is first proved of any number that a product could be, so that
    nothing has to be known of how products are made.
    """
    aig = as_aig(merges=not after)
    # Yosys splits its commands at blanks, which the way to the file may have.
    (folder / PRODUCTS.name).write_text(PRODUCTS.read_text())
    any_product = [f"techmap -map {PRODUCTS.name} t:$mul", "select -count t:$anyseq"]
    log = run_yosys([*_miter(), *any_product, *aig], folder)
    (count,) = re.findall(r"^(\d+) objects\.", log, re.MULTILINE)
    found = is_ever_set(folder, seconds, after)
    if found is not False and int(count):
        run_yosys([*_miter(), *aig], folder)
        found = is_ever_set(folder, seconds, after)
    return found


def _search(
    folder: Path, options: str, seconds: int | None
) -> tuple[bool, list[dict[str, int | None]] | None, bool]:
    """Whether the solver finds no difference; values of ports by cycle where it finds one; and
    whether it came to an end."""
    if seconds is not None:
        options += f"-timeout {seconds} "
    log = run_yosys(
        [
            *_miter("-make_outputs"),
            f"sat {options}-prove trigger 0 -show-ports -dump_json model.json miter",
        ],
        folder,
    )
    path = folder / "model.json"
    if path.is_file():
        return False, _waves(json.loads(path.read_text())), True
    ended = "Interrupted SAT solver: TIMEOUT" not in log
    return "no model found: SUCCESS" in log, None, ended


def _waves(document: Mapping[str, Any]) -> list[dict[str, int | None]]:
    """Values by signal and step of a WaveJSON document as Yosys writes it; None where unknown."""
    values: dict[str, list[int | None]] = {}
    for signal in document["signal"]:
        steps: list[int | None] = []
        words = iter(signal.get("data", ()))
        for level in signal["wave"]:
            if level == ".":
                steps.append(steps[-1])
                continue
            # One bit stands in the wave itself; a step without a value has an empty word.
            word = next(words) if "data" in signal else level
            steps.append(int(word, 2) if re.fullmatch("[01]+", word) else None)
        values[signal["name"]] = steps
    return [dict(zip(values, step, strict=True)) for step in zip(*values.values(), strict=True)]


def _cycles(steps: list[dict[str, int | None]], ports: Ports) -> tuple[Cycle, ...]:
    """The steps in which ports have values; one before or behind the cycles has none."""

    def values(step: dict[str, int | None], prefix: str, direction: str) -> dict[str, int]:
        own = (name for name, port in ports.items() if port[0] == direction and name != CLOCK)
        return {name: step[f"{prefix}_{name}"] or 0 for name in own}

    return tuple(
        Cycle(
            values(step, "in", "input"),
            values(step, "gold", "output"),
            values(step, "gate", "output"),
        )
        for step in steps
        if step["trigger"] is not None
    )
