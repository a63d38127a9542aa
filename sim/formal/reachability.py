"""Whether an output of a circuit is ever set: property-directed reachability (PDR) of ABC."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lmul_pe.hw.export.yosys import run_yosys

from .aig import as_aig, run_abc


@dataclass(frozen=True)
class StreamProof:
    """What came of one claim about one unit: proved, refuted, or neither in the time given.

    Parameters
    ----------
    bound
        Of what is neither: in how many cycles it is known to hold.
    """

    proved: bool
    refuted: bool
    seconds: float
    bound: int = 0

    @property
    def word(self) -> str:
        """For a table."""
        if self.proved or self.refuted:
            return "proved" if self.proved else "refuted"
        return f"{self.bound} cycles" if self.bound else "open"


def never_set(
    text: str,
    folder: Path,
    seconds: int,
    *,
    preparation: Sequence[str] = (),
    engine: str = "",
    bounded: bool = False,
) -> StreamProof:
    """Prove that the output of module ``watched`` is zero in every cycle, whatever its inputs.

    Parameters
    ----------
    text
        Verilog.
    folder
        Where files of the tools are left.
    seconds
        What an engine is given.
    preparation
        Commands of Yosys on the flat design.
    engine
        Commands of ABC before it looks for a proof.
    bounded
        Whether cycles are looked at, one by one, where there is no proof; as long again.

    Raises
    ------
    YosysError
        A text that is no circuit of one clock.
    """
    started = time.monotonic()
    (folder / "unit.v").write_text(text)
    run_yosys(
        [
            "read_verilog unit.v",
            "hierarchy -check -top watched",
            "proc",
            "flatten",
            *preparation,
            # Nothing may be driven twice, or by nothing.
            "check -assert",
            *as_aig(),
        ],
        folder,
    )
    said = run_abc(f"{engine}pdr -T {seconds}", folder)
    # A claim that is true gate by gate leaves nothing to prove.
    trivial = "All outputs solved" in said and "timeout" not in said
    refuted = "was asserted" in said
    proved = not refuted and ("Property proved" in said or trivial)
    bound = 0
    if bounded and not proved and not refuted:
        said = run_abc(f"{engine}bmc3 -T {seconds}", folder)
        refuted = "was asserted" in said
        found = re.search(r"No output asserted in (\d+) frames", said)
        bound = int(found[1]) if found else 0
    return StreamProof(proved, refuted, time.monotonic() - started, bound)
