import pytest

from model import FloatAccumulator, FloatFormat, SpecificationError, format_named


def test_fp32_without_fusing_by_default():
    accumulator = FloatAccumulator()
    assert accumulator.format == format_named("fp32")
    assert accumulator.fused is False
    assert accumulator == FloatAccumulator("fp32", fused=False)


@pytest.mark.parametrize("name", ["bf16", "e4m3", "e5m7", "e4m3b3fnuz"])
def test_a_format_or_its_name(name):
    assert FloatAccumulator(name) == FloatAccumulator(format_named(name))
    assert FloatAccumulator(name).name == name
    assert FloatAccumulator(name, fused=True).name == f"{name}_fused"
    assert FloatAccumulator(name, fused=True) != FloatAccumulator(name)


def test_a_spelled_out_format_takes_the_catalogues_name():
    assert FloatAccumulator(FloatFormat(8, 7)).name == "bf16"


@pytest.mark.parametrize("fused", [1, 0, None, "yes"])
def test_fused_is_yes_or_no(fused):
    with pytest.raises(SpecificationError, match=f"fused {fused!r} is not True or False"):
        FloatAccumulator("fp32", fused=fused)


def test_an_unknown_format_is_refused():
    with pytest.raises(SpecificationError, match="format 'fp23' is not known"):
        FloatAccumulator("fp23")
