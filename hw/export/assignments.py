"""Combinational designs as Verilog that reads like their source: one line for each named signal."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping

from amaranth.hdl import Const, Fragment, Signal, Value
from amaranth.hdl._ast import Assign, Concat, Operator, Slice, SwitchValue
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from .expression import Expressions, NotAnExpressionError, direct

_COLUMNS = 100


def assignments_text(component: wiring.Component, name: str) -> str | None:
    """Module ``name``, in Verilog-2001, of a component that is nothing but assignments.

    Every signal that an output depends on is a wire with the expression that it has in the source,
    in the source's order.  None where there is more in the component: registers, submodules,
    conditions, or assignments to parts of a signal.
    """
    fragment = Fragment.get(component, None)
    statements = dict(fragment.statements)
    if fragment.subfragments or set(statements) != {"comb"}:
        return None
    assigned: list[tuple[Signal, Value]] = []
    for statement in statements["comb"]:
        if not (isinstance(statement, Assign) and isinstance(statement.lhs, Signal)):
            return None
        assigned.append((statement.lhs, statement.rhs))
    if len({id(signal) for signal, _ in assigned}) < len(assigned):
        return None
    members = component.signature.members
    ports = {port: getattr(component, port) for port in members}
    try:
        lines = _Lines(ports, assigned)
    except NotAnExpressionError:
        return None
    text = [f"module {name}({', '.join(ports)});"]
    for port, member in members.items():
        direction = "input" if member.flow == In else "output"
        text.append(f"  {direction} {_range(ports[port])}{port};")
    for signal, target, expression in lines.found:
        kind = "assign " if target in ports else f"wire {_range(signal)}"
        text += _wrapped(f"  {kind}{target} = {expression};")
    return "\n".join([*text, "endmodule", ""])


class _Lines:
    """What outputs depend on, each behind all that it depends on itself.

    Members
    -------
    found : list of tuple
        Signal, name and expression.
    """

    def __init__(self, ports: Mapping[str, Signal], assigned: Iterable[tuple[Signal, Value]]):
        self.found: list[tuple[Signal, str, str]] = []
        self._ports = ports
        # Objects are told apart by their addresses; these lists keep them where they are.
        self._assigned = _Folding(assigned).folded
        self._values = {id(signal): value for signal, value in self._assigned}
        self._names = {id(signal): port for port, signal in ports.items()}
        self._shared = _shared(value for _, value in self._assigned)
        self._made = {
            id(value): signal
            for signal, value in self._assigned
            if isinstance(value, Operator | SwitchValue) and value.shape() == signal.shape()
        }
        self._kept: list[Value] = []
        self._open: set[int] = set()
        self._done: set[int] = set()
        self._target = ""
        self._expressions = Expressions(self._use, self._hoisted)
        needed = self._needed()
        for signal, _ in self._assigned:
            if id(signal) in needed:
                self._add(signal)

    def _needed(self) -> set[int]:
        """Of the assigned signals."""
        seen: dict[int, Value] = {}
        left: list[Value] = list(self._ports.values())
        while left:
            value = left.pop()
            if id(value) not in seen:
                seen[id(value)] = value
                left += _parts(value)
                if id(value) in self._values:
                    left.append(self._values[id(value)])
        return set(seen)

    def _add(self, signal: Signal) -> None:
        if id(signal) in self._done or id(signal) not in self._values:
            return
        self._done.add(id(signal))
        outer, self._target = self._target, self._name(signal)
        value = self._values[id(signal)]
        # This line has the expression; what follows may have its name.
        self._open.add(id(value))
        expression = self._expressions.modulo(value, len(signal))
        self._open.discard(id(value))
        self.found.append((signal, self._target, expression))
        self._target = outer

    def _name(self, signal: Signal) -> str:
        if id(signal) not in self._names:
            if not re.fullmatch(r"[a-zA-Z]\w*", signal.name):
                raise NotAnExpressionError(f"a signal named {signal.name!r}")
            name, number = signal.name, 1
            while name in self._names.values():
                name, number = f"{signal.name}_{number}", number + 1
            self._names[id(signal)] = name
            self._kept.append(signal)
        return self._names[id(signal)]

    def _use(self, signal: Signal) -> str:
        if id(signal) not in self._values and id(signal) not in self._names:
            raise NotAnExpressionError(f"{signal.name}, which nothing drives")
        self._add(signal)
        return self._name(signal)

    def _hoisted(self, value: Value, must: bool) -> Signal | None:
        """The signal of an expression that stands in several places, or must have one."""
        key = id(value)
        if key in self._open and not must:
            return None
        if key in self._made:
            return self._made[key]
        if not (must or key in self._shared):
            return None
        signal = Signal(value.shape(), name=f"{self._target}_part")
        self._kept += [signal, value]
        self._values[id(signal)] = value
        self._add(signal)
        self._made[key] = signal
        return signal


class _Folding:
    """Assignments without what constants decide."""

    def __init__(self, assigned: Iterable[tuple[Signal, Value]]):
        self._constants: dict[int, Const] = {}
        self._known: dict[int, Value] = {}
        self._kept: list[Value] = []
        self.folded: list[tuple[Signal, Value]] = []
        for signal, value in assigned:
            result = self.value(value)
            self.folded.append((signal, result))
            if isinstance(result, Const):
                self._constants[id(signal)] = Const(result.value, signal.shape())

    def value(self, value: Value) -> Value:
        if id(value) not in self._known:
            self._kept.append(value)
            self._known[id(value)] = self._folded(value)
        return self._known[id(value)]

    def _folded(self, value: Value) -> Value:
        if not len(value):
            return Const(0, 0)
        if isinstance(value, Signal):
            return self._constants.get(id(value), value)
        if isinstance(value, Slice):
            inner = self.value(value.value)
            return direct(value if inner is value.value else inner[value.start : value.stop])
        if isinstance(value, Concat):
            parts = [self.value(part) for part in value.parts]
            same = all(one is other for one, other in zip(parts, value.parts, strict=True))
            return value if same else Concat(parts)
        if isinstance(value, SwitchValue):
            cases = [(patterns, self.value(each)) for patterns, each in value.cases]
            test = self.value(value.test)
            if isinstance(test, Const) and len(test) == 1:
                # Of two choices, as all that can be printed.
                chosen = cases[0 if not test.value else -1][1]
                if chosen.shape() == value.shape():
                    return chosen
            return SwitchValue(test, cases)
        if not isinstance(value, Operator):
            return value
        operands = [self.value(each) for each in value.operands]
        simple = _simpler(value.operator, operands, len(value))
        if simple is not None:
            return simple
        same = all(one is other for one, other in zip(operands, value.operands, strict=True))
        return value if same else Operator(value.operator, operands)


def _simpler(name: str, operands: list[Value], width: int) -> Value | None:
    """What an operator on a single bit, or on a constant, is without it."""
    if name == "~" and isinstance(operands[0], Const) and width == 1:
        return Const(1 - operands[0].value, 1)
    if name in ("r|", "b") and isinstance(operands[0], Const):
        return Const(int(operands[0].value != 0), 1)
    if name in ("r&", "r^") and not len(operands[0]):
        return Const(int(name == "r&"), 1)
    if name in ("r|", "b") and isinstance(operands[0], Concat):
        left = [part for part in operands[0].parts if not _is_constant(part, 0)]
        if not left:
            return Const(0, 1)
        return left[0] if len(left) == len(left[0]) == 1 else Operator("r|", [Concat(left)])
    if name not in ("&", "|") or width != 1:
        return None
    for one, other in (operands, operands[::-1]):
        if isinstance(one, Const):
            neutral = 1 if name == "&" else 0
            return other if _is_constant(one, neutral) else one
    return None


def _is_constant(value: Value, bits: int) -> bool:
    return isinstance(value, Const) and value.value == bits


def _parts(value: Value) -> list[Value]:
    """What a value is made of."""
    if isinstance(value, Slice):
        return [value.value]
    if isinstance(value, Concat):
        return list(value.parts)
    if isinstance(value, SwitchValue):
        return [value.test, *(each for _, each in value.cases)]
    return list(value.operands) if isinstance(value, Operator) else []


_LITTLE = ("~", "u", "s")
"""Operators that are no reason for a line of their own."""


def _shared(values: Iterable[Value]) -> set[int]:
    """Addresses of the expressions of several operators that stand in several places."""
    places: Counter[int] = Counter()
    operators: dict[int, int] = {}
    own: set[int] = set()

    def count(value: Value) -> int:
        places[id(value)] += 1
        if id(value) not in operators:
            plain = isinstance(value, Operator) and value.operator not in _LITTLE
            if plain or isinstance(value, SwitchValue):
                own.add(id(value))
            operators[id(value)] = (id(value) in own) + sum(map(count, _parts(value)))
        return operators[id(value)]

    for value in values:
        count(value)
    return {key for key in own if places[key] > 1 and operators[key] > 1}


def _range(signal: Signal) -> str:
    return f"[{len(signal) - 1}:0] " if len(signal) > 1 else ""


def _wrapped(line: str) -> Iterable[str]:
    return textwrap.wrap(line, _COLUMNS, subsequent_indent="      ", break_on_hyphens=False)
