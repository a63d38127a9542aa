"""Gates of every multiplier against the model, pair by pair."""

from itertools import product

import pytest

from lmul_pe.hw.arithmetic.architecture import ARRAYS, FULL_ADDERS, PORTABLE, Architecture
from lmul_pe.hw.multiplier.component import KINDS, CombinationalMultiplier
from lmul_pe.model import CATALOG, Multiplier, SpecificationError, format_named, multiplier_named
from lmul_pe.model.multiplier.kinds import KINDS as MODELS
from lmul_pe.model.multiplier.policies import CHOICES
from lmul_pe.model.multiplier.vectors import check_pairs
from tests.sweep import some

SMALL = sorted(
    (name for name, format in CATALOG.items() if format.width <= 8),
    key=lambda name: name != "e2m1",
)
UNUSUAL = ["e4m3ieee", "e2m6", "e3m10", "e4m3b11fnuz", "e4m3b5", "e4m3b0", "e4m3b15finite"]
UNUSUAL += ["e5m2b30", "e2m5"]
UNUSUAL += ["e2m5fn", "e2m5fnuz", "e2m5finite", "e2m1ieee", "e2m1fn", "e2m1fnuz", "e2m1b0finite"]
UNUSUAL += ["e3m2", "e3m2ieee", "e3m2fn", "e3m2fnuz", "e3m4fn", "e3m4finite", "e6m1", "e5m2finite"]
WIDE = ["e5m6", "fp16", "bf16", "tf32", "fp32"]
WIDEST = "e11m52"
MIXED = [
    ("e4m3", "e5m2", "fp16"),
    ("e5m2", "e4m3", "e4m3"),
    ("e5m2", "e5m2", "e4m3"),
    ("e4m3", "e4m3", "fp32"),
    ("e4m3", "e5m2", "e4m3fnuz"),
    ("e2m1", "e3m2", "e2m3"),
    ("e3m2", "e4m3fnuz", "e5m2"),
    ("e2m1", "e2m1", "e4m3b0"),
    ("e4m3", "e2m1", "e11m52"),
]
WIDE_MIXED = [
    ("bf16", "e4m3", "bf16"),
    ("e5m2", "bf16", "e4m3"),
    ("fp16", "bf16", "e4m3"),
    ("fp32", "fp16", "bf16"),
    ("fp16", "fp16", "fp32"),
    ("e10m20", "fp16", "tf32"),
]
WIDEST_MIXED = [("e11m52", "fp32", "tf32"), ("e5m2", "e11m52", "bf16")]
ARCHITECTURES = [
    *(Architecture(*choice) for choice in product(ARRAYS, FULL_ADDERS, FULL_ADDERS)),
    Architecture("and", "gates", "sklansky"),
    Architecture("booth8", "cells", "brent_kung"),
]
SPREAD_ARCHITECTURES = [
    Architecture("booth8", "gates", "cells"),
    Architecture("and", "cells", "gates"),
    Architecture("and", "gates", "cells"),
    Architecture("booth8", "cells", "cells"),
    Architecture("booth8", "gates", "gates"),
]


def legal(*formats, offsets=(None, "none", -1)):
    """Every multiplier that the specification accepts for these formats; -1 is the last offset."""
    last = 2 ** max(format_named(name).mantissa_bits for name in formats[:2]) - 1
    carries, guards, subnormals, overflows, roundings = (
        (None, *values) for values in CHOICES.values()
    )
    found = {}
    for kind, carry, offset, guard, subnormal, overflow, rounding in product(
        MODELS, carries, offsets, guards, subnormals, overflows, roundings
    ):
        try:
            multiplier = Multiplier(
                kind,
                *formats,
                carry=carry,
                offset=last if offset == -1 else offset,
                guard=guard,
                subnormals=subnormal,
                overflow=overflow,
                rounding=rounding,
            )
        except SpecificationError:
            continue
        found[multiplier.name] = multiplier
    return list(found.values())


def designs(multipliers, architecture=PORTABLE, count=20_000):
    return {
        multiplier.name: (
            CombinationalMultiplier(multiplier, architecture),
            multiplier,
            *check_pairs(multiplier, count, seed=7),
        )
        for multiplier in multipliers
    }


def usual(*formats):
    """Every kind by every way that leads to other hardware, the cheap policies aside."""
    choices = [
        ("lmul", {}),
        ("lmul", {"carry": "equation"}),
        ("lmul", {"subnormals": "gradual"}),
        ("exact", {}),
        ("exact", {"subnormals": "gradual"}),
        ("exact", {"rounding": "rtz"}),
        ("table", {}),
        ("table", {"subnormals": "gradual"}),
    ]
    if len(set(formats)) == 1:
        choices += [("lmul", {"guard": guard}) for guard in ("raw", "zero")]
    return [Multiplier(kind, *formats, **policies) for kind, policies in choices]


def test_every_kind_has_hardware():
    assert list(KINDS) == list(MODELS)


@pytest.mark.parametrize(
    ("name", "count"),
    # L-Mul: carry x offset x subnormals x overflow, and carry x offset raw or zero; exact:
    # subnormals x (overflow and one truncating); table: subnormals x overflow.  With one mantissa
    # bit the last offset is the paper's.
    [
        ("e5m2", 2 * 3 * 2 * 3 + 2 * 2 * 3 + 2 * 4 + 2 * 3),
        ("e4m3fnuz", 2 * 3 * 2 * 2 + 2 * 2 * 3 + 2 * 3 + 2 * 2),
        ("e2m3", 2 * 3 * 2 * 1 + 2 * 2 * 3 + 2 * 2 + 2 * 1),
        ("e2m1", 2 * 2 * 2 * 1 + 2 * 2 * 2 + 2 * 2 + 2 * 1),
    ],
)
def test_as_many_combinations_are_legal_as_there_should_be(name, count):
    assert len(legal(name)) == count


