"""Counts of situations by name, from arrays that say which one each element is in."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def tally(
    sentence: str,
    words: Sequence[Sequence[str]],
    where: NDArray[np.bool_],
    *indices: NDArray[np.int64],
) -> Counter[str]:
    """How often each sentence is true.

    Parameters
    ----------
    sentence
        With a pair of braces for each of ``words``.
    words
        What each index stands for, in the order of ``indices``.
    where
        The elements that count; elsewhere indices may be anything.
    indices
        Arrays of the shape of ``where``.
    """
    sizes = [len(each) for each in words]
    own = [index[where] for index in indices]
    places = np.ravel_multi_index(own, sizes)
    counts = np.bincount(places, minlength=int(np.prod(sizes)))
    return Counter(
        {
            sentence.format(*(each[i] for each, i in zip(words, place, strict=True))): count
            for place, count in zip(np.ndindex(*sizes), counts.tolist(), strict=True)
            if count
        }
    )
