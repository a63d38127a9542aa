"""Whether units add what they are given: each bit of every lane with its weight."""

import time
from collections.abc import Collection
from typing import TypeAlias

from lmul_pe.hw.unit.exact_dot import ExactPath
from lmul_pe.hw.unit.window_dot import WindowPath

from .equivalence import Proof
from .linear import Form, Input, NotLinearError, sum_of

LINEAR = "linear forms"

Path: TypeAlias = ExactPath | WindowPath


def lane_weights(path: Path) -> dict[Input, int]:
    """The weights of all bits of the ports ``lane_0``, ``lane_1`` and so on."""
    return {
        (f"lane_{place}", index): 1 << weight
        for place in range(path.terms)
        for index, weight in enumerate(path.lane.weights)
    }


def most_of(path: Path) -> int:
    """The largest magnitude of a beat: no product is larger than its lane says, by a claim of its
    own."""
    return path.terms * path.lane.largest


def prove_lanes(path: Path, text: str) -> Proof:
    """That ``beat`` of a module ``tree`` is all lanes and the offset, and has room."""
    wanted = Form(lane_weights(path), path.terms * path.lane.constant + path.offset)
    least, greatest = path.offset - most_of(path), path.offset + most_of(path)
    return prove_form(text, "tree", "beat", wanted, least, greatest)


def prove_form(
    text: str,
    top: str,
    wire: str,
    wanted: Form,
    least: int,
    greatest: int,
    given: Collection[str] = (),
) -> Proof:
    """That a wire of a module is a sum of its inputs, and has room for it.

    Parameters
    ----------
    wanted
        The sum.
    least, greatest
        Between what it lies; if ``least`` is negative the wire is a signed number.
    given
        Wires inside that count as inputs.
    """
    started = time.monotonic()
    try:
        found, width = sum_of(text, top, wire, given)
    except NotLinearError:
        return Proof(False, LINEAR, time.monotonic() - started, None)
    below = 1 << width - 1 if least < 0 else 0
    fits = -below <= least and greatest < (below or 1 << width)
    proved = fits and found == wanted.modulo(1 << width)
    return Proof(proved, LINEAR, time.monotonic() - started, None)
