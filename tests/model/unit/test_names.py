"""Units by their names: every name reads back, and what is none is refused."""

import re
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lmul_pe.model import (
    CATALOG,
    KINDS,
    AlignedAccumulator,
    DotProduct,
    FixedAccumulator,
    FloatAccumulator,
    FloatFormat,
    IntegerAccumulator,
    IntegerMultiplier,
    Mac,
    Multiplier,
    SpecificationError,
    SystolicArray,
    array_named,
    dot_named,
    mac_named,
    unit_named,
)
from lmul_pe.model.unit.names import specification_named


@pytest.mark.parametrize("fused", [False, True])
def test_float_accumulators_of_every_format(fused):
    multipliers = [Multiplier(kind, name) for kind in KINDS for name in CATALOG]
    multipliers += [Multiplier(kind, "bf16", "e4m3", subnormals="gradual") for kind in KINDS]
    multipliers += [Multiplier("lmul", "fp16", carry="equation", offset=3)]
    names = set()
    for multiplier, accumulator in product(multipliers, ("fp32", "bf16", "e4m3", "e5m7b3")):
        mac = Mac(multiplier, FloatAccumulator(accumulator, fused=fused))
        assert mac.name == str(mac)
        assert mac.name.isidentifier()
        assert mac.name.endswith("_fused") == fused
        assert mac_named(mac.name) == mac
        names.add(mac.name)
    assert len(names) == 4 * len(multipliers)


FORMATS = st.sampled_from([*CATALOG.values()]) | st.builds(
    FloatFormat,
    st.integers(2, 8),
    st.integers(1, 10),
    st.sampled_from(["ieee", "fn", "fnuz", "finite"]),
    st.none() | st.integers(0, 3),
)
MULTIPLIERS = st.builds(
    lambda kind, formats, carry, offset, subnormals: (
        Multiplier(kind, *formats, subnormals=subnormals)
        if kind == "exact"
        else Multiplier(kind, *formats, subnormals=subnormals, carry=carry, offset=offset)
    ),
    st.sampled_from(["lmul", "exact"]),
    st.lists(FORMATS, min_size=1, max_size=2),
    st.sampled_from(["integer", "equation"]),
    st.sampled_from(["paper", "none", 1]),
    st.sampled_from(["flush", "gradual"]),
)
WEIGHTS = st.none() | st.integers(-300, 300)
ACCUMULATORS = st.one_of(
    st.builds(
        lambda format, fused, latency: FloatAccumulator(format, fused=fused, latency=latency),
        FORMATS,
        st.booleans(),
        st.integers(1, 4),
    ),
    st.builds(
        lambda format, guard_bits: AlignedAccumulator(format, guard_bits=guard_bits),
        FORMATS,
        st.integers(0, 32),
    ),
    st.builds(
        lambda terms, lsb, result: FixedAccumulator(terms=terms, lsb=lsb, result=result),
        st.none() | st.integers(1, 2**32),
        WEIGHTS,
        FORMATS,
    ),
    st.builds(
        lambda msb, width, result: FixedAccumulator(msb=msb, lsb=msb - width, result=result),
        st.integers(-300, 300),
        st.integers(1, 159),
        FORMATS,
    ),
)
PARTS = st.tuples(MULTIPLIERS, ACCUMULATORS) | st.tuples(
    st.builds(IntegerMultiplier, st.integers(2, 16).map(lambda bits: f"int{bits}")),
    st.builds(IntegerAccumulator, st.integers(8, 64).map(lambda bits: f"int{bits}")),
)


@st.composite
def units(draw):
    parts = draw(PARTS)
    unit = draw(st.sampled_from([Mac, DotProduct, SystolicArray]))
    if unit is Mac:
        return Mac(*parts)
    if unit is DotProduct:
        return DotProduct(*parts, draw(st.integers(1, 64)))
    size = draw(st.integers(1, 128)), draw(st.integers(1, 128))
    if draw(st.booleans()):
        return SystolicArray(*parts, *size)
    fold = draw(st.sampled_from([None, "weight"]))
    return SystolicArray(*parts, *size, "ws", fold=fold, partial=draw(st.booleans()))


@settings(deadline=None, derandomize=True, max_examples=400)
@given(st.data())
def test_every_name_reads_back(data):
    try:
        unit = data.draw(units())
    except SpecificationError:
        assume(False)
    assert re.fullmatch("[a-z][a-z0-9_]*", unit.name)
    assert str(unit) == unit.name
    found = unit_named(unit.name)
    assert found == unit
    assert type(found) is type(unit)
    assert found.name == unit.name
    assert hash(found) == hash(unit)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.lists(ACCUMULATORS, min_size=2, max_size=2))
