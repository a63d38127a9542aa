"""What the small networks learn: handwritten digits, and the next character of a text."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.network.texts import texts

from .tape import Labels


@dataclass(frozen=True)
class Examples:
    """Inputs and their labels, one by one along the first axis."""

    inputs: NDArray[np.generic]
    labels: Labels

    def __getitem__(self, which: slice | NDArray[np.intp]) -> "Examples":
        return Examples(self.inputs[which], self.labels[which])

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Data:
    """Examples to learn from, to decide by when to stop, and to judge by."""

    training: Examples
    validation: Examples
    test: Examples


def digits(random: np.random.Generator) -> Data:
    """The 1,797 images of 8 x 8 pixels of scikit-learn, from 0 to 1, split at random.

    1,257 to learn from, 180 for validation, 360 for the test.
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    examples = Examples((images / 16).astype(np.float32), labels.astype(np.int64))
    order = random.permutation(len(examples))
    return Data(examples[order[540:]], examples[order[360:540]], examples[order[:360]])


def characters(random: np.random.Generator, length: int) -> tuple[Data, int]:
    """The texts of the package in windows, each labelled by its characters one further on.

    Two texts at random are for the test and one for validation.

    Returns
    -------
    The examples, and how many different characters there are.
    """
    contents = [text.read() for text in texts()]
    alphabet = sorted(set("".join(contents)))
    found = []
    for content in contents:
        codes = np.array([alphabet.index(each) for each in content], dtype=np.int64)
        count = (len(codes) - 1) // length
        found.append(
            Examples(
                codes[: count * length].reshape(count, length),
                codes[1 : count * length + 1].reshape(count, length),
            )
        )
    test, other, validation, *training = (found[each] for each in random.permutation(len(found)))
    return Data(joined(*training), validation, joined(test, other)), len(alphabet)


def joined(*examples: Examples) -> Examples:
    """One after the other."""
    return Examples(
        np.concatenate([each.inputs for each in examples]),
        np.concatenate([each.labels for each in examples]),
    )
