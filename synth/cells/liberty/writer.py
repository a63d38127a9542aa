"""Technologies written as Liberty text."""

import math
from collections.abc import Iterator

from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.cells.technology import Cell, FlipFlop, Output, Technology

SOURCE, LICENCE, NODE = "table_source", "table_licence", "table_node_nm"
SLEW, LOAD = "table_input_slew_ps", "table_load_ff"
"""Attributes of our own, for what Liberty has no words for."""


def liberty_text(technology: Technology) -> str:
    """The technology as Liberty text: what ``abc -liberty`` and ``dfflibmap -liberty`` need.

    Delays are tables of three loads and two slews, the same for both slews and for both edges;
    power and setup are scalars. Units are ps, fF, nW, fJ and V. :func:`read_liberty` gives the same
    technology back, within nine digits, but for what tells rising from falling outputs, for the
    leakage of single states, and for clock gates, which are left out. The text is the same for
    equal technologies.
    """
    lines = [
        f"library ({technology.name}) {{",
        "  delay_model : table_lookup;",
        '  time_unit : "1ps";',
        "  capacitive_load_unit (1, ff);",
        '  voltage_unit : "1V";',
        '  current_unit : "1uA";',
        '  pulling_resistance_unit : "1kohm";',
        '  leakage_power_unit : "1nW";',
        f"  nom_voltage : {_digits(technology.voltage)};",
        f"  nom_temperature : {_digits(technology.temperature)};",
        "  nom_process : 1;",
        *(f"  define ({name}, library, {kind});" for name, kind in _DEFINED),
        f'  {SOURCE} : "{_quoted(technology.source)}";',
        f'  {LICENCE} : "{_quoted(technology.licence)}";',
    ]
    if technology.node_nm is not None:
        lines.append(f"  {NODE} : {_digits(technology.node_nm)};")
    lines += [
        f"  {SLEW} : {_digits(technology.input_slew_ps)};",
        f"  {LOAD} : {_digits(technology.load_ff)};",
        "  lu_table_template (line) {",
        "    variable_1 : input_net_transition;",
        "    variable_2 : total_output_net_capacitance;",
        f'    index_1 ("{_SLEWS}");',
        '    index_2 ("0, 1, 2");',
        "  }",
    ]
    for cell in technology.cells.values():
        if cell.clock_gate:
            continue
        lines += _cell_lines(cell, technology)
    lines.append("}")
    return "\n".join(lines) + "\n"


_DEFINED = (
    (SOURCE, "string"),
    (LICENCE, "string"),
    (NODE, "float"),
    (SLEW, "float"),
    (LOAD, "float"),
)

_SLEWS = "1, 1000"


def _digits(value: float) -> str:
    return format(value, ".9g")


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace("\\", "/")


def _cell_lines(cell: Cell, technology: Technology) -> Iterator[str]:
    yield f"  cell ({cell.name}) {{"
    yield f"    area : {_digits(cell.area_um2)};"
    yield f"    cell_leakage_power : {_digits(cell.leakage_nw)};"
    flip_flop = cell.flip_flop
    if flip_flop:
        yield f"    ff ({', '.join(flip_flop.state)}) {{"
        yield f'      clocked_on : "{flip_flop.clock}";'
        yield f'      next_state : "{flip_flop.next_state}";'
        if flip_flop.clear is not None:
            yield f'      clear : "{flip_flop.clear}";'
        if flip_flop.preset is not None:
            yield f'      preset : "{flip_flop.preset}";'
        yield "    }"
    for name, capacitance in cell.inputs.items():
        yield f"    pin ({name}) {{"
        yield "      direction : input;"
        yield f"      capacitance : {_digits(capacitance)};"
        if flip_flop:
            yield from _flip_flop_input_lines(name, flip_flop)
        yield "    }"
    for name, output in cell.outputs.items():
        yield f"    pin ({name}) {{"
        yield "      direction : output;"
        yield f'      function : "{output.function}";'
        if math.isfinite(output.max_load_ff):
            yield f"      max_capacitance : {_digits(output.max_load_ff)};"
        yield from _power_lines(output.energy_fj)
        for related in output.delay:
            yield from _timing_lines(cell, output, related, technology)
        yield "    }"
    yield "  }"


def _power_lines(energy_fj: float) -> Iterator[str]:
    yield "      internal_power () {"
    for edge in ("rise", "fall"):
        yield f'        {edge}_power (scalar) {{ values ("{_digits(energy_fj)}"); }}'
    yield "      }"


def _edge(flip_flop: FlipFlop) -> str:
    """The active edge of the clock."""
    return "rising" if flip_flop.rises else "falling"


def _flip_flop_input_lines(name: str, flip_flop: FlipFlop) -> Iterator[str]:
    if name == flip_flop.clock_pin:
        yield "      clock : true;"
        yield from _power_lines(flip_flop.clock_energy_fj)
    elif name in flip_flop.data:
        yield "      timing () {"
        yield f'        related_pin : "{flip_flop.clock_pin}";'
        yield f"        timing_type : setup_{_edge(flip_flop)};"
        for direction in ("rise", "fall"):
            yield (
                f"        {direction}_constraint (scalar) {{ values "
                f'("{_digits(flip_flop.setup_ps)}"); }}'
            )
        yield "      }"


def _timing_lines(
    cell: Cell, output: Output, related: str, technology: Technology
) -> Iterator[str]:
    intrinsic, slope = output.delay[related]
    # From no load to the largest one, on which a reader's extrapolation adds nothing. Three points
    # because ABC takes the slope between the first and the last but one.
    far = output.max_load_ff if 0 < output.max_load_ff < math.inf else technology.load_ff
    loads = (0.0, far / 2, far)
    row = ", ".join(_digits(intrinsic + slope * load) for load in loads)
    # Nothing here depends on a slew, so any one does; the reference is the least surprising.
    transition = ", ".join([_digits(technology.input_slew_ps)] * len(loads))
    index = f'index_1 ("{_SLEWS}"); index_2 ("{", ".join(map(_digits, loads))}");'
    yield "      timing () {"
    yield f'        related_pin : "{related}";'
    if cell.flip_flop:
        yield f"        timing_type : {_timing_type(cell.flip_flop, related)};"
    else:
        sense = parse_function(output.function).sense(related)
        yield f"        timing_sense : {_SENSES[sense]};"
    for edge in ("rise", "fall"):
        yield f'        cell_{edge} (line) {{ {index} values ("{row}", "{row}"); }}'
        yield (
            f"        {edge}_transition (line) {{ {index} values "
            f'("{transition}", "{transition}"); }}'
        )
    yield "      }"


def _timing_type(flip_flop: FlipFlop, related: str) -> str:
    for kind in ("clear", "preset"):
        function = getattr(flip_flop, kind)
        if function is not None and related in parse_function(function).inputs:
            return kind
    return f"{_edge(flip_flop)}_edge"


_SENSES = {"positive": "positive_unate", "negative": "negative_unate", "both": "non_unate"}
