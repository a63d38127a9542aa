"""Models in a dozen numbers: published totals, files of two kinds, and what is refused."""

import json
from dataclasses import replace

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.transformer import BUILT_IN, transformer

PUBLISHED = {
    # Total and active parameters, of the models' own safetensors.
    "llama-3.1-8b": (8_030_261_248, 8_030_261_248),
    "mixtral-8x7b": (46_702_792_704, 12_879_925_248),
    "smollm2-135m": (134_515_008, 134_515_008),
    "bloom-176b": (176_247_271_424, 176_247_271_424),
}

LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "vocab_size": 128256,
}
MIXTRAL = LLAMA | {
    "model_type": "mixtral",
    "vocab_size": 32000,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
}
MISTRAL = LLAMA | {"model_type": "mistral", "vocab_size": 32000}
SMOLLM2 = {
    "model_type": "llama",
    "hidden_size": 576,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "intermediate_size": 1536,
    "vocab_size": 49152,
    "tie_word_embeddings": True,
}
BLOOM = {
    "model_type": "bloom",
    "hidden_size": 14336,
    "n_layer": 70,
    "n_head": 112,
    "vocab_size": 250880,
}
# GPT-2 small has 124,439,808 parameters.
GPT2 = {
    "model_type": "gpt2",
    "n_embd": 768,
    "n_layer": 12,
    "n_head": 12,
    "n_positions": 1024,
    "vocab_size": 50257,
}

TINY = """
layers = 2
width = 8
heads = 4
kv_heads = 2
head_width = 2
hidden = 16
vocabulary = 10
"""


@pytest.fixture
def toml(tmp_path):
    """A function that reads a model of these lines."""

    def read(text):
        path = tmp_path / "tiny.toml"
        path.write_text(text)
        return transformer(str(path))

    return read


@pytest.fixture
def config(tmp_path):
    """A function that reads a ``config.json`` of this content."""

    def read(content):
        path = tmp_path / "config.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return transformer(str(path))

    return read


PLAIN_FAMILY = {"gated": False, "norm": "layer", "biases": True, "rotary": False}
GATED_FAMILY = {"gated": True, "norm": "rms", "biases": False, "rotary": True}


@pytest.mark.parametrize(
    ("name", "shape", "family"),
    [
        # Layers, width, heads of queries and keys, width of one, hidden width, vocabulary; of
        # Table 3 of arXiv 2407.21783, Table 1 of 2401.04088, Table 3 of 2211.05100 and Table 2.1 of
        # 2005.14165 with four times the width, and the tokens of GPT-2.
        ("llama-3.1-8b", (32, 4096, 32, 8, 128, 14336, 128256), GATED_FAMILY),
        ("mixtral-8x7b", (32, 4096, 32, 8, 128, 14336, 32000), GATED_FAMILY),
        ("smollm2-135m", (30, 576, 9, 3, 64, 1536, 49152), GATED_FAMILY),
        ("bloom-176b", (70, 14336, 112, 112, 128, 57344, 250880), PLAIN_FAMILY),
        ("gpt-3-175b", (96, 12288, 96, 96, 128, 49152, 50257), PLAIN_FAMILY),
    ],
)
def test_shapes_are_those_published(name, shape, family):
    model = transformer(name)
    assert shape == (
        model.layers,
        model.width,
        model.heads,
        model.kv_heads,
        model.head_width,
        model.hidden,
        model.vocabulary,
    )
    assert {key: getattr(model, key) for key in family} == family
    assert (model.experts, model.active) == ((8, 2) if name == "mixtral-8x7b" else (1, 1))
    # Bloom tells positions by ALiBi.
    assert model.positions == (2048 if name == "gpt-3-175b" else 0)
    assert model.embedding_norm == (name == "bloom-176b")
    assert model.tied == (name not in ("llama-3.1-8b", "mixtral-8x7b"))


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_those_published(name):
    model = transformer(name)
    assert (model.total_parameters, model.active_parameters) == PUBLISHED[name]


def test_gpt_3_has_the_parameters_of_its_paper():
    # Table D.1 prints 174,600 million.
    assert round(transformer("gpt-3-175b").total_parameters / 1e8) == 1746


def test_every_model_has_a_source():
    assert set(PUBLISHED) | {"gpt-3-175b"} == set(BUILT_IN)
    assert all(transformer(name).source for name in BUILT_IN)


@pytest.mark.parametrize(
    ("content", "total"),
    [
        (LLAMA, 8_030_261_248),
        (MISTRAL, 7_241_732_096),
        (MIXTRAL, 46_702_792_704),
        (SMOLLM2, 134_515_008),
        (BLOOM, 176_247_271_424),
        (GPT2, 124_439_808),
    ],
)
def test_a_config_of_hugging_face_reads(config, content, total):
    assert config(content).total_parameters == total


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (LLAMA, "llama-3.1-8b"),
        (MIXTRAL, "mixtral-8x7b"),
        (SMOLLM2, "smollm2-135m"),
        (BLOOM, "bloom-176b"),
    ],
)
def test_a_config_of_hugging_face_is_the_model_of_that_name(config, content, name):
    read, known = config(content), transformer(name)
    assert replace(read, name=name, source=known.source, parameters=known.parameters) == known


