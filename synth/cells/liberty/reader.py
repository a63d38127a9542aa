"""Liberty files condensed to a :class:`~.technology.Technology`."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path

from lmul_pe.model.command.compressed import file_text
from lmul_pe.synth.cells.boolean import FunctionError, parse_function
from lmul_pe.synth.cells.technology import (
    Cell,
    ClockGate,
    FlipFlop,
    Line,
    Output,
    Passive,
    Technology,
    TechnologyError,
)

from .syntax import Group, Parser
from .writer import LICENCE, LOAD, NODE, SLEW, SOURCE

# ---- Units ----

_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}


def _scale(library: Group, attribute: str, base: str, default: str | None) -> float:
    """The factor from the library's unit to the SI unit ``base``."""
    values = library.attributes.get(attribute) or ((default,) if default else ())
    text = "".join(values)
    match = re.fullmatch(rf"([\d.eE+-]*?)\s*([munpf]?){base}", text, re.IGNORECASE)
    try:
        scale = float(match[1] or 1) * _PREFIXES[match[2].lower()] if match else 0.0
    except ValueError:
        scale = 0.0
    if not (math.isfinite(scale) and scale > 0):
        found = repr(text) if text else "missing"
        raise TechnologyError(
            f"{attribute} is {found}, expected a unit such as {_EXAMPLES[attribute]}"
        )
    return scale


_EXAMPLES = {
    "time_unit": '"1ns"',
    "capacitive_load_unit": "(1, pf)",
    "voltage_unit": '"1V"',
    "leakage_power_unit": '"1nW"',
}


# ---- From tables to figures ----

# A straight line through the delays at the reference load and at four times that load is the
# reading behind the built-in tables.
_SECOND_LOAD = 4

# An energy that shrinks to less than this part from the middle load of its table to the least one
# was split among outputs by load. A split leaves four tenths at most; energies that are no shares
# hardly change, or turn negative.
_SPLIT = 0.5

# What a Cell cannot describe, or no mapper should use.
_UNSUPPORTED_GROUPS = ("latch", "latch_bank", "ff_bank", "statetable", "test_cell", "bus", "bundle")
_UNSUPPORTED_ATTRIBUTES = ("switch_cell_type", "retention_cell")
_MOST_STATE_BITS = 8
"""Inputs, and the bit of a flip-flop, beyond which a cell's states are too many to list."""
_CLOCK_GATING = "clock_gating_integrated_cell"
_CLOCK_GATES = ("latch_posedge", "latch_posedge_precontrol", "latch_posedge_postcontrol")
"""The kinds of clock gates that are read: for a rising edge, the output low while none passes."""
_UNSUPPORTED_FLAGS = (
    "is_level_shifter",
    "is_isolation_cell",
    "is_macro_cell",
    "pad_cell",
    "always_on",
)

# Without a word from the user, cells are read where the library's own smallest inverter drives
# three of its kind.
_REFERENCE_FANOUT = 3

_TEMPLATE, _POWER_TEMPLATE = "lu_table_template", "power_lut_template"
_LISTED = 5
"""Cells that a note names."""


def read_liberty(
    *paths: str | Path, input_slew_ps: float | None = None, load_ff: float | None = None
) -> Technology:
    """Condense Liberty files with table look-up delays: one library, whatever it is spread over.

    Energy is the mean of the internal power tables of an output, read at the reference slew and
    load, and the sum of those means over the supply pins that tables are of; where the energy of a
    cell was split among its outputs by their loads, at the load that splits it evenly. Leakage is
    such a sum of means as well, and listed by state where it has conditions. Delay is the mean of
    all rise and fall tables of a related pin, and of those of each edge, as the straight line
    through the reference load and four times that load. Left out are cells that no mapper can use
    here: latches, scan and multi-bit flip-flops, tristate cells, power cells, and those without
    area, inputs or outputs (fillers, ties). Those marked ``dont_use`` are for netlists after layout
    alone. Clock gates are read that hold their enable in a latch and pass the rising edge. Cells in
    which something is wrong are left out and named in the technology's notes.

    Parameters
    ----------
    paths : str or Path
        ``.lib`` files, or such compressed by gzip. Name and conditions are those of the first
        library; of cells of the same name the first counts.
    input_slew_ps : float, optional
        Reference input transition time in ps; by default that of the smallest inverter at the
        reference load.
    load_ff : float, optional
        Reference load in fF; by default three inputs of the smallest inverter.

    Raises
    ------
    TechnologyError
        A file is not there, is not Liberty, has units or conditions that make no sense or differ,
        or an inverter or a two-input NAND is lacking; the message names the file and the cell.
    """
    files = [Path(path) for path in paths]
    libraries: list[_Library] = []
    for path in files:
        try:
            libraries += map(_Library, Parser(_text(path)).libraries())
        except TechnologyError as error:
            raise TechnologyError(f"{path}: {error}") from None
    try:
        return _technology(libraries, files, input_slew_ps, load_ff)
    except TechnologyError as error:
        raise TechnologyError(f"{', '.join(map(str, files))}: {error}") from None


