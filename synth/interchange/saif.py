"""SAIF, the Switching Activity Interchange Format (IEEE 1801-2018, annex I): written and read.

No package on PyPI does either.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.compressed import file_text
from lmul_pe.synth.activity.energy import Activity

from .recording import Recording, Signal
from .verilog_reader import NamedNetlist

_UNITS_PS = {"s": 1e12, "ms": 1e9, "us": 1e6, "ns": 1e3, "ps": 1.0, "fs": 1e-3}
_TOKEN = re.compile(
    r'\s+|//[^\n]*|/\*.*?\*/|(?P<mark>[()])|"(?P<string>[^"]*)"|(?P<word>(?:\\.|[^\s()"])+)',
    re.DOTALL,
)
_COUNTS = frozenset({"T0", "T1", "TC"})
"""How long a signal was 0 and 1, and how often it changed."""
_OWN = 2
"""Parentheses around what is counted of a signal whatever the others are."""
_ROUNDING = 2
"""Units of time that rounding may add to the times at 0 and at 1 together."""


@dataclass(frozen=True)
class _Counted:
    toggles: float
    low: float
    high: float


# ---- Writing ----


def saif_text(named: NamedNetlist, activity: Activity, comment: str = "") -> str:
    """``activity`` as SAIF, for the module that ``named`` was read from.

    Nets stand under their names, and the pins of cells once more under the name of the cell: some
    tools look for one, some for the other.  Times are in ps.

    Parameters
    ----------
    comment
        What was simulated, in one line.
    """
    duration = round(activity.duration_ps)
    netlist = named.netlist
    lines = [
        "(SAIFILE",
        '  (SAIFVERSION "2.0")',
        '  (DIRECTION "backward")',
        f'  (DESIGN "{netlist.name}")',
        '  (VENDOR "lmul-pe")',
        '  (PROGRAM_NAME "lmul_pe.synth.power")',
        f'  (VERSION "{comment.replace(chr(34), chr(39))}")',
        "  (DIVIDER /)",
        "  (TIMESCALE 1 ps)",
        f"  (DURATION {duration})",
        f"  (INSTANCE {netlist.name}",
    ]
    # A net of one bit is known with its index as well.
    declared = {
        name: net
        for name, net in named.names.items()
        if not (name.endswith("[0]") and name.removesuffix("[0]") in named.names)
    }
    lines += _nets(declared, activity, duration, "    ")
    cells: dict[str, dict[str, int]] = {}
    for pin, net in named.pins.items():
        instance, _, name = pin.rpartition(".")
        cells.setdefault(instance, {})[name] = net
    for instance, pins in cells.items():
        lines.append(f"    (INSTANCE {_escaped(instance)}")
        lines += _nets(pins, activity, duration, "      ")
        lines.append("    )")
    return "\n".join([*lines, "  )", ")", ""])


def _nets(
    names: Mapping[str, int], activity: Activity, duration: int, indent: str
) -> Iterator[str]:
    yield f"{indent}(NET"
    for name, net in names.items():
        if net in activity.toggles:
            high = min(round(activity.high_ps[net]), duration)
            yield (
                f"{indent}  ({_escaped(name)} (T0 {duration - high}) (T1 {high}) (TX 0) "
                f"(TC {round(activity.toggles[net])}) (IG 0))"
            )
    yield f"{indent})"


def _escaped(name: str) -> str:
    return re.sub(r"([^\w])", r"\\\1", name)


# ---- Reading ----


def read_saif(path: Path) -> Recording:
    """What a SAIF file says, with any divider.

    Toggles that are counted by condition or by path, and not in all, are added up.

    Raises
    ------
    SpecificationError
        It is no SAIF file, or says what cannot be.
    OSError
        It cannot be read.
    """
    try:
        return _Reader(file_text(path)).recording()
    except (IndexError, ValueError, _NotSaif) as error:
        reason = f": {error}" if isinstance(error, _NotSaif) else ""
        raise SpecificationError(
            f"{path} is no SAIF file{reason or ': it ends or breaks off in the middle'}; expected "
            "(SAIFILE ... (INSTANCE ...))"
        ) from None


class _NotSaif(Exception):  # noqa: N818 - never leaves this module
    """Why a text is not SAIF."""


class _Reader:
    """A file's statements; what is not of interest is skipped."""

    def __init__(self, text: str):
        self._tokens: list[str] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                line = text.count("\n", 0, position) + 1
                raise _NotSaif(f"line {line} is not to be understood")
            if match["mark"] or match["word"]:
                self._tokens.append(match[0])
            elif match["string"] is not None:
                self._tokens.append(f'"{match["string"]}')
            position = match.end()

    def recording(self) -> Recording:
        tokens = self._tokens
        if [token.upper() for token in tokens[:2]] != ["(", "SAIFILE"]:
            raise _NotSaif(f"it begins with {' '.join(tokens[:2])[:40]!r}")
        unit, duration = 1.0, None
        signals: dict[str, _Counted] = {}
        scopes: list[str] = []
        # What each open parenthesis is of.
        stack: list[str] = ["SAIFILE"]
        place = 2
        while stack:
            token = tokens[place]
            if token == ")":
                if stack.pop() == "INSTANCE":
                    scopes.pop()
                place += 1
                continue
            if token != "(":
                place += 1
                continue
            kind = tokens[place + 1].upper()
            place += 2
            if stack[-1] in ("NET", "PORT"):
                name = _plain(tokens[place - 1])
                counted, place = self._counted(name, place)
                signals[".".join([*filter(None, scopes), name])] = counted
                continue
            if kind == "INSTANCE":
                # Some write the type of the instance before its name, as a string.
                if tokens[place].startswith('"'):
                    place += 1
                # One without a name is the scope that it stands in.
                named = tokens[place] not in "()"
                scopes.append(_plain(tokens[place]) if named else "")
            elif kind == "TIMESCALE":
                text = "".join(tokens[place : tokens.index(")", place)])
                match = re.fullmatch(r"([\d.]*)(\w+)", text)
                if match is None:
                    raise _NotSaif(f"its time scale is {text!r}")
                number, name = match.groups()
                if name not in _UNITS_PS:
                    raise _NotSaif(f"its time scale is in {name!r}, not {', '.join(_UNITS_PS)}")
                unit = float(number or 1) * _UNITS_PS[name]
            elif kind == "DURATION":
                duration = _number("it has", "DURATION", tokens[place])
            stack.append(kind)
        if not duration:
            raise _NotSaif("it has no duration")
        for path, counted in signals.items():
            # A time scale may be coarser than what was simulated.
            if counted.toggles > duration * max(1.0, unit):
                raise _NotSaif(f"{path} changes {counted.toggles:g} times in {duration:g}")
            if counted.low + counted.high > duration + _ROUNDING:
                raise _NotSaif(
                    f"{path} is 0 for {counted.low:g} and 1 for {counted.high:g} of {duration:g}"
                )
        return Recording(
            duration * unit,
            {path: Signal(each.toggles, each.high * unit) for path, each in signals.items()},
        )

    def _counted(self, name: str, place: int) -> tuple[_Counted, int]:
        """What is counted of a signal, and the place behind it."""
        tokens = self._tokens
        own: dict[str, float] = {}
        by_condition: list[float] = []
        depth = 1
        while depth:
            if tokens[place] == ")":
                depth -= 1
            elif tokens[place] == "(":
                depth += 1
                kind = tokens[place + 1].upper()
                if kind in _COUNTS:
                    number = _number(f"{name} has", kind, tokens[place + 2])
                    if tokens[place + 3] != ")":
                        raise _NotSaif(f"{name} has more than a number for {kind}")
                    if depth == _OWN:
                        own[kind] = number
                    elif kind == "TC":
                        by_condition.append(number)
            place += 1
        if "TC" not in own and not by_condition:
            raise _NotSaif(f"{name} has no toggle count (TC)")
        toggles = own.get("TC", sum(by_condition))
        return _Counted(toggles, own.get("T0", 0.0), own.get("T1", 0.0)), place


def _number(subject: str, kind: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise _NotSaif(f"{subject} {text[:40]!r} for {kind}")
    return number


def _plain(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name)
