"""Liberty files condensed to a :class:`~.technology.Technology`."""

import gzip
import math
import re
import zlib
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path

from lmul_pe.synth.cells.boolean import FunctionError, parse_function
from lmul_pe.synth.cells.technology import Cell, FlipFlop, Line, Output, Technology, TechnologyError

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
_UNSUPPORTED_ATTRIBUTES = ("clock_gating_integrated_cell", "switch_cell_type", "retention_cell")
_UNSUPPORTED_FLAGS = (
    "dont_use",
    "is_level_shifter",
    "is_isolation_cell",
    "is_macro_cell",
    "pad_cell",
    "always_on",
)

# Without a word from the user, cells are read where the library's own smallest inverter drives
# three of its kind.
_REFERENCE_FANOUT = 3


def read_liberty(
    path: str | Path, *, input_slew_ps: float | None = None, load_ff: float | None = None
) -> Technology:
    """Condense a Liberty file with table look-up delays.

    Energy is the mean of all internal power tables of an output, read at the reference slew and
    load; where the energy of a cell was split among its outputs by their loads, at the load that
    splits it evenly. Delay is the mean of all rise and fall tables of a related pin, and of those
    of each edge, as the straight line through the reference load and four times that load. Left out
    are cells that no mapper may or can use here: those marked ``dont_use``, latches, scan and
    multi-bit flip-flops, tristate cells, clock gates, power cells, and those without area, inputs
    or outputs (fillers, ties).

    Parameters
    ----------
    path : str or Path
        A ``.lib`` file, or one compressed by gzip.
    input_slew_ps : float, optional
        Reference input transition time in ps; by default that of the smallest inverter at the
        reference load.
    load_ff : float, optional
        Reference load in fF; by default three inputs of the smallest inverter.

    Raises
    ------
    TechnologyError
        The file is not there, is not Liberty, has units or numbers that make no sense, or lacks
        an inverter or a two-input NAND; the message names the file and the cell.
    """
    path = Path(path)
    text = _file_text(path)
    try:
        return _Library(Parser(text).library(), path, input_slew_ps, load_ff).technology()
    except TechnologyError as error:
        raise TechnologyError(f"{path}: {error}") from None


