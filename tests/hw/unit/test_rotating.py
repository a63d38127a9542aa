"""The multiply-accumulate unit whose two partial sums rotate."""

import numpy as np
import pytest

from lmul_pe.hw.unit.rotating import RotatingMac, rotates
from lmul_pe.model import mac_named, unit_named
from tests.sweep import some

from .test_mac import simulated

NAMES = [
    "mac_lmul_e2m1_fp32_latency2",
    "mac_exact_e5m2_fp32_latency2",
    "mac_exact_e4m3_gradual_fp32_latency2",
    "mac_exact_fp16_fp32_latency2",
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in NAMES),
        ("mac_lmul_e4m3_fp32", False),
        ("mac_lmul_e4m3_fp32_latency3", False),
        # Its products go below and above fp32.
        ("mac_lmul_bf16_fp32_latency2", False),
        # Its sums can be subnormal.
        ("mac_lmul_e4m3_fp16_latency2", False),
        ("mac_lmul_e4m3_e4m3_latency2", False),
        ("mac_lmul_e4m3_fixed", False),
        ("dot4_lmul_e4m3_fp32_latency2", False),
        ("lmul_e4m3", False),
    ],
)
def test_it_is_built_where_no_sum_is_subnormal_and_additions_take_two_cycles(name, expected):
    assert rotates(unit_named(name)) == expected


def sums_of(mac, lengths, random):
    """Random sums of ``lengths``, special codes among them: their beats, and the model's codes."""
    beats, expected = [], []
    for length in lengths:
        a, b = random.integers(0, 2**mac.multiplier.format.width, size=(2, length))
        a, b = (codes.astype(mac.dot([0], [0]).dtype) for codes in (a, b))
        expected.append(int(mac.dot(a, b)))
        beats += [
            {"a": x, "b": y, "last": index == length - 1}
            for index, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True))
        ]
    return beats, expected


LENGTHS = [1, 4, 1, 2, 1, 7, 3, 1, 1, 1, 2, 2, 2, 1, 2, 3, 3, 2, 5, 4]


@pytest.mark.parametrize("name", some(NAMES, 2))
def test_a_pair_every_cycle_and_no_pause_between_sums_of_any_length(name):
    mac = mac_named(name)
    beats, expected = sums_of(mac, LENGTHS, np.random.default_rng(1))
    always = [True] * (len(beats) + 8)
    accepted, delivered = simulated(RotatingMac(mac), beats, always, always)
    assert accepted == list(range(len(beats)))
    ends = [cycle for cycle, beat in enumerate(beats) if beat["last"]]
    assert mac.latency == 5
    assert delivered == [(cycle + 5, code) for cycle, code in zip(ends, expected, strict=True)]


@pytest.mark.parametrize("shares", some([(0.3, 0.3), (0.9, 0.2), (1, 0.5), (0.2, 0.9)], 1))
@pytest.mark.parametrize("name", some(NAMES[:2], 1))
def test_pauses_lose_nothing(name, shares):
    mac, random = mac_named(name), np.random.default_rng(3)
    lengths = random.choice([1, 1, 2, 2, 3, 4, 9], size=30).tolist()
    beats, expected = sums_of(mac, lengths, random)
    cycles = 8 * len(beats)
    offered, taken = ((random.random(cycles) < share).tolist() for share in shares)
    _, delivered = simulated(RotatingMac(mac), beats, offered, taken)
    assert [code for _, code in delivered] == expected


def test_the_last_sum_comes_out_though_nothing_follows_and_the_next_has_only_begun():
    mac = mac_named(NAMES[0])
    beats, expected = sums_of(mac, [4, 3], np.random.default_rng(4))
    # The second sum's first pair comes right behind the first sum, and its second one late.
    offered = [True] * 5 + [False] * 20 + [True] * 20
    _, delivered = simulated(RotatingMac(mac), beats, offered, [True] * 45)
    assert delivered == [(3 + 5, expected[0]), (26 + 5, expected[1])]
