"""Proofs kept in a folder by what they are about, so that none is done twice."""

import hashlib
import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from lmul_pe.model.command.files import write_whole

from .aig import SOLVER
from .equivalence import PRODUCTS, Cycle, Proof, prove_equal


def proof_of(
    first: str,
    second: str,
    top: str,
    seconds: int,
    folder: Path,
    *,
    forgotten: int | None = None,
    sweeps: bool = False,
) -> Proof:
    """:func:`~.equivalence.prove_equal`, unless the folder has the proof about these texts.

    One that did not come to an end in less time than ``seconds`` is tried again.

    Raises
    ------
    OSError
        The proof cannot be kept.
    """
    decided = json.dumps([version(SOLVER), _source(), first, second, forgotten, sweeps])
    path = folder / f"{hashlib.sha256(decided.encode()).hexdigest()}.json"
    found = _read(path, seconds)
    if found is None:
        found = prove_equal(first, second, top, seconds=seconds, forgotten=forgotten, sweeps=sweeps)
        write_whole(path, json.dumps({"limit": seconds, **asdict(found)}, indent=1) + "\n")
    return found


def _source() -> str:
    """How proofs are made, which decides what they are worth."""
    here = Path(__file__)
    names = ("equivalence.py", "aig.py", PRODUCTS.name)
    return "".join(here.with_name(name).read_text() for name in names)


def _read(path: Path, seconds: int) -> Proof | None:
    try:
        content = json.loads(path.read_text())
        limit = content.pop("limit")
        if not content["ended"] and limit < seconds:
            return None
        cycles = content.pop("counterexample")
        return Proof(**content, counterexample=cycles and tuple(Cycle(**each) for each in cycles))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
