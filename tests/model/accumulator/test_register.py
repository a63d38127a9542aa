"""Registers against Python's integers."""

import numpy as np
import pytest

from lmul_pe.model import decode, format_named
from lmul_pe.model.accumulator.register import Register, RegisterSums, Term
from lmul_pe.model.multiplier.product import Product


@pytest.mark.parametrize("width", [2, 5, 16, 54, 55, 56, 64, 81, 96, 97, 160])
@pytest.mark.parametrize("terms", [1, 4, 64])
def test_adds_exactly_and_wraps(width, terms):
    random = np.random.default_rng([width, terms])
    count = 60
    register = Register(width, count)
    content, overflowed = [0] * count, [False] * count
    for _ in range(6):
        total = list(content)
        added = []
        for _ in range(terms):
            # A few bits near the top, or anything down to what is cut.
            near = width - 12 + random.integers(-3, 8, size=count)
            low = random.integers(-60, width, size=count)
            shift = np.where(random.random(count) < 0.3, near, low)
            significand = random.integers(1, 2 ** random.integers(1, 12), size=count)
            negative = random.random(count) < 0.5
            added.append(Term(negative, significand.astype(np.uint64), shift))
            for index in range(count):
                value, places = int(significand[index]), int(shift[index])
                magnitude = value << places if places >= 0 else value >> -places
                overflowed[index] |= magnitude >= 2**width
                total[index] += -magnitude if negative[index] else magnitude
        register.add(added)
        for index in range(count):
            half = 2 ** (width - 1)
            content[index] = (total[index] + half) % 2**width - half
            overflowed[index] |= content[index] != total[index]
        limbs = [limb.tolist() for limb in register.limbs]
        found = [
            sum(limb[index] << place * register.layout.limb for place, limb in enumerate(limbs))
            for index in range(count)
        ]
        assert found == content
        assert register.overflowed.tolist() == overflowed
    assert any(overflowed)


def test_a_term_beyond_the_register_is_told_even_if_another_takes_it_back():
    register = Register(8, 2)
    one = np.ones(2, dtype=np.uint64)
    far = np.array([8, 7])
    plus, minus = np.zeros(2, dtype=bool), np.ones(2, dtype=bool)
    register.add([Term(plus, one, far), Term(minus, one, far)])
    assert register.overflowed.tolist() == [True, False]
    assert [limb.tolist() for limb in register.limbs] == [[0, 0]]


@pytest.mark.parametrize(
    ("significand", "cut"),
    [
        (5, [False, False, True, True, True, True, True]),
        (4, [False, False, False, False, True, True, True]),
        (2**60 - 2**59, [False, False, False, False, False, False, True]),
    ],
)
def test_a_term_tells_whether_it_was_cut(significand, cut):
    shifts = np.array([2, 0, -1, -2, -3, -59, -1000])
    term = Term(np.ones(7, dtype=bool), np.full(7, significand, dtype=np.uint64), shifts)
    assert term.cut.tolist() == cut


def test_each_register_moves_down_by_places_of_its_own():
    values, places = [7, 7, 7, 8, -7, -8, 2**69, -(2**69), 5], [0, 1, 3, 3, 1, 3, 66, 66, 900]
    register = Register(71, len(values))
    negative = np.array([each < 0 for each in values])
    powers = np.array([66 if abs(each) == 2**69 else 0 for each in values])
    significands = np.array([abs(each) >> int(n) for each, n in zip(values, powers, strict=True)])
    register.add([Term(negative, significands.astype(np.uint64), powers)])
    lost = register.move_down(np.array(places))
    found = sum(
        limb.astype(object) << register.layout.limb * place
        for place, limb in enumerate(register.limbs)
    )
    assert found.tolist() == [7, 3, 0, 1, -4, -1, 8, -8, 0]
    assert lost.tolist() == [False, True, True, False, True, False, False, False, True]


