from importlib.util import find_spec

import pytest

from lmul_pe.model import extras


def test_what_is_installed_is_not_asked_for():
    for extra, modules in extras.EXTRAS.items():
        # PyTorch and weights are large, and no part of `make venv`.
        if extra not in ("torch", "weights") or all(map(find_spec, modules)):
            extras.require(extra, "a test")


def test_what_is_missing_is_named_with_its_extra(monkeypatch):
    modules = ("click", "a_module_that_there_is_not", "another_one")
    monkeypatch.setitem(extras.EXTRAS, "command", modules)
    with pytest.raises(extras.MissingExtraError) as caught:
        extras.require("command", "a test")
    assert str(caught.value) == (
        "a test needs a_module_that_there_is_not, another_one: pip install 'lmul-pe[command]'"
    )
