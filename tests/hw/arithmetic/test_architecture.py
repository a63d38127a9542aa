import pytest

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.model import SpecificationError


@pytest.mark.parametrize(
    ("choice", "near"), [({"array": "boot8"}, "booth8"), ({"full_adders": "cell"}, "cells")]
)
def test_unknown_choices_are_refused_with_the_nearest(choice, near):
    with pytest.raises(SpecificationError, match=near):
        Architecture(**choice)


def test_adders_are_checked_like_the_others():
    with pytest.raises(
        SpecificationError, match="adders 'tree' is not one of cells, gates, brent_kung, sklansky"
    ):
        Architecture(adders="tree")
