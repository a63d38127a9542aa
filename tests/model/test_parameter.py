"""A specification of the tests' own: what is declared once shows everywhere."""

from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Filter:
    taps: int = 8
    order: Annotated[int, Number(option="order", word="order", default=2, help="")] = 2
    shape: Annotated[str, SHAPE] = "flat"
    fast: Annotated[bool, Switch(option="quick", word="fast", help="")] = False
    delay: Annotated[int, Number(option="delay", default=1, named=False, tacit=True, help="")] = 1
    result: Annotated[FloatFormat | None, FormatName(option="fmt", word="to", help="")] = None


CASES = [
    (Filter(), [], {"order": 2, "shape": "flat"}),
    (Filter(order=-3), ["orderm3"], {"order": -3, "shape": "flat"}),
    (Filter(delay=2), [], {"order": 2, "shape": "flat", "delay": 2}),
    (
        Filter(shape="steep", order=40, fast=True, result=format_named("bf16")),
        ["steep", "order40", "fast", "to", "bf16"],
        {"order": 40, "shape": "steep", "quick": 1, "fmt": "bf16"},
    ),
]


def test_what_is_annotated_is_declared():
    assert list(parameters(Filter)) == ["order", "shape", "fast", "delay", "result"]
    assert parameters(Filter)["shape"] is SHAPE


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


def test_other_values_can_go_without_saying():
    assert words_of(Filter(), {"order": 5}) == ["order2"]
    assert words_of(Filter(order=5), {"order": 5}) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["stepp"], r"^name 'n': option 'stepp' is not one of steep, .* did you mean 'steep'\?$"),
        (["flat"], r"is not one of steep, orderN, fast, to_FORMAT"),
        (["order3", "order4"], r"^name 'n' states its order twice$"),
        (["to"], r"option 'to' is not one of"),
        (["orderx"], r"option 'orderx' is not one of"),
    ],
)
def test_words_that_state_nothing(words, message):
    with pytest.raises(SpecificationError, match=message):
        values_in(Filter, words, "n", "option")


@pytest.mark.parametrize("text", ["x", "1.5", "", "9" * 30 + "x"])
def test_an_option_that_is_no_number(text):
    with pytest.raises(SpecificationError, match=r"^order '.{0,23}' is not an integer$"):
        values_of(Filter, {"order": text})


def test_which_words_a_class_has():
    words = ("steep", "order7", "fast", "flat", "to", "quick")
    assert [is_word_of(Filter, word) for word in words] == [True, True, True, False, False, False]
