"""Numbers and flags in Verilog: as units have them, and as the second text of sums does."""

from collections.abc import Sequence

from lmul_pe.hw.multiplier.placed import Weighted


def lane_number(lane: Weighted, width: int) -> str:
    """Wires ``number``, what the bits ``placed`` of a lane add up to, and ``fits``, whether it is
    no larger than its lane says."""
    rows = " + ".join(_rows(lane.weights, "placed"))
    largest = f"{width}'sd{lane.largest}"
    constant = f"{width}'d{lane.constant % (1 << width)}"
    return f"""\
  wire signed [{width - 1}:0] number = {rows} + {constant};
  wire fits = number <= {largest} && number >= -{largest};"""


def _rows(weights: Sequence[int], bits: str) -> list[str]:
    """As few numbers as add up to ``bits`` of these weights."""
    found: list[dict[int, int]] = []
    for index, weight in enumerate(weights):
        row = next((row for row in found if weight not in row), None)
        if row is None:
            found.append(row := {})
        row[weight] = index
    return [
        "{1'b0, "
        + ", ".join(
            f"{bits}[{row[weight]}]" if weight in row else "1'b0"
            for weight in range(max(row), -1, -1)
        )
        + "}"
        for row in found
    ]


def flags_of(count: int, width: int, state: str) -> str:
    """The unit's flags in a state of the second text: NaN is both infinities, if there are any."""
    plus, minus, nan = (f"{state}[{width + index}]" for index in range(3))
    if count == 2:
        return f"{{{minus} | {nan}, {plus} | {nan}}}"
    return nan if count else "1'b0"


def state_of(count: int, width: int, state: str) -> str:
    """A state of the second text, by the unit's."""
    register = f"{state}[{width - 1}:0]"
    if count == 2:
        return f"{{1'b0, {state}[{width + 1}:{width}], {register}}}"
    nan = f"{state}[{width}]" if count else "1'b0"
    return f"{{{nan}, 2'd0, {register}}}"
