"""Command lines: any subcommand with values that people, scripts and shells come up with."""

import string
from contextlib import ExitStack
from importlib import import_module
from unittest.mock import patch

import click
from hypothesis import given
from hypothesis import strategies as st

from lmul_pe.__main__ import SUBCOMMANDS
from lmul_pe.model import CATALOG, SpecificationError, format_named, unit_named
from tests.fuzz.judged import fuzzed, judged, reached
from tests.fuzz.mutation import NUMBERS, ODD, texts
from tests.fuzz.seeds import LIBERTY, NETLISTS, PROFILE, SAIFS, SPACE, VCDS

WORK = {
    "accuracy": ["study"],
    "accuracy-cost": ["frontiers_of"],
    "language": ["smollm2"],
    "train": ["study"],
    "verilog": ["exported_verilog", "wrapped_verilog"],
    "sim": ["check"],
    "array": ["operands", "multiply"],
    "attention": ["_inputs"],
    "timing": ["diagrams"],
    "prove": ["statements", "_prove_all", "_reached"],
    "mutate": ["verdicts", "mutate_source"],
    "synth": ["report_folder"],
    "array-cost": ["array_folder"],
    "fpga": ["measured"],
    "bitstream": ["board_verilog", "built"],
    "curves": ["curves_file"],
    "pipeline": ["_pipeline", "_measured"],
    "scaling": ["scaling_folder"],
    "sweep": ["dask_cluster"],
    "energy": ["unit_report"],
    "claims": ["make_reports"],
    "report": ["make_sources"],
    "recipes": ["winners"],
    "baseline": ["report_folder"],
}
"""What takes long in the module of a subcommand: a command line that gets there is accepted."""

FILES = {
    "top.v": NETLISTS[0],
    "ok.vcd": VCDS[0],
    "ok.saif": SAIFS[0],
    "own.lib": LIBERTY,
    "stages.csv": PROFILE,
    "space.toml": SPACE,
}

NAMES = [
    "e4m3", "bf16", "fp32", "int8", "e2m1", "lmul", "exact", "table", "os", "ws", "fixed",
    "aligned", "window", "lmul_e4m3", "exact_fp16_gradual", "mac_lmul_e4m3_fp32", "dot4_int8_int32",
    "array_os_2x2_lmul_e4m3_fp32", "nangate45", "multiplier,mac", "normal", "gates", "axi4lite",
    "1,2,3", "1-4", "flush", "paper", "smollm2", "verilator", "decode", "llama-3.1-8b", "1f1b",
]  # fmt: skip

VALUES = st.one_of(
    st.sampled_from([*NAMES, *NUMBERS, *ODD, *FILES, ".", "/", "/dev/null", "no/no", "8", "9"]),
    texts(NAMES),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
    # What a shell passes on from a file name in another encoding.
    st.just("\udcff"),
).filter(lambda value: "\0" not in value)


def leaves():
    """Every command that does something, with the words that reach it."""
    for name, each in SUBCOMMANDS.items():
        command = import_module(each.module).main
        if isinstance(command, click.Group):
            for inner, one in command.commands.items():
                yield (name, inner), each.module, one
        else:
            yield (name,), each.module, command


@st.composite
def lines(draw):
    words, module, command = draw(st.sampled_from(list(leaves())))
    arguments = []
    for parameter in command.params:
        needed = parameter.required and draw(st.integers(0, 9)) > 0
        if not (needed or draw(st.integers(0, 5)) == 0):
            continue
        if not isinstance(parameter, click.Option):
            arguments.append(draw(VALUES))
        elif parameter.is_flag:
            arguments.append(parameter.opts[0])
        else:
            default = parameter.default
            usual = [st.just(default)] if isinstance(default, str) and default else []
            arguments.append(f"{parameter.opts[0]}={draw(st.one_of(VALUES, *usual))}")
    if draw(st.integers(0, 9)) == 0:
        arguments.insert(draw(st.integers(0, len(arguments))), draw(VALUES))
    return words, module, arguments


@given(lines())
@fuzzed(30)
def test_command_lines(folder, line):
    words, module, arguments = line
    with ExitStack() as replaced:
        for work in WORK.get(words[0], ()):
            replaced.enter_context(patch(f"{module}.{work}", reached))
        judged(folder, [*words, *arguments], FILES)


@given(st.lists(VALUES, max_size=3))
@fuzzed(10)
def test_what_is_no_command(folder, words):
    judged(folder, ["x" + words[0], *words[1:]] if words else [], {})


SPELT = texts([*CATALOG, "e5m6ieee", "e4m3b5fnuz", "e10m20b3"], list(string.ascii_lowercase))


@given(SPELT)
@fuzzed(30)
def test_names_of_formats(text):
    """A format that bears its own name, or one line."""
    try:
        format = format_named(text)
    except SpecificationError:
        return
    assert format_named(format.name) == format


UNITS = texts([
    "lmul_e4m3", "exact_e2m1_x_e4m3_to_fp32_gradual", "lmul_bf16_offset9_latency2", "table_e4m3",
    "mac_lmul_e4m3_fp32", "mac_exact_e5m2_fixed_msbm15_lsbm30_to_e5m2", "dot4_int8_int32",
    "array_ws_2x3_lmul_e4m3_fp16_partial", "dot16_lmul_bf16_window",
])  # fmt: skip


@given(UNITS)
@fuzzed(30)
def test_names_of_units(text):
    """A unit that bears its own name, or one line."""
    try:
        unit = unit_named(text)
    except SpecificationError:
        return
    assert unit_named(unit.name) == unit
