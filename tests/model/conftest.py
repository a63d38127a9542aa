"""What the tests of the model share."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def reference():
    """The slow second implementation, `reference.py` beside this file."""
    specification = importlib.util.spec_from_file_location(
        "model_reference", Path(__file__).with_name("reference.py")
    )
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def differences():
    """A function that lists the operand pairs for which codes differ from those expected."""

    def listed(multiplier, a, b, expected, limit=5):
        computed = multiplier.compute(a, b)
        found = [
            f"{multiplier.name}: {int(x):#x} * {int(y):#x} gives {int(got):#x}, expected {want:#x}"
            for x, y, got, want in zip(a, b, computed, expected, strict=True)
            if int(got) != want
        ]
        return found[:limit]

    return listed