class QuarterSums(RegisterSums):
    """Sums in registers of eight bits whose last one is 1/4."""

    _lsb = -2

    def __init__(self, count):
        super().__init__(None, format_named("e5m2"), Register(8, count))

    def add(self, products):
        self._register.add(self._terms(products))


@pytest.mark.parametrize(
    ("products", "total"),
    [
        ([(1, -2)], 0.25),
        ([(5, -2), (3, 0)], 4.0),
        ([(-5, -2), (-3, 0), (-1, 0)], -5.0),
        ([(5, -3)], 0.5),
        ([(1, 0), (-1, 0)], 0.0),
        ([("zero", 0), (1, 0)], 1.0),
        ([("inf", 0), (1, 0)], np.inf),
        ([(1, 0), ("-inf", 0), ("-inf", 0)], -np.inf),
        ([("inf", 0), ("-inf", 0)], np.nan),
        ([("-inf", 0), (1, 0), ("inf", 0)], np.nan),
        ([("nan", 0), (1, 0)], np.nan),
        ([("nan", 0), ("inf", 0)], np.nan),
    ],
)
def test_what_is_no_number_adds_nothing_and_decides_the_sum(products, total):
    """Beside a sum of ones, which it leaves as it is."""
    sums = QuarterSums(2)
    for number, exponent in products:
        word = number if isinstance(number, str) else ""
        significand = 99 if word else abs(number)
        sums.add(
            [
                Product(
                    np.array([word == "-inf" or (not word and number < 0), False]),
                    np.array([significand, 1], dtype=np.uint64),
                    np.array([50 if word else exponent, 0]),
                    *(np.array([word.endswith(each), False]) for each in ("zero", "inf", "nan")),
                )
            ]
        )
    found = decode(sums.result(), format_named("e5m2"))
    np.testing.assert_array_equal(found, [total, len(products)])
    assert np.signbit(found[0]) == (total < 0)
    assert sums.overflowed.tolist() == sums.inexact.tolist() == [False, False]


@pytest.mark.parametrize("width", [5, 40, 55, 56, 97])
def test_a_division_is_toward_minus_infinity_and_tells_lost_bits(width):
    cases = [
        (value, places)
        for value in (0, 1, 2, 3, 2 ** (width - 2), 2 ** (width - 2) + 1)
        for places in (0, 1, 2, width - 2, width - 1)
    ]
    values = [-value if negative else value for value, _ in cases for negative in (False, True)]
    places = np.repeat([places for _, places in cases], 2)
    register = Register(width, len(values))
    zero = np.zeros(len(values), dtype=np.int64)
    magnitudes = np.array([abs(value) for value in values], dtype=object)
    low = (magnitudes % 2**30).astype(np.uint64)
    high = (magnitudes // 2**30 % 2**30).astype(np.uint64)
    top = (magnitudes // 2**60).astype(np.uint64)
    negative = np.array(values) < 0
    register.add([Term(negative, low, zero), Term(negative, high, zero + 30)])
    register.add([Term(negative, top, zero + 60)])
    lost = register.move_down(places)
    shifts = places.tolist()
    assert lost.tolist() == [
        value % 2**shift != 0 for value, shift in zip(values, shifts, strict=True)
    ]
    limbs = [limb.tolist() for limb in register.limbs]
    found = [
        sum(limb[index] << place * register.layout.limb for place, limb in enumerate(limbs))
        for index in range(len(values))
    ]
    assert found == [value >> shift for value, shift in zip(values, shifts, strict=True)]


def test_a_term_is_cut_where_its_integer_is_not_the_number():
    significand = np.array([4, 5, 5, 6, 1, 1, 0], dtype=np.uint64)
    shift = np.array([-2, -2, 0, -1, 5, -200, -200])
    never = np.zeros(7, dtype=bool)
    found = Term(never, significand, shift).cut
    assert found.tolist() == [False, True, False, False, False, True, False]
