"""Technologies: the cells of a standard-cell library, condensed to what synthesis, timing and
energy need.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import chain, product
from typing import Any

from lmul_pe.model import SpecificationError

from .boolean import FunctionError, parse_function

# Truth tables: bit i is the value for the inputs that i spells.
_BUFFER = 0b10
_INVERTER = 0b01
_NAND2 = 0b0111
_SUM = {2: 0b0110, 3: 0b10010110}
_CARRY = {2: 0b1000, 3: 0b11101000}


Line = tuple[float, float]
"""A delay: that without load in ps, and ps per fF of load."""


class TechnologyError(SpecificationError):
    """A technology cannot be used; the message is one line that says which value and why."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output pin of a cell.

    Members
    -------
    function : str
        Liberty boolean expression over the input pins, or over the states of the flip-flop.
    energy_fj : float
        Mean internal energy of one output transition, in fJ. The energy of charging the load,
        load x voltage^2 / 2 per transition, comes on top.
    max_load_ff : float
        The largest load that the pin may drive, in fF; infinite where the library sets no limit.
    delay : mapping of str to (float, float)
        Pin to (intrinsic delay in ps, ps per fF of load), mean of rise and fall at the reference
        input slew. The pin is an input, or, in a cell whose second output is made from its
        first, that other output.
    edges : mapping of str to ((float, float), (float, float))
        The same for the output's rise and for its fall apart; a pin that is missing has one delay
        for both.
    """

    function: str
    energy_fj: float
    max_load_ff: float
    delay: Mapping[str, Line]
    edges: Mapping[str, tuple[Line, Line]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FlipFlop:
    """What makes a cell an edge-triggered flip-flop.

    Members
    -------
    clock : str
        Expression whose rising edge loads the state (``CK``, or ``!CKN`` for a falling edge).
    next_state : str
        Expression over the input pins for the state to load.
    state : (str, str)
        Names of the state and of its complement, as the outputs' functions use them.
    clear, preset : str or None
        Expression that forces the state to 0, to 1, or None where the cell has no such input.
    clock_energy_fj : float
        Mean internal energy of one clock edge, rising or falling, with no output changing, in fJ.
    setup_ps : float
        Setup time, the worse of rise and fall at the reference input slew, in ps.
    """

    clock: str
    next_state: str
    state: tuple[str, str]
    clear: str | None = None
    preset: str | None = None
    clock_energy_fj: float
    setup_ps: float

    @cached_property
    def clock_pin(self) -> str:
        """The pin of the clock."""
        (pin,) = parse_function(self.clock).inputs
        return pin

    @property
    def rises(self) -> bool:
        """Whether the rising edge of the clock pin loads the state, and not the falling one."""
        return parse_function(self.clock).truth_table((self.clock_pin,)) == _BUFFER

    @cached_property
    def data(self) -> tuple[str, ...]:
        """What the next state depends on: input pins, and the state itself if it may be held."""
        return parse_function(self.next_state).inputs


@dataclass(frozen=True, kw_only=True)
class ClockGate:
    """What makes a cell a clock gate: its output is the clock in cycles with an enable, and low.

    A latch that is open while the clock is low holds the enable while it is high, so that the
    enable counts as it is at the rising edge.  The function of the output is written as if that
    latch were not there.

    Members
    -------
    clock, enable : str
        Pins.
    test : str or None
        The pin that opens the gate for tests, to be tied low.
    clock_energy_fj : float
        Mean internal energy of one clock edge that does not pass, in fJ.  That of one that passes
        is the output's.
    setup_ps : float
        Of the enable before the rising edge, in ps.
    """

    clock: str
    enable: str
    test: str | None = None
    clock_energy_fj: float
    setup_ps: float


@dataclass(frozen=True)
class PlainUse:
    """The pins of a flip-flop that only takes a bit with a rising clock.

    Members
    -------
    data : str
        The pin of the bit.
    tied : mapping of str to bool
        What the pins besides it and the clock's are tied to.
    """

    data: str
    tied: Mapping[str, bool]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A standard cell.

    Members
    -------
    name : str
    area_um2 : float
        Area in square micrometres.
    leakage_nw : float
        Mean leakage power in nW.
    inputs : mapping of str to float
        Input pin to its capacitance in fF.
    outputs : mapping of str to Output
    flip_flop : FlipFlop or None
        None for a cell that is none.
    clock_gate : ClockGate or None
        The same; a combinational cell has neither.
    leakage_states : tuple of float
        Leakage power in nW of every state: bit k of its place is the value of the k-th input, and
        the highest one that of a flip-flop's state. Empty where only the mean is known.
    """

    name: str
    area_um2: float
    leakage_nw: float
    inputs: Mapping[str, float]
    outputs: Mapping[str, Output]
    flip_flop: FlipFlop | None = None
    clock_gate: ClockGate | None = None
    leakage_states: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for what, number, unit in self._numbers():
            if math.isnan(number) or number < 0:
                raise TechnologyError(
                    f"cell {self.name}: {what} is {number:g} {unit}, expected a "
                    f"number that is not negative"
                )
        if self.area_um2 in (0, math.inf):
            raise TechnologyError(
                f"cell {self.name}: area is {self.area_um2:g} um2, expected more "
                f"than 0 and a finite number"
            )
        for what, number in self._figures():
            if not math.isfinite(number):
                raise TechnologyError(
                    f"cell {self.name}: {what} is {number:g}, expected a finite number"
                )
        states = self.flip_flop.state if self.flip_flop else ()
        wanted = 1 << len(self.inputs) + bool(states)
        if self.leakage_states and len(self.leakage_states) != wanted:
            raise TechnologyError(
                f"cell {self.name}: leakage of {len(self.leakage_states)} states, expected "
                f"{wanted} or none"
            )
        for pin, output in self.outputs.items():
            self._check(f"output {pin}", output.function, (*self.inputs, *states))
        if self.flip_flop:
            for what in ("clock", "next_state", "clear", "preset"):
                text = getattr(self.flip_flop, what)
                if text is not None:
                    # A next state may hold the present one (an enable).
                    self._check(f"flip-flop {what}", text, (*self.inputs, *states))
            if len(parse_function(self.flip_flop.clock).inputs) != 1:
                raise TechnologyError(
                    f"cell {self.name}: flip-flop clock is "
                    f"{self.flip_flop.clock!r}, expected one pin or its inverse"
                )

    @cached_property
    def state_output(self) -> str:
        """The output of a flip-flop that gives its state, or else its complement."""
        assert self.flip_flop is not None
        state, _ = self.flip_flop.state
        return min(self.outputs, key=lambda pin: self.outputs[pin].function != state)

    @cached_property
    def plain_use(self) -> PlainUse | None:
        """How it serves as a flip-flop that only takes a bit with a rising clock; None if not.

        Pins of a set, a reset or an enable are tied so that these do nothing.
        """
        flip_flop = self.flip_flop
        if flip_flop is None or not flip_flop.rises:
            return None
        pins = [pin for pin in self.inputs if pin != flip_flop.clock_pin]
        next_state = parse_function(flip_flop.next_state)
        forced = [parse_function(each) for each in (flip_flop.clear, flip_flop.preset) if each]
        for data in pins:
            others = [pin for pin in pins if pin != data]
            # Pins that nothing depends on would be tied as well: the fewest of them.
            for values in product((False, True), repeat=len(others)):
                tied = dict(zip(others, values, strict=True))
                if next_state.fixed(tied).inputs == (data,) and all(
                    function.fixed(tied).python == "0" for function in forced
                ):
                    return PlainUse(data, tied)
        return None

    def delay_ps(self, source: str, output: str, load_ff: float) -> float:
        """The mean of :meth:`edge_delays_ps`, in ps."""
        rise, fall = self.edge_delays_ps(source, output, load_ff)
        return (rise + fall) / 2

    def edge_delays_ps(self, source: str, output: str, load_ff: float) -> tuple[float, float]:
        """The delays from an input to an output's rise and fall, maybe through another output.

        Raises
        ------
        TechnologyError
            The cell has none.
        """
        found = self.outputs[output]
        if source in found.delay:
            line = found.delay[source]
            rise, fall = found.edges.get(source, (line, line))
            return rise[0] + rise[1] * load_ff, fall[0] + fall[1] * load_ff
        for related in found.delay:
            if related in self.outputs and source in self.outputs[related].delay:
                before, _ = self.outputs[related].delay[source]
                rises, falls = self.edge_delays_ps(related, output, load_ff)
                return before + rises, before + falls
        raise TechnologyError(f"pin {output} has no delay from {source}")

    def _numbers(self) -> Iterator[tuple[str, float, str]]:
        yield "area", self.area_um2, "um2"
        for pin, capacitance in self.inputs.items():
            yield f"capacitance of input {pin}", capacitance, "fF"
        for pin, output in self.outputs.items():
            yield f"largest load of output {pin}", output.max_load_ff, "fF"

    def _figures(self) -> Iterator[tuple[str, float]]:
        """Those that may be negative: internal energy may, where the load's energy covers it."""
        yield "leakage", self.leakage_nw
        for state, leakage in enumerate(self.leakage_states):
            yield f"leakage of state {state}", leakage
        for pin, output in self.outputs.items():
            yield f"energy of output {pin}", output.energy_fj
            for related, line in output.delay.items():
                for number in (*line, *chain(*output.edges.get(related, ()))):
                    yield f"delay from {related} to {pin}", number
        if self.flip_flop:
            yield "clock energy", self.flip_flop.clock_energy_fj
            yield "setup time", self.flip_flop.setup_ps
        if self.clock_gate:
            yield "clock energy", self.clock_gate.clock_energy_fj
            yield "setup time", self.clock_gate.setup_ps

    def _check(self, what: str, function: str, names: tuple[str, ...]) -> None:
        try:
            expression = parse_function(function)
        except FunctionError as error:
            raise TechnologyError(f"cell {self.name}, {what}: {error}") from None
        for name in expression.inputs:
            if name not in names:
                raise TechnologyError(
                    f"cell {self.name}, {what}: function {function!r} uses "
                    f"{name!r}, expected one of {', '.join(names) or '(none)'}"
                )


