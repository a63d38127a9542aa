"""A design on a board: synthesised, placed, routed and packed by tools from PyPI."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amaranth.hdl import ClockSignal, Elaboratable, Instance, Module, ResetSignal
from amaranth.lib.io import Buffer

from lmul_pe.hw.export.yosys import YosysError, run_yosys

from .boards import Board
from .record import Use
from .tools import PlacementError


@dataclass(frozen=True)
class Bitstream:
    """What came of it.

    Parameters
    ----------
    content
        What is loaded.
    use
        Of the part.
    clock_mhz
        The fastest clock that the slowest path allows.
    """

    content: bytes
    use: Use
    clock_mhz: float


class _OnBoard(Elaboratable):
    """The module ``name`` at the serial port of a board."""

    def __init__(self, name: str, verilog: str):
        self._name = name
        self._verilog = verilog

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        platform.add_file(f"{self._name}.v", self._verilog)
        uart = platform.request("uart", dir="-")
        m.submodules.rx = rx = Buffer("i", uart.rx)
        m.submodules.tx = tx = Buffer("o", uart.tx)
        m.submodules.design = Instance(
            self._name,
            i_clk=ClockSignal(),
            i_rst=ResetSignal(allow_reset_less=True),
            i_rx=rx.i,
            o_tx=tx.o,
        )
        return m


def built(
    board: Board, name: str, verilog: str, seed: int, folder: Path, report: Callable[[str], None]
) -> Bitstream:
    """The bitstream of module ``name``, whose ports are ``clk``, ``rst``, ``rx`` and ``tx``.

    Parameters
    ----------
    seed
        Of place and route.
    folder
        An empty one, for the files of the tools.
    report
        Is told which tool is at work.

    Raises
    ------
    PlacementError
        It does not fit.
    """
    plan = board.create().prepare(
        _OnBoard(name, verilog),
        "top",
        nextpnr_opts=f"--report report.json --timing-allow-fail --seed {seed}",
    )
    plan.extract(str(folder))
    (_, *arguments), *others = json.loads((folder / "build_top.json").read_text())["commands"]
    report("synthesis by Yosys")
    try:
        run_yosys(
            [f"script {arguments[-1]}", "tee -q -o cells.json stat -json"],
            folder,
        )
    except YosysError as error:
        raise PlacementError(str(error)) from None
    for program, *arguments in others:
        report(program)
        _run(f"yowasp-{program}", arguments, folder)
    cells = json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]
    clocks = json.loads((folder / "report.json").read_text())["fmax"].values()
    return Bitstream(
        (folder / board.bitstream).read_bytes(),
        board.part.family.use(cells),
        min(float(clock["achieved"]) for clock in clocks),
    )


def _run(program: str, arguments: list[str], folder: Path) -> None:
    # Beside this Python, whose environment need not be on the path.
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or program
    done = subprocess.run(
        [found, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        errors = [line for line in lines if line.startswith("ERROR")]
        raise PlacementError((errors or lines or [f"{program} ended without a word"])[0])
