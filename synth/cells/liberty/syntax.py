"""The syntax of Liberty files, which has three kinds of statement.

The parser is our own because no package on PyPI survives the files that users have. ``libparse``
(Yosys' parser) ends the process on a syntax error, never returns from an unterminated string,
crashes on deep nesting, and has no wheel for Python 3.13. ``eda-liberty-parser`` rejects valid
files, such as those that put the ``{`` of a group on a line of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lmul_pe.synth.cells.technology import TechnologyError

_TOKEN = re.compile(
    r"(?P<blank>(?:\s|\\)+|/\*.*?\*/|//[^\n]*)"
    r'|"(?P<string>(?:[^"\\]|\\.)*)"'
    r"|(?P<mark>[{}():;,])"
    r'|(?P<word>(?:(?!/\*)[^\s{}():;,"\\])+)',
    re.DOTALL,
)


@dataclass
class Group:
    """``kind (arguments) { ... }``, with its attributes (the last of a name) and inner groups."""

    kind: str
    arguments: tuple[str, ...]
    position: int
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    groups: list["Group"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.arguments[0] if self.arguments else ""

    def inner(self, *kinds: str) -> Iterator["Group"]:
        return (group for group in self.groups if group.kind in kinds)

    def text(self, attribute: str) -> str | None:
        values = self.attributes.get(attribute)
        return " ".join(values) if values else None

    def flag(self, attribute: str) -> bool:
        return (self.text(attribute) or "").lower() == "true"

    def number(self, *attributes: str) -> float | None:
        """The first of these attributes that is there."""
        for attribute in attributes:
            text = self.text(attribute)
            if text is not None:
                try:
                    return float(text)
                except ValueError:
                    raise TechnologyError(f"{attribute} is {text!r}, expected a number") from None
        return None

    def numbers(self, attribute: str) -> list[float]:
        """All numbers of a list such as ``values ("1, 2", "3, 4")``."""
        texts = self.attributes.get(attribute, ())
        try:
            return [
                float(part)
                for text in texts
                for part in text.replace(",", " ").replace("\\", " ").split()
            ]
        except ValueError:
            raise TechnologyError(
                f"{attribute} of {self.kind} holds something that is no number"
            ) from None


class Parser:
    """Statements to groups, on a stack of our own: nesting must not exhaust Python's."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str, int]] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                thing = "comment" if text.startswith("/*", position) else "string"
                raise self._error(position, f"this {thing} never ends")
            kind = match.lastgroup or ""
            if kind != "blank":
                self._tokens.append((kind, match[kind], position))
            position = match.end()
        self._tokens.append(("end", "", len(text)))
        self._next = 0

    def _error(self, position: int, what: str) -> TechnologyError:
        line = self._text.count("\n", 0, position) + 1
        return TechnologyError(f"line {line}: not Liberty: {what}")

    def _is(self, mark: str) -> bool:
        kind, text, _ = self._tokens[self._next]
        return kind == "mark" and text == mark

    def libraries(self) -> tuple[Group, ...]:
        """The ``library`` groups of the file, one at least."""
        outermost = Group("file", (), 0)
        stack = [outermost]
        while self._tokens[self._next][0] != "end":
            kind, text, position = self._tokens[self._next]
            if self._is("}") and len(stack) > 1:
                stack.pop()
                self._next += 1
            elif self._is(";"):
                self._next += 1
            elif kind == "mark" or (len(stack) == 1 and text != "library"):
                expected = "'library'" if len(stack) == 1 else "a name or '}'"
                raise self._error(position, f"expected {expected}, found {text[:40]!r}")
            else:
                self._next += 1
                self._statement(text, position, stack)
        if len(stack) > 1:
            raise self._error(
                stack[-1].position, f"the group {stack[-1].kind!r} that begins here is never closed"
            )
        if not outermost.groups:
            raise TechnologyError("not Liberty: the file is empty")
        return tuple(outermost.groups)

    def _statement(self, name: str, position: int, stack: list[Group]) -> None:
        if self._is(":"):
            self._next += 1
            stack[-1].attributes[name] = self._value()
        elif self._is("("):
            self._next += 1
            arguments = self._arguments(position)
            if self._is("{"):
                self._next += 1
                group = Group(name, arguments, position)
                stack[-1].groups.append(group)
                stack.append(group)
            else:
                stack[-1].attributes[name] = arguments
        else:
            raise self._error(position, f"expected ':' or '(' after {name[:40]!r}")

    def _value(self) -> tuple[str, ...]:
        """Up to the ``;``, which many files forget at the end of a line."""
        values: list[str] = []
        while True:
            kind, text, position = self._tokens[self._next]
            if kind == "end" or self._is(";") or self._is("}"):
                return tuple(values)
            if values and "\n" in self._text[self._tokens[self._next - 1][2] : position]:
                return tuple(values)
            values.append(text)
            self._next += 1

    def _arguments(self, begin: int) -> tuple[str, ...]:
        arguments: list[str] = []
        while not self._is(")"):
            kind, text, _ = self._tokens[self._next]
            if kind == "end" or text in ("{", "}", ";"):
                raise self._error(begin, "this '(' is never closed")
            if not self._is(","):
                arguments.append(text)
            self._next += 1
        self._next += 1
        return tuple(arguments)
