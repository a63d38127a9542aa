"""Value change dumps, as simulators write them (IEEE 1364-2005, clause 18): toggles of each bit.

Both declarations and changes are read here.  ``pyvcd`` knows the standard's kinds of scopes and
variables alone and refuses a file with any other, and takes ten times as long over the changes,
which can be gigabytes; ``vcdvcd`` keeps every change in memory.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.compressed import uncompressed

from .recording import Recording, Signal

_NOT_BITS = {"real", "realtime", "shortreal", "real_parameter", "event", "string", "parameter"}
_UNITS_PS = {"s": 1e12, "ms": 1e9, "us": 1e6, "ns": 1e3, "ps": 1.0, "fs": 1e-3}
_VALUES = str.maketrans("XZzUuWw-HhLl", "xxxxxxxx1100")
"""The values of other simulators as ``0``, ``1`` and ``x``."""
_BIT = frozenset("01xXzZuUwWhHlL-")
_RANGE = re.compile(
    r"(?P<name>.*?)\s*\[\s*(?P<first>-?\d{1,18})\s*(?::\s*(?P<last>-?\d{1,18})\s*)?\]"
)
_MOST_BITS = 2**20
"""Of one variable; IEEE 1800 wants 2^16 of every tool."""
_FST = b"\x00\x00\x00\x00\x00\x00\x01"


class _NotVcd(Exception):  # noqa: N818 - never leaves this module
    """Why a file is not VCD."""


class _Bits:
    """The bits of one variable while time goes on, most significant first.

    Their values are ``0``, ``1`` and, for anything else, ``x``.
    """

    def __init__(self, width: int):
        self.width = width
        self.value = "x" * width
        self.since = [0.0] * width
        self.high = [0.0] * width
        self.toggles = [0] * width
        self._known = ["x"] * width

    def change(self, value: str, time: float) -> None:
        if len(value) != self.width:
            # In front a 0 or 1 is extended by 0, anything else by itself.
            front = "x" if value[:1] == "x" else "0"
            value = value.rjust(self.width, front)
            value = value[len(value) - self.width :]
        if value == self.value:
            return
        for place, (old, new) in enumerate(zip(self.value, value, strict=True)):
            if old == new:
                continue
            if old == "1":
                self.high[place] += time - self.since[place]
            self.since[place] = time
            if new != "x":
                # An X between two known values is no value of its own.
                self.toggles[place] += self._known[place] not in ("x", new)
                self._known[place] = new
        self.value = value


@dataclass(frozen=True)
class Samples:
    """The values of some bits, again and again.

    Parameters
    ----------
    times_ps
        When each was sampled, from the beginning of the recording.
    values
        Path to its values in that order: ``0``, ``1`` or ``x``.
    """

    times_ps: list[float]
    values: Mapping[str, str]


def read_vcd(path: Path) -> Recording:
    """What every bit in a VCD file did.

    Raises
    ------
    SpecificationError
        It is no VCD file, or no time passes in it.
    OSError
        It cannot be read.
    """
    with _dump(path) as dump:
        dump.read()
        return Recording(
            (dump.last - dump.first) * dump.unit_ps,
            {
                path: Signal(bits.toggles[place], dump.high(bits, place) * dump.unit_ps)
                for path, (bits, place) in dump.places.items()
            },
        )


def read_samples(
    path: Path,
    inputs: Sequence[str],
    outputs: Sequence[str],
    clock: str | None = None,
    *,
    rising: bool = True,
) -> Samples:
    """The values of bits in a VCD file: just before every rising edge of a clock or, without one,
    just before an input changes, and at the end.

    Parameters
    ----------
    inputs, outputs
        Paths of the bits.
    clock
        Path of the clock.
    rising
        Whether its rising edges are meant, and not its falling ones.

    Raises
    ------
    SpecificationError, OSError
        As of :func:`read_vcd`.
    """
    times: list[float] = []
    samples: list[str] = []
    with _dump(path) as dump:
        for each in (*inputs, *outputs, *([clock] if clock else [])):
            if each not in dump.places:
                raise SpecificationError(
                    f"{path} has no {each}: expected every port of the netlist"
                )
        places = [dump.places[each] for each in (*inputs, *outputs)]
        clock_bits, clock_place = dump.places[clock] if clock else (None, 0)
        unknown = "x" * len(inputs)
        now, level = "x" * len(places), "x"

        def sample(value: str, time: float) -> None:
            samples.append(value)
            times.append((time - dump.first) * dump.unit_ps)

        def settled(time: float) -> None:
            nonlocal now, level
            before, now = now, "".join([bits.value[place] for bits, place in places])
            if clock_bits is None:
                given = before[: len(inputs)]
                if given not in (unknown, now[: len(inputs)]):
                    sample(before, time)
            else:
                before_edge, level = level, clock_bits.value[clock_place]
                if (before_edge, level) == (("0", "1") if rising else ("1", "0")):
                    sample(before, time)

        dump.read(settled)
        if clock_bits is None:
            sample(now, dump.last)
    columns = ["".join(column) for column in zip(*samples, strict=True)]
    return Samples(
        times, dict(zip((*inputs, *outputs), columns or [""] * len(places), strict=True))
    )


@contextmanager
def _dump(path: Path) -> Iterator["_Dump"]:
    with uncompressed(path) as file:
        try:
            yield _Dump(file)
        except (_NotVcd, StopIteration) as error:
            reason = str(error) or "it breaks off in the middle"
            raise SpecificationError(
                f"{path} is no VCD file: {reason}; expected $scope, $var, $enddefinitions, changes"
            ) from None


class _Dump:
    """A file whose declarations have been read.

    Members
    -------
    places : dict
        Path of each bit to the variable that it is of, and its place there.
    first, last : float
        The first time and the last, without those in which nothing was recorded.
    """

    def __init__(self, file: BinaryIO):
        self._words = _words(file)
        self.unit_ps = 1.0
        self.places: dict[str, tuple[_Bits, int]] = {}
        self.first = self.last = 0.0
        self._variables: dict[str, _Bits] = {}
        scopes: list[str] = []
        for kind in self._words:
            if not kind.startswith("$"):
                raise _NotVcd(f"{kind[:40]!r} stands before $enddefinitions")
            words = list(iter(self._words.__next__, "$end"))
            if kind == "$enddefinitions":
                return
            if kind == "$scope":
                scopes.append(" ".join(words[1:]))
            elif kind == "$upscope" and scopes:
                scopes.pop()
            elif kind == "$timescale":
                self.unit_ps = _unit_ps("".join(words))
            elif kind == "$var" and len(words) > 3 and words[0] not in _NOT_BITS:
                self._declare(words[1], words[2], " ".join(words[3:]), scopes)
        raise _NotVcd("it has no $enddefinitions")

    def _declare(self, size: str, code: str, reference: str, scopes: list[str]) -> None:
        # A number of so many digits is not even read.
        if not size.isdecimal() or len(size) > 9 or int(size) > _MOST_BITS:
            what = f"{size[:40]!r} bits, expected {_MOST_BITS} at most"
            raise _NotVcd(f"variable {reference[:40]} has {what}")
        bits = self._variables.setdefault(code, _Bits(int(size)))
        for name, place in _bit_names(reference.removeprefix("\\"), bits.width):
            self.places[".".join([*scopes, name])] = bits, place

    def high(self, bits: _Bits, place: int) -> float:
        """How long a bit was 1, in the file's unit."""
        last = self.last - bits.since[place] if bits.value[place] == "1" else 0
        return bits.high[place] + last

    def read(self, settled: Callable[[float], None] | None = None) -> None:
        """Let the variables take every change that lasts.

        ``settled`` is called with each time when all of its changes are there.
        """
        variables, words = self._variables, self._words
        # The last value of each variable at one time: what changes and changes back is none.
        pending: dict[str, str] = {}
        begun = False
        now = stamp = 0.0
        # When recording was switched off, and how long it was so far.
        off: float | None = None
        unrecorded = 0.0

        def settle() -> None:
            for code, value in pending.items():
                variables[code].change(value, now)
            pending.clear()
            if settled:
                settled(now)

        for word in words:
            kind = word[0]
            if kind in _BIT:
                code, value = word[1:] or next(words), kind
                if kind.isalpha() and kind not in "xXzZ" and code not in variables:
                    raise _NotVcd(f"{word[:40]!r} is no change of a value")
            elif kind in "bB":
                value, code = word[1:], next(words)
            elif kind == "#":
                time = _time(word)
                if not begun:
                    self.first, begun = time, True
                elif time < stamp:
                    raise _NotVcd(f"time {word} comes after #{stamp:g}")
                elif off is None and time > stamp:
                    settle()
                stamp = time
                if off is None:
                    now = stamp - unrecorded
                continue
            elif kind in "rR":
                next(words)
                continue
            else:
                if word == "$dumpoff":
                    off = stamp if off is None else off
                elif word == "$dumpon" and off is not None:
                    unrecorded += stamp - off
                    off = None
                elif word == "$comment":
                    for _ in iter(words.__next__, "$end"):
                        pass
                elif kind != "$":
                    raise _NotVcd(f"{word[:40]!r} is no change of a value")
                continue
            if off is None and code in variables:
                pending[code] = value.translate(_VALUES)
        settle()
        self.last = now
        if now == self.first:
            raise _NotVcd("no time passes in it")


