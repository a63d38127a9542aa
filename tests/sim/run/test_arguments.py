import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.sim.run.arguments import whole_number


@pytest.mark.parametrize("text", ["", "-1", "x", "1.5", "8", "0", "9" * 30, "²"])
def test_what_is_no_number_in_its_range_is_refused(text):
    with pytest.raises(SpecificationError, match=r"rows '.*' is not a number from 1 to 7"):
        whole_number("rows", text, 1, 7)


def test_a_number_in_its_range_is_taken():
    assert whole_number("rows", "7", 1, 7) == 7
    assert whole_number("seed", "0") == 0
