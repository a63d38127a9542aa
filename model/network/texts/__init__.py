"""Free texts on which a language model is measured, and pairs of sentences for an encoder."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Text:
    """A text that the package carries.

    Parameters
    ----------
    name
        Of its file.
    title, source, licence
        What it is, whose, and by which right it stands here.
    """

    name: str
    title: str
    source: str
    licence: str

    def read(self) -> str:
        """The text, without the newline at its end."""
        text = (files(__package__) / f"{self.name}.txt").read_text(encoding="utf-8")
        return text.removesuffix("\n")


@dataclass(frozen=True)
class SentencePair:
    """Two sentences, and how much alike they are, from 0 (nothing in common) to 4 (the same)."""

    likeness: int
    first: str
    second: str


def texts() -> list[Text]:
    """Every text, by name."""
    table = tomllib.loads((files(__package__) / "texts.toml").read_text(encoding="utf-8"))
    return [Text(name, **entry) for name, entry in table.items()]


def sentence_pairs() -> list[SentencePair]:
    """Every pair of sentences, written for this project, its likeness as its author saw it."""
    pairs = []
    content = (files(__package__) / "sentence_pairs.tsv").read_text(encoding="utf-8")
    for line in content.splitlines():
        likeness, first, second = line.split("\t")
        pairs.append(SentencePair(int(likeness), first, second))
    return pairs