def _text(path: Path) -> str:
    if path.is_dir():
        raise TechnologyError("is a directory, expected a Liberty file (.lib, .lib.gz)")
    try:
        text = file_text(path)
    except FileNotFoundError:
        raise TechnologyError("no such file, expected a Liberty file (.lib, .lib.gz)") from None
    except OSError as error:
        raise TechnologyError(f"cannot be read: {error}") from None
    if not text.strip():
        raise TechnologyError("is empty, expected a Liberty file")
    return text


def _technology(
    libraries: list["_Library"],
    files: list[Path],
    input_slew_ps: float | None,
    load_ff: float | None,
) -> Technology:
    first = libraries[0]
    for other in libraries[1:]:
        for what in ("voltage", "temperature"):
            one, another = getattr(first, what), getattr(other, what)
            if one != another:
                raise TechnologyError(
                    f"{what} of library {other.name} is {another:g}, of {first.name} {one:g}: "
                    "expected one and the same"
                )
    load = load_ff or first.number(LOAD)
    slew = input_slew_ps or first.number(SLEW)
    if not (load and slew):
        inverter = _reference(libraries)
        load, slew = load or inverter[0], slew or inverter[1]
    cells: dict[str, Cell] = {}
    layout: dict[str, Cell] = {}
    clock_gates: dict[str, Cell] = {}
    passive: dict[str, Passive] = {}
    notes: list[str] = []
    for library in libraries:
        found, left_out = library.cells(slew, load)
        notes += left_out
        for cell in found:
            if cells.setdefault(cell.name, cell) != cell:
                notes.append(f"cell {cell.name} of library {library.name} is another one's name")
        layout |= library.layout(slew, load)
        clock_gates |= library.clock_gates(slew, load)
        passive |= library.passive
    names = ", ".join(file.name for file in files)
    try:
        return Technology(
            name=first.name,
            node_nm=first.number(NODE),
            voltage=first.voltage,
            temperature=first.temperature,
            source=first.text(SOURCE) or f"Liberty file{'s' * (len(files) > 1)} {names}",
            licence=first.text(LICENCE) or "not stated",
            input_slew_ps=slew,
            load_ff=load,
            cells=cells,
            layout=layout,
            clock_gates=clock_gates,
            passive=passive,
            notes=(*notes, *_unsaid(cells)),
        )
    except TechnologyError as error:
        raise TechnologyError(f"{error}{f'; {notes[0]}' if notes else ''}") from None


def _reference(libraries: list["_Library"]) -> tuple[float, float]:
    """The load in fF and the slew in ps of an inverter that drives three of its kind.

    The smallest of all that says what is needed.
    """
    inverters = [found for library in libraries for found in library.inverters()]
    wrong: list[str] = []
    for _, library, cell in sorted(inverters, key=lambda each: each[0]):
        try:
            return library.reference(cell)
        except TechnologyError as error:
            wrong.append(f"cell {cell.name}: {error}")
    if wrong:
        raise TechnologyError(wrong[0])
    usable = sum(library.usable_cells for library in libraries)
    raise TechnologyError(f"no inverter among its {usable} usable cells, expected one")


