import importlib
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


@pytest.mark.parametrize(
    ("package", "what", "extra"),
    [
        ("lmul_pe.model.command", "a command", "command"),
        ("lmul_pe.model.study", "a study of accuracy", "accuracy"),
        ("lmul_pe.hw", "lmul_pe.hw", "hw"),
        ("lmul_pe.sim", "lmul_pe.sim", "sim"),
        ("lmul_pe.synth", "lmul_pe.synth", "synth"),
    ],
)
def test_a_package_that_needs_an_extra_asks_for_it_first(package, what, extra, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda module: None)
    message = rf"^{what} needs {', '.join(extras.EXTRAS[extra])}: pip install 'lmul-pe\[{extra}\]'$"
    with pytest.raises(extras.MissingExtraError, match=message):
        importlib.reload(importlib.import_module(package))