def _words(file: BinaryIO) -> Iterator[str]:
    """The words of a file; strings, which may have blanks in them, are left out."""
    beginning = file.readline()
    if beginning.startswith(_FST):
        raise _NotVcd("it is an FST file, which fst2vcd turns into one")
    for line in chain([beginning], file):
        text = line.decode("utf-8", errors="replace")
        if text[:1] not in "sS" or "$end" in text:
            yield from text.split()


def _time(word: str) -> float:
    try:
        time = float(word[1:])
    except ValueError:
        time = -1.0
    if not 0 <= time < float("inf"):
        raise _NotVcd(f"{word[:40]!r} is no time")
    return time


def _unit_ps(text: str) -> float:
    match = re.fullmatch(r"([1-9]\d*)?([munpf]?s)", text)
    if match is None:
        raise _NotVcd(f"its time scale is {text[:40]!r}")
    return float(match[1] or 1) * _UNITS_PS[match[2]]


def _bit_names(reference: str, width: int) -> Iterator[tuple[str, int]]:
    """The name of each bit of a variable, and its place in the variable's value.

    That of one bit is known with its index and without: some simulators write ``clk [0:0]``.
    """
    name, first, last = reference, width - 1, 0
    match = _RANGE.fullmatch(reference)
    if match:
        first, last = int(match["first"]), int(match["last"] or match["first"])
        if abs(first - last) + 1 == width:
            name = match["name"]
        else:
            # An element of a memory.
            first, last = width - 1, 0
    step = -1 if first >= last else 1
    for place in range(width):
        yield f"{name}[{first + step * place}]", place
    if width == 1 and (match is None or match["last"]):
        yield name, 0