def _unsaid(cells: Mapping[str, Cell]) -> Iterator[str]:
    """What the figures of ``cells`` do not count, because the library has nothing about it."""
    for what, names in (
        (
            "capacitance of inputs",
            [each.name for each in cells.values() if 0 in each.inputs.values()],
        ),
        (
            "internal power",
            [
                each.name
                for each in cells.values()
                if all(output.energy_fj == 0 for output in each.outputs.values())
            ],
        ),
    ):
        if names:
            yield f"no {what} in {len(names)} of {len(cells)} cells: {_some(names)}"
    if not any(cell.plain_use for cell in cells.values()):
        yield "no plain flip-flop: multipliers have no registers and no equal clock"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


class _Library:
    """One library group and the scales of its units."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self.name = group.name
        self._ps = _scale(group, "time_unit", "s", "1ns") * 1e12
        self._ff = _scale(group, "capacitive_load_unit", "f", None) * 1e15
        self._volt = _scale(group, "voltage_unit", "V", "1V")
        self._nw = _scale(group, "leakage_power_unit", "W", "1nW") * 1e9
        # Internal power is an energy in the unit that the load and the voltage units make.
        self._fj = self._ff * self._volt**2
        # Templates of power and of all else have a name space each.
        self._templates = {
            kind: {template.name: template for template in group.inner(kind)}
            for kind in (_POWER_TEMPLATE, _TEMPLATE)
        }
        usable = [cell for cell in group.inner("cell") if _usable(cell)]
        self._candidates = [cell for cell in usable if not cell.flag("dont_use")]
        self._layout = [cell for cell in usable if cell.flag("dont_use")]
        self.usable_cells = len(self._candidates)
        self.voltage = self._condition("voltage", "nom_voltage") * self._volt
        self.temperature = self._condition("temperature", "nom_temperature")
        # What tables are read at, until it is known.
        self._slew = self._load = 0.0

    def text(self, attribute: str) -> str | None:
        return self._group.text(attribute)

    def number(self, attribute: str) -> float | None:
        return self._group.number(attribute)

    def cells(self, slew_ps: float, load_ff: float) -> tuple[list[Cell], list[str]]:
        """The cells read at this slew and load, and a line on everything that was left out."""
        self._slew, self._load = slew_ps, load_ff
        cells: list[Cell] = []
        notes = [
            f"{attribute} {self._group.text(attribute)} is ignored"
            for attribute in self._group.attributes
            if attribute == "include_file"
        ]
        if "leakage_power_unit" not in self._group.attributes:
            notes.append("leakage_power_unit is missing: taken as 1nW")
        for group in self._candidates:
            try:
                cells.append(self._cell(group))
            except TechnologyError as error:
                text = str(error).removeprefix(f"cell {group.name}").lstrip(":, ")
                notes.append(f"cell {group.name} is left out: {text}")
        return cells, notes

    def layout(self, slew_ps: float, load_ff: float) -> dict[str, Cell]:
        """The cells that are marked as none for a mapper, as far as they can be read."""
        self._slew, self._load = slew_ps, load_ff
        cells = {}
        for group in self._layout:
            with suppress(TechnologyError):
                cells[group.name] = self._cell(group)
        return cells

    def clock_gates(self, slew_ps: float, load_ff: float) -> dict[str, Cell]:
        """The clock gates, as far as they can be read; libraries keep mappers from them."""
        self._slew, self._load = slew_ps, load_ff
        gates = {}
        for group in self._group.inner("cell"):
            if group.text(_CLOCK_GATING) in _CLOCK_GATES:
                with suppress(TechnologyError):
                    gates[group.name] = self._clock_gate(group)
        return gates

    @cached_property
    def passive(self) -> dict[str, Passive]:
        """Fillers, taps, antenna diodes and ties."""
        found = {}
        for cell in self._group.inner("cell"):
            pins = _pins(cell)
            inputs = [name for name, pin in pins.items() if pin.text("direction") == "input"]
            constants = {
                name: constant
                for name, pin in pins.items()
                if pin.text("direction") == "output" and (constant := _constant(pin)) is not None
            }
            if len(inputs) + len(constants) == len(pins) and len(inputs) < 2 - bool(constants):
                found[cell.name] = Passive(leakage_nw=self._leakage(cell), constants=constants)
        return found

    def _condition(self, name: str, nominal: str) -> float:
        default = self._group.text("default_operating_conditions")
        for conditions in self._group.inner("operating_conditions"):
            if conditions.name == default and (value := conditions.number(name)) is not None:
                return value
        value = self._group.number(nominal)
        if value is None:
            raise TechnologyError(f"{nominal} is missing, expected a number")
        return value

    # -- where to read --

    def inverters(self) -> Iterator[tuple[tuple[float, float], "_Library", Group]]:
        """Every inverter, with what makes it a small one: its area and its capacitance in fF."""
        for cell in self._candidates:
            if not _is_inverter(cell):
                continue
            (pin,) = _directed(cell, "input").values()
            try:
                size = cell.number("area") or 0.0, self._capacitance(pin)
            except TechnologyError:
                size = (math.nan, math.nan)
            yield (size if size[0] > 0 else (math.inf, math.inf)), self, cell

    def reference(self, inverter: Group) -> tuple[float, float]:
        """The load in fF and the slew in ps of an inverter in a chain that drives three each."""
        (pin,) = _directed(inverter, "input").values()
        timings = [
            timing
            for output in _directed(inverter, "output").values()
            for timing in output.inner("timing")
        ]
        load = _REFERENCE_FANOUT * self._capacitance(pin)
        if not load:
            # Nothing is known of inputs: the middle of what the inverter was characterised at.
            delays = [table for each in timings for table in each.inner("cell_rise", "cell_fall")]
            loads = self._loads_ff(delays[0]) if delays else []
            load = loads[len(loads) // 2] if loads else 1.0
        tables = [
            table for each in timings for table in each.inner("rise_transition", "fall_transition")
        ]
        if not tables:
            raise TechnologyError(
                "no transition tables, expected rise_transition and fall_transition"
            )
        slew = 0.0
        # Input and output of an inverter in a chain of its kind must agree.
        for _ in range(8):
            slew = self._ps * _mean([self._read(table, slew, load) for table in tables])
        return load, slew

    # -- cells --

    def _cell(self, group: Group) -> Cell:
        pins = _pins(group)
        flip_flop = None
        for state in group.inner("ff"):
            flip_flop = self._flip_flop(state, pins)
        driven = _directed(group, "output")
        outputs = {name: self._output(pin, len(driven) > 1) for name, pin in driven.items()}
        cell = Cell(
            name=group.name,
            area_um2=group.number("area") or 0.0,
            leakage_nw=self._leakage(group),
            inputs={
                name: self._capacitance(pin) for name, pin in _directed(group, "input").items()
            },
            outputs=outputs,
            flip_flop=flip_flop,
        )
        cell = replace(cell, leakage_states=self._leakage_states(group, cell))
        for name, output in outputs.items():
            for related in () if flip_flop else parse_function(output.function).inputs:
                if related not in output.delay:
                    raise TechnologyError(
                        f"output {name}: no delay from input {related}, expected "
                        f"a timing group with cell_rise or cell_fall"
                    )
        return cell

    def _clock_gate(self, group: Group) -> Cell:
        inputs = _directed(group, "input")

        def pin_of(role: str, pins: Mapping[str, Group]) -> str | None:
            named = (name for name, pin in pins.items() if pin.flag(f"clock_gate_{role}_pin"))
            return next(named, None)

        clock, enable = pin_of("clock", inputs), pin_of("enable", inputs)
        outputs = _directed(group, "output")
        passed = pin_of("out", outputs)
        if not (clock and enable and passed):
            raise TechnologyError(
                f"cell {group.name}: expected clock_gate_clock_pin, clock_gate_enable_pin and "
                "clock_gate_out_pin"
            )
        test = pin_of("test", inputs)
        opened = f"({enable} | {test})" if test else enable
        closed = {enable: False} | ({test: False} if test else {})
        powers = list(inputs[clock].inner("internal_power"))
        held = [each for each in powers if _may_be(each.text("when"), closed)]
        # Tables of all states count whether an edge passes or not.
        always = [each for each in powers if each.text("when") is None]
        return Cell(
            name=group.name,
            area_um2=group.number("area") or 0.0,
            leakage_nw=self._leakage(group),
            inputs={name: self._capacitance(pin) for name, pin in inputs.items()},
            outputs={
                passed: replace(
                    self._output(outputs[passed], False),
                    function=f"({clock} & {opened})",
                    energy_fj=self._edge_energy(outputs[passed].inner("internal_power"))
                    + self._edge_energy(always),
                )
            },
            clock_gate=ClockGate(
                clock=clock,
                enable=enable,
                test=test,
                clock_energy_fj=self._edge_energy(held),
                setup_ps=max(self._setups([inputs[enable]]), default=0.0),
            ),
        )

    def _capacitance(self, pin: Group) -> float:
        value = pin.number("capacitance")
        if value is None:
            edges = [
                edge
                for edge in (pin.number("rise_capacitance"), pin.number("fall_capacitance"))
                if edge is not None
            ]
            value = _mean(edges) if edges else self._group.number("default_input_pin_cap") or 0.0
        return value * self._ff

    def _leakage(self, cell: Group) -> float:
        value = cell.number("cell_leakage_power")
        if value is None:
            stated = [each for each in cell.inner("leakage_power") if "value" in each.attributes]
            value = math.fsum(
                _mean([state.number("value") or 0.0 for state in states])
                for states in _by_rail(stated)
            )
            if not stated:
                value = self._group.number("default_cell_leakage_power") or 0.0
        return value * self._nw

    def _leakage_states(self, group: Group, cell: Cell) -> tuple[float, ...]:
        """Leakage of every state of a cell, by the conditions on its pins; empty without any.

        A state that none holds in leaks what is stated without a condition, or else the mean.
        """
        names = list(cell.inputs)
        if cell.flip_flop:
            names.append(cell.flip_flop.state[0])
        stated = [each for each in group.inner("leakage_power") if "value" in each.attributes]
        if len(names) > _MOST_STATE_BITS or not any(each.text("when") for each in stated):
            return ()
        cases = 1 << len(names)
        values = {name: parse_function(name).truth_table(names) for name in names}
        if cell.flip_flop:
            state, inverse = cell.flip_flop.state
            values[inverse] = ~values[state]
        values |= {
            pin: parse_function(output.function).evaluate(values)
            for pin, output in cell.outputs.items()
        }
        leakage = [0.0] * cases
        for states in _by_rail(stated):
            always = [each for each in states if not each.text("when")]
            rest = _mean([each.number("value") or 0.0 for each in always or states])
            found: list[list[float]] = [[] for _ in range(cases)]
            for each in states:
                if when := each.text("when"):
                    try:
                        holds = parse_function(when).evaluate(values)
                    except (FunctionError, KeyError):
                        # A condition on what is inside the cell.
                        return ()
                    for place, of_state in enumerate(found):
                        if holds >> place & 1:
                            of_state.append(each.number("value") or 0.0)
            for place, of_state in enumerate(found):
                leakage[place] += _mean(of_state) if of_state else rest
        return tuple(value * self._nw for value in leakage)

    def _output(self, pin: Group, several: bool) -> Output:
        limit = pin.number("max_capacitance")
        if limit is None:
            limit = self._group.number("default_max_capacitance")
        arcs: dict[str, list[Group]] = {}
        for timing in pin.inner("timing"):
            for related in (timing.text("related_pin") or "").split():
                arcs.setdefault(related, []).extend(timing.inner("cell_rise", "cell_fall"))
        edges: dict[str, tuple[Line, Line]] = {}
        for related, tables in arcs.items():
            rising = [table for table in tables if table.kind == "cell_rise"]
            falling = [table for table in tables if table.kind == "cell_fall"]
            if rising and falling:
                edges[related] = self._line(rising), self._line(falling)
        return Output(
            function=pin.text("function") or "",
            energy_fj=self._energy(pin, split=several),
            max_load_ff=math.inf if limit is None else limit * self._ff,
            delay={related: self._line(tables) for related, tables in arcs.items() if tables},
            edges=edges,
        )

    def _energy(self, pin: Group, split: bool = False) -> float:
        """Mean internal energy; with ``split``, of a pin that may have only a share of its cell's.

        Some characterisers measure the energy of a cell whose outputs change together with all but
        one of them at the middle load of the table, and give each output the share that its load
        has of all. The share goes to zero with the load, although the energy does not; at the
        middle load it is fair.
        """
        rails = [
            [
                table
                for power in powers
                for table in power.inner("rise_power", "fall_power", "power")
            ]
            for powers in _by_rail(list(pin.inner("internal_power")))
        ]

        def at(load_ff: Callable[[Group], float]) -> float:
            return math.fsum(
                _mean([self._read(table, self._slew, load_ff(table)) for table in rail])
                for rail in rails
                if rail
            )

        energy = at(lambda table: self._load)
        if split and all(self._loads_ff(table) for rail in rails for table in rail):
            least = at(lambda table: self._loads_ff(table)[0])
            even = at(lambda table: self._loads_ff(table)[len(self._loads_ff(table)) // 2])
            if 0 < least < _SPLIT * even:
                energy = even
        return energy * self._fj

    def _edge_energy(self, powers: Iterable[Group]) -> float:
        """Mean energy of an edge, where there may be more tables of one edge than of the other."""
        total = 0.0
        for rail in _by_rail(list(powers)):
            by_edge = [
                [
                    self._read(table, self._slew, self._load)
                    for power in rail
                    for table in power.inner(edge, "power")
                ]
                for edge in ("rise_power", "fall_power")
            ]
            total += math.fsum(_mean(values) for values in by_edge if values) / len(by_edge)
        return total * self._fj

    def _line(self, tables: list[Group]) -> Line:
        near, far = (
            self._ps * _mean([self._read(table, self._slew, load) for table in tables])
            for load in (self._load, _SECOND_LOAD * self._load)
        )
        slope = (far - near) / ((_SECOND_LOAD - 1) * self._load)
        return near - slope * self._load, slope

    def _flip_flop(self, state: Group, pins: dict[str, Group]) -> FlipFlop:
        clock, next_state = state.text("clocked_on"), state.text("next_state")
        if clock is None or next_state is None or not state.arguments:
            raise TechnologyError("ff group expected state names, clocked_on and next_state")
        try:
            clock_pins = parse_function(clock).inputs
        except FunctionError as error:
            raise TechnologyError(f"flip-flop clock: {error}") from None
        return FlipFlop(
            clock=clock,
            next_state=next_state,
            # Some name the state alone.
            state=(state.name, (*state.arguments[1:], f"{state.name}_complement")[0]),
            clear=state.text("clear"),
            preset=state.text("preset"),
            clock_energy_fj=_mean(
                [self._energy(pins[name]) for name in clock_pins if name in pins] or [0.0]
            ),
            setup_ps=max(self._setups(pins.values()), default=0.0),
        )

    def _setups(self, pins: Iterable[Group]) -> list[float]:
        """The setup times of some pins, in ps."""
        return [
            self._ps * self._read(table, self._slew, self._load)
            for pin in pins
            for timing in pin.inner("timing")
            if (timing.text("timing_type") or "").startswith("setup_")
            for table in timing.inner("rise_constraint", "fall_constraint")
        ]

    # -- tables --

    def _axes(self, table: Group) -> list[tuple[bool, list[float]]]:
        """Of each axis, whether it is of loads, and its points in the library's units."""
        kinds = (
            (_POWER_TEMPLATE, _TEMPLATE) if "power" in table.kind else (_TEMPLATE, _POWER_TEMPLATE)
        )
        template = next(
            (
                self._templates[kind][table.name]
                for kind in kinds
                if table.name in self._templates[kind]
            ),
            None,
        )
        axes = []
        for number, usual in (
            (1, "input_net_transition"),
            (2, "total_output_net_capacitance"),
            (3, ""),
        ):
            points = table.numbers(f"index_{number}")
            if not points and template:
                points = template.numbers(f"index_{number}")
            if points:
                variable = (template and template.text(f"variable_{number}")) or usual
                axes.append(("capacitance" in variable, points))
        return axes

    def _loads_ff(self, table: Group) -> list[float]:
        """The loads of a table, none if it has no such axis."""
        return [
            point * self._ff for is_load, points in self._axes(table) if is_load for point in points
        ]

    def _read(self, table: Group, slew_ps: float, load_ff: float) -> float:
        """The table's value at this slew and load, in the library's units; linear, also beyond."""
        values = table.numbers("values")
        axes = [
            (points, load_ff / self._ff if is_load else slew_ps / self._ps)
            for is_load, points in self._axes(table)
        ]
        if len(values) == 1:
            return values[0]
        if not all(map(math.isfinite, values)) or len(values) != math.prod(
            len(points) for points, _ in axes
        ):
            raise TechnologyError(
                f"table {table.kind} has {len(values)} values, expected "
                f"{' x '.join(str(len(points)) for points, _ in axes) or '1'} "
                f"finite ones"
            )
        corners = [_weights(points, at) for points, at in axes]
        total = 0.0
        for corner in product(*corners):
            index, weight = 0, 1.0
            for (points, _), (place, share) in zip(axes, corner, strict=True):
                index = index * len(points) + place
                weight *= share
            total += weight * values[index]
        return total


