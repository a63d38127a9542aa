"""What the tests of networks share."""

import pytest

from lmul_pe.model.extras import MissingExtraError
from lmul_pe.model.network.encoder import minilm
from lmul_pe.model.network.language import smollm2


@pytest.fixture(scope="session")
def language_model():
    """SmolLM2, where it is installed."""
    try:
        return smollm2()
    except MissingExtraError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def encoder():
    """MiniLM, where it is installed."""
    try:
        return minilm()
    except MissingExtraError as error:
        pytest.skip(str(error))
