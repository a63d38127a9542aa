"""Liberty boolean expressions: parsed once, evaluated on integers or on NumPy words.

The syntax is that of the ``function`` attribute of a Liberty pin, with its precedence: NOT (``!A``,
``A'``) binds tightest, then XOR (``A ^ B``), AND (``A & B``, ``A * B``, ``A B``), OR (``A | B``,
``A + B``); the constants are ``0`` and ``1``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

__all__ = ["Expression", "FunctionError", "parse_function"]

# Python's own compiler refuses about 200 nested parentheses, of which one level here makes three.
_DEEPEST_NESTING = 50
_MOST_TABLE_INPUTS = 16

_NAME = r"[A-Za-z_][\w.\[\]]*"
_TOKEN = re.compile(rf"\s*(?:({_NAME})|([01])(?!\w)|([!'^&*|+()])|(\S+))")


class FunctionError(ValueError):
    """A text is not a Liberty boolean expression; the message quotes it."""


@dataclass(frozen=True)
class Expression:
    """A boolean function of named inputs.

    Members
    -------
    text : str
        The expression as written.
    inputs : tuple of str
        The names that the value depends on, in the order of their first appearance. A name that
        only meets a constant (``A & 0``) is not among them.
    python : str
        The same function as a Python expression over ``x0``, ``x1`` ..., the inputs in order.
    """

    text: str
    inputs: tuple[str, ...]
    python: str

    def compiled(self) -> Callable[..., Any]:
        """A Python callable taking the values of ``inputs``, by position.

        Values are Python integers or NumPy integer arrays, and every bit is a case of its own. A
        complement is ``~``, so Python integers may become negative: mask them. A constant function
        takes no arguments and returns ``0`` or ``-1`` (all bits set).
        """
        return _compiled(self.python, len(self.inputs))

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The value for the given inputs; see :meth:`compiled`. Other names are ignored.

        Raises
        ------
        KeyError
            An input has no value.
        """
        return self.compiled()(*(values[name] for name in self.inputs))

    def fixed(self, constants: Mapping[str, bool]) -> "Expression":
        """The function of what is left when some inputs are constants."""

        def constant(match: re.Match[str]) -> str:
            return str(int(constants[match[0]])) if match[0] in constants else match[0]

        return parse_function(re.sub(_NAME, constant, self.text))

    def sense(self, name: str) -> str:
        """How the value follows one input: ``positive``, ``negative`` or, as XOR does, ``both``.

        ``both`` also where the value does not depend on it.
        """
        return _sense(self, name)

    def truth_table(self, inputs: Sequence[str]) -> int:
        """The function as an integer: bit ``i`` is its value where ``inputs[k]`` is bit ``k`` of i.

        Raises
        ------
        ValueError
            The expression depends on a name that is not in ``inputs``, or there are more than 16.
        """
        missing = [name for name in self.inputs if name not in inputs]
        if missing:
            raise ValueError(
                f"function {self.text!r} depends on {missing[0]!r}, which is not "
                f"among the inputs {', '.join(inputs) or '(none)'}"
            )
        if len(inputs) > _MOST_TABLE_INPUTS:
            raise ValueError(
                f"a truth table of {len(inputs)} inputs is too large: expected at "
                f"most {_MOST_TABLE_INPUTS}"
            )
        cases = 1 << len(inputs)
        every_case = (1 << cases) - 1
        # Input k is 0 for 2**k cases, then 1 for as many, and so on: dividing the all-ones word by
        # 2**(2**k) + 1 leaves the zeros on top, and the shift puts them first.
        values = {
            name: (every_case // ((1 << (1 << k)) + 1)) << (1 << k) for k, name in enumerate(inputs)
        }
        return int(self.evaluate(values)) & every_case


@cache
def _sense(expression: Expression, name: str) -> str:
    if name not in expression.inputs:
        return "both"
    others = [each for each in expression.inputs if each != name]
    table = expression.truth_table([*others, name])
    half = 1 << len(others)
    low, high = table & ((1 << half) - 1), table >> half
    falls, rises = low & ~high, high & ~low
    if falls and rises:
        return "both"
    return "negative" if falls else "positive"


@cache
def _compiled(python: str, input_count: int) -> Callable[..., Any]:
    arguments = ", ".join(f"x{index}" for index in range(input_count))
    code = compile(f"lambda {arguments}: {python}", "<liberty function>", "eval")
    function: Callable[..., Any] = eval(code, {"__builtins__": {}})
    return function


@cache
def parse_function(text: str) -> Expression:
    """Parse a Liberty boolean expression.

    Raises
    ------
    FunctionError
        The text is not one; the message quotes it and says what was expected where.
    """
    return _Parser(text).expression()


# A parsed operand: a constant, or the Python text of a function.
_Operand = bool | str


class _Parser:
    """Recursive descent, one method per level of precedence.

    Constants are folded on the way: mixing them in would need the width of the caller's words.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            (match.group(match.lastindex), match.start(match.lastindex))
            for match in _TOKEN.finditer(text)
            if match.lastindex
        ]
        self._next = 0
        self._depth = 0
        self._names: list[str] = []

    def expression(self) -> Expression:
        value = self._or()
        if self._next < len(self._tokens):
            raise self._error("an operator or the end")
        # Folding may have dropped names, so the numbering follows what is left.
        kept: list[str] = []

        def argument(match: re.Match[str]) -> str:
            name = self._names[int(match[1])]
            if name not in kept:
                kept.append(name)
            return f"x{kept.index(name)}"

        if isinstance(value, bool):
            return Expression(self._text, (), "-1" if value else "0")
        python = re.sub(r"x(\d+)", argument, value)
        return Expression(self._text, tuple(kept), python)

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _error(self, expected: str) -> FunctionError:
        if self._next < len(self._tokens):
            token, column = self._tokens[self._next]
            found = f"{token!r} at column {column + 1}"
        else:
            found = "the end"
        return FunctionError(f"function {self._text!r}: expected {expected}, found {found}")

    def _or(self) -> _Operand:
        operands = [self._and()]
        while self._peek() in ("|", "+"):
            self._next += 1
            operands.append(self._and())
        return _join(operands, "|", absorbing=True)

    def _and(self) -> _Operand:
        operands = [self._xor()]
        while (token := self._peek()) and token not in ("|", "+", ")"):
            # Two operands side by side, with nothing between them, are an AND as well.
            if token in ("&", "*"):
                self._next += 1
            elif token in ("^", "'"):
                break
            operands.append(self._xor())
        return _join(operands, "&", absorbing=False)

    def _xor(self) -> _Operand:
        value = self._not()
        while self._peek() == "^":
            self._next += 1
            other = self._not()
            if isinstance(value, bool):
                value = _complement(other) if value else other
            elif isinstance(other, bool):
                value = _complement(value) if other else value
            else:
                value = f"({value}^{other})"
        return value

    def _not(self) -> _Operand:
        inverted = False
        while self._peek() == "!":
            self._next += 1
            inverted = not inverted
        value = self._operand()
        while self._peek() == "'":
            self._next += 1
            inverted = not inverted
        return _complement(value) if inverted else value

    def _operand(self) -> _Operand:
        token = self._peek()
        if token == "(":
            self._depth += 1
            if self._depth > _DEEPEST_NESTING:
                raise FunctionError(
                    f"function {self._text[:40]!r}...: expected at most "
                    f"{_DEEPEST_NESTING} nested parentheses"
                )
            self._next += 1
            value = self._or()
            if self._peek() != ")":
                raise self._error("an operator or ')'")
            self._next += 1
            self._depth -= 1
            return value
        if token in ("0", "1"):
            self._next += 1
            return token == "1"
        if token and (token[0].isalpha() or token[0] == "_"):
            self._next += 1
            if token not in self._names:
                self._names.append(token)
            return f"x{self._names.index(token)}"
        raise self._error("a pin, '!', '(', 0 or 1")


def _complement(value: _Operand) -> _Operand:
    if isinstance(value, bool):
        return not value
    return value[1:] if value.startswith("~") else f"~{value}"


def _join(operands: list[_Operand], operator: str, *, absorbing: bool) -> _Operand:
    """Join by AND (which 0 absorbs) or OR (which 1 absorbs)."""
    if absorbing in [operand for operand in operands if isinstance(operand, bool)]:
        return absorbing
    functions = [operand for operand in operands if isinstance(operand, str)]
    if not functions:
        return not absorbing
    return functions[0] if len(functions) == 1 else f"({operator.join(functions)})"
