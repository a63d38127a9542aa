"""Tables of proofs for the documentation, between two marks of a page."""

from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version

from lmul_pe.model import CATALOG, multiplier_named

from .aig import SOLVER
from .equivalence import Proof
from .statements import CLAIMS, Statement

BEGIN = "<!-- proofs: written by `make prove` -->"
END = "<!-- end of proofs -->"
_KINDS = {"lmul": "L-Mul", "exact": "exact"}

Found = Sequence[tuple[Statement, Proof]]


def table(found: Found, command: str) -> str:
    """Markdown: a row for each format and kind, and what did not end, by name."""
    rows: dict[tuple[str, str], list[tuple[Statement, Proof]]] = {}
    places = {name: place for place, name in enumerate(CATALOG)}
    for statement, proof in found:
        multiplier = multiplier_named(statement.subject)
        operand = multiplier.format.name
        if multiplier.format_b != multiplier.format:
            operand += " with others"
        rows.setdefault((operand, multiplier.kind), []).append((statement, proof))

    def place(key: tuple[str, str]) -> tuple[bool, int, str, bool]:
        name = key[0].partition(" ")[0]
        return " " in key[0], places.get(name, len(places)), name, key[1] != "lmul"

    lines = [
        f"| operands | kind | {' | '.join(CLAIMS)} | seconds, all | longest |",
        "|---|---|" + "--:|" * (len(CLAIMS) + 2),
    ]
    for key in sorted(rows, key=place):
        seconds = [proof.seconds for _, proof in rows[key]]
        cells = [_share(rows[key], claim) for claim in CLAIMS]
        cells += [f"{sum(seconds):.0f}", f"{max(seconds):.1f}"]
        lines.append(f"| {key[0]} | {_KINDS[key[1]]} | {' | '.join(cells)} |")
    methods = Counter(proof.method for _, proof in found)
    counted = ", ".join(f"{count} by {method}" for method, count in sorted(methods.items()))
    unproved = sorted(statement.name for statement, proof in found if not proof.proved)
    lines += [
        "",
        f"Proved of all that was tried, in wall time, by `{command}`:",
        f"{counted},",
        f"with MiniSat of Yosys and SAT sweeping of ABC (`{SOLVER}` {version(SOLVER)}).",
    ]
    if unproved:
        lines += ["", "Not proved in the time given:", ""]
        lines += [f"- `{name}`" for name in unproved]
    return "\n".join(lines) + "\n"


def claims_table(
    found: Found,
    claims: Sequence[str],
    command: str,
    *,
    said: Sequence[str] = (),
    rest: str = "",
) -> str:
    """Markdown: a row for each unit, a column for each claim about its parts; and by what.

    Parameters
    ----------
    said
        Sentences between.
    rest
        What else than SAT sweeping was used.
    """
    proofs = {(each.subject, each.claim): proof for each, proof in found}
    lines = [f"| unit | {' | '.join(claims)} | seconds |", "|---|" + "---|" * len(claims) + "--:|"]
    for name in dict.fromkeys(each.subject for each, _ in found if each.claim in claims):
        own = [proofs.get((name, claim)) for claim in claims]
        seconds = sum(proof.seconds for proof in own if proof)
        words = " | ".join(proof.verdict if proof else "" for proof in own)
        lines.append(f"| `{name}` | {words} | {seconds:.0f} |")
    if said:
        lines += ["", *said]
    lines += ["", f"By `{command}`,"]
    lines.append(f"with SAT sweeping of ABC (`{SOLVER}` {version(SOLVER)}){rest}.")
    return "\n".join(lines) + "\n"


def _share(row: Found, claim: str) -> str:
    proved = [proof.proved for statement, proof in row if statement.claim == claim]
    return f"{sum(proved)} of {len(proved)}" if proved else ""
