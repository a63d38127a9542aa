"""Files of other tools, and of people, with mistakes in them."""

import gzip
import io
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lmul_pe.synth.results.record import REPORT
from tests.fuzz.judged import fuzzed, judged, reached
from tests.fuzz.mutation import binaries, texts
from tests.fuzz.seeds import LIBERTY, NETLISTS, PROFILE, SAIFS, SPACE, VCDS
from tests.synth.small_report import small_report

POWER = ("power", "--netlist", "top.v")
"""Energy of a netlist, which one more option says the activity of."""


@given(texts(NETLISTS))
@fuzzed(20)
def test_netlists(folder, text):
    judged(folder, [*POWER, "--vcd", "ok.vcd"], {"top.v": text, "ok.vcd": VCDS[0]})


@given(texts(VCDS, ["$end", "$dumpall", "$attrbegin", "$comment"]), st.booleans())
@fuzzed(20)
def test_vcd(folder, text, replay):
    options = ["--replay", "--clock-ps", "100"] if replay else []
    judged(folder, [*POWER, "--vcd", "x.vcd", *options], {"top.v": NETLISTS[0], "x.vcd": text})


@given(texts(SAIFS))
@fuzzed(20)
def test_saif(folder, text):
    arguments = [*POWER, "--saif", "x.saif", "--saif-out", "out.saif"]
    judged(folder, arguments, {"top.v": NETLISTS[0], "x.saif": text})


@given(texts([LIBERTY], ["bus", "bundle", "statetable", "true", "when"]))
@fuzzed(20)
def test_liberty(folder, text):
    arguments = [*POWER, "--tech", "x.lib", "--vcd", "ok.vcd", "--simulation-out", "out.v"]
    judged(folder, arguments, {"top.v": NETLISTS[0], "ok.vcd": VCDS[0], "x.lib": text})


@given(texts([PROFILE], ["microbatch", "dp_rank", "recomputation"]))
@fuzzed(10)
def test_profiles(folder, text):
    arguments = ["pipeline", "plan", "x.csv", "--microbatches", "2", "--out", "out.csv"]
    judged(folder, arguments, {"x.csv": text})


@given(texts([SPACE], ["subnormals", "gradual", "true", "1.5", "2000-01-01", "[[include]]"]))
@fuzzed(15)
def test_spaces(folder, text):
    judged(folder, ["sweep", "--space", "x.toml", "--count"], {"x.toml": text})


def _npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


ARRAYS = [
    _npy(np.array([[0, 1], [0x38, 0x7F]], dtype))
    for dtype in ("u1", ">u2", "<i8", "f4", "U3", "c8", "M8[s]")
] + [_npy(np.zeros((0, 2), np.uint8)), _npy(np.zeros((2, 2), np.uint8, order="F"))]


@given(binaries(ARRAYS))
@fuzzed(20)
def test_operand_pairs(folder, data):
    arguments = ["vectors", "--name", "lmul_e4m3", "--pairs", "x.npy", "--out", "out.npy"]
    judged(folder, arguments, {"x.npy": data})


@given(binaries(ARRAYS))
@fuzzed(20)
def test_workloads(folder, data):
    with patch("lmul_pe.synth.format.report_folder", reached):
        judged(folder, ["synth", "--fmt", "e4m3", "--workload", "x.npy"], {"x.npy": data})


COMPRESSED = [gzip.compress(each.encode(), mtime=0) for each in VCDS]


@given(binaries(COMPRESSED))
@fuzzed(15)
def test_compressed_recordings(folder, data):
    judged(folder, [*POWER, "--vcd", "x.vcd"], {"top.v": NETLISTS[0], "x.vcd": data})


@given(binaries([gzip.compress(LIBERTY.encode(), mtime=0)]))
@fuzzed(10)
def test_compressed_libraries(folder, data):
    arguments = [*POWER, "--tech", "x.lib", "--vcd", "ok.vcd"]
    judged(folder, arguments, {"top.v": NETLISTS[0], "ok.vcd": VCDS[0], "x.lib": data})


# In text these differ from what was written by what people edit.
REPORTS = [REPORT.text(small_report()).decode()]


@given(texts(REPORTS))
@fuzzed(10)
def test_reports(folder, text):
    judged(folder, ["summary", "report.json"], {"report.json": text})
