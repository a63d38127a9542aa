"""What the streams of a unit never do, whatever comes: proofs for any number of cycles.

The engine is property-directed reachability (PDR) of the ABC that comes with Yosys, from any state
of the registers and a reset on.
"""

import tempfile
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.hw.unit.rotating import rotates
from lmul_pe.model import Multiplier, SystolicArray
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import ports_of

from . import array_streams
from .aig import SOLVER
from .fed import STABLE, Streaming, fed, offers
from .reachability import StreamProof, never_set

BEGIN = "<!-- streams: written by `make prove` -->"
END = "<!-- end of streams -->"
SECONDS = 60

NOBODY = "nobody"
WATCHED = {
    **STABLE,
    "room": "the input is not ready only while the output waits",
    "counted": "as many results as sums: none early, none late, none more",
    "ordered": "`tlast` comes out in the order in which it went in",
}
"""Claims that a module around the unit watches, by name."""
_OF_NOBODY = {NOBODY: "`tvalid` of the results depends on registers alone"}
CLAIMS = {**_OF_NOBODY, **WATCHED}
CLAIMS_OF_ARRAYS = {**_OF_NOBODY, **array_streams.WATCHED}

UNITS = (
    *(f"lmul_e4m3_latency{latency}" for latency in range(1, 5)),
    *(f"exact_e4m3_latency{latency}" for latency in range(1, 5)),
    "mac_lmul_e4m3_fp32",
    "mac_exact_e4m3_fp32",
    "mac_lmul_e4m3_fp32_latency2",
    "mac_lmul_e4m3_fixed",
    "mac_int8_int32",
    "dot2_lmul_e2m1_fp32",
    "dot4_lmul_e4m3_fixed",
    "dot4_lmul_e4m3_latency1_fixed",
    "dot2_lmul_e4m3_latency1_window",
    "dot4_int8_int32",
    "array_os_4x4_lmul_e4m3_fp32",
    "array_os_3x5_lmul_e4m3_fp32_latency2",
    "array_os_3x2_lmul_e4m3_fixed_lanes4",
    "array_os_1x8_int8_int32",
    "array_ws_4x4_lmul_e4m3_fp32",
    "array_ws_4x4_lmul_e4m3_fp32_partial",
    "array_ws_3x2_lmul_e4m3_fp32_latency2_fold",
    "array_ws_8x1_lmul_e4m3_fixed_partial",
    "array_ws_2x5_int8_int32",
)
"""One of every kind of control, with operands as they are used."""


def claims_about(unit: Specification) -> dict[str, str]:
    """The claims that apply, by name."""
    if isinstance(unit, SystolicArray):
        watched = array_streams.watched_claims(unit)
        return {name: text for name, text in CLAIMS_OF_ARRAYS.items() if name in (NOBODY, *watched)}
    # Sums have a single ``tlast``, whose order says nothing.
    ordered = isinstance(unit, Multiplier)
    return {name: text for name, text in CLAIMS.items() if ordered or name != "ordered"}


def prove_stream(
    unit: Specification, claim: str, *, verilog: str | None = None, seconds: int = SECONDS
) -> StreamProof:
    """Prove one of :func:`claims_about`.

    Whoever feeds the unit keeps an offer until it is taken; nothing else is assumed.

    Parameters
    ----------
    verilog
        The unit's text; by default what is exported.
    seconds
        What the engine is given, and again for a bound where it does not end.

    Raises
    ------
    YosysError
        A text that is no circuit of one clock.
    """
    started = time.monotonic()
    text = exported_verilog(unit, unit.name) if verilog is None else verilog
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if claim == NOBODY:
            (folder / "unit.v").write_text(text)
            proved = _depends_on_registers(unit, folder)
            return StreamProof(proved, not proved, time.monotonic() - started)
        array = isinstance(unit, SystolicArray)
        return never_set(
            text + (array_streams.watched_array(unit) if array else _watched(unit)),
            folder,
            seconds,
            preparation=[
                f"delete -output watched/o:* watched/w:{claim} %d",
                "opt -full",
                # Registers may begin with anything, but for the one that knows of a reset.
                "setattr -unset init w:* w:begun %d",
            ],
            bounded=True,
        )


def _depends_on_registers(unit: Specification, folder: Path) -> bool:
    """Whether no path leads from an input to ``tvalid`` within a cycle."""
    result = ports_of(unit)[-1].name
    run_yosys(
        [
            "read_verilog unit.v",
            f"hierarchy -check -top {unit.name}",
            "proc",
            "flatten",
            "opt_clean",
            "simplemap",
            "dffunmap",
            f"select -set reached o:{result}_tvalid %ci*:-$_DFF_P_",
            "select -write reached.txt @reached i:* %i",
        ],
        folder,
    )
    return not (folder / "reached.txt").read_text().split()


def table(found: Sequence[tuple[Specification, str, StreamProof]], command: str) -> str:
    """Markdown: a row for each unit, a column for each claim; those of arrays by themselves."""
    arrays = [each for each in found if isinstance(each[0], SystolicArray)]
    others = [each for each in found if not isinstance(each[0], SystolicArray)]
    lines = []
    for own, claims in ((others, CLAIMS), (arrays, CLAIMS_OF_ARRAYS)):
        lines += [*_rows(own, claims), ""] if own else []
    return "\n".join(
        [*lines, f"By `{command}`, with PDR of ABC (`{SOLVER}` {version(SOLVER)}).", ""]
    )


def _rows(
    found: Sequence[tuple[Specification, str, StreamProof]], claims: Iterable[str]
) -> list[str]:
    units = list(dict.fromkeys(unit.name for unit, _, _ in found))
    words = {(unit.name, claim): proof.word for unit, claim, proof in found}
    seconds = {
        name: sum(proof.seconds for unit, _, proof in found if unit.name == name) for name in units
    }
    names = list(claims)
    return [
        f"| unit | {' | '.join(names)} | seconds |",
        "|---|" + "---|" * len(names) + "--:|",
        *(
            f"| `{name}` | {' | '.join(words.get((name, claim), '') for claim in names)} "
            f"| {seconds[name]:.1f} |"
            for name in units
        ),
    ]


def _watched(unit: Streaming) -> str:
    """A module around the unit, with an output for each claim that is set where it is broken."""
    is_multiplier = isinstance(unit, Multiplier)
    ends = "taken" if is_multiplier else "taken & s_last"
    # A partial sum waits for the next product, and the unit looks whether there is one.
    waits = "~s_ready & s_valid" if rotates(unit) else "~s_ready"
    one = is_multiplier and unit.latency == 1
    full = "m_valid & ~m_ready & s_ready" if one else "1'b0"
    # Both counters go one beyond what they are compared with.
    bits = (unit.latency + 3).bit_length()
    return f"""{fed(unit, WATCHED)}{offers(unit)}
  assign room = begun & ({waits} & ~(m_valid & ~m_ready) | {full});

  reg [{bits - 1}:0] inside, quiet;
  // What went in and has not come out, the latest lowest.
  reg [{unit.latency}:0] lasts;
  always @(posedge clk) if (s_valid & s_ready) lasts <= {{lasts, s_last}};
  assign ordered = begun & m_valid & inside != 0 & m_last != lasts[inside - 1];

  wire taken = s_valid & s_ready;
  always @(posedge clk) begin
    inside <= rst ? 0 : inside + ({ends}) - given;
    quiet <= rst | m_valid | inside == 0 ? 0 : quiet + 1;
  end
  assign counted =
    begun & (m_valid & inside == 0 | inside > {unit.latency + 2} | quiet == {unit.latency});
endmodule
"""
