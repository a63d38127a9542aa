"""Registers against Python's integers."""

import numpy as np
import pytest

from lmul_pe.model.accumulator.register import Register, Term


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
