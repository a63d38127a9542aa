"""What the commands of this package take from their command lines."""

from lmul_pe.model import SpecificationError

LARGEST_SEED = 2**31 - 1


def whole_number(name: str, text: str, least: int = 0, most: int = LARGEST_SEED) -> int:
    """The number that ``text`` stands for.

    Raises
    ------
    SpecificationError
        No number, or one outside ``least`` to ``most``.
    """
    # So many digits are too many for any of them, and for Python to read.
    if not (text.isascii() and text.isdecimal() and len(text) < 16 and least <= int(text) <= most):
        shown = text if len(text) < 20 else text[:20] + "..."
        raise SpecificationError(f"{name} {shown!r} is not a number from {least} to {most}")
    return int(text)
