"""Sums in an anchored window: against rational arithmetic, by hand, and against their bound."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmul_pe.model import (
    DotProduct,
    FixedAccumulator,
    Multiplier,
    SpecificationError,
    SystolicArray,
    Window,
    WindowAccumulator,
    code_type,
    decode,
    dot_named,
    encode,
    format_named,
    mac_named,
    unit_named,
)
from lmul_pe.model.accumulator.window import label_bias
from tests.sweep import some


class TestSpecification:
    def test_defaults(self):
        accumulator = WindowAccumulator()
        assert accumulator.slots is None
        assert accumulator.terms == 1024
        assert accumulator.result == format_named("fp32")

    def test_a_product_takes_a_cycle_and_the_rounding_another(self):
        accumulator = WindowAccumulator()
        assert (accumulator.latency, accumulator.finish_latency) == (1, 1)
        assert accumulator.overflows

    @pytest.mark.parametrize(
        ("format", "slots"),
        [
            *(("bf16", 4), ("tf32", 4), ("fp32", 5), ("e4m3", 4), ("fp16", 4)),
            *(("e8m16", 4), ("e8m17", 5), ("e11m52", 9)),
        ],
    )
    def test_slots_of_a_format(self, format, slots):
        """A sign, and room for ten doublings."""
        window = WindowAccumulator().window(Multiplier("lmul", format))
        assert window == Window(slots, 8 * slots + 11)

    @pytest.mark.parametrize(
        ("arguments", "name"),
        [
            ({}, "window"),
            ({"slots": 4}, "window_slots4"),
            ({"terms": 64, "result": "bf16"}, "window_terms64_to_bf16"),
            ({"slots": np.int64(16), "terms": 1024}, "window_slots16"),
        ],
    )
    def test_names(self, arguments, name):
        assert WindowAccumulator(**arguments).name == str(WindowAccumulator(**arguments)) == name

    @pytest.mark.parametrize(
        ("name", "usual"),
        [
            ("dot16_lmul_bf16_window_slots4", "dot16_lmul_bf16_window"),
            ("mac_exact_fp32_window_slots5_terms2", "mac_exact_fp32_window_terms2"),
            ("dot16_lmul_fp32_window_slots4", "dot16_lmul_fp32_window_slots4"),
        ],
    )
    def test_usual_slots_are_not_spelled_in_the_names_of_units(self, name, usual):
        assert unit_named(name).name == usual
        assert unit_named(name) == unit_named(usual)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"slots": 1}, r"^slots 1 is not possible: expected 2 to 16; the nearest is 2$"),
            ({"slots": 17}, r"^slots 17 is not possible: expected 2 to 16; the nearest is 16$"),
            ({"slots": "4"}, r"^slots '4' is not an integer: expected 2 to 16$"),
            ({"terms": 0}, r"^terms 0 is not possible: expected 1 to 4294967296; the nearest is 1"),
            ({"result": "fp31"}, r"^format 'fp31'"),
        ],
    )
    def test_what_is_refused(self, arguments, message):
        with pytest.raises(SpecificationError, match=message):
            WindowAccumulator(**arguments)

    def test_a_window_narrower_than_a_product_is_refused(self):
        message = (
            r"^slots 3 make a window narrower than a product of exact_fp32: expected 4 to 16; the "
            r"nearest is 4$"
        )
        with pytest.raises(SpecificationError, match=message):
            mac_named("mac_exact_fp32_window_slots3")
        assert mac_named("mac_exact_fp32_window_slots4").accumulator.slots == 4

    @pytest.mark.parametrize("dataflow", ["os", "ws"])
    def test_arrays_are_refused(self, dataflow):
        message = (
            r"^accumulator window does not apply to an array, whose elements add one product each: "
            r"expected a float format, fixed or aligned; the nearest is aligned$"
        )
        with pytest.raises(SpecificationError, match=message):
            SystolicArray(Multiplier("lmul", "bf16"), WindowAccumulator(), dataflow=dataflow)

    def test_a_code_to_begin_from_is_refused(self):
        mac = mac_named("mac_lmul_bf16_window")
        start = np.zeros((1, 1), dtype=np.uint32)
        with pytest.raises(SpecificationError, match=r"^accumulator window begins every sum with"):
            mac.gemm(start.astype(np.uint16), start.astype(np.uint16), start)


@pytest.mark.parametrize(("b", "bias"), [("e4m3", 14), ("e5m2", 7 + 15), ("e4m3b0", 7)])
def test_labels_count_exponents_as_their_fields_do(b, bias):
    assert label_bias(Multiplier("exact", "e4m3", b)) == bias


UNITS = [
    *(
        f"{unit}_{kind}_{name}_window"
        for unit in ("mac", "dot16")
        for kind in ("lmul", "exact")
        for name in ("bf16", "tf32", "fp32", "bf16_gradual", "fp16", "e5m2_gradual", "e4m3fnuz")
    ),
    *(f"dot3_{kind}_fp32_gradual_window_slots4" for kind in ("lmul", "exact")),
    *(f"dot5_{kind}_e5m2_window_slots2_terms1_to_bf16" for kind in ("lmul", "exact")),
    *(f"dot2_{kind}_bf16_window_slots2_terms4" for kind in ("lmul", "exact")),
    *("dot4_exact_e2m1_x_bf16_window_slots2_to_fp16", "dot4_lmul_bf16_x_e4m3_gradual_window"),
    *("mac_lmul_bf16_equation_window", "dot7_lmul_fp32_window_slots16_terms4294967296"),
    *("dot2_exact_fp32_window_slots7_to_e11m52", "mac_exact_e4m3_window_slots16_to_e4m3"),
]


@pytest.mark.parametrize("name", some(UNITS, 14))
def test_cut_below_the_largest_and_rounded_once(name, operands, faults):
    unit = unit_named(name)
    assert faults(unit, *operands(unit, 24, 13, seed=[9, *name.encode()])) == []


@pytest.mark.parametrize("name", some(UNITS, 14))
def test_anchors_that_rise(name, faults):
    """Operands of any exponent: every other product is above or below the window."""
    unit = unit_named(name)
    random = np.random.default_rng([10, *name.encode()])
    a, b = (
        random.integers(2**format.width, size=(24, 17)).astype(code_type(format))
        for format in unit.operand_formats
    )
    assert faults(unit, a, b) == []


def products(unit, *values):
    """Codes of operands whose products are ``values``, which are exact in their format."""
    a = encode(list(values), unit.multiplier.format)
    return a, encode(np.ones(len(values)), unit.multiplier.format_b)


def total(name, *values):
    """The sum of ``values``, and whether it overflowed, and whether it lost a bit."""
    unit = unit_named(name)
    pair = products(unit, *values)
    value = float(decode(unit.dot(*pair), unit.accumulator.result))
    return value, bool(unit.overflowed(*pair)), bool(unit.inexact(*pair))


class TestByHand:
    """Two slots of bf16: 1 * 1 has the label 255, which is place 7 of slot 31.

    That place is of 2, so that the last one of the window, 15 below, is of 2^-14.
    """

    NAME = "mac_exact_bf16_window_slots2_to_e11m52"

    def test_a_product_that_fits_is_not_cut(self):
        assert total(self.NAME, 1.0, 2.0**-14) == (1 + 2.0**-14, False, False)
        assert total(self.NAME, 1.0, 2.0**-15) == (1.0, False, True)

    def test_magnitudes_are_cut_toward_zero(self):
        assert total(self.NAME, 1.0, 3 * 2.0**-15) == (1 + 2.0**-14, False, True)
        assert total(self.NAME, 1.0, -3 * 2.0**-15) == (1 - 2.0**-14, False, True)
        assert total(self.NAME, -1.0, -3 * 2.0**-15) == (-1 - 2.0**-14, False, True)

    def test_a_sum_that_moves_down_is_floored(self):
        """2 * 1 is in place 0 of slot 32, with which the last place is of 2^-6."""
        assert total(self.NAME, 2.0**-9, 2.0) == (2.0, False, True)
        assert total(self.NAME, -(2.0**-9), 2.0) == (2 - 2.0**-6, False, True)
        assert total(self.NAME, 2.0**-6, 2.0) == (2 + 2.0**-6, False, False)

    def test_the_lowest_slot_is_a_place_as_any_other(self):
        """2^-126 squared has the label 3, in slot 0, and 2^-123 squared the label 9, in slot 1."""
        unit = unit_named(self.NAME)
        codes = encode([2.0**-126, 2.0**-123], unit.multiplier.format)
        total = decode(unit.dot(codes, codes), unit.accumulator.result)
        assert total == 2.0**-252 + 2.0**-246
        assert not unit.inexact(codes, codes)

    def test_order_matters_only_by_the_anchor(self):
        small = [2.0**-9] * 8
        assert total(self.NAME, *small, 2.0) == (2 + 2.0**-6, False, False)
        assert total(self.NAME, 2.0, *small) == (2.0, False, True)
        # In one beat the largest is known first, wherever it stands.
        together = self.NAME.replace("mac", "dot9")
        assert total(together, *small, 2.0) == total(together, 2.0, *small) == (2.0, False, True)

    def test_far_below_nothing_is_left(self):
        assert total(self.NAME, 1.0, 2.0**-100, -1.0) == (0.0, False, True)
        assert total(self.NAME, 2.0**-100, 1.0, -1.0) == (0.0, False, True)
        assert total(self.NAME, -(2.0**-100), 1.0, -1.0) == (-(2.0**-14), False, True)

    def test_zeros_have_no_place(self):
        assert total(self.NAME, 0.0, -0.0) == (0.0, False, False)
        assert total(self.NAME, 0.0, 2.0**-100, 0.0) == (2.0**-100, False, False)

    def test_what_is_no_number_has_none_either(self):
        assert total(self.NAME, 2.0**-100, np.inf) == (np.inf, False, False)
        value, *flags = total(self.NAME, 2.0**-100, np.nan)
        assert np.isnan(value)
        assert flags == [False, False]

    def test_too_many_terms_wrap_and_tell_it(self):
        """Two terms: the register ends below 8, which is twice what one product can be."""
        name = "mac_exact_bf16_window_slots2_terms2_to_e11m52"
        assert total(name, 1.9921875, 1.9921875) == (3.984375, False, False)
        assert total(name, *[1.9921875] * 4) == (7.96875, False, False)
        assert total(name, *[1.9921875] * 5) == (9.9609375 - 16, True, False)


def test_exact_where_the_window_holds_every_product():
    """e4m3 spans 37 bits: five slots are as good as an exact register."""
    random = np.random.default_rng(6)
    for kind in ("lmul", "exact"):
        window = dot_named(f"dot8_{kind}_e4m3_gradual_window_slots6")
        exact = DotProduct(window.multiplier, FixedAccumulator(), 8)
        a, b = random.integers(0, 256, size=(2, 200, 64), dtype=np.uint8)
        assert np.array_equal(window.dot(a, b), exact.dot(a, b))
        assert not window.inexact(a, b).any()


def shares_of_bound(unit, a, b):
    """The errors of sums, by row, over the bound of docs/numerics.md, without a final rounding.

    In units of a place below all products, as Python's integers.
    """
    product = unit.multiplier.product(a.ravel(), b.ravel())
    present, exponents = ~product.zero, product.exponent.astype(object)
    lowest = min(exponents) - 200
    signed = product.significand.astype(object) * np.where(product.negative, -1, 1)
    values = (signed * present << exponents - lowest).reshape(a.shape)
    tops = product.scale + int(unit.multiplier.kind == "exact")
    largest = np.where(present, tops, lowest).reshape(a.shape).max(axis=1).astype(object)
    below = 8 * (unit.accumulator.window(unit.multiplier).slots - 1)
    counts = present.reshape(a.shape).sum(axis=1)
    sums = decode(unit.dot(a, b), unit.accumulator.result)
    shares = []
    for row, value in enumerate(sums):
        error = Fraction(float(value)) / Fraction(2) ** lowest - int(values[row].sum())
        bound = (int(counts[row]) + 1) * Fraction(2) ** (largest[row] - below - lowest)
        shares.append(float(abs(error) / bound) if counts[row] else 0.0)
    return np.array(shares)


# Sums of these are not rounded in a result of 52 bits.
BOUNDED = [
    f"{unit}_{kind}_{rest}_to_e11m52"
    for unit, rest in (
        ("mac", "bf16_window_slots2"),
        ("dot4", "bf16_window"),
        ("dot3", "bf16_gradual_window_slots3"),
        ("dot2", "fp32_window"),
    )
    for kind in ("lmul", "exact")
]


@st.composite
def normal_codes(draw, format, length):
    """Codes of normal numbers, exponents within 48 of each other."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    spread = draw(st.integers(1, 24))
    exponents = format.bias + random.integers(-spread, spread, size=length)
    mantissas = random.integers(2**format.mantissa_bits, size=length)
    shown = draw(st.lists(st.integers(0, 2**format.mantissa_bits - 1), max_size=4))
    mantissas[: len(shown)] = shown[:length]
    signs = random.integers(2, size=length) * draw(st.booleans())
    codes = (signs << format.magnitude_bits) | (exponents << format.mantissa_bits) | mantissas
    return codes.astype(code_type(format))[None]


