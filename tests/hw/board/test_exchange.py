"""An array between two memories, which are lists here."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.array.os_array import OsArray
from lmul_pe.hw.board.exchange import Exchange
from lmul_pe.hw.board.protocol import Payloads
from lmul_pe.model import array_named
from lmul_pe.sim.diagram.inline import InlineBlocks
from tests.sweep import some

FORGET = None


def results(name, payloads):
    """What is written for each of ``payloads``, pairs of bytes and whether they end a tile."""
    array = array_named(name)
    exchange = Exchange(Payloads(array), OsArray(array, PORTABLE, InlineBlocks(name)))
    written = []

    async def bench(context):
        for each in payloads:
            octets, last = (b"", False) if each is FORGET else each
            context.set(exchange.forget, each is FORGET)
            context.set(exchange.last, last)
            context.set(exchange.length, len(octets))
            context.set(exchange.start, 1)
            found = {}
            for _ in range(2000):
                address = context.get(exchange.address)
                if context.get(exchange.result_write):
                    place = context.get(exchange.result_address)
                    found[place] = context.get(exchange.result_octet)
                await context.tick()
                context.set(exchange.start, 0)
                context.set(exchange.octet, octets[address] if address < len(octets) else 0x55)
                if not context.get(exchange.busy):
                    break
            else:
                raise AssertionError("it is busy for ever")
            assert list(found) == list(range(len(found)))
            written.append(bytes(found.values()))

    simulator = Simulator(exchange)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return written


@pytest.mark.parametrize("shape", some([(2, 3), (1, 1), (3, 1)], 1))
@pytest.mark.parametrize("depths", [(1, 4, 2), (7,)])
def test_tiles_are_matrix_products(shape, depths):
    rows, cols = shape
    random = np.random.default_rng(5)
    tiles = [
        [random.integers(-128, 128, size=(depth, side), dtype=np.int8) for side in shape]
        for depth in depths
    ]
    payloads = [(np.concatenate(tile, axis=1).tobytes(), True) for tile in tiles]
    products = [(a.astype(int).T @ b.astype(int)).astype("<i4").tobytes() for a, b in tiles]
    assert results(f"array_os_{rows}x{cols}_int8_int32", payloads) == products


def test_elements_and_results_are_filled_up_to_bytes():
    # 3 * 2 in columns of integers of three bits, sums of ten: six bits of twelve and ten of twenty.
    beat = (3 | 1 << 3 | 2 << 6 | 7 << 9).to_bytes(2, "little")
    rows = [(6 | (2**10 - 3) << 10), (2 | (2**10 - 1) << 10)]
    (found,) = results("array_os_2x2_int3_int10", [(beat, True)])
    assert found == b"".join(row.to_bytes(3, "little") for row in rows)


def test_open_sums_are_forgotten_and_nothing_is_written():
    two, three = (b"\x02\x03", False), (b"\x03\x03", True)
    nine, fifteen = (number.to_bytes(4, "little") for number in (9, 15))
    payloads = [FORGET, two, FORGET, three, two, three, FORGET, three]
    written = results("array_os_1x1_int8_int32", payloads)
    assert written == [b"", b"", b"", nine, b"", fifteen, b"", nine]