def _weights(points: list[float], at: float) -> list[tuple[int, float]]:
    """The two neighbours among the points, and the share of each."""
    if len(points) == 1:
        return [(0, 1.0)]
    if any(later <= earlier for earlier, later in pairwise(points)):
        raise TechnologyError("a table's index does not rise, expected strictly rising numbers")
    place = max(0, min(sum(point < at for point in points) - 1, len(points) - 2))
    share = (at - points[place]) / (points[place + 1] - points[place])
    return [(place, 1 - share), (place + 1, share)]


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _pins(cell: Group) -> dict[str, Group]:
    """Every pin by its name; a group may be of several."""
    return {name: pin for pin in cell.inner("pin") for name in pin.arguments}


def _directed(cell: Group, direction: str) -> dict[str, Group]:
    """The input or the output pins."""
    return {name: pin for name, pin in _pins(cell).items() if pin.text("direction") == direction}


def _by_rail(groups: list[Group]) -> Iterable[list[Group]]:
    """Groups that are of one supply pin each, or of none: what they say adds up."""
    rails: dict[str | None, list[Group]] = {}
    for group in groups:
        rails.setdefault(group.text("related_pg_pin"), []).append(group)
    return rails.values()


def _may_be(when: str | None, pins: Mapping[str, bool]) -> bool:
    """Whether a condition can hold while ``pins`` are so."""
    return when is None or parse_function(when).fixed(pins).python != "0"


