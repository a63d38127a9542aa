"""A test bench of an exported unit for any simulator: what goes in, and what the model answers."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lmul_pe.hw.export.verilog import comment
from lmul_pe.model import Multiplier, SystolicArray, encode
from lmul_pe.model.format.codec import Codes, Format, code_type
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.vectors import check_pairs
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import ports_of
from lmul_pe.model.unit.schedule import Schedule

PAIRS = 256
"""Of operands, of a multiplier."""
_CHECKED_PAIRS = 60_000
"""About half of which are boundary codes of wide formats."""
DEPTHS = (1, 2, 5, 3, 8, 1, 4)
"""Beats of the sums that a MAC or a dot product is given."""
TILES, DEPTH = 3, 5
"""Of an array."""
_SEED = 1

Beats = Mapping[str, Sequence[int]]
"""The beats of every stream by its name: data, and ``tlast`` above them."""


def bench_text(specification: Specification, header: str) -> str:
    """SystemVerilog of module ``NAME_tb``, which ends with ``$fatal`` where a result is wrong.

    Results are taken at random times, so that everything before them has to wait.
    """
    if isinstance(specification, Multiplier) and not specification.latency:
        return _combinational(specification, header)
    return _clocked(specification, header)


def _operands(format: Format, shape: tuple[int, ...], random: np.random.Generator) -> Codes:
    if isinstance(format, FloatFormat):
        return encode(random.standard_normal(shape), format)
    codes = random.integers(0, 2**format.width, size=shape)
    return codes.astype(code_type(format))


def _pairs(multiplier: Multiplier, random: np.random.Generator) -> tuple[Codes, Codes]:
    a, b = check_pairs(multiplier, _CHECKED_PAIRS, _SEED)
    chosen = random.integers(0, len(a), size=PAIRS)
    return a[chosen], b[chosen]


def _beats(specification: Specification) -> Beats:
    random = np.random.default_rng(_SEED)
    if isinstance(specification, SystolicArray):
        return _array_beats(specification, random)
    operands, results = ports_of(specification)
    if isinstance(specification, Multiplier):
        a, b = _pairs(specification, random)
        lasts = (random.random(PAIRS) < 0.25).tolist()
        return {
            operands.name: _marked(operands.pack(a, b), operands.width, lasts),
            results.name: _marked(results.pack(specification.compute(a, b)), results.width, lasts),
        }
    words: list[int] = []
    sums: list[int] = []
    for depth in DEPTHS:
        shape = (depth, specification.products_per_cycle)
        a, b = (_operands(format, shape, random) for format in specification.operand_formats)
        words += _ended(operands.pack(a, b), operands.width)
        total = specification.dot(a.ravel(), b.ravel())
        sums += _ended(results.pack(np.atleast_1d(total)), results.width)
    return {operands.name: words, results.name: sums}


def _array_beats(array: SystolicArray, random: np.random.Generator) -> Beats:
    ports = {port.stream: port for port in ports_of(array)}
    first, second = array.operand_formats
    if array.dataflow == "os":
        shape = array.rows * TILES, DEPTH * array.lanes, array.cols
    else:
        shape = DEPTH, array.rows, array.cols * TILES
    a, b = _operands(first, shape[:2], random), _operands(second, shape[1:], random)
    start = (
        _operands(array.accumulator.result, (shape[0], shape[2]), random) if array.partial else None
    )
    product = array.gemm(a, b, start)
    found: dict[str, list[int]] = {port.name: [] for port in ports.values()}
    for tile in Schedule(array, a, b):
        codes = {**tile.streams, "c": product[tile.rows, tile.columns]}
        if start is not None:
            codes["p"] = start[tile.rows, tile.columns]
        for stream, each in codes.items():
            port = ports[stream]
            found[port.name] += _ended(port.pack(each), port.width)
    return found


def _ended(words: Sequence[int], width: int) -> list[int]:
    """Beats of which the last one says so."""
    return _marked(words, width, [0] * (len(words) - 1) + [1])


def _marked(words: Sequence[int], width: int, lasts: Iterable[int]) -> list[int]:
    return [word | int(last) << width for word, last in zip(words, lasts, strict=True)]


def _combinational(multiplier: Multiplier, header: str) -> str:
    name = multiplier.name
    a, b = _pairs(multiplier, np.random.default_rng(_SEED))
    y = multiplier.compute(a, b)
    widths = [format.width for format in multiplier.formats]
    _, second, third = widths
    lines = [
        f"  reg [{sum(widths) - 1}:0] pairs [0:{PAIRS - 1}];  // a, b and the expected y",
        *(
            f"  {'wire' if port == 'y' else 'reg '} [{width - 1}:0] {port};"
            for port, width in zip("aby", widths, strict=True)
        ),
        f"  reg [{third - 1}:0] expected;",
        "  integer index;",
        f"  {name} dut (.a(a), .b(b), .y(y));",
        "  initial begin",
        *(
            f"    pairs[{index}] = {sum(widths)}'h{(left << second | right) << third | result:x};"
            for index, (left, right, result) in enumerate(
                zip(a.tolist(), b.tolist(), y.tolist(), strict=True)
            )
        ),
        f"    for (index = 0; index < {PAIRS}; index = index + 1) begin",
        "      {a, b, expected} = pairs[index];",
        "      #1;",
        "      if (y !== expected) begin",
        '        $display("FAILED: %h times %h is %h, expected %h", a, b, y, expected);',
        "        $fatal(1);",
        "      end",
        "    end",
        f'    $display("PASSED: {PAIRS} products");',
        "    $finish;",
        "  end",
    ]
    return _module(name, header, lines)


def _clocked(specification: Specification, header: str) -> str:
    name = specification.name
    *inputs, results = ports_of(specification)
    beats = _beats(specification)
    expected = beats[results.name]
    connections = [".clk(clk)", ".rst(rst)"]
    lines = [
        "  reg clk = 0;",
        "  reg rst = 1;",
        "  reg [15:0] random = 16'hace1;",
        "  integer cycles = 0;",
        "  always #5 clk = !clk;",
    ]
    for port in (*inputs, results):
        count, top = len(beats[port.name]), port.width
        lines += [
            f"  reg [{top}:0] {port.name} [0:{count - 1}];  // tlast and tdata",
            f"  integer {port.name}_index = 0;",
            f"  wire [{top}:0] {port.name}_beat = {port.name}[{port.name}_index];",
            f"  wire {port.name}_tvalid, {port.name}_tready;",
        ]
        beat = f"{port.name}_beat"
        if port.is_input:
            lines.append(
                f"  assign {port.name}_tvalid = !rst && {port.name}_index < {count};",
            )
        else:
            beat = f"{port.name}_found"
            lines += [
                f"  wire [{top}:0] {beat};",
                f"  assign {port.name}_tready = random[0];",
            ]
        connections += [
            f".{port.name}_tdata({beat}[{top - 1}:0])",
            f".{port.name}_tlast({beat}[{top}])",
            f".{port.name}_tvalid({port.name}_tvalid)",
            f".{port.name}_tready({port.name}_tready)",
        ]
    out = results.name
    lines += [
        f"  {name} dut (",
        *(f"    {connection}," for connection in connections[:-1]),
        f"    {connections[-1]}",
        "  );",
        "  initial begin",
        *(
            f"    {port.name}[{index}] = {port.width + 1}'h{word:x};"
            for port in (*inputs, results)
            for index, word in enumerate(beats[port.name])
        ),
        "    repeat (4) @(posedge clk);",
        "    rst <= 0;",
        "  end",
        "  always @(posedge clk) begin",
        "    // A maximal sequence of 16 bits.",
        "    random <= {random[14:0], random[15] ^ random[14] ^ random[12] ^ random[3]};",
        "    cycles <= cycles + 1;",
        f"    if (cycles == {100 * (len(expected) + sum(map(len, beats.values())))}) begin",
        f'      $display("FAILED: %0d of {len(expected)} results came", {out}_index);',
        "      $fatal(1);",
        "    end",
        *(
            f"    if ({port.name}_tvalid && {port.name}_tready) "
            f"{port.name}_index <= {port.name}_index + 1;"
            for port in (*inputs, results)
        ),
        f"    if ({out}_tvalid && {out}_tready) begin",
        f"      if ({out}_found !== {out}_beat) begin",
        f'        $display("FAILED: result %0d is %h, expected %h", {out}_index, {out}_found,',
        f"                 {out}_beat);",
        "        $fatal(1);",
        "      end",
        f"      if ({out}_index == {len(expected) - 1}) begin",
        f'        $display("PASSED: {len(expected)} results");',
        "        $finish;",
        "      end",
        "    end",
        "  end",
    ]
    return _module(name, header, lines)


def _module(name: str, header: str, lines: Iterable[str]) -> str:
    text = "\n".join(lines)
    return f"{comment(header)}`timescale 1ns / 1ps\nmodule {name}_tb;\n{text}\nendmodule\n"
