"""Golden vectors for emulators and other people's test benches: ``lmul-pe vectors``."""

from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.multiplier.specification import Multiplier, multiplier_named

from .arrays import read_array, write_array
from .paths import InputPath, OutputPath
from .run import Command


def _load_pairs(path: Path) -> NDArray[np.generic]:
    pairs = read_array(path)
    if pairs is None or pairs.ndim != 2 or pairs.shape[1] != 2:
        shape = getattr(pairs, "shape", "of an archive")
        raise SpecificationError(f"{path} holds an array {shape}: expected N x 2 codes, a and b")
    return pairs


@click.command(cls=Command)
@click.option("--name", required=True, help="Multiplier, as lmul_e4m3 or exact_fp16_gradual.")
@click.option(
    "--table",
    type=OutputPath(),
    help="Write the full product table here: row a, column b.",
)
@click.option(
    "--pairs",
    type=InputPath(),
    help="Read an N x 2 array of codes from here; their products go to --out.",
)
@click.option("--out", type=OutputPath(), help="Write N product codes here.")
def main(name: str, table: Path | None, pairs: Path | None, out: Path | None) -> None:
    """Write the bit-exact products of a multiplier as a NumPy array of codes."""
    multiplier: Multiplier = multiplier_named(name)
    if table is None and pairs is None:
        raise click.UsageError("nothing to do: give --table FILE, or --pairs FILE with --out FILE")
    if (pairs is None) != (out is None):
        raise click.UsageError("--pairs and --out go together")
    whole = None if table is None else multiplier.table()
    if pairs is not None and out is not None:
        codes = _load_pairs(pairs)
        products = multiplier.compute(codes[:, 0], codes[:, 1])
        write_array(out, products)
        click.echo(f"{out}: {len(products)} products of {multiplier.name}, {products.dtype}")
    if table is not None and whole is not None:
        write_array(table, whole)
        rows, columns = whole.shape
        click.echo(f"{table}: {rows} x {columns} products of {multiplier.name}, {whole.dtype}")
