"""Everything that the page shows, as rows of plain figures: what its tables, pictures and data
files are made from."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from lmul_pe.model import SpecificationError, format_named
from lmul_pe.model.accuracy.product import product_errors

from . import claims_rows, report_rows
from .claims_rows import Claim, Gates, Memory, Other, PublishedEnergy, Reuse, Verdict
from .report_rows import (
    Condition,
    CurvePoint,
    Design,
    EqualDelay,
    Saving,
    Sensitivity,
    Share,
    Step,
    Workload,
)
from .sources import Source, Sources, broken

Row = TypeVar("Row")


@dataclass(frozen=True)
class ErrorRow:
    """Relative error of a product, beside the energy of its multiplier in fJ."""

    format: str
    kind: str
    name: str
    mean: float
    bias: float
    least: float
    greatest: float
    energy_fj: float


@dataclass(frozen=True)
class PageData:
    """Everything on the page; what comes from a source that is not there is empty."""

    formats: tuple[str, ...]
    technology: str
    node_nm: float | None
    workload: str
    designs: tuple[Design, ...]
    equal_delay: tuple[EqualDelay, ...]
    savings: tuple[Saving, ...]
    ladder: tuple[Step, ...]
    workloads: tuple[Workload, ...]
    parts: tuple[Share, ...]
    curves: tuple[CurvePoint, ...]
    errors: tuple[ErrorRow, ...]
    sensitivity: tuple[Sensitivity, ...]
    claims: tuple[Claim, ...]
    verdicts: tuple[Verdict, ...]
    gates: tuple[Gates, ...]
    published_energies: tuple[PublishedEnergy, ...]
    others: tuple[Other, ...]
    memory: tuple[Memory, ...]
    reuses: tuple[Reuse, ...]
    conditions: tuple[Condition, ...]


def page_data(sources: Sources) -> PageData:
    """The rows of all ``sources``.

    Raises
    ------
    SpecificationError
        A file holds something else than its command writes, or reports are of two technologies.
    """
    first = sources.reports[0]
    for each in sources.reports:
        if each.content["technology"] != first.content["technology"]:
            raise SpecificationError(
                f"{each.path} is of {each.content['technology']}, {first.path} of "
                f"{first.content['technology']}: expected one technology on the page"
            )
    designs = _rows(sources.reports, report_rows.designs)
    return PageData(
        formats=tuple(str(each.content["format"]) for each in sources.reports),
        technology=str(first.content["technology"]),
        node_nm=_rows([first], report_rows.node)[0],
        workload=designs[0].workload,
        designs=designs,
        equal_delay=_rows(sources.reports, report_rows.equal_delay),
        ladder=_rows(sources.reports, report_rows.ladder),
        savings=_rows(sources.reports, report_rows.savings),
        workloads=_rows(sources.reports, report_rows.workloads),
        parts=_rows(sources.reports, report_rows.shares),
        curves=_rows(sources.curves, report_rows.curves),
        errors=tuple(_errors(designs)),
        sensitivity=_rows(sources.reports, report_rows.sensitivity),
        claims=_rows(sources.claims, claims_rows.claims),
        verdicts=_rows(sources.claims, claims_rows.verdicts),
        gates=_rows(sources.claims, claims_rows.gates),
        published_energies=_rows(sources.claims, claims_rows.published_energies),
        others=_rows(sources.claims, claims_rows.others),
        memory=_rows(sources.claims, claims_rows.memory),
        reuses=_rows(sources.claims, claims_rows.reuses),
        conditions=_rows(sources.reports, report_rows.conditions),
    )


def _rows(
    sources: Iterable[Source], extract: Callable[[Mapping[str, Any]], Iterator[Row]]
) -> tuple[Row, ...]:
    """The rows that ``extract`` finds in every source."""
    rows: list[Row] = []
    for source in sources:
        try:
            rows += extract(source.content)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            why = f"{error.args[0]!r} missing" if isinstance(error, KeyError) else str(error)
            raise broken(source.path, why, source.command) from None
    return tuple(rows)


def _errors(designs: Sequence[Design]) -> Iterator[ErrorRow]:
    known = {design.name: design for design in designs}
    for format in dict.fromkeys(design.format for design in designs):
        for kind, error in product_errors(format_named(format)).items():
            design = known[f"{kind}_{format}"]
            yield ErrorRow(
                format=format,
                kind=kind,
                name=design.name,
                mean=error.mean,
                bias=error.bias,
                least=error.least,
                greatest=error.greatest,
                energy_fj=design.glitch_fj,
            )
