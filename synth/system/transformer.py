"""A language model in a dozen numbers, from TOML or from a Hugging Face ``config.json``."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from lmul_pe.model.choices import SpecificationError, suggestion, unknown_choice

MODELS = Path(__file__).with_name("models")
BUILT_IN = tuple(sorted(each.stem for each in MODELS.glob("*.toml")))
"""The models that are known by name."""

_LARGEST = 2**40


@dataclass(frozen=True, kw_only=True)
class Transformer:
    """A decoder of equal layers: attention, then a feed-forward network or a choice of several.

    Parameters
    ----------
    width
        Of the residual stream.
    heads, kv_heads
        Of queries, and of keys and values; fewer of those is grouped-query attention.
    hidden
        Width between the matrices of the feed-forward network.
    gated
        Whether that network has three matrices (SwiGLU) or two (GELU).
    experts, active
        Networks of each layer, and how many of them a token passes.
    tied
        Whether the embedding is the output matrix, too.
    positions
        Rows of learned positions; 0 where there are none.
    rotary
        Whether queries and keys are rotated by position.  Learned positions exclude it.
    biases
        Whether every matrix has a bias but the output.
    embedding_norm
        Whether embeddings are normalised, too.
    parameters
        The published total, which must be met; 0 where none is known.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    name: str = ""
    source: str = ""
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_width: int
    hidden: int
    vocabulary: int
    gated: bool = True
    experts: int = 1
    active: int = 1
    tied: bool = False
    positions: int = 0
    rotary: bool = True
    biases: bool = False
    norm: Literal["rms", "layer"] = "rms"
    embedding_norm: bool = False
    parameters: int = 0

    def __post_init__(self) -> None:
        for name in ("layers", "width", "heads", "kv_heads", "head_width", "hidden", "vocabulary"):
            self._require(name, 1, _LARGEST)
        self._require("experts", 1, _LARGEST)
        self._require("active", 1, self.experts)
        self._require("positions", 0, _LARGEST)
        self._require("parameters", 0, 2**60)
        if self.heads % self.kv_heads:
            near = min(
                (each for each in range(1, self.heads + 1) if self.heads % each == 0),
                key=lambda each: abs(each - self.kv_heads),
            )
            raise SpecificationError(
                f"kv_heads {self.kv_heads} does not divide heads {self.heads}: expected a divisor; "
                f"the nearest is {near}"
            )
        if self.parameters and self.total_parameters != self.parameters:
            raise SpecificationError(
                f"these numbers make {self.total_parameters:,} parameters, not the "
                f"{self.parameters:,} of `parameters`: correct them, or leave `parameters` out"
            )

    def _require(self, name: str, least: int, most: int) -> None:
        value = getattr(self, name)
        if not least <= value <= most:
            nearest = min(max(value, least), most)
            raise SpecificationError(
                f"{name} {value} is not possible: expected {least} to {most}; the nearest is "
                f"{nearest}"
            )

    @property
    def query_width(self) -> int:
        """Of all queries of a token."""
        return self.heads * self.head_width

    @property
    def kv_width(self) -> int:
        """Of all keys of a token, and of all values."""
        return self.kv_heads * self.head_width

    @property
    def matrices(self) -> int:
        """Of a feed-forward network."""
        return 3 if self.gated else 2

    @property
    def total_parameters(self) -> int:
        """Every weight, bias and scale."""
        return self._parameters(self.experts)

    @property
    def active_parameters(self) -> int:
        """Those that a token meets; the whole embedding counts."""
        return self._parameters(self.active)

    @property
    def embedding_parameters(self) -> int:
        """Tables that are looked up and not multiplied; a tied one is multiplied at the end."""
        return (0 if self.tied else self.vocabulary * self.width) + self.positions * self.width

    def _parameters(self, experts: int) -> int:
        d, ff = self.width, self.hidden
        scale = d * (2 if self.norm == "layer" else 1)
        attention = d * (self.query_width + 2 * self.kv_width) + self.query_width * d
        network = self.matrices * d * ff
        router = self.experts * d if self.experts > 1 else 0
        if self.biases:
            attention += self.query_width + 2 * self.kv_width + d
            network += (self.matrices - 1) * ff + d
        layer = attention + experts * network + router + 2 * scale
        ends = scale * (2 if self.embedding_norm else 1)
        tables = self.vocabulary * d * (1 if self.tied else 2) + self.positions * d
        return self.layers * layer + ends + tables


_TRANSFORMER = TypeAdapter(Transformer)


