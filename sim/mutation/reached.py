"""Whether a mutant of a unit with streams is ever told from its design, from a reset on."""

import tempfile
from pathlib import Path

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model.unit.ports import ports_of
from lmul_pe.sim.formal.fed import fed
from lmul_pe.sim.formal.reachability import StreamProof, never_set

from .mutants import Mutant, Mutants, port_widths


def told_apart(mutants: Mutants, mutant: Mutant, seconds: int) -> StreamProof:
    """Prove that no inputs tell a mutant from its design; refuted if some do.

    From the values that the text gives its registers, with resets at any time.  Whoever feeds both
    keeps an offer until it is taken.  Of results, ``tdata`` and ``tlast`` are compared only where
    ``tvalid`` is set.

    Parameters
    ----------
    seconds
        What the engine is given, and again for a bound where it does not end.
    """
    unit = mutants.specification
    ports = port_widths(mutants.text, mutants.unit)
    result = ports_of(unit)[-1].name
    hidden = {f"{result}_tdata", f"{result}_tlast"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = [
            _verilog(text, mutants.unit, side, folder)
            for side, text in (("design", mutants.text), ("changed", mutants.one(mutant)))
        ]
        lines: list[str] = []
        differ: list[str] = []
        inner: dict[str, list[str]] = {"design": [], "changed": []}
        for port, (direction, width) in ports.items():
            lines.append(f"  {direction} [{width - 1}:0] {port};")
            inner["design"].append(f".{port}({port})")
            if direction == "input":
                inner["changed"].append(f".{port}({port})")
                continue
            lines.append(f"  wire [{width - 1}:0] {port}_changed;")
            inner["changed"].append(f".{port}({port}_changed)")
            seen = f"{result}_tvalid & " if port in hidden else ""
            differ.append(f"{seen}({port} != {port}_changed)")
        lines += [f"  {side} of_{side} ({', '.join(given)});" for side, given in inner.items()]
        both = (
            f"module {mutants.unit}({', '.join(ports)}, differ);\n  output differ;\n"
            + "\n".join(lines)
            + f"\n  assign differ = {' | '.join(differ)};\nendmodule\n"
        )
        watched = fed(unit, ["wrong"], {"differ": 1}, " = 0")
        return never_set(
            "".join(texts) + both + watched + "  assign wrong = differ;\nendmodule\n",
            folder,
            seconds,
            preparation=["opt -full"],
            # Nearly all signals of both are always equal, and become one.
            engine="scorr -C 20000; ",
            bounded=True,
        )


def _verilog(text: str, unit: str, name: str, folder: Path) -> str:
    (folder / "design.il").write_text(text)
    run_yosys(
        ["read_rtlil design.il", f"rename {unit} {name}", "write_verilog -noattr design.v"], folder
    )
    return (folder / "design.v").read_text()
