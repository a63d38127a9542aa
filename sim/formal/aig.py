"""Circuits as and-inverter graphs (AIG), and the engines of ABC that prove things about them."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

SOLVER = "pyosys"
_CIRCUIT = "circuit.aig"


def as_aig(*, merges: bool = True) -> list[str]:
    """Commands of Yosys that leave a flat design in its folder for :func:`run_abc`.

    Parameters
    ----------
    merges
        Whether registers of the same input are one.  Before the first cycle they need not be.
    """
    return [
        "techmap",
        "opt -full" if merges else "opt_expr -full",
        "dffunmap",
        "simplemap",
        "opt_clean",
        "aigmap",
        "opt_clean",
        f"write_aiger -zinit {_CIRCUIT}",
    ]


def run_abc(commands: str, folder: Path, seconds: float | None = None) -> str:
    """What ABC says of the circuit in ``folder``.

    Raises
    ------
    subprocess.TimeoutExpired
        It takes more than ``seconds``.
    """
    package = find_spec(SOLVER)
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).with_name("yosys-abc")
    return subprocess.run(
        [program, "-c", f"read_aiger {_CIRCUIT}; strash; {commands}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    ).stdout


def is_ever_set(folder: Path, seconds: float | None, after: int = 0) -> bool | None:
    """Whether any input sets the one output of a circuit; None if time is up.

    Of a circuit with registers, ``after`` so many cycles, whatever is in them before.

    By SAT sweeping: signals that simulation shows to be equal are proved so one by one, from the
    inputs on, and made one.  Two texts of a function then fall together from within, where a plain
    solver sees their outputs alone.  Kuehlmann and Krohm, "Equivalence Checking Using Cuts and
    Heaps", DAC 1997.
    """
    try:
        cycles = f"frames -F {after + 1}; comb; cone -O {after}; " if after else ""
        said = run_abc(f"{cycles}&get; &fraig -x; &put; iprove", folder, seconds)
    except subprocess.TimeoutExpired:
        return None
    verdicts = [line.split()[0] for line in said.splitlines() if "SATISFIABLE" in line]
    return {"SATISFIABLE": True, "UNSATISFIABLE": False}.get(verdicts[-1]) if verdicts else None
