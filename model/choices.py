"""How a wrong choice is reported: the value, what was expected, the nearest valid choice."""

from collections.abc import Iterable
from difflib import get_close_matches


class SpecificationError(ValueError):
    """A specification, a code array or a file that cannot be used; its text is one clear line."""


def unknown_choice(what: str, value: object, choices: Iterable[str]) -> SpecificationError:
    """The error for ``value`` where one of ``choices`` was expected.

    Parameters
    ----------
    what
        What is being chosen, as the user knows it ("kind", "format").
    value
        What the user gave.
    choices
        Every valid value, in the order in which they are listed to the user.
    """
    names = list(choices)
    near = get_close_matches(str(value), names, n=1, cutoff=0.3)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return SpecificationError(f"{what} {value!r} is not one of {', '.join(names)}{hint}")
