"""How many mutants the checks kill, and how sure that is."""

import math
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from .source_verdicts import LIVES, SLOWLY, SourceVerdict
from .verdicts import EQUAL, GAP, KILLED, OPEN, Verdict

BEGIN = "<!-- mutants: written by `make mutate` -->"
END = "<!-- end of mutants -->"
SOURCE_BEGIN = "<!-- mutants of the source: written by `make mutate` -->"
SOURCE_END = "<!-- end of mutants of the source -->"
_WIDTH = 100
_SHARE = 1.959964
"""Standard deviations of the normal distribution that 95 % lie within."""


def interval(hits: int, count: int) -> tuple[float, float]:
    """Within which a share lies with 95 %, of which ``hits`` of ``count`` were drawn (Wilson).

    Of none drawn, anything.
    """
    if not count:
        return 0.0, 1.0
    share, square = hits / count, _SHARE**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    spread = math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    spread *= _SHARE / (1 + square / count)
    return max(middle - spread, 0.0), min(middle + spread, 1.0)


def score(found: Sequence[Verdict | SourceVerdict]) -> str:
    """The share that is killed of all that are not known to be equal, with its interval."""
    counts = Counter(verdict.outcome for verdict in found)
    count = counts.total() - counts[EQUAL]
    if not count:
        return "all are equal"
    killed = counts[KILLED] + counts[SLOWLY]
    low, high = interval(killed, count)
    return f"{killed / count:.1%} ({low:.1%} to {high:.1%})".replace("%", " %")


def left(found: Sequence[Verdict]) -> list[Verdict]:
    """Mutants that are neither killed nor proved equal."""
    return [verdict for verdict in found if verdict.outcome in (GAP, OPEN)]


def table(found: Sequence[Sequence[Verdict]], command: str) -> str:
    """Markdown: a row for each design."""
    lines = [
        "| design | mutants | killed | proved equal | gaps | open | killed of those not equal |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for own in found:
        counts = Counter(verdict.outcome for verdict in own)
        shown = [len(own), *(counts[each] for each in (KILLED, EQUAL, GAP, OPEN))]
        cells = " | ".join(map(str, shown))
        lines.append(f"| {own[0].mutant.design} | {cells} | {score(own)} |")
    about = (
        f"By `{command}`, with Yosys (`pyosys` {version('pyosys')}); in brackets, what the share "
        "of all mutants lies within with 95 % (Wilson). Open ones count as if they lived."
    )
    lines += ["", _wrapped(about)]
    names = [
        _wrapped(
            f"- `{verdict.mutant.design}` {verdict.number}, {verdict.outcome}: "
            f"{verdict.mutant.place}; {verdict.reason}"
        )
        for own in found
        for verdict in left(own)
    ]
    if names:
        lines += ["", "Neither killed nor proved equal, by number:", "", *names]
    return "\n".join(lines) + "\n"


def source_table(found: Mapping[str, Sequence[SourceVerdict]], command: str) -> str:
    """Markdown: a row for each part of the source, and what lives."""
    lines = [
        "| source | mutants | killed | by slow tests | judged equal | live "
        "| killed of those not equal |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for part, own in found.items():
        counts = Counter(verdict.outcome for verdict in own)
        shown = [len(own), *(counts[each] for each in (KILLED, SLOWLY, EQUAL, LIVES))]
        lines.append(f"| {part} | {' | '.join(map(str, shown))} | {score(own)} |")
    lines += ["", _wrapped(f"By `{command}`, with these as `SOURCES=`.")]
    names = sorted(
        f"- `{verdict.mutant.place}`; {verdict.reason}"
        for own in found.values()
        for verdict in own
        if verdict.outcome == LIVES
    )
    if names:
        lines += ["", "Those that live:", "", *map(_wrapped, names)]
    return "\n".join(lines) + "\n"


def _wrapped(text: str) -> str:
    """Lines of the documentation's width; those of a list hang."""
    indent = "  " if text.startswith("- ") else ""
    return textwrap.fill(
        text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
