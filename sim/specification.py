"""What the benches need to know of a design, whatever it is."""

from collections.abc import Sequence

import numpy as np

from model import FloatFormat, Mac, Multiplier, mac_named, multiplier_named
from model.codec import Codes

Specification = Multiplier | Mac


def specification_named(name: str) -> Specification:
    """The specification that ``name`` stands for.

    Raises
    ------
    SpecificationError
        Not the name of one.
    """
    return mac_named(name) if name.startswith("mac_") else multiplier_named(name)


def operand_formats(specification: Specification) -> tuple[FloatFormat, FloatFormat]:
    """Formats of ``a`` and ``b``."""
    if isinstance(specification, Mac):
        specification = specification.multiplier
    return specification.format, specification.format_b


def result_format(specification: Specification) -> FloatFormat:
    """Format of the results."""
    if isinstance(specification, Mac):
        return specification.accumulator.format
    return specification.format_y


def result_name(specification: Specification) -> str:
    """What the port of the results is named after."""
    return "c" if isinstance(specification, Mac) else "y"


def expected_results(
    specification: Specification, groups: Sequence[tuple[Codes, Codes]]
) -> list[int]:
    """The model's result of each group of operand pairs: one pair, or the pairs of one sum."""
    results = [0] * len(groups)
    # The model is fastest on many groups at once, and those of one length make an array.
    by_length: dict[int, list[int]] = {}
    for index, (a, _) in enumerate(groups):
        by_length.setdefault(len(a), []).append(index)
    for indices in by_length.values():
        a, b = (np.stack([groups[index][side] for index in indices]) for side in (0, 1))
        if isinstance(specification, Mac):
            codes = specification.dot(a, b)
        else:
            codes = specification.compute(a[:, 0], b[:, 0])
        for index, code in zip(indices, codes, strict=True):
            results[index] = int(code)
    return results
