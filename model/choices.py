"""How a wrong choice is reported: the value, what was expected, the nearest valid choice."""

from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np


class SpecificationError(ValueError):
    """A specification, a code array or a file that cannot be used; its text is one clear line."""


class WrongTypeError(SpecificationError, TypeError):
    """An argument of a type that cannot be used; its text says what to pass."""


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
    listed = ", ".join(names)
    return SpecificationError(f"{what} {value!r} is not one of {listed}{suggestion(value, names)}")


def suggestion(value: object, names: Iterable[str]) -> str:
    """The end of an error's text that asks for the nearest name; empty if none is near."""
    # Capitals are no difference: variables of make have them, options have not.
    known = {name.lower(): name for name in names}
    near = get_close_matches(str(value).lower(), known, n=1, cutoff=0.3)
    return f"; did you mean {known[near[0]]!r}?" if near else ""


_SWITCHED = {
    **dict.fromkeys(("1", "yes", "true", "on"), True),
    **dict.fromkeys(("", "0", "no", "false", "off"), False),
}


def switched_on(what: str, text: str) -> bool:
    """Whether a switch that is given as ``text`` is on; nothing means no.

    Raises
    ------
    SpecificationError
        The text means neither.
    """
    try:
        return _SWITCHED[text.strip().lower()]
    except KeyError:
        raise SpecificationError(
            f"{what} {text!r} is neither on nor off: expected 1, yes, true or on, or 0, no, false "
            "or off"
        ) from None


def whole_number(what: str, value: object, allowed: range) -> int:
    """``value`` as an integer of ``allowed``.

    Raises
    ------
    SpecificationError
        It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise SpecificationError(
            f"{what} {value!r} is not an integer: expected {allowed[0]} to {allowed[-1]}"
        )
    number = int(value)
    if number not in allowed:
        nearest = min(max(number, allowed[0]), allowed[-1])
        raise SpecificationError(
            f"{what} {number} is not possible: expected {allowed[0]} to {allowed[-1]}; the nearest "
            f"is {nearest}"
        )
    return number
