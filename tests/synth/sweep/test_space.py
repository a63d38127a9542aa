"""Spaces: what is in them, counted by hand, and what is refused."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.sweep import space
from lmul_pe.synth.sweep.space import Space, named_candidates, read_space


def names(space):
    return [each.name for each in space.enumerated().candidates]


def test_axes_multiply_and_what_a_kind_has_not_counts_once():
    space = Space({"formats": ("e4m3", "bf16"), "offset": ("paper", "none")})
    assert space.combinations == 2 * 2 * 2
    assert names(space) == [
        *("lmul_e4m3", "lmul_e4m3_offset0", "exact_e4m3"),
        *("lmul_bf16", "lmul_bf16_offset0", "exact_bf16"),
    ]


def test_levels_have_their_own_axes():
    space = Space(
        {
            "levels": ("mac", "dot", "array"),
            "formats": ("e4m3",),
            "kinds": ("lmul",),
            "accumulators": ("fp32", "fixed"),
            "latencies": (1, 2),
            "lanes": (4,),
            "shapes": ("2x3",),
            "dataflows": ("os", "ws"),
        }
    )
    found = space.enumerated()
    # A fixed-point register has no adder latency; float arrays have no lanes, and ws has none.
    assert [each.name for each in found.candidates] == [
        *("mac_lmul_e4m3_fp32", "mac_lmul_e4m3_fp32_latency2", "mac_lmul_e4m3_fixed"),
        *("dot4_lmul_e4m3_fp32", "dot4_lmul_e4m3_fp32_latency2", "dot4_lmul_e4m3_fixed"),
        "array_os_2x3_lmul_e4m3_fixed_lanes4",
    ]
    assert sum(found.impossible.values()) == 2 * 2 + 2


def test_units_are_as_wide_as_usual_where_nothing_is_said():
    axes = {
        "levels": ("dot", "array"),
        "formats": ("e4m3",),
        "kinds": ("exact",),
        "accumulators": ("fixed",),
    }
    found = Space(axes).enumerated().candidates
    assert [each.name for each in found] == [
        "dot4_exact_e4m3_fixed",
        "array_os_8x8_exact_e4m3_fixed",
    ]
    assert [each.specification.products_per_cycle for each in found] == [4, 64]


def test_clocks_and_technologies_are_points_of_a_design():
    space = Space(
        {
            "formats": ("e4m3",),
            "kinds": ("exact",),
            "technologies": ("nangate45", "asap7"),
            "clocks_ps": (500, 1000),
        },
        ({"technologies": ("asap7",), "clocks_ps": (500,)},),
    )
    found = space.enumerated()
    assert {each.technology: each.targets for each in found.candidates} == {
        "nangate45": (None, 500, 1000),
        "asap7": (None, 1000),
    }
    assert found.excluded == 1


def test_units_have_no_policies_of_guards_and_results():
    axes = {
        "formats": ("e4m3",),
        "kinds": ("lmul", "exact"),
        "guard": ("full", "zero", "raw"),
        "rounding": ("rne", "rtz"),
        "overflow": ("saturate", "nan"),
        "subnormals": ("flush", "gradual"),
    }
    alone, unit = Space(axes), Space({**axes, "levels": ("mac",)})
    assert (alone.combinations, unit.combinations) == (2 * 3 * 2 * 2 * 2, 2 * 2)
    assert names(unit) == [
        *("mac_lmul_e4m3_fp32", "mac_lmul_e4m3_gradual_fp32"),
        *("mac_exact_e4m3_fp32", "mac_exact_e4m3_gradual_fp32"),
    ]


def test_a_space_has_as_many_combinations_as_are_allowed_and_no_more(monkeypatch):
    axes = {
        "formats": ("e4m3", "bf16"),
        "technologies": ("nangate45", "asap7"),
        "clocks_ps": (500, 1000),
    }
    monkeypatch.setattr(space, "MOST", 2 * 2 * 2 * 3)
    # Two kinds are usual, and no delay target is a point as each clock is.
    assert Space(axes).combinations == 24
    monkeypatch.setattr(space, "MOST", 23)
    with pytest.raises(SpecificationError) as error:
        Space(axes)
    assert str(error.value) == (
        "the space has 24 combinations: expected 23 at most; shorten its longest lists"
    )


def test_a_million_combinations_are_allowed():
    assert space.MOST == 10**6


@pytest.mark.parametrize("clock", [1, 1.5, 1_000_000])
def test_clocks_are_from_1_to_1000000_ps(clock):
    assert Space({"formats": ("e4m3",), "clocks_ps": (clock,)}).combinations == 4
    (found,) = named_candidates(["lmul_e4m3"], "nangate45", [clock])
    assert found.targets == (None, clock)


@pytest.mark.parametrize("clock", [0.99, 1_000_001, True, "500"])
def test_other_clocks_are_refused(clock):
    message = f"clocks_ps {clock!r} is not a number from 1 to 1000000"
    with pytest.raises(SpecificationError, match=message):
        Space({"formats": ("e4m3",), "clocks_ps": (clock,)})
    with pytest.raises(SpecificationError, match=message):
        named_candidates(["lmul_e4m3"], "nangate45", [clock])


def test_integers_have_sums_of_their_own():
    axes = {"levels": ("mac",), "formats": ("e4m3", "bf16"), "kinds": ("int8",)}
    assert names(Space(axes)) == ["mac_int8_int32"]


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({}, "the space has no formats"),
        ({"formats": ["e4m3"], "kinds": []}, "axis kinds of the space is empty"),
        ({"formats": ["e4m"]}, "e4m3"),
        ({"formats": ["e4m3"], "kinds": ["lmull"]}, "did you mean 'lmul'"),
        ({"formats": ["e4m3"], "levels": ["macs"]}, "did you mean 'mac'"),
        ({"formats": ["e4m3"], "accumulators": ["alined"]}, "aligned"),
        ({"formats": ["e4m3"], "subnormals": ["gradul"]}, "did you mean 'gradual'"),
        ({"formats": ["e4m3"], "technologies": ["nangate"]}, "did you mean 'nangate45'"),
        ({"formats": ["e4m3"], "shapes": ["8"]}, "'8' is not ROWSxCOLS"),
        ({"formats": ["e4m3"], "clocks_ps": [-1]}, "clocks_ps -1 is not a number"),
        ({"formats": ["e4m3"], "offset": range(10**9)}, "has 2e[+]09 combinations"),
    ],
)
def test_a_space_that_cannot_be_is_refused_in_a_line(axes, message):
    with pytest.raises(SpecificationError, match=message) as error:
        Space(
            {axis: tuple(values) if axis != "offset" else values for axis, values in axes.items()}
        )
    assert "\n" not in str(error.value)


def test_what_excludes_everything_leaves_an_empty_space():
    space = Space({"formats": ("e4m3",)}, ({"formats": ("e4m3",)},))
    with pytest.raises(SpecificationError, match="the space is empty: everything is excluded"):
        space.enumerated()


def test_a_space_of_nothing_that_can_be_says_why():
    space = Space({"formats": ("e4m3",), "kinds": ("int8",)})
    with pytest.raises(SpecificationError, match="the space is empty: int8 multipliers"):
        space.enumerated()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("formats = [", "is no TOML"),
        (f"formats = [{'1' * 5000}]", "is no TOML"),
        ('format = ["e4m3"]', "did you mean 'formats'"),
        ('formats = ["e4m3"]\nexclude = 1', "expected"),
        ('formats = ["e4m3"]\n[[exclude]]\nkind = "lmul"', "did you mean 'kinds'"),
        ("[formats]\na = 1", "axis formats is a table"),
    ],
)
def test_a_file_that_is_no_space_is_refused_in_a_line(text, message, tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(text)
    with pytest.raises(SpecificationError, match=message) as error:
        read_space(path)
    assert "\n" not in str(error.value)


def test_a_file_gives_lists_and_single_values_and_levels_can_be_chosen(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text('levels = ["multiplier", "mac"]\nformats = "e4m3"\nkinds = "exact"\n')
    assert names(read_space(path)) == ["exact_e4m3", "mac_exact_e4m3_fp32"]
    assert names(read_space(path, ["mac"])) == ["mac_exact_e4m3_fp32"]


def test_designs_by_name():
    (found,) = named_candidates(["mac_lmul_e4m3_fp32"], "asap7", [700.0])
    assert (found.name, found.technology, found.targets) == (
        *("mac_lmul_e4m3_fp32", "asap7"),
        (None, 700.0),
    )
    with pytest.raises(SpecificationError, match="mac"):
        named_candidates(["macc_lmul_e4m3_fp32"], "asap7", [])
    with pytest.raises(SpecificationError, match="did you mean 'asap7'"):
        named_candidates(["mac_lmul_e4m3_fp32"], "asap", [])
