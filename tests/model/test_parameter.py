"""A specification of the tests' own: what is declared once shows everywhere."""

from dataclasses import FrozenInstanceError, dataclass, fields, replace
from typing import Annotated

import pytest

from lmul_pe.model import FloatFormat, SpecificationError, format_named
from lmul_pe.model.parameter import (
    Choice,
    FormatName,
    Number,
    Switch,
    is_word_of,
    parameters,
    stated,
    values_in,
    values_of,
    words_of,
)

SHAPE = Choice(option="shape", choices=("flat", "steep"), default="flat", leads=True, help="")
ENDS = Choice(option="ends", choices=("mirror", "wrap"), word="mirrored", help="")


@dataclass(frozen=True)
class Filter:
    taps: int = 8
    order: Annotated[int, Number(option="order", word="order", default=2, help="")] = 2
    shape: Annotated[str, SHAPE] = "flat"
    fast: Annotated[bool, Switch(option="quick", word="fast", help="")] = False
    delay: Annotated[int, Number(option="delay", default=1, named=False, tacit=True, help="")] = 1
    result: Annotated[FloatFormat | None, FormatName(option="fmt", word="to", help="")] = None
    ends: Annotated[str | None, ENDS] = None


CASES = [
    (Filter(), [], {"order": 2, "shape": "flat"}),
    (Filter(order=-3), ["orderm3"], {"order": -3, "shape": "flat"}),
    (Filter(order=0), ["order0"], {"order": 0, "shape": "flat"}),
    (Filter(ends="mirror"), ["mirrored"], {"order": 2, "shape": "flat", "ends": "mirror"}),
    (Filter(delay=2), [], {"order": 2, "shape": "flat", "delay": 2}),
    (
        Filter(shape="steep", order=40, fast=True, result=format_named("bf16")),
        ["steep", "order40", "fast", "to", "bf16"],
        {"order": 40, "shape": "steep", "quick": 1, "fmt": "bf16"},
    ),
]


def test_what_is_annotated_is_declared():
    assert list(parameters(Filter)) == ["order", "shape", "fast", "delay", "result", "ends"]
    assert parameters(Filter)["shape"] is SHAPE
    assert [name for name, each in parameters(Filter).items() if each.is_switch] == ["fast"]
    assert [name for name, each in parameters(Filter).items() if each.tacit] == ["fast", "delay"]


def test_what_is_declared_is_named_and_stays():
    for parameter in parameters(Filter).values():
        assert all(field.kw_only for field in fields(parameter))
        with pytest.raises(FrozenInstanceError):
            parameter.help = "Another one."


@pytest.mark.parametrize(("specification", "words", "options"), CASES)
def test_words_and_options_that_state_a_specification(specification, words, options):
    assert words_of(specification) == words
    assert stated(specification) == options


@pytest.mark.parametrize(("specification", "words", "options"), CASES)
def test_both_are_read_back(specification, words, options):
    def made(values):
        given = values.get("result")
        return Filter(**{**values, "result": None if given is None else format_named(given)})

    assert made(values_of(Filter, {name: str(each) for name, each in options.items()})) == (
        specification
    )
    # The delay has no word.
    assert made(values_in(Filter, words, "a_name", "option")) == replace(specification, delay=1)


def test_words_stand_in_any_order():
    values = {"result": "bf16", "fast": True, "order": 3, "shape": "steep"}
    words = ["to", "bf16", "fast", "order3", "steep"]
    assert values_in(Filter, words, "n", "option") == values


def test_other_values_can_go_without_saying():
    assert words_of(Filter(), {"order": 5}) == ["order2"]
    assert words_of(Filter(order=5), {"order": 5}) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["stepp"], r"^name 'n': option 'stepp' is not one of steep, .* did you mean 'steep'\?$"),
        (["flat"], r"is not one of steep, orderN, fast, to_FORMAT, mirrored"),
        (["order3", "order4"], r"^name 'n' states its order twice$"),
        (["to"], r"option 'to' is not one of"),
        (["orderx"], r"option 'orderx' is not one of"),
    ],
)
def test_words_that_state_nothing(words, message):
    with pytest.raises(SpecificationError, match=message):
        values_in(Filter, words, "n", "option")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("x", "x"), ("1.5", "1.5"), ("", ""), ("x" * 20, "x" * 20), ("x" * 21, "x" * 20 + "...")],
)
def test_an_option_that_is_no_number(text, shown):
    with pytest.raises(SpecificationError) as caught:
        values_of(Filter, {"order": text})
    assert str(caught.value) == f"order '{shown}' is not an integer"


def test_which_words_a_class_has():
    words = ("steep", "order7", "orderm16", "fast", "mirrored", "flat", "to", "quick", "mirror")
    assert [is_word_of(Filter, word) for word in words] == [True] * 5 + [False] * 4
