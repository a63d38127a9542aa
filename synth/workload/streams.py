"""Operand streams on which energy is measured."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import FloatFormat, IntegerFormat, SpecificationError, code_type, encode
from lmul_pe.model.choices import unknown_choice

HELD = 64
"""Cycles for which a weight stays."""

WORKLOADS = {
    "normal": "independent standard normal values, rounded to nearest even, a new pair every cycle",
    "uniform": "independent uniform codes, a new pair every cycle",
    "stationary": f"as normal, but operand b, the weight, is held for {HELD} cycles",
    "half_zeros": "as normal, but each operand is zero with probability one half",
}
"""Name of each workload and what it is; the first is the default."""

LONG_SUMS = "long_sums"
"""The name of the workload of :data:`UNIT_WORKLOADS`."""

SUM_LENGTH = 64
"""Products of a sum, but in long ones."""

LONG_SUM_LENGTH = 512
"""Products of a long sum."""

UNIT_WORKLOADS = {
    LONG_SUMS: f"as normal, but sums of {LONG_SUM_LENGTH} products in place of {SUM_LENGTH}; of "
    "dot products with exact sums or anchored windows alone",
}
"""What only units are measured on."""

Format: TypeAlias = FloatFormat | IntegerFormat


@dataclass(frozen=True)
class CodeStream:
    """A user's own stream of operand pairs; :func:`code_stream` reads one.

    Parameters
    ----------
    name
        The path of its file.
    pairs
        Codes of ``a`` and ``b``, ``N x 2``.
    digest
        Of the codes, by which results that depend on them are known.
    """

    name: str
    pairs: NDArray[np.uint64]
    digest: str

    @property
    def summary(self) -> str:
        """What it is, as :data:`WORKLOADS` says it."""
        return f"the {len(self.pairs):,} operand pairs of {self.name}, in their order"


Workload: TypeAlias = str | CodeStream
"""A name of :data:`WORKLOADS` or :data:`UNIT_WORKLOADS`, or a user's own stream."""


def code_stream(path: Path) -> CodeStream:
    """The stream in a ``.npy`` file: ``N x 2`` integers, codes of ``a`` and of ``b``.

    Raises
    ------
    SpecificationError
        The file cannot be read, or holds something else.
    """
    try:
        pairs = np.load(path, allow_pickle=False)
    except OSError as error:
        reason = error.strerror or "not an array of NumPy"
        raise SpecificationError(f"workload {path} cannot be read: {reason}") from None
    except (ValueError, EOFError):
        raise SpecificationError(
            f"workload {path} cannot be read: expected a .npy file of N x 2 integers"
        ) from None
    if not isinstance(pairs, np.ndarray):
        raise SpecificationError(f"workload {path} holds several arrays: expected a .npy file")
    if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) < 2:
        shape = " x ".join(map(str, pairs.shape)) or "single value"
        raise SpecificationError(
            f"workload {path} is {shape}: expected N x 2, codes of a and b, N 2 at least"
        )
    if pairs.dtype.kind not in "iu":
        raise SpecificationError(
            f"workload {path} holds {pairs.dtype}: expected integers, the codes of a and b"
        )
    if pairs.min() < 0:
        row, column = np.argwhere(pairs < 0)[0]
        raise SpecificationError(
            f"workload {path}: {pairs[row, column]} in row {row} is no code: expected 0 or more"
        )
    codes = np.ascontiguousarray(pairs, dtype="<u8")
    return CodeStream(str(path), codes, hashlib.sha256(codes.tobytes()).hexdigest())


def operands(
    workload: Workload, format_a: Format, format_b: Format, count: int, seed: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """``count`` operand pairs of ``workload``, the same ones for every call with one ``seed``.

    Integers take normal values in units of an eighth of their range, so that four standard
    deviations fit.  A user's own stream begins again at its end, and has no seed.

    Raises
    ------
    SpecificationError
        Unknown workload, or a stream with a code that its format does not have.
    """
    if count < 2:
        raise SpecificationError(f"{count} operand pairs toggle nothing: expected 2 at least")
    if isinstance(workload, CodeStream):
        return _own(workload, format_a, 0, count), _own(workload, format_b, 1, count)
    if workload in UNIT_WORKLOADS:
        workload = "normal"
    if workload not in WORKLOADS:
        raise unknown_choice("workload", workload, WORKLOADS)
    streams = np.random.default_rng(seed).spawn(2)
    if workload == "uniform":
        return _uniform(format_a, count, streams[0]), _uniform(format_b, count, streams[1])
    a = _normal(format_a, count, streams[0])
    if workload == "stationary":
        weights = _normal(format_b, -(-count // HELD), streams[1])
        return a, np.repeat(weights, HELD)[:count]
    b = _normal(format_b, count, streams[1])
    if workload == "half_zeros":
        return _thinned(a, streams[0]), _thinned(b, streams[1])
    return a, b


def _own(workload: CodeStream, format: Format, operand: int, count: int) -> NDArray[Any]:
    codes = workload.pairs[:, operand]
    largest = 2**format.width - 1
    if codes.max() > largest:
        row = np.argmax(codes > largest)
        raise SpecificationError(
            f"workload {workload.name}: {codes[row]} in row {row}, operand {'ab'[operand]}, is no "
            f"code of {format.name}: expected 0 to {largest}"
        )
    return np.resize(codes, count).astype(code_type(format))


def _normal(format: Format, count: int, random: np.random.Generator) -> NDArray[Any]:
    values = random.standard_normal(count)
    if isinstance(format, IntegerFormat):
        largest = 2 ** (format.bits - 1) - 1
        scaled = np.rint(values * 2 ** (format.bits - 3))
        return format.codes(np.clip(scaled, -largest, largest))
    return encode(values, format, saturate=True)


def _uniform(format: Format, count: int, random: np.random.Generator) -> NDArray[Any]:
    high = 2**format.width - 1
    return random.integers(0, high, size=count, dtype=np.uint64, endpoint=True).astype(
        code_type(format)
    )


def _thinned(codes: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Half of the codes replaced by zero."""
    return np.where(random.random(len(codes)) < 0.5, np.zeros_like(codes), codes)