@dataclass(frozen=True, kw_only=True)
class Passive:
    """A cell that computes nothing: a filler, a tap, an antenna diode, or one that ties nets.

    Members
    -------
    leakage_nw : float
        Mean leakage power in nW.
    constants : mapping of str to bool
        Output pin to what it always is.
    """

    leakage_nw: float = 0.0
    constants: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Adder:
    """A cell that adds two or three bits.

    Members
    -------
    cell : Cell
    sum, carry : str
        Output pins.
    sum_inverted, carry_inverted : bool
        Whether the pin gives the complement.
    """

    cell: Cell
    sum: str
    carry: str
    sum_inverted: bool
    carry_inverted: bool


@dataclass(frozen=True, kw_only=True)
class Technology:
    """A standard-cell library.

    Members
    -------
    name : str
    node_nm : float or None
        Feature size in nm, None where the library does not say.
    voltage : float
        Supply, in V.
    temperature : float
        In degrees Celsius.
    source, licence : str
        Where the figures come from, and under which terms.
    input_slew_ps, load_ff : float
        The input transition time (in the library's own thresholds) and the output load at which
        the figures were read.
    cells : mapping of str to Cell
    layout : mapping of str to Cell
        Cells that netlists have after layout and that no mapper uses, such as buffers of clocks.
    clock_gates : mapping of str to Cell
        Those of the library; no mapper uses them unless it is told to.
    passive : mapping of str to Passive
        What netlists have besides.
    notes : tuple of str
        What the library says nothing of, and what of it was left out, each in a line.

    Raises
    ------
    TechnologyError
        The supply is no voltage, or the library has no two-input NAND or no inverter, without
        which nothing can be mapped or compared.
    """

    name: str
    node_nm: float | None
    voltage: float
    temperature: float
    source: str
    licence: str
    input_slew_ps: float
    load_ff: float
    cells: Mapping[str, Cell]
    layout: Mapping[str, Cell] = field(default_factory=dict, compare=False)
    clock_gates: Mapping[str, Cell] = field(default_factory=dict, compare=False)
    passive: Mapping[str, Passive] = field(default_factory=dict, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.voltage) and self.voltage > 0):
            raise TechnologyError(
                f"technology {self.name}: voltage is {self.voltage:g} V, expected more than 0"
            )
        if not self._gates(2, _NAND2):
            raise TechnologyError(
                f"technology {self.name}: no two-input NAND among its "
                f"{len(self.cells)} cells, expected one (it is the unit of area)"
            )
        if not self._gates(1, _INVERTER):
            raise TechnologyError(
                f"technology {self.name}: no inverter among its "
                f"{len(self.cells)} cells, expected one"
            )

    def __hash__(self) -> int:
        return hash(self.digest)

    def _gates(self, input_count: int, truth_table: int) -> list[Cell]:
        """Combinational cells of one output with this function, the smallest first."""
        found = []
        for cell in self.cells.values():
            if cell.flip_flop or len(cell.outputs) != 1 or len(cell.inputs) != input_count:
                continue
            (output,) = cell.outputs.values()
            if parse_function(output.function).truth_table(tuple(cell.inputs)) == truth_table:
                found.append(cell)
        return sorted(found, key=_size)

    @cached_property
    def nand2(self) -> Cell:
        """The smallest two-input NAND."""
        return self._gates(2, _NAND2)[0]

    @cached_property
    def inverter(self) -> Cell:
        """The smallest inverter."""
        return self._gates(1, _INVERTER)[0]

    @cached_property
    def flip_flops(self) -> frozenset[str]:
        """Names of the cells that are flip-flops."""
        return frozenset(name for name, cell in self.cells.items() if cell.flip_flop)

    @cached_property
    def has_buffer(self) -> bool:
        """Whether there is a buffer, without which a mapper cannot size a netlist."""
        return bool(self._gates(1, _BUFFER))

    @cached_property
    def has_plain_flip_flop(self) -> bool:
        """Whether there is a flip-flop to stand around netlists and at their ports."""
        return any(cell.plain_use for cell in self.cells.values())

    @cached_property
    def plain_flip_flop(self) -> Cell:
        """The smallest flip-flop that serves as one that only takes a bit with a rising clock.

        It stands where a netlist has none of its own: around it, or at its ports.  One without pins
        to tie goes before those with a set, a reset or an enable.

        Raises
        ------
        TechnologyError
            The library has none.
        """
        plain = [(use.tied, cell) for cell in self.cells.values() if (use := cell.plain_use)]
        if not plain:
            raise TechnologyError(
                f"library {self.name} has no plain flip-flop: expected one with a rising clock, "
                "and with nothing else but a set, a reset or an enable; multipliers alone need none"
            )
        _, cell = min(plain, key=lambda each: (bool(each[0]), each[1].area_um2, each[1].name))
        return cell

    @cached_property
    def with_layout(self) -> "Technology":
        """The same with every cell that a netlist may have, for netlists that are there."""
        every = {**self.layout, **self.clock_gates, **self.cells}
        return replace(self, cells=every, layout={}, clock_gates={})

    @cached_property
    def with_clock_gates(self) -> "Technology":
        """The same with clock gates among its cells, for netlists that are to have some.

        Raises
        ------
        TechnologyError
            The library has none.
        """
        if not self.clock_gates:
            raise TechnologyError(
                f"library {self.name} has no clock gate: expected a cell with "
                "clock_gating_integrated_cell : latch_posedge, such as CLKGATE_X1 of nangate45"
            )
        return replace(self, cells={**self.cells, **self.clock_gates}, clock_gates={})

    @cached_property
    def gate_sizes(self) -> tuple[Cell, ...]:
        """The clock gates among its cells, each larger than the one before, and for more load.

        Those with a pin for tests only where there are no others.
        """
        gates = [
            (cell.clock_gate.test or "", cell) for cell in self.cells.values() if cell.clock_gate
        ]
        fewest = min((bool(test) for test, _ in gates), default=False)
        sizes: list[Cell] = []
        for cell in sorted((cell for test, cell in gates if bool(test) == fewest), key=_size):
            if not sizes or _load_limit(cell) > _load_limit(sizes[-1]):
                sizes.append(cell)
        return tuple(sizes)

    def charging_fj(self, load_ff: float) -> float:
        """Energy of one transition of a net with this load: C V^2 / 2, in fJ."""
        return load_ff * self.voltage**2 / 2

    def clock_edge_fj(self, cell: Cell, wire_ff: float = 0.0) -> float:
        """Energy of one edge of the clock in a flip-flop, and in the load of its clock pin."""
        assert cell.flip_flop is not None
        load_ff = cell.inputs[cell.flip_flop.clock_pin] + wire_ff
        return cell.flip_flop.clock_energy_fj + self.charging_fj(load_ff)

    def gate_equivalents(self, area_um2: float) -> float:
        """An area in units of the smallest two-input NAND."""
        return area_um2 / self.nand2.area_um2

    @cached_property
    def full_adder(self) -> Adder | None:
        """The smallest cell that adds three bits, or None."""
        return self._adder(3)

    @cached_property
    def half_adder(self) -> Adder | None:
        """The smallest cell that adds two bits, or None."""
        return self._adder(2)

    def _adder(self, input_count: int) -> Adder | None:
        every_case = (1 << (1 << input_count)) - 1
        for cell in sorted(self.cells.values(), key=_size):
            if cell.flip_flop or len(cell.inputs) != input_count:
                continue
            tables = {
                parse_function(output.function).truth_table(tuple(cell.inputs)): pin
                for pin, output in cell.outputs.items()
            }
            pins = []
            for wanted in (_SUM[input_count], _CARRY[input_count]):
                if wanted in tables:
                    pins.append((tables[wanted], False))
                elif wanted ^ every_case in tables:
                    pins.append((tables[wanted ^ every_case], True))
            if len(pins) == 2:
                (sum_pin, sum_inverted), (carry, carry_inverted) = pins
                return Adder(
                    cell=cell,
                    sum=sum_pin,
                    carry=carry,
                    sum_inverted=sum_inverted,
                    carry_inverted=carry_inverted,
                )
        return None

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what is compared, in hexadecimal: equal for equal technologies."""
        content = json.dumps(self, sort_keys=True, default=_members)
        return hashlib.sha256(content.encode()).hexdigest()


def _members(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return {each.name: getattr(value, each.name) for each in fields(value) if each.compare}


def _load_limit(gate: Cell) -> float:
    """The largest load of a clock gate."""
    (output,) = gate.outputs.values()
    return output.max_load_ff


def _size(cell: Cell) -> tuple[float, float, str]:
    # Libraries have several cells of the least area; the one that loads its drivers least is meant.
    return cell.area_um2, sum(cell.inputs.values()), cell.name
