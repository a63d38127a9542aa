import pytest

pytest.importorskip("tokenizers")
from lmul_pe.model.network.gguf_file import tokenizer_of

# A space at the beginning of a token is written as the sign G with a dot.
TOKENS = ["a", "b", "1", "2", "\u0120", "\u0120a", "ab", "12", "b\u0120", "<end>"]
FIELDS = {
    "tokenizer.ggml.tokens": TOKENS,
    "tokenizer.ggml.token_type": [1] * 9 + [3],
    "tokenizer.ggml.merges": ["\u0120 a", "a b", "1 2", "b \u0120"],
}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("ab", ["ab"]),
        (" ab", [" a", "b"]),
        ("a a", ["a", " a"]),
        ("b b", ["b", " ", "b"]),
        ("a <end> a", ["a", " ", "<end>", " a"]),
        ("a12", ["a", "1", "2"]),
        ("b<end>a", ["b", "<end>", "a"]),
    ],
)
def test_a_text_is_cut_as_it_stands(text, tokens):
    """With no space in front of it, words and digits one by one, and special tokens as a whole."""
    tokenizer = tokenizer_of(FIELDS)
    found = tokenizer.encode(text).ids
    assert [tokenizer.decode([each], skip_special_tokens=False) for each in found] == tokens
    assert tokenizer.decode(found, skip_special_tokens=False) == text
    assert tokenizer.decode(found) == text.replace("<end>", "")
