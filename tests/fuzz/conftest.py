import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One for all inputs of a module, whose files each input replaces."""
    return tmp_path_factory.mktemp("fuzz")
