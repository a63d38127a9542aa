"""Matrix products on an FPGA board: ``lmul-pe board matmul``."""

import time
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import FloatFormat, SpecificationError, decode, encode
from lmul_pe.model.command.arrays import read_array, write_array
from lmul_pe.model.command.group import Group
from lmul_pe.model.command.paths import InputPath, NamedPath, OutputPath
from lmul_pe.model.command.run import FAILED, Command, number, say, steps, verbose_option
from lmul_pe.model.format.codec import Codes, Format

from .link import BoardError, Link
from .product import product_on_board
from .protocol import USUAL_BAUD, Payloads
from .serial_port import SerialPort

USUAL_TIMEOUT_MS = "1000"


@click.command(cls=Command)
@click.option("--port", required=True, type=NamedPath(), help="Serial port, as /dev/ttyUSB0.")
@click.option("--baud", default=str(USUAL_BAUD), show_default=True, help="Bits a second on it.")
@click.option(
    "--timeout",
    default=USUAL_TIMEOUT_MS,
    show_default=True,
    help="Milliseconds of silence after which an answer is not coming, 100 to 60000.",
)
@click.option("--out", type=OutputPath(), help="Write the product here (.npy).")
@verbose_option
@click.argument("a", type=InputPath())
@click.argument("b", type=InputPath())
def matmul(
    port: Path, baud: str, timeout: str, out: Path | None, verbose: bool, a: Path, b: Path
) -> int:
    """Multiply two matrices on the array of a board, and check the product against the model.

    A and B are NumPy files (.npy) of M x K and K x N numbers: floats, which are rounded to the
    array's formats, or integers, which are codes.  The product is floats if both are, else codes.
    """
    rate = number("baud", baud, 1, 10**8)
    milliseconds = number("timeout", timeout, 100, 60000)
    first, second = _loaded(a), _loaded(b)
    with SerialPort(port, rate) as line, steps(kept=verbose) as show:
        try:
            show(f"greeting the board at {port}")
            link = Link(line, milliseconds / 1000, show)
            array = link.greet()
            payloads = Payloads(array)
            formats = array.operand_formats
            left, right = (
                _codes(path, matrix, format)
                for path, matrix, format in zip((a, b), (first, second), formats, strict=True)
            )
            expected = array.gemm(left, right)
            started = time.monotonic()
            found = product_on_board(link, payloads, left, right, show)
            took = time.monotonic() - started
        except BoardError as error:
            click.echo(f"error: port {str(port)!r}: {error}", err=True)
            return FAILED
    floats = first.dtype.kind == second.dtype.kind == "f"
    result = array.accumulator.result
    if out is not None:
        write_array(
            out, decode(found, result) if floats and isinstance(result, FloatFormat) else found
        )
    wrong = np.argwhere(found != expected)
    shape = f"{first.shape[0]} x {first.shape[1]} x {second.shape[1]}"
    if len(wrong):
        row, column = wrong[0]
        click.echo(
            f"mismatch: {len(wrong)} of {found.size} results of {array.name}, first row {row}, "
            f"column {column}: {found[row, column]:#x}, the model says {expected[row, column]:#x}",
            err=True,
        )
        return FAILED
    say(
        [
            f"{array.name}: {shape} in {took:.1f} s, {found.size} results as the model has them, "
            f"{link.repeated} frames sent again"
        ]
    )
    return 0


main = Group({"matmul": matmul}, "An FPGA board with an array on it.")


def _loaded(path: Path) -> NDArray[Any]:
    matrix = read_array(path)
    if matrix is None or matrix.ndim != 2 or matrix.dtype.kind not in "fiu":
        shape = getattr(matrix, "shape", "of an archive")
        raise SpecificationError(
            f"{path} holds an array {shape} of {getattr(matrix, 'dtype', 'several types')}: "
            "expected a matrix of floats or of integer codes"
        )
    return matrix


def _codes(path: Path, matrix: NDArray[Any], format: Format) -> Codes:
    if matrix.dtype.kind != "f":
        return matrix
    if not isinstance(format, FloatFormat):
        raise SpecificationError(
            f"{path} holds floats, and the board's operands are {format}: expected integer codes"
        )
    return encode(matrix, format)
