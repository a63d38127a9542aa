"""Compiled settling against one lane at a time, as the definition of inertial delay has it."""

import numpy as np
import pytest

from lmul_pe.synth.activity import settling
from lmul_pe.synth.activity.settling import Output, cells_of, settled_counts
from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.netlists.netlist import ONE, ZERO
from tests.sweep import some

FUNCTIONS = [
    "!A",
    "A",
    "!(A & B)",
    "A ^ B",
    "A | !B",
    "(A & B) | (B & C) | (A & C)",
    "!((A & B) | C)",
    "(A & S) | (B & !S)",
    "!(A ^ B ^ C)",
    "(A | B) & (C | D) & E",
    "1",
]


def random_outputs(random, sources, count):
    """Cells that take whatever comes before them, constants and one net twice included."""
    nets = [ZERO, ONE, *sources]
    outputs = []
    for _ in range(count):
        expression = parse_function(str(random.choice(FUNCTIONS)))
        # Mostly the nets just before, so that paths are long and pulses many.
        near = np.minimum(random.integers(0, len(nets), len(expression.inputs)), 12)
        chosen = [nets[-1 - int(back)] for back in near]
        delays = [(int(rise), int(fall)) for rise, fall in random.integers(1, 9, (len(chosen), 2))]
        outputs.append(Output(1000 + len(outputs), expression.python, chosen, delays))
        nets.append(outputs[-1].net)
    return outputs


def moments_of(output, waveforms):
    """When one lane of ``output`` changes, behind its first value."""
    function = eval(f"lambda {', '.join(f'x{n}' for n in range(9))}: ({output.function}) & 1")

    def implied_at(time):
        bits = [
            waveforms[net][0] ^ sum(moment <= time for moment in waveforms[net][1]) & 1
            for net in output.sources
        ]
        return function(*bits, *[0] * (9 - len(bits)))

    first = implied = held = implied_at(-1)
    found, pending = [], None
    for time in sorted({moment for net in output.sources for moment in waveforms[net][1]}):
        following = implied_at(time)
        if following == implied:
            continue
        implied = following
        if pending is not None and pending <= time:
            found.append(pending)
            held, pending = 1 - held, None
        pending = None
        if implied != held:
            changing = zip(output.sources, output.delays, strict=True)
            pending = time + max(
                delay[0 if implied else 1] for net, delay in changing if time in waveforms[net][1]
            )
    return first, found if pending is None else [*found, pending]


def check(random, sources, outputs, size, block_bytes):
    """Every lane of ``size`` bytes against itself alone."""
    before, after = random.integers(0, 256, (2, len(sources), size), dtype=np.uint8)
    start = random.integers(0, 60, (len(sources), 2))
    # Of some sources both edges come at once.
    start[::3, 1] = start[::3, 0]
    counts, settled = settled_counts(cells_of(outputs, sources), before, after, start, block_bytes)
    rows = len(sources) + len(outputs)
    assert counts.shape == settled.shape == (rows, size // block_bytes)
    expected, differing = np.zeros((2, rows, size // block_bytes), dtype=np.int64)
    for lane in range(8 * size):
        byte, bit = divmod(lane, 8)
        waveforms = {ZERO: (0, []), ONE: (1, [])}
        for net, time, old, new in zip(sources, start, before, after, strict=True):
            values = old[byte] >> bit & 1, new[byte] >> bit & 1
            moment = int(time[0 if values[1] else 1])
            waveforms[net] = int(values[0]), [moment] if values[0] != values[1] else []
        for output in outputs:
            waveforms[output.net] = moments_of(output, waveforms)
        for row, net in enumerate([*sources, *(output.net for output in outputs)]):
            expected[row, byte // block_bytes] += len(waveforms[net][1])
            differing[row, byte // block_bytes] += len(waveforms[net][1]) % 2
    np.testing.assert_array_equal(counts, expected)
    np.testing.assert_array_equal(settled, differing)
    return counts.sum() / settled.sum()


@pytest.mark.parametrize("block_bytes", some([3, 1, 8, 24], 2))
def test_every_lane_settles_as_if_it_were_alone(block_bytes):
    random = np.random.default_rng(block_bytes)
    sources = list(range(2, 10))
    assert check(random, sources, random_outputs(random, sources, 60), 24, block_bytes) > 1.1


@pytest.fixture
def as_python(monkeypatch):
    """What is compiled as Python, which looks where it reads and writes: compiled code does not."""
    for name in ("_settle", "_waveform", "_schedule", "_evaluate", "_add_bytes"):
        function = getattr(settling, name)
        monkeypatch.setattr(settling, name, getattr(function, "py_func", function))


def parities(sources):
    """The parity of the sources so far, which changes as often as they do."""
    into = zip([sources[0], *range(100, 200)], sources[1:], strict=False)
    return [
        Output(100 + place, "(x0^x1)", nets, [(1, 1), (2, 1)]) for place, nets in enumerate(into)
    ]


@pytest.mark.parametrize("size", [9, 17])
@pytest.mark.parametrize("function", ["(A & S) | (B & !S)", "1"])
def test_one_cell_stays_within_its_arrays(as_python, function, size):
    expression = parse_function(function)
    nets = range(2, 2 + len(expression.inputs))
    cell = Output(99, expression.python, nets, [(3, 5), (7, 2), (4, 4)][: len(nets)])
    check(np.random.default_rng(1), list(nets) or [2], [cell], size, 1 if size == 17 else 3)


def test_many_cells_stay_within_their_arrays(as_python):
    random = np.random.default_rng(3)
    assert check(random, [2, 3, 4, 5], random_outputs(random, [2, 3, 4, 5], 24), 8, 2) > 1


def test_more_moments_than_there_was_room_for_are_counted(as_python):
    sources = list(range(2, 26))
    assert check(np.random.default_rng(1), sources, parities(sources), 1, 1) > 1.5


def test_blocks_are_counted_by_themselves_and_no_more_than_there_are():
    """A wire and its complement, in three bytes: of 1, 2 and 8 changes."""
    cells = cells_of([Output(9, "~x0", [2], [(1, 1)])], [2])
    before = np.array([[0b0001, 0b0011, 0]], dtype=np.uint8)
    after = np.array([[0b0000, 0b1111, 255]], dtype=np.uint8)
    start = np.zeros((1, 2), dtype=np.int64)
    for block_bytes, expected in ((1, [1, 2, 8]), (3, [11])):
        for found in settled_counts(cells, before, after, start, block_bytes):
            assert found.tolist() == [expected] * 2
    # Eight bytes are a word.
    whole = np.arange(8, dtype=np.uint8)[np.newaxis]
    counts, settled = settled_counts(cells, 0 * whole, whole, start, 1)
    assert counts.tolist() == settled.tolist() == [[0, 1, 1, 2, 1, 2, 2, 3]] * 2


def test_loading_settles_nothing(as_python, monkeypatch):
    calls = []
    settle = settling._settle
    monkeypatch.setattr(
        settling, "_settle", lambda *arguments: calls.append(settle(*arguments)) or None
    )
    settling.prepare()
    assert calls == [None]
