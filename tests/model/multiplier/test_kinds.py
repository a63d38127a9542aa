from lmul_pe.model.multiplier.kinds import KINDS
from lmul_pe.model.multiplier.policies import KIND_NAMES


def test_every_kind_that_can_be_asked_for_computes():
    assert tuple(KINDS) == KIND_NAMES