def test_a_config_has_the_name_of_its_folder_or_its_own(tmp_path):
    names = {"config.json": "llama", "small.json": "small"}
    folder = tmp_path / "llama"
    folder.mkdir()
    for file, name in names.items():
        (folder / file).write_text(json.dumps(LLAMA))
        assert transformer(str(folder / file)).name == name


def test_one_of_anything_is_a_number_of_it(config):
    ones = dict.fromkeys(("hidden_size", "num_hidden_layers", "num_attention_heads"), 1)
    read = config(LLAMA | ones | {"num_key_value_heads": 1, "vocab_size": 1})
    assert (read.width, read.layers, read.heads, read.head_width, read.vocabulary) == (1,) * 5


def test_tables_that_are_looked_up_are_embeddings_that_are_not_tied_and_positions():
    assert transformer("llama-3.1-8b").embedding_parameters == 128256 * 4096
    assert transformer("smollm2-135m").embedding_parameters == 0
    assert transformer("gpt-3-175b").embedding_parameters == 2048 * 12288


def test_gpt_2_has_learned_positions_and_rotates_nothing(config):
    read = config(GPT2)
    assert (read.positions, read.rotary) == (1024, False)


def test_a_file_of_toml_reads(toml):
    model = toml(TINY)
    # By layer 8 * (8 + 4 + 4) + 64 + 3 * 128 + 16; then 8, and two tables of 80.
    assert model.total_parameters == 2 * (128 + 64 + 384 + 16) + 8 + 160
    assert model.name == "tiny"
    # A second network in each layer, and a router of 8 to both.
    assert toml(TINY + "experts = 2\n").total_parameters == model.total_parameters + 2 * (384 + 16)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (TINY.replace("kv_heads = 2", "kv_heads = 3"), "kv_heads 3 does not divide heads 4.*is 2"),
        (TINY.replace("layers = 2", "layers = 0"), "layers 0 is not possible.*nearest is 1"),
        (TINY.replace("layers = 2", "layers = 2.5"), "layers: .*integer"),
        (TINY.replace("hidden", "hiden"), "hiden: .*did you mean 'hidden'"),
        (TINY.replace("hidden = 16", ""), "tiny.toml: hidden: .*required[^']*$"),
        (TINY.replace("kv_heads = 2", "kv_heads = 3"), "tiny.toml: kv_heads 3"),
        (
            TINY.replace("heads = 4", "heads = 5", 1).replace("kv_heads = 2", "kv_heads = 4"),
            "divide heads 5: expected a divisor; the nearest is 5",
        ),
        (TINY.replace("heads = 4", "heads = 5", 1), "divide heads 5: .*the nearest is 1$"),
        (TINY + "experts = 0\n", "experts 0 is not possible: .* nearest is 1"),
        (
            TINY.replace("layers = 2", f"layers = {2**41}"),
            "expected 1 to 1099511627776; the nearest is 1099511627776",
        ),
        (TINY + "positions = -1\n", "positions -1 is not possible: expected 0 to 1099511627776"),
        (TINY + "parameters = -1\n", "expected 0 to 1152921504606846976; the nearest is 0"),
        (TINY + "experts = 2\nactive = 3\n", "active 3 is not possible.*nearest is 2"),
        (TINY + "parameters = 7\n", "make 1,352 parameters, not the 7"),
        (TINY + "norm = 'max'\n", "norm"),
        ("layers = ", "is no TOML"),
        (f"layers = {'1' * 5000}", "is no TOML"),
    ],
)
def test_a_wrong_file_is_named_in_a_line(toml, text, error):
    with pytest.raises(SpecificationError, match=error) as raised:
        toml(text)
    assert "\n" not in str(raised.value)
    assert "tiny.toml" in str(raised.value)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"model_type": "lama"}, "'lama' is not one of.*did you mean 'llama'"),
        ({}, "model_type None"),
        ([], "no config.json"),
        ("{", "is no JSON"),
        (f'{{"n_layer": {"1" * 5000}}}', "is no JSON"),
        (LLAMA | {"num_key_value_heads": 5}, "kv_heads 5 does not divide.*nearest is 4"),
        (LLAMA | {"vocab_size": -1}, "vocab_size -1"),
        (LLAMA | {"hidden_size": "many"}, "hidden_size 'many'"),
        (LLAMA | {"attention_bias": True}, "attention_bias is true"),
    ],
)
def test_a_wrong_config_is_named_in_a_line(config, content, error):
    with pytest.raises(SpecificationError, match=error):
        config(content)


def test_an_unknown_model_has_a_nearest_one():
    with pytest.raises(SpecificationError, match=r"did you mean 'llama-3\.1-8b'"):
        transformer("llama-3.1")
