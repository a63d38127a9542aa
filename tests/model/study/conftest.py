"""What the tests of studies share."""

import pytest

from lmul_pe.model.extras import MissingExtraError
from lmul_pe.model.network.language import smollm2


@pytest.fixture(scope="session")
def language_model():
    """SmolLM2, where it is installed."""
    try:
        return smollm2()
    except MissingExtraError as error:
        pytest.skip(str(error))
