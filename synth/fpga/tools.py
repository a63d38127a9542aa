"""Yosys and nextpnr on one design, each run remembered by what decides it."""

import json
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model.extras import require
from lmul_pe.synth.mapping.memo import Memo

from .harness import between_registers
from .parts import Part
from .record import Use

# Records are shown where none of the tools is installed.
require("fpga", "lmul_pe.synth.fpga")

_ASKED_MHZ = 500
"""More than any of these parts reaches, so that nothing is left that could be faster."""


class PlacementError(Exception):
    """Place and route gave up; the text is its own error line."""


class Tools:
    """Synthesis, place and route.

    Parameters
    ----------
    folder
        Where results are kept.
    """

    def __init__(self, folder: Path):
        self._memo = Memo(folder / "fpga.pickle")

    def versions(self, part: Part) -> dict[str, str]:
        """Of what decides the figures of ``part``."""
        names = ["lmul-pe", "amaranth", "pyosys", *part.placer[:1]]
        return {name: version(name) for name in names}

    def use(self, verilog: str, top: str, part: Part, *, dsp: bool, parts: bool = False) -> Use:
        """What ``top`` takes of the part.

        Parameters
        ----------
        parts
            Whether modules are kept apart, and each is synthesised once, however often it is used.
        """
        command = _synthesis(part, dsp) + (" -noflatten" if parts else "")

        def counted() -> dict[str, int]:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                (folder / "design.v").write_text(verilog)
                run_yosys(
                    [
                        "read_verilog design.v",
                        f"{command} -top {top}",
                        "tee -q -o cells.json stat -json",
                    ],
                    folder,
                )
                text = (folder / "cells.json").read_text()
            cells: dict[str, int] = json.loads(text)["design"]["num_cells_by_type"]
            return cells

        found = self._memo.get(counted, "use", verilog, top, command, version("pyosys"))
        self._memo.save()
        return part.family.use(found)

    def clock_mhz(
        self, verilog: str, top: str, part: Part, *, dsp: bool, seed: int
    ) -> float | None:
        """The clock of ``top`` between registers, placed and routed with ``seed``.

        None where nextpnr reports none, as it does for the smallest designs on Gowin.

        Raises
        ------
        PlacementError
            It does not fit.
        """
        command = _synthesis(part, dsp)

        def reached() -> float | None:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                (folder / "design.v").write_text(verilog + between_registers(verilog, top))
                run_yosys(
                    ["read_verilog design.v", f"{command} -top harness -json netlist.json"], folder
                )
                return _placed(part, seed, folder)

        key = (
            "clock",
            verilog,
            top,
            command,
            (*part.placer, *part.pins.splitlines()),
            seed,
            self.versions(part),
        )
        found = self._memo.get(reached, *key)
        self._memo.save()
        return found


def _synthesis(part: Part, dsp: bool) -> str:
    return part.family.synthesis if dsp else part.family.without_dsp


def _placed(part: Part, seed: int, folder: Path) -> float | None:
    """The clock in MHz that nextpnr reaches for ``netlist.json`` in ``folder``."""
    program, *arguments = part.placer
    (folder / "pins.cst").write_text(part.pins)
    # Beside this Python, whose environment need not be on the path.
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or program
    done = subprocess.run(
        [
            *(found, *arguments, "--json", "netlist.json", "--report", "report.json"),
            *("--freq", str(_ASKED_MHZ), "--seed", str(seed), "--timing-allow-fail"),
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        errors = [line for line in lines if line.startswith("ERROR")]
        raise PlacementError((errors or lines or [f"{program} ended without a word"])[0])
    report = json.loads((folder / "report.json").read_text())
    return min((float(clock["achieved"]) for clock in report["fmax"].values()), default=None)