def test_two_accumulators_share_a_name_only_if_they_are_the_same(pair):
    first, second = pair
    assert (first.name == second.name) == (first == second)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("lmul_bf16_offset0", Multiplier("lmul", "bf16", offset=0)),
        ("int8", IntegerMultiplier("int8")),
        ("mac_int8_int32", Mac(IntegerMultiplier(), IntegerAccumulator())),
        ("mac_lmul_e4m3_fp32", Mac(Multiplier("lmul", "e4m3"), FloatAccumulator())),
        (
            "mac_exact_fp16_gradual_bf16_fused_latency3",
            Mac(
                Multiplier("exact", "fp16", subnormals="gradual"),
                FloatAccumulator("bf16", fused=True, latency=3),
            ),
        ),
        (
            "mac_exact_bf16_fixed_msb40_lsbm18_to_bf16",
            Mac(Multiplier("exact", "bf16"), FixedAccumulator(msb=40, lsb=-18, result="bf16")),
        ),
        (
            "dot4_lmul_e4m3_aligned",
            DotProduct(Multiplier("lmul", "e4m3"), AlignedAccumulator(), 4),
        ),
        (
            "array_os_8x8_lmul_e4m3_fp32",
            SystolicArray(Multiplier("lmul", "e4m3"), FloatAccumulator(), 8, 8),
        ),
        (
            "array_ws_3x5_lmul_e5m2_aligned_guard0_to_fp16_fold_partial",
            SystolicArray(
                Multiplier("lmul", "e5m2"),
                AlignedAccumulator("fp16", guard_bits=0),
                *(3, 5, "ws"),
                fold="weight",
                partial=True,
            ),
        ),
    ],
)
def test_single(name, unit):
    assert unit.name == name
    assert unit_named(name) == unit


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("mac_lmul_bf16_offset8_fp32", "mac_lmul_bf16_fp32"),
        ("mac_lmul_e4m3fn_e8m23", "mac_lmul_e4m3_fp32"),
        ("mac_lmul_e4m3_fp32_latency1", "mac_lmul_e4m3_fp32"),
        ("mac_lmul_e4m3_fp32_latency2_fused", "mac_lmul_e4m3_fp32_fused_latency2"),
        ("mac_lmul_e4m3_fixed_terms1024_to_fp32", "mac_lmul_e4m3_fixed"),
        ("mac_lmul_e4m3_fixed_lsbm0", "mac_lmul_e4m3_fixed_lsb0"),
        ("mac_lmul_e4m3_aligned_guard3_to_e8m23", "mac_lmul_e4m3_aligned"),
        ("dot04_lmul_e4m3_fp32", "dot4_lmul_e4m3_fp32"),
        ("array_os_08x8_lmul_e4m3_fp32", "array_os_8x8_lmul_e4m3_fp32"),
        ("mac_exact_e2m1_x_e4m3_fp32", "mac_exact_e2m1_x_e4m3_fp32"),
        ("mac_exact_e2m1_x_e4m3_to_e4m3_fp32", "mac_exact_e2m1_x_e4m3_fp32"),
    ],
)
def test_equal_specifications_share_a_name(spelled, name):
    assert unit_named(spelled).name == name