def _usable(cell: Group) -> bool:
    pins = list(cell.inner("pin"))
    directions = [pin.text("direction") for pin in pins]
    outputs = [pin for pin in pins if pin.text("direction") == "output"]
    return (
        _has_area(cell)
        and "input" in directions
        and bool(outputs)
        and "inout" not in directions
        and all(pin.text("function") for pin in outputs)
        and not any("three_state" in pin.attributes for pin in outputs)
        and not any(cell.flag(attribute) for attribute in _UNSUPPORTED_FLAGS)
        and _CLOCK_GATING not in cell.attributes
        and not any(attribute in cell.attributes for attribute in _UNSUPPORTED_ATTRIBUTES)
        and not any(cell.inner(*_UNSUPPORTED_GROUPS))
        and len(list(cell.inner("ff"))) <= 1
        and not any((pin.text("nextstate_type") or "").startswith("scan") for pin in pins)
    )


def _has_area(cell: Group) -> bool:
    try:
        return cell.number("area") not in (None, 0)
    except TechnologyError:
        # To be named as what is wrong with it.
        return True


def _is_inverter(cell: Group) -> bool:
    inputs, outputs = _directed(cell, "input"), list(_directed(cell, "output").values())
    if len(inputs) != 1 or len(outputs) != 1:
        return False
    try:
        return parse_function(outputs[0].text("function") or "").truth_table(tuple(inputs)) == 0b01
    except ValueError:
        return False


def _constant(pin: Group) -> bool | None:
    """What an output always is, None if it has no function or another one."""
    try:
        function = parse_function(pin.text("function") or "")
    except FunctionError:
        return None
    return None if function.inputs else function.python == "-1"
