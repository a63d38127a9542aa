"""Value change dumps, as simulators write them (IEEE 1364-2005, clause 18): toggles of each bit.

Declarations are read by ``pyvcd``.  The changes behind them, which can be gigabytes, are read here:
they are words of few kinds, and ``pyvcd`` takes ten times as long over them.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from vcd.common import VarType
from vcd.reader import TokenKind, VCDParseError, tokenize

from lmul_pe.model import SpecificationError

from .recording import Recording, Signal

_NOT_BITS = (VarType.real, VarType.realtime, VarType.event, VarType.string, VarType.parameter)
_UNITS_PS = {"s": 1e12, "ms": 1e9, "us": 1e6, "ns": 1e3, "ps": 1.0, "fs": 1e-3}
_END_OF_HEADER = b"$enddefinitions"
_BLOCK = 1 << 20
_SIMPLE = str.maketrans("XZzUuWw-HhLl", "xxxxxxxx1100")
"""The values of other simulators as ``0``, ``1`` and ``x``."""


class _NotVcd(Exception):  # noqa: N818 - never leaves this module
    """Why a file is not VCD."""


class _Bits:
    """The bits of one variable while time goes on, most significant first.

    Their values are ``0``, ``1`` and, for anything else, ``x``.
    """

    def __init__(self, width: int):
        self.width = width
        self.value = "x" * width
        self.since = [0] * width
        self.high = [0] * width
        self.toggles = [0] * width
        self._known = ["x"] * width

    def change(self, value: str, time: int) -> None:
        if len(value) != self.width:
            # In front a 0 or 1 is extended by 0, anything else by itself.
            front = "x" if value[:1] == "x" else "0"
            value = value.rjust(self.width, front)[-self.width :]
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
    path: Path, inputs: Sequence[str], outputs: Sequence[str], clock: str | None = None
) -> Samples:
    """The values of bits in a VCD file: just before every rising edge of a clock or, without one,
    just before an input changes, and at the end.

    Parameters
    ----------
    inputs, outputs
        Paths of the bits.
    clock
        Path of the clock.

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

        def sample(value: str, time: int) -> None:
            samples.append(value)
            times.append((time - dump.first) * dump.unit_ps)

        def settled(time: int) -> None:
            nonlocal now, level
            before, now = now, "".join([bits.value[place] for bits, place in places])
            if clock_bits is None:
                given = before[: len(inputs)]
                if given not in (unknown, now[: len(inputs)]):
                    sample(before, time)
            else:
                before_edge, level = level, clock_bits.value[clock_place]
                if (before_edge, level) == ("0", "1"):
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
    with path.open("rb") as file:
        try:
            yield _Dump(file)
        except (VCDParseError, _NotVcd, IndexError) as error:
            raise SpecificationError(
                f"{path} is no VCD file: {error}; expected $scope, $var, $enddefinitions, changes"
            ) from None


class _Dump:
    """A file whose declarations have been read.

    Members
    -------
    places : dict
        Path of each bit to the variable that it is of, and its place there.
    first, last : int
        The first and the last time.
    """

    def __init__(self, file: BinaryIO):
        header, rest = _header(file)
        self._words = _words(rest, file)
        self.unit_ps = 1.0
        self.places: dict[str, tuple[_Bits, int]] = {}
        self.first = self.last = 0
        self._variables: dict[str, _Bits] = {}
        scopes: list[str] = []
        for token in tokenize(io.BytesIO(header)):
            if token.kind is TokenKind.SCOPE:
                scopes.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes.pop()
            elif token.kind is TokenKind.TIMESCALE:
                unit = token.timescale
                self.unit_ps = unit.magnitude.value * _UNITS_PS[unit.unit.value]
            elif token.kind is TokenKind.VAR and token.var.type_ not in _NOT_BITS:
                variable = token.var
                bits = self._variables.setdefault(variable.id_code, _Bits(variable.size))
                self.places |= {path: (bits, place) for path, place in _paths(variable, scopes)}

    def high(self, bits: _Bits, place: int) -> int:
        """How long a bit was 1, in the file's unit."""
        last = self.last - bits.since[place] if bits.value[place] == "1" else 0
        return bits.high[place] + last

    def read(self, settled: Callable[[int], None] | None = None) -> None:
        """Let the variables take every change.

        ``settled`` is called with each time when all of its changes are there.
        """
        variables, words = self._variables, self._words
        time: int | None = None
        for word in words:
            kind = word[0]
            if kind in "01xXzZ":
                if (bits := variables.get(word[1:])) is not None:
                    bits.change(kind if kind in "01" else "x", time or 0)
            elif kind == "#":
                if not word[1:].isdecimal():
                    raise _NotVcd(f"{word[:40]!r} is no time")
                if time is None:
                    self.first = int(word[1:])
                elif settled:
                    settled(time)
                time = int(word[1:])
            elif kind in "bB":
                value = word[1:].translate(_SIMPLE)
                if (bits := variables.get(next(words, ""))) is not None:
                    bits.change(value, time or 0)
            elif kind in "rRsS":
                next(words, None)
            elif word == "$comment":
                while next(words, "$end") != "$end":
                    pass
            elif kind != "$":
                raise _NotVcd(f"{word[:40]!r} is no change of a value")
        if time is None or time == self.first:
            raise _NotVcd("no time passes in it")
        if settled:
            settled(time)
        self.last = time


def _header(file: BinaryIO) -> tuple[bytes, bytes]:
    """The declarations, and what was read behind them."""
    text = b""
    while block := file.read(_BLOCK):
        text += block
        head, mark, rest = text.partition(_END_OF_HEADER)
        if mark and b"$end" in rest:
            return head + mark + b" $end\n", rest.partition(b"$end")[2]
        if not text.lstrip().startswith(b"$"):
            break
    raise _NotVcd("it has no $enddefinitions")


def _words(rest: bytes, file: BinaryIO) -> Iterator[str]:
    for line in chain([rest + file.readline()], file):
        yield from line.decode("ascii", errors="replace").split()


def _paths(variable: Any, scopes: list[str]) -> Iterator[tuple[str, int]]:
    """The path of each bit, and its place in the variable's value."""
    path = ".".join([*scopes, variable.reference.removeprefix("\\")])
    index = variable.bit_index
    if index is None:
        high, low = variable.size - 1, 0
    else:
        high, low = index if isinstance(index, tuple) else (index, index)
    step = -1 if high >= low else 1
    for place in range(variable.size):
        yield f"{path}[{high + step * place}]", place
    if variable.size == 1 and index is None:
        yield path, 0
