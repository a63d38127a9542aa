import pytest

from model.choices import SpecificationError, unknown_choice


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