@pytest.mark.parametrize("name", some(SMALL, 1))
def test_every_policy_on_every_pair(name, differences):
    assert differences(designs(legal(name))) == []


@pytest.mark.parametrize("name", some(UNUSUAL, 1, 14))
def test_formats_outside_the_catalogue(name, differences):
    assert differences(designs(usual(name, name, name))) == []


@pytest.mark.parametrize("architecture", some(SPREAD_ARCHITECTURES, 1), ids=repr)
def test_architectures_on_small_formats(architecture, differences):
    names = ["lmul_e4m3", "lmul_e5m2_raw", "lmul_e4m3fnuz", "lmul_e2m3", "exact_e2m1"]
    names += ["exact_e4m3", "exact_e4m3_gradual", "exact_e5m2_rtz", "exact_e3m4_gradual"]
    names += ["exact_e5m2_gradual", "exact_e3m2_gradual"]
    names += ["exact_e4m3_x_e5m2_to_e3m4_gradual", "exact_e2m3_x_e3m2_to_e4m3"]
    assert differences(designs(map(multiplier_named, names), architecture)) == []


def test_products_that_round_to_four(differences):
    """Of long operands and short results, where a mantissa of ones rounds up by two exponents."""
    names = ["exact_e3m4_to_e3m1", "exact_e2m3_x_e3m4_to_e4m1", "exact_e3m4_to_e3m1_gradual"]
    assert differences(designs(map(multiplier_named, names))) == []


@pytest.mark.parametrize("name", some(WIDE, 1))
def test_wide_formats(name, differences):
    assert differences(designs(usual(name, name, name))) == []


@pytest.mark.parametrize("name", some(WIDE, 1, 3))
@pytest.mark.parametrize("array", ["and", "booth8"])
def test_arrays_of_wide_formats(name, array, differences):
    multipliers = [Multiplier("exact", name), Multiplier("exact", name, subnormals="gradual")]
    assert differences(designs(multipliers, Architecture(array, "cells", "cells"))) == []


@pytest.mark.parametrize("name", some(WIDE, 1))
def test_adder_cells_of_wide_formats(name, differences):
    multipliers = [Multiplier("lmul", name), Multiplier("lmul", name, guard="raw")]
    assert differences(designs(multipliers, Architecture(adders="cells"))) == []


@pytest.mark.parametrize(
    "formats",
    some(
        [("e5m2", "e4m3", "e4m3"), *((name,) * 3 for name in SMALL), *MIXED[:1], *MIXED[2:-1]],
        1,
        13,
    ),
)
def test_roundings_that_are_ready_before_the_top_bit(formats, differences):
    multipliers = [
        each for each in legal(*formats) if each.kind == "exact" and each.subnormals == "flush"
    ]
    assert differences(designs(multipliers, Architecture("and", "gates", "sklansky"))) == []


@pytest.mark.parametrize(
    "formats", [*some([(name,) * 3 for name in WIDE], 1, 3), *some(WIDE_MIXED, 0, 2)], ids="-".join
)
def test_roundings_ahead_of_wide_formats(formats, differences):
    multipliers = [Multiplier("exact", *formats), Multiplier("exact", *formats, rounding="rtz")]
    architecture = Architecture("and", "gates", "brent_kung")
    assert differences(designs(multipliers, architecture)) == []


@pytest.mark.long
def test_the_widest_format(differences):
    multipliers = [Multiplier("exact", WIDEST, subnormals="gradual"), Multiplier("lmul", WIDEST)]
    multipliers.append(Multiplier("lmul", WIDEST, subnormals="gradual"))
    assert differences(designs(multipliers, Architecture("booth8", "cells", "cells"))) == []


@pytest.mark.parametrize("formats", [*some(MIXED, 1, 5), *some(WIDE_MIXED, 0, 3)], ids="-".join)
def test_mixed_formats(formats, differences):
    assert differences(designs(usual(*formats))) == []


@pytest.mark.long
@pytest.mark.parametrize("formats", MIXED + WIDE_MIXED + WIDEST_MIXED, ids="-".join)
def test_every_policy_of_mixed_formats(formats, differences):
    assert differences(designs(legal(*formats))) == []


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL + UNUSUAL)
def test_every_offset(name, differences):
    offsets = range(2 ** format_named(name).mantissa_bits)
    assert differences(designs(legal(name, offsets=offsets))) == []


@pytest.mark.long
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=repr)
@pytest.mark.parametrize("name", SMALL)
def test_every_policy_by_every_architecture(name, architecture, differences):
    assert differences(designs(legal(name), architecture)) == []


@pytest.mark.long
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=repr)
@pytest.mark.parametrize("name", [*WIDE, WIDEST])
def test_wide_formats_by_every_architecture(name, architecture, differences):
    assert differences(designs(usual(name, name, name), architecture, count=100_000)) == []


@pytest.mark.long
@pytest.mark.parametrize("name", [*WIDE, WIDEST])
def test_every_policy_of_wide_formats(name, differences):
    assert differences(designs(legal(name), count=100_000)) == []


@pytest.mark.long
@pytest.mark.parametrize("specials", ["ieee", "fn", "fnuz", "finite"])
@pytest.mark.parametrize("width", range(4, 9))
def test_every_format_of_up_to_eight_bits(width, specials, differences):
    names = [f"e{exponent}m{width - 1 - exponent}{specials}" for exponent in range(2, width - 1)]
    multipliers = [multiplier for name in names for multiplier in usual(name, name, name)]
    assert differences(designs(multipliers)) == []