def transformer(text: str) -> Transformer:
    """The built-in model of that name, or what the file says: TOML, or a ``config.json``.

    Raises
    ------
    SpecificationError
        There is no such model, or the file is none; one line says what and where.
    OSError
        It cannot be read.
    """
    if text in BUILT_IN:
        return _from_toml(MODELS / f"{text}.toml", text)
    path = Path(text)
    if not path.suffix or not path.exists():
        raise unknown_choice("model", text, (*BUILT_IN, "a file of TOML", "a config.json"))
    return from_config(path) if path.suffix == ".json" else _from_toml(path, path.stem)


def _from_toml(path: Path, name: str) -> Transformer:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        # Of TOML, of UTF-8, or a number of thousands of digits.
        raise SpecificationError(f"{path} is no TOML: {error}") from None
    return _checked(path, {"name": name, **content})


def _checked(path: Path, content: Mapping[str, Any]) -> Transformer:
    try:
        # Of JSON, strictly, a dictionary may be a record.
        return _TRANSFORMER.validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        # A misspelt name is missing, too.
        misspelt = "unexpected_keyword_argument"
        first = min(error.errors(), key=lambda each: each["type"] != misspelt)
        name = ".".join(map(str, first["loc"]))
        known = [each.name for each in fields(Transformer)]
        near = suggestion(name, known) if first["type"] == misspelt else ""
        # What the record itself refuses comes with the text of its own.
        text = str(first.get("ctx", {}).get("error", first["msg"]))
        raise SpecificationError(f"{path}: {name}{': ' if name else ''}{text}{near}") from None


_GATED: Mapping[str, Any] = {"gated": True, "norm": "rms"}
_PLAIN: Mapping[str, Any] = {"gated": False, "norm": "layer", "biases": True}
_FAMILIES: Mapping[str, Mapping[str, Any]] = {
    "llama": {**_GATED, "tied": False},
    "mistral": {**_GATED, "tied": False},
    "mixtral": {**_GATED, "tied": False},
    "gpt2": {**_PLAIN, "tied": True, "rotary": False},
    "bloom": {**_PLAIN, "tied": True, "rotary": False, "embedding_norm": True},
}
"""What ``model_type`` of a ``config.json`` stands for, and what ``tie_word_embeddings`` defaults
to."""

_NAMES = {
    "layers": ("num_hidden_layers", "n_layer"),
    "width": ("hidden_size", "n_embd", "n_embed"),
    "heads": ("num_attention_heads", "n_head"),
    "vocabulary": ("vocab_size",),
}


def from_config(path: Path) -> Transformer:
    """What a Hugging Face ``config.json`` says.

    Raises
    ------
    SpecificationError
        It is none, of an unknown ``model_type``, or lacks a number.
    OSError
        It cannot be read.
    """
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        # Of JSON, of UTF-8, or a number of thousands of digits.
        raise SpecificationError(f"{path} is no JSON: {error}") from None
    if not isinstance(config, dict):
        raise SpecificationError(f"{path} is no config.json: expected an object of names")
    family = config.get("model_type")
    if not isinstance(family, str) or family not in _FAMILIES:
        raise SpecificationError(f"{path}: {unknown_choice('model_type', family, _FAMILIES)}")
    for name in ("attention_bias", "mlp_bias"):
        if config.get(name):
            raise SpecificationError(
                f"{path}: {name} is true: expected false, as biases of some matrices alone are not "
                "known here"
            )
    known: dict[str, Any] = {own: _first(path, config, names) for own, names in _NAMES.items()}
    heads, width = known["heads"], known["width"]
    known["kv_heads"] = config.get("num_key_value_heads") or heads
    known["head_width"] = config.get("head_dim") or width // heads
    known["hidden"] = config.get("intermediate_size") or config.get("n_inner") or 4 * width
    known |= _FAMILIES[family]
    known["tied"] = config.get("tie_word_embeddings", known["tied"])
    if family == "gpt2":
        known["positions"] = _first(path, config, ("n_positions", "max_position_embeddings"))
    if family == "mixtral":
        known["experts"] = _first(path, config, ("num_local_experts",))
        known["active"] = _first(path, config, ("num_experts_per_tok",))
    name = path.stem if path.stem != "config" else path.resolve().parent.name
    return _checked(path, {"name": name, "source": str(path), **known})


def _first(path: Path, config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    value = next((config[name] for name in names if name in config), None)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SpecificationError(
            f"{path}: {names[0]} {value!r} is no number of that: expected an integer of 1 or more"
        )
    return value
