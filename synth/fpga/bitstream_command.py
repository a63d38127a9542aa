"""A bitstream of an array for a board: ``make bitstream``."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from lmul_pe.hw.board.export import board_verilog, divisor_of
from lmul_pe.hw.board.protocol import USUAL_BAUD, Payloads
from lmul_pe.model import SystolicArray
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.run import LARGEST_SEED, Command, number, say, steps, verbose_option
from lmul_pe.model.command.unit_options import unit_of, unit_options
from lmul_pe.model.unit.array import SIDES
from lmul_pe.synth.results.store import BUILD

from .bitstream import built
from .boards import BOARDS, Board, board_named
from .largest import FEWEST_SIDES, largest_side
from .record import RESOURCES, Use
from .tools import PlacementError, Tools


@click.command(cls=Command)
@click.option("--board", required=True, help=f"One of {', '.join(BOARDS)}.")
@unit_options("array")
@click.option(
    "--baud", default=str(USUAL_BAUD), show_default=True, help="Bits a second of its port."
)
@click.option("--seed", default="1", show_default=True, help="Of place and route, 0 or more.")
@click.option(
    "--allow-timing-fail", is_flag=True, help="Write it even if it misses the board's clock."
)
@click.option(
    "--out", type=OutputPath(), default=BUILD / "bitstream", show_default=True, help="Folder."
)
@verbose_option
def main(
    board: str,
    baud: str,
    seed: str,
    allow_timing_fail: bool,
    out: Path,
    verbose: bool,
    **options: str | None,
) -> None:
    """Build the bitstream of an array behind a board's serial port, ready to load."""
    chosen = board_named(board)
    divisor = divisor_of(chosen.clock_hz, number("baud", baud, 1, 10**8))
    place_seed = number("seed", seed, 0, LARGEST_SEED)
    array = unit_of("array", options)
    assert isinstance(array, SystolicArray)
    payloads = Payloads(array)
    with steps(kept=verbose) as show, tempfile.TemporaryDirectory() as folder:
        show(f"Verilog of {array.name}")
        name, verilog = board_verilog(payloads, divisor, f"{array.name} behind a serial port")
        try:
            bitstream = built(chosen, name, verilog, place_seed, Path(folder), show)
        except PlacementError as error:
            nearest = _largest(array, chosen, divisor, show)
            raise click.ClickException(
                f"{array.name} on {chosen.name}: {error}; {nearest}"
            ) from None
    asked = chosen.clock_hz / 1e6
    reached = f"{array.name} reaches {bitstream.clock_mhz:.1f} MHz on {chosen.name}"
    if bitstream.clock_mhz < asked and not allow_timing_fail:
        raise click.ClickException(
            f"{reached}: expected {asked:g} or more; a smaller array, another acc or another seed "
            "may; ALLOW_TIMING_FAIL=1 writes it nevertheless"
        )
    path = out / f"{chosen.name}_{array.name}{Path(chosen.bitstream).suffix}"
    write_whole(path, bitstream.content)
    say(
        [
            f"{reached}, whose clock has {asked:g}.",
            f"It takes {_share(bitstream.use, chosen.part.holds)}.",
            f"{path}: load it with `{chosen.loader} {path}`",
        ]
    )


def _largest(array: SystolicArray, board: Board, divisor: int, show: Callable[[str], None]) -> str:
    """The largest square array of the same elements that ``board`` has room for, in words."""
    tools = Tools(BUILD / "cache")

    def payloads_of(side: int) -> Payloads:
        return Payloads(replace(array, rows=side, cols=side))

    def use_of(side: int) -> Use:
        show(f"cells of {side} x {side} elements")
        name, verilog = board_verilog(payloads_of(side), divisor, "")
        return tools.use(verilog, name, board.part, dsp=board.uses_dsps, parts=True)

    sides = 0
    with suppress(SpecificationError):
        # Beats or results of larger ones fit no frame.
        while sides + 1 in SIDES:
            payloads_of(sides + 1)
            sides += 1
    if sides < FEWEST_SIDES:
        return "fewer rows, cols or lanes may fit"
    side = largest_side(use_of, board.part.holds, range(1, sides + 1)).side
    if not side:
        return "by its cells not even ROWS=1 COLS=1 fits"
    return f"by their cells the largest that fits is ROWS={side} COLS={side}"


def _share(use: Use, holds: Use) -> str:
    """What is used, of what there is."""
    return ", ".join(
        f"{getattr(use, name)} of {getattr(holds, name)} {words}"
        for name, words in RESOURCES.items()
        if getattr(use, name)
    )
