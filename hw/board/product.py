"""Matrix products of any shape on a board, tile by tile."""

from collections.abc import Callable

from numpy.typing import ArrayLike

from lmul_pe.model.format.codec import Codes
from lmul_pe.model.unit.schedule import Schedule

from .link import BoardError, Link
from .protocol import Kind, Payloads


def product_on_board(
    link: Link, payloads: Payloads, a: ArrayLike, b: ArrayLike, report: Callable[[str], None]
) -> Codes:
    """The matrix product of ``a`` and ``b`` as the board behind ``link`` computes it.

    Parameters
    ----------
    payloads
        Of the board's array.
    a, b
        ``M x K`` and ``K x N`` codes of its operands.
    report
        Is told how far it is.

    Returns
    -------
    ``M x N`` codes of its results.

    Raises
    ------
    SpecificationError
        Arrays that are no matrices, are empty or do not match.
    BoardError
        A board that does not answer, or not as it should.
    """
    schedule = Schedule(payloads.array, a, b)
    for tile in schedule:
        report(f"tile {tile.index + 1} of {len(schedule)}")
        octets = _operands(payloads, tile.streams["a"], tile.streams["b"])
        size = payloads.beats_per_frame * payloads.beat_bytes
        *frames, last = (octets[start : start + size] for start in range(0, len(octets), size))
        for frame in frames:
            link.ask(Kind.OPERANDS, frame)
        for row in _rows(payloads, link.ask(Kind.LAST_OPERANDS, last)):
            schedule.take(row)
    return schedule.product()


def _operands(payloads: Payloads, a: Codes, b: Codes) -> bytes:
    left, above, _ = payloads.ports
    return b"".join(
        (first | second << left.width).to_bytes(payloads.beat_bytes, "little")
        for first, second in zip(left.pack(a), above.pack(b), strict=True)
    )


def _rows(payloads: Payloads, octets: bytes) -> Codes:
    if len(octets) != payloads.result_bytes:
        raise BoardError(
            f"the board gave {len(octets)} bytes for a tile: expected {payloads.result_bytes}"
        )
    size = payloads.row_bytes
    words = [
        int.from_bytes(octets[start : start + size], "little")
        for start in range(0, len(octets), size)
    ]
    [rows] = payloads.ports[2].unpack(words)
    return rows