@pytest.mark.parametrize("name", some(BOUNDED, 4))
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_no_sum_exceeds_the_bound(name, data):
    unit = unit_named(name)
    codes = normal_codes(unit.multiplier.format, data.draw(st.integers(1, 40)))
    a = data.draw(codes)
    b = data.draw(normal_codes(unit.multiplier.format, a.shape[1]))
    assert shares_of_bound(unit, a, b).max() < 1


def neighbours(codes, leaders, format, random):
    """Each of the rows ``leaders`` of two arrays, and many in which it is changed somewhere.

    A pair of operands is replaced by another pair, or of an operand one bit: of the mantissa, of
    the last exponent bits, or the sign.
    """
    count, length = codes[0].shape
    chosen = np.concatenate([leaders, random.choice(leaders, count - len(leaders))])
    changed = [each[chosen] for each in codes]
    bits = [*range(format.mantissa_bits + 4), format.magnitude_bits]
    for row in range(len(leaders), count):
        for _ in range(random.integers(1, 4)):
            place, other = random.integers(length, size=2)
            if random.random() < 0.5:
                for each in changed:
                    each[row, place] = each[row, other]
            else:
                changed[random.integers(2)][row, place] ^= 1 << int(random.choice(bits))
    return changed


@pytest.mark.parametrize(
    "name",
    some(
        [
            "mac_lmul_bf16_window_slots2_to_e11m52",
            "dot4_lmul_bf16_window_slots2_to_e11m52",
            "mac_exact_bf16_window_slots2_to_e11m52",
            "dot4_exact_bf16_window_slots3_to_e11m52",
        ],
        0,
    ),
)
def test_hill_climbing_comes_near_the_bound_and_never_above(name):
    """Sums of 48 products: in every step the best of all go on, each with many neighbours."""
    unit = unit_named(name)
    random = np.random.default_rng([3, *name.encode()])
    format = unit.multiplier.format
    magnitudes = np.exp2(random.integers(-12, 12, size=(2, 96, 48))) * (
        1 + random.random((2, 96, 48))
    )
    codes = [encode(each, format) for each in magnitudes]
    best = 0.0
    for _ in range(150):
        shares = shares_of_bound(unit, *codes)
        assert shares.max() < 1
        best = max(best, shares.max())
        codes = neighbours(codes, np.argsort(-shares)[:12], format, random)
    assert best > 0.9
