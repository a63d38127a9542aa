"""What the tests of networks share."""

import numpy as np
import pytest

from lmul_pe.model.extras import MissingExtraError
from lmul_pe.model.network.encoder import minilm
from lmul_pe.model.network.language import LanguageModel, smollm2


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


WIDTH, VOCABULARY = 8, 12


@pytest.fixture
def small(monkeypatch):
    """A model of two blocks, four heads of width 6 in two groups, and random weights."""
    monkeypatch.setattr(LanguageModel, "__post_init__", lambda self: None)
    random = np.random.default_rng(2)
    shapes = {"token_embd": (VOCABULARY, WIDTH), "output_norm": (WIDTH,)}
    for block in range(2):
        shapes |= {
            f"blk.{block}.{name}": shape
            for name, shape in {
                "attn_norm": (WIDTH,),
                "attn_q": (24, WIDTH),
                "attn_k": (12, WIDTH),
                "attn_v": (12, WIDTH),
                "attn_output": (WIDTH, 24),
                "ffn_norm": (WIDTH,),
                "ffn_gate": (20, WIDTH),
                "ffn_up": (20, WIDTH),
                "ffn_down": (WIDTH, 20),
            }.items()
        }
    fields = {
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": 6,
        "llama.rope.freq_base": 1e4,
        "llama.attention.head_count_kv": 2,
        "llama.block_count": 2,
        "llama.context_length": 32,
    }
    tensors = {
        f"{name}.weight": random.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    return LanguageModel(fields, tensors)