@pytest.mark.parametrize(
    ("read", "name", "message"),
    [
        *(
            (
                mac_named,
                name,
                r"is no multiply-accumulate: expected mac_MULTIPLIER_ACCUMULATOR, as mac_l",
            )
            for name in ("", "lmul_e4m3_fp32", "MAC_lmul_e4m3_fp32", "dot4_lmul_e4m3_fp32")
        ),
        *(
            (
                mac_named,
                name,
                r"has no multiplier and accumulator: expected both, as lmul_e4m3_fp32$",
            )
            for name in ("mac", "mac_", "mac_fp32", "mac_fused", "mac_fixed", "mac_fp32_latency2")
        ),
        (mac_named, "mac_lmul", r"has no multiplier and accumulator"),
        (mac_named, "mac_lmul_e4m3", r"^name 'lmul' has no format"),
        (mac_named, "mac_lmul_fixed", r"^name 'lmul' has no format"),
        (mac_named, "mac__fp32", r"^name '': kind '' is not one of lmul, exact"),
        (
            mac_named,
            "mac_lmul_e4m3_fp23",
            r"^accumulator 'fp23' .* did you mean 'fp32'",
        ),
        (mac_named, "mac_lmul_e4m3_fp32_", r"^accumulator '' is not known"),
        (mac_named, "mac_lmul_e4m3_fused", r"^name 'lmul' has no format"),
        (mac_named, "mac_lmul_e4m3_fused_fp32", r"policy 'fused' is not one of"),
        (mac_named, "mac_lmul_e4m3_raw_fp32", r"^guard 'raw' is refused"),
        (mac_named, "mac_lmul_e4m3_latency1_fp32", r"expected lmul_e4m3$"),
        (mac_named, "mac_magic_e4m3_fp32", r"kind 'magic' is not one of lmul, exact"),
        (mac_named, "mac_lmul_e4m3_fp32_fused_fused", r"states its fused twice$"),
        (mac_named, "mac_lmul_e4m3_fp32_latency2_latency2", r"states its latency twice$"),
        (mac_named, "mac_lmul_e4m3_fp32_latency5", r"^latency of an adder 5 is not possible"),
        (
            mac_named,
            "mac_lmul_e4m3_fixed_term4",
            r"option 'term4' is not one of termsN, msbN, lsbN",
        ),
        (mac_named, "mac_lmul_e4m3_fixed_termsm4", r"^terms -4 is not possible"),
        (mac_named, "mac_lmul_e4m3_fixed_lsb4_lsb4", r"states its lsb twice$"),
        (mac_named, "mac_lmul_e4m3_fixed_lsb", r"option 'lsb' .* did you mean 'lsbN'\?$"),
        (mac_named, "mac_lmul_e4m3_fixed_to", r"option 'to' is not one of"),
        (mac_named, "mac_lmul_e4m3_fixed_to_fp23", r"^format 'fp23' is not known"),
        (mac_named, "mac_lmul_e4m3_fixed_guard3", r"option 'guard3' is not one of"),
        (mac_named, "mac_lmul_e4m3_fixed_fused", r"option 'fused' is not one of"),
        (mac_named, "mac_lmul_e4m3_aligned_latency2", r"option 'latency2' is not one of guardN"),
        (mac_named, "mac_lmul_e4m3_aligned_guard33", r"^guard_bits 33 is not possible"),
        (mac_named, "mac_int8_int32_fused", r"an integer accumulator has no fused; leave it out$"),
        (mac_named, "mac_int8_x_int4_int32", r"^name 'int8_x_int4': kind 'int8' is not one of"),
        (mac_named, "mac_lmul_e4m3_int32", r"which are no integers"),
        (mac_named, "mac_int8_int65", r"^integer bits 65 is not possible"),
        *(
            (
                dot_named,
                name,
                r"is no dot product: expected dotN_MULTIPLIER_ACCUMULATOR, as dot4_lmul",
            )
            for name in ("dot", "dot_lmul_e4m3_fp32", "dotx_lmul_e4m3_fp32", "mac_lmul_e4m3_fp32")
        ),
        (dot_named, "dot0_lmul_e4m3_fp32", r"^n 0 is not possible: expected 1 to 64; .* is 1$"),
        (dot_named, "dot65_lmul_e4m3_fp32", r"^n 65 is not possible"),
        *(
            (
                array_named,
                name,
                r"is no systolic array: expected array_DATAFLOW_ROWSxCOLS_.*, as array_os_8x8_",
            )
            for name in (
                "array",
                "array_os",
                "array_8x8_os_lmul_e4m3_fp32",
                "array_os_8_lmul_e4m3_fp32",
            )
        ),
        (array_named, "array_is_8x8_lmul_e4m3_fp32", r"^dataflow 'is' is not one of os, ws"),
        (array_named, "array_os_0x8_lmul_e4m3_fp32", r"^rows 0 is not possible"),
        (array_named, "array_os_8x129_lmul_e4m3_fp32", r"^cols 129 is not possible"),
        (array_named, "array_os_8x8_lmul_e4m3_fp32_partial", r"^partial True does not apply"),
        (array_named, "array_ws_8x8_lmul_e4m3_fp32_fold_fold", r"states its fold twice$"),
        (array_named, "array_ws_8x8", r"has no multiplier and accumulator"),
        (unit_named, "", r"unit '' is not one of lmul, exact, table, intN, mac, dotN, array$"),
        (unit_named, "arry_os_8x8_lmul_e4m3_fp32", r"unit 'arry' .* did you mean 'array'\?$"),
        (unit_named, "int8_int32", r"unit 'int8' is not one of .* did you mean 'intN'\?$"),
        (unit_named, "int17", r"^operand format int17 is not possible"),
        (unit_named, "dot", r"is no dot product"),
        (unit_named, "lmul_e4m3_gradul", r"did you mean 'gradual'\?$"),
        (unit_named, "fp32", r"unit 'fp32' is not one of"),
    ],
)
def test_what_is_no_name(read, name, message):
    with pytest.raises(SpecificationError, match=message):
        read(name)


def test_a_multiplier_of_integers_is_no_unit_of_its_own():
    with pytest.raises(SpecificationError, match="int8 is exported as part of a unit only"):
        specification_named("int8")
    assert specification_named("mac_int8_int32").name == "mac_int8_int32"


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("lmul_e4m3", "lmul"),
        ("exact_fp16_gradual", "exact_gradual"),
        ("lmul_e4m3finite", "lmul"),
        ("lmul_e4m3_x_e5m2_to_fp16", "lmul_x_e5m2_to_fp16"),
        ("int8", "int"),
        ("mac_lmul_e4m3_fp32", "mac_lmul_fp32"),
        # The format of the products goes, that of the sum stays.
        ("mac_exact_fp32_fp32", "mac_exact_fp32"),
        ("dot4_int8_int32", "dot4_int_int32"),
        ("dot4_lmul_bf16_aligned", "dot4_lmul_aligned"),
        ("array_ws_2x3_lmul_e4m3_fp32_fold", "array_ws_lmul_fp32_fold"),
    ],
)
def test_a_family_is_of_every_format_and_size(name, family):
    assert unit_named(name).family == family