def _file_text(path: Path) -> str:
    if path.is_dir():
        raise TechnologyError(f"{path}: is a directory, expected a Liberty file (.lib, .lib.gz)")
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except FileNotFoundError:
        raise TechnologyError(
            f"{path}: no such file, expected a Liberty file (.lib, .lib.gz)"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise TechnologyError(f"{path}: cannot be read: {error}") from None
    if not content.strip():
        raise TechnologyError(f"{path}: is empty, expected a Liberty file")
    return content.decode("utf-8", errors="replace")


class _Library:
    """One library group and the scales of its units."""

    def __init__(
        self, group: Group, path: Path, input_slew_ps: float | None, load_ff: float | None
    ) -> None:
        self._group = group
        self._path = path
        self._ps = _scale(group, "time_unit", "s", "1ns") * 1e12
        self._ff = _scale(group, "capacitive_load_unit", "f", None) * 1e15
        self._volt = _scale(group, "voltage_unit", "V", "1V")
        self._nw = _scale(group, "leakage_power_unit", "W", None) * 1e9
        # Internal power is an energy in the unit that the load and the voltage units make.
        self._fj = self._ff * self._volt**2
        self._templates = {
            template.name: template
            for template in group.inner("lu_table_template", "power_lut_template")
        }
        self._candidates = [cell for cell in group.inner("cell") if self._usable(cell)]
        self._load = load_ff or group.number(LOAD) or self._inverter_load
        self._slew = input_slew_ps or group.number(SLEW) or self._inverter_slew

    def technology(self) -> Technology:
        cells = {}
        for group in self._candidates:
            try:
                cell = self._cell(group)
            except TechnologyError as error:
                if str(error).startswith(f"cell {group.name}"):
                    raise
                raise TechnologyError(f"cell {group.name}: {error}") from None
            cells[cell.name] = cell
        return Technology(
            name=self._group.name,
            node_nm=self._group.number(NODE),
            voltage=self._condition("voltage", "nom_voltage") * self._volt,
            temperature=self._condition("temperature", "nom_temperature"),
            source=self._group.text(SOURCE) or f"Liberty file {self._path.name}",
            licence=self._group.text(LICENCE) or "not stated",
            input_slew_ps=self._slew,
            load_ff=self._load,
            cells=cells,
        )

    def _condition(self, name: str, nominal: str) -> float:
        default = self._group.text("default_operating_conditions")
        for conditions in self._group.inner("operating_conditions"):
            if conditions.name == default and (value := conditions.number(name)) is not None:
                return value
        value = self._group.number(nominal)
        if value is None:
            raise TechnologyError(f"{nominal} is missing, expected a number")
        return value

    def _usable(self, cell: Group) -> bool:
        pins = list(cell.inner("pin"))
        directions = [pin.text("direction") for pin in pins]
        outputs = [pin for pin in pins if pin.text("direction") == "output"]
        return (
            cell.number("area") not in (None, 0)
            and "input" in directions
            and bool(outputs)
            and "inout" not in directions
            and all(pin.text("function") for pin in outputs)
            and not any("three_state" in pin.attributes for pin in outputs)
            and not any(cell.flag(attribute) for attribute in _UNSUPPORTED_FLAGS)
            and not any(attribute in cell.attributes for attribute in _UNSUPPORTED_ATTRIBUTES)
            and not any(cell.inner(*_UNSUPPORTED_GROUPS))
            and len(list(cell.inner("ff"))) <= 1
            and not any((pin.text("nextstate_type") or "").startswith("scan") for pin in pins)
        )

    # -- where to read --

    @cached_property
    def _smallest_inverter(self) -> Group:
        inverters = [
            cell
            for cell in self._candidates
            if len(list(cell.inner("pin"))) == 2 and _is_inverter(cell)
        ]
        if not inverters:
            raise TechnologyError(
                f"no inverter among its {len(self._candidates)} usable cells, expected one"
            )
        return min(
            inverters,
            key=lambda cell: (
                cell.number("area") or 0.0,
                sum(
                    self._capacitance(pin)
                    for pin in cell.inner("pin")
                    if pin.text("direction") == "input"
                ),
            ),
        )

    @cached_property
    def _inverter_load(self) -> float:
        (pin,) = (
            pin for pin in self._smallest_inverter.inner("pin") if pin.text("direction") == "input"
        )
        return _REFERENCE_FANOUT * self._capacitance(pin)

    @cached_property
    def _inverter_slew(self) -> float:
        tables = [
            table
            for pin in self._smallest_inverter.inner("pin")
            for timing in pin.inner("timing")
            for table in timing.inner("rise_transition", "fall_transition")
        ]
        if not tables:
            raise TechnologyError(
                f"cell {self._smallest_inverter.name}: no transition tables, "
                f"expected rise_transition and fall_transition"
            )
        slew = 0.0
        # The slew of an inverter in a chain of its kind: input and output must agree.
        for _ in range(8):
            slew = self._ps * _mean(
                [self._read(table, slew, self._inverter_load) for table in tables]
            )
        return slew

    # -- cells --

    def _cell(self, group: Group) -> Cell:
        pins = {pin.name: pin for pin in group.inner("pin")}
        inputs = {
            name: self._capacitance(pin)
            for name, pin in pins.items()
            if pin.text("direction") == "input"
        }
        flip_flop = None
        for state in group.inner("ff"):
            flip_flop = self._flip_flop(state, pins)
        several = sum(pin.text("direction") == "output" for pin in pins.values()) > 1
        outputs = {
            name: self._output(pin, several)
            for name, pin in pins.items()
            if pin.text("direction") == "output"
        }
        cell = Cell(
            name=group.name,
            area_um2=group.number("area") or 0.0,
            leakage_nw=self._leakage(group),
            inputs=inputs,
            outputs=outputs,
            flip_flop=flip_flop,
        )
        for name, output in outputs.items():
            for related in () if flip_flop else parse_function(output.function).inputs:
                if related not in output.delay:
                    raise TechnologyError(
                        f"output {name}: no delay from input {related}, expected "
                        f"a timing group with cell_rise or cell_fall"
                    )
        return cell

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
            states = [
                state
                for group in cell.inner("leakage_power")
                if (state := group.number("value")) is not None
            ]
            value = (
                _mean(states) if states else self._group.number("default_cell_leakage_power") or 0.0
            )
        return value * self._nw

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
        tables = [
            table
            for power in pin.inner("internal_power")
            for table in power.inner("rise_power", "fall_power", "power")
        ]
        if not tables:
            return 0.0
        energy = _mean([self._read(table, self._slew, self._load) for table in tables])
        axes = [self._loads_ff(table) for table in tables]
        if split and all(axes):
            read = list(zip(tables, axes, strict=True))
            least = _mean([self._read(table, self._slew, loads[0]) for table, loads in read])
            even = _mean(
                [self._read(table, self._slew, loads[len(loads) // 2]) for table, loads in read]
            )
            if 0 < least < _SPLIT * even:
                energy = even
        return energy * self._fj

    def _line(self, tables: list[Group]) -> Line:
        near, far = (
            self._ps * _mean([self._read(table, self._slew, load) for table in tables])
            for load in (self._load, _SECOND_LOAD * self._load)
        )
        slope = (far - near) / ((_SECOND_LOAD - 1) * self._load)
        return near - slope * self._load, slope

    def _flip_flop(self, state: Group, pins: dict[str, Group]) -> FlipFlop:
        clock, next_state = state.text("clocked_on"), state.text("next_state")
        if clock is None or next_state is None or len(state.arguments) != 2:
            raise TechnologyError("ff group expected two state names, clocked_on and next_state")
        try:
            clock_pins = parse_function(clock).inputs
        except FunctionError as error:
            raise TechnologyError(f"flip-flop clock: {error}") from None
        setups = [
            self._ps * self._read(table, self._slew, self._load)
            for pin in pins.values()
            for timing in pin.inner("timing")
            if (timing.text("timing_type") or "").startswith("setup_")
            for table in timing.inner("rise_constraint", "fall_constraint")
        ]
        return FlipFlop(
            clock=clock,
            next_state=next_state,
            state=(state.arguments[0], state.arguments[1]),
            clear=state.text("clear"),
            preset=state.text("preset"),
            clock_energy_fj=_mean(
                [self._energy(pins[name]) for name in clock_pins if name in pins] or [0.0]
            ),
            setup_ps=max(setups, default=0.0),
        )

    # -- tables --

    def _axes(self, table: Group) -> list[tuple[bool, list[float]]]:
        """Of each axis, whether it is of loads, and its points in the library's units."""
        template = self._templates.get(table.name)
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


def _is_inverter(cell: Group) -> bool:
    names = [pin.name for pin in cell.inner("pin") if pin.text("direction") == "input"]
    for pin in cell.inner("pin"):
        if pin.text("direction") == "output":
            try:
                return parse_function(pin.text("function") or "").truth_table(names) == 0b01
            except ValueError:
                return False
    return False
