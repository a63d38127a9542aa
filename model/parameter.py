"""The parameters of a specification, each declared once, in the annotation of its field.

From the declaration come what a value may be, the words of names, and the options of commands with
the variables of ``make``.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .choices import SpecificationError, switched_on, unknown_choice

_SHOWN_CHARACTERS = 20


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A field of a specification that commands take as an option.

    Parameters
    ----------
    option
        Name of the option, and, in capitals, of the variable of ``make``.
    help
        What the option says of itself.
    default
        Value that goes without saying in names.
    named
        Whether a word of a name states it; what has a place of its own in names has none.
    leads
        Whether its word stands before those of parameters that do not lead.
    tacit
        Whether its default goes without saying among stated options, too.
    kinds
        Kinds of multiplier that it is for; all by default.
    part
        Part of a multiplier that it is about: ``operands``, ``sum`` or ``result``.
    """

    option: str
    help: str
    default: Any = None
    named: bool = True
    leads: bool = False
    tacit: bool = False
    kinds: tuple[str, ...] = ()
    part: str = ""

    @property
    def is_switch(self) -> bool:
        return False

    @property
    def patterns(self) -> list[str]:
        """What its words in a name look like."""
        return []

    def read(self, text: str) -> Any:
        """The value that an option's ``text`` gives; the specification looks whether it may be.

        Raises
        ------
        SpecificationError
            None.
        """
        return text

    def words(self, value: Any) -> list[str]:
        """The words that state ``value`` in a name."""
        raise NotImplementedError

    def match(self, words: Sequence[str]) -> tuple[Any, int] | None:
        """The value that ``words`` begin with, and how many of them state it."""
        return None

    def stated(self, value: Any) -> Any:
        """``value`` as an option has it; None if it is left out."""
        return None if self.tacit and value == self.default else value


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    """One of ``choices``, each of which is its own word in a name, unless there is a ``word``."""

    choices: tuple[str, ...]
    word: str | None = None

    @property
    def patterns(self) -> list[str]:
        if self.word is not None:
            return [self.word]
        return [choice for choice in self.choices if choice != self.default]

    def words(self, value: Any) -> list[str]:
        return [self.word or value]

    def match(self, words: Sequence[str]) -> tuple[Any, int] | None:
        if words[0] not in self.patterns:
            return None
        return (words[0] if self.word is None else self.choices[0]), 1


@dataclass(frozen=True, kw_only=True)
class Number(Parameter):
    """An integer, in a name behind ``word``, a minus written ``m``.

    Its option may also be one of ``texts``, whose meaning is the specification's to know.
    """

    word: str = ""
    texts: tuple[str, ...] = ()

    @property
    def patterns(self) -> list[str]:
        return [f"{self.word}N"]

    def read(self, text: str) -> Any:
        if self.texts:
            return text
        try:
            return int(text)
        except ValueError:
            cut = len(text) > _SHOWN_CHARACTERS
            shown = text[:_SHOWN_CHARACTERS] + "..." if cut else text
            raise SpecificationError(f"{self.option} {shown!r} is not an integer") from None

    def words(self, value: Any) -> list[str]:
        return [f"{self.word}{'m' if value < 0 else ''}{abs(value)}"]

    def match(self, words: Sequence[str]) -> tuple[Any, int] | None:
        found = re.fullmatch(f"{self.word}(m?)([0-9]{{1,16}})", words[0])
        if found is None:
            return None
        return (-1 if found[1] else 1) * int(found[2]), 1


@dataclass(frozen=True, kw_only=True)
class Switch(Parameter):
    """Something that there is or is not, in a name as ``word``."""

    word: str
    default: Any = False
    tacit: bool = True

    @property
    def is_switch(self) -> bool:
        return True

    @property
    def patterns(self) -> list[str]:
        return [self.word]

    def read(self, text: str) -> Any:
        return switched_on(self.option, text)

    def words(self, value: Any) -> list[str]:
        return [self.word]

    def match(self, words: Sequence[str]) -> tuple[Any, int] | None:
        return (True, 1) if words[0] == self.word else None

    def stated(self, value: Any) -> Any:
        return 1 if value else None


@dataclass(frozen=True, kw_only=True)
class FormatName(Parameter):
    """A format, in a name behind ``word``; the specification knows formats by their names."""

    word: str = ""

    @property
    def patterns(self) -> list[str]:
        return [f"{self.word}_FORMAT"]

    def words(self, value: Any) -> list[str]:
        return [self.word, value.name]

    def match(self, words: Sequence[str]) -> tuple[Any, int] | None:
        return (words[1], 2) if len(words) > 1 and words[0] == self.word else None

    def stated(self, value: Any) -> Any:
        return value.name


def parameters(specification: type) -> Mapping[str, Parameter]:
    """The parameters that a dataclass declares, by field, in their order.

    A field declares one by its annotation: ``carry: Annotated[str, Choice(...)]``.
    """
    return {
        field.name: parameter
        for field in dataclasses.fields(specification)
        for parameter in getattr(field.type, "__metadata__", ())
        if isinstance(parameter, Parameter)
    }


def words_of(specification: Any, usual: Mapping[str, object] | None = None) -> list[str]:
    """The words that state in a name what is not usual.

    Parameters
    ----------
    usual
        Values that go without saying, by field, where that is not the parameter's default.
    """
    found: dict[bool, list[str]] = {True: [], False: []}
    for field, parameter in parameters(type(specification)).items():
        value = getattr(specification, field)
        expected = (usual or {}).get(field, parameter.default)
        if parameter.named and value is not None and value != expected:
            found[parameter.leads] += parameter.words(value)
    return found[True] + found[False]


def is_word_of(specification: type, word: str) -> bool:
    """Whether ``word`` alone states a parameter of a class in a name."""
    named = (each for each in parameters(specification).values() if each.named)
    return any(each.match([word]) is not None for each in named)


def values_in(specification: type, words: Sequence[str], name: str, what: str) -> dict[str, Any]:
    """The values, by field, that ``words`` of ``name`` state; :func:`words_of` writes them.

    Parameters
    ----------
    what
        What an unknown word is not, as the user knows it.

    Raises
    ------
    SpecificationError
        A word that states nothing, or one thing twice.
    """
    named = {field: each for field, each in parameters(specification).items() if each.named}
    values: dict[str, Any] = {}
    rest = list(words)
    while rest:
        matches = {field: each.match(rest) for field, each in named.items()}
        found = [(field, *match) for field, match in matches.items() if match is not None]
        if not found:
            ordered = sorted(named.values(), key=lambda each: not each.leads)
            patterns = [pattern for each in ordered for pattern in each.patterns]
            raise unknown_choice(f"name {name!r}: {what}", rest[0], patterns)
        ((field, value, count),) = found
        if field in values:
            raise SpecificationError(f"name {name!r} states its {field} twice")
        values[field] = value
        del rest[:count]
    return values


def values_of(specification: type, options: Mapping[str, str]) -> dict[str, Any]:
    """The values, by field, of the ``options`` that a class has."""
    return {
        field: parameter.read(options[parameter.option])
        for field, parameter in parameters(specification).items()
        if parameter.option in options
    }


def stated(specification: Any) -> dict[str, Any]:
    """The options that give the values of ``specification``, by name."""
    found = {}
    for field, parameter in parameters(type(specification)).items():
        value = getattr(specification, field)
        text = None if value is None else parameter.stated(value)
        if text is not None:
            found[parameter.option] = text
    return found
