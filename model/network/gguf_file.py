"""Weights and tokeniser of a language model in a GGUF file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lmul_pe.model.choices import SpecificationError

from .layers import Array

_SPECIAL = 3
"""Type of the tokens that stand for no text, such as the end of one."""


@dataclass(frozen=True)
class GgufFile:
    """What a GGUF file holds: its fields, and its matrices by name, dequantised to float32."""

    fields: dict[str, Any]
    tensors: dict[str, Array]


def read_gguf(path: Path) -> GgufFile:
    """The file at ``path``; a few seconds, most of it for the tokens.

    Raises
    ------
    SpecificationError
        It is no GGUF file, or one that is broken.
    """
    from gguf import GGUFReader, dequantize

    try:
        reader = GGUFReader(path)
        fields = {name: field.contents() for name, field in reader.fields.items()}
        tensors = {
            tensor.name: np.ascontiguousarray(
                dequantize(tensor.data, tensor.tensor_type), dtype=np.float32
            )
            for tensor in reader.tensors
        }
    except (ValueError, KeyError, IndexError) as error:
        raise SpecificationError(f"{path} is no GGUF file that can be read: {error}") from None
    return GgufFile(fields, tensors)


def tokenizer_of(fields: dict[str, Any]) -> Any:
    """The byte-level BPE tokeniser of a GGUF file of model ``gpt2``, digits one by one."""
    from tokenizers import Tokenizer

    tokens = fields["tokenizer.ggml.tokens"]
    special = [
        number
        for number, type in enumerate(fields["tokenizer.ggml.token_type"])
        if type == _SPECIAL
    ]
    return Tokenizer.from_str(
        json.dumps(
            {
                "version": "1.0",
                "added_tokens": [
                    {
                        "id": number,
                        "content": tokens[number],
                        "special": True,
                        "single_word": False,
                        "lstrip": False,
                        "rstrip": False,
                        "normalized": False,
                    }
                    for number in special
                ],
                "pre_tokenizer": {
                    "type": "Sequence",
                    "pretokenizers": [
                        {"type": "Digits", "individual_digits": True},
                        {
                            "type": "ByteLevel",
                            "add_prefix_space": False,
                            "trim_offsets": True,
                            "use_regex": True,
                        },
                    ],
                },
                "decoder": {
                    "type": "ByteLevel",
                    "add_prefix_space": True,
                    "trim_offsets": True,
                },
                "model": {
                    "type": "BPE",
                    "vocab": {token: number for number, token in enumerate(tokens)},
                    "merges": [merge.split(" ") for merge in fields["tokenizer.ggml.merges"]],
                },
            }
        )
    )
