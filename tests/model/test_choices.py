import numpy as np
import pytest

from lmul_pe.model.choices import (
    SpecificationError,
    WrongTypeError,
    suggestion,
    switched_on,
    unknown_choice,
    whole_number,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            "gradul",
            "subnormals 'gradul' is not one of flush, gradual; did you mean 'gradual'?",
        ),
        ("zzz", "subnormals 'zzz' is not one of flush, gradual"),
        (0, "subnormals 0 is not one of flush, gradual"),
    ],
)
def test_text(value, text):
    assert str(unknown_choice("subnormals", value, ["flush", "gradual"])) == text


def test_choices_may_be_consumed_only_once():
    error = unknown_choice("kind", "lmull", iter(("lmul", "exact")))
    assert str(error) == "kind 'lmull' is not one of lmul, exact; did you mean 'lmul'?"


def test_is_a_value_error():
    assert issubclass(SpecificationError, ValueError)


def test_a_wrong_type_is_a_type_error_too():
    with pytest.raises(TypeError, match="pass a float"):
        raise WrongTypeError("pass a float")
    assert issubclass(WrongTypeError, SpecificationError)


@pytest.mark.parametrize(
    ("value", "end"),
    [("fmt", "; did you mean 'FMT'?"), ("Latancy", "; did you mean 'latency'?"), ("zzz", "")],
)
def test_capitals_are_no_difference_to_the_nearest(value, end):
    assert suggestion(value, ["FMT", "latency"]) == end


def test_switches():
    assert [switched_on("PARTIAL", text) for text in ("1", "yes", "True", "ON")] == [True] * 4
    assert [switched_on("PARTIAL", text) for text in ("0", "no", "False", "off", "")] == [False] * 5
    with pytest.raises(SpecificationError) as caught:
        switched_on("PARTIAL", "nay")
    assert str(caught.value) == (
        "PARTIAL 'nay' is neither on nor off: expected 1, yes, true or on, or 0, no, false or off"
    )


@pytest.mark.parametrize("value", [2, 9, np.int8(5), np.uint64(9)])
def test_whole_numbers(value):
    number = whole_number("size", value, range(2, 10))
    assert type(number) is int
    assert number == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "size 1 is not possible: expected 2 to 9; the nearest is 2"),
        (10, "size 10 is not possible: expected 2 to 9; the nearest is 9"),
        (-(10**30), f"size {-(10**30)} is not possible: expected 2 to 9; the nearest is 2"),
        (3.0, "size 3.0 is not an integer: expected 2 to 9"),
        ("3", "size '3' is not an integer: expected 2 to 9"),
        (True, "size True is not an integer: expected 2 to 9"),
        (None, "size None is not an integer: expected 2 to 9"),
    ],
)
def test_what_is_no_whole_number_of_a_range(value, text):
    with pytest.raises(SpecificationError) as error:
        whole_number("size", value, range(2, 10))
    assert str(error.value) == text
