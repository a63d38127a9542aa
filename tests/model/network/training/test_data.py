import numpy as np

from lmul_pe.model.network.texts import texts
from lmul_pe.model.network.training.data import characters, digits


def test_digits_are_split_without_overlap():
    data = digits(np.random.default_rng(1))
    parts = (data.training, data.validation, data.test)
    assert [len(each) for each in parts] == [1257, 180, 360]
    whole = np.concatenate([each.inputs for each in parts])
    assert whole.min() == 0
    assert whole.max() == 1
    labels = np.concatenate([each.labels for each in parts])
    # As scikit-learn's documentation counts them: about 180 of each.
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_a_character_is_labelled_by_the_next():
    data, tokens = characters(np.random.default_rng(1), 32)
    for part in (data.training, data.validation, data.test):
        assert part.inputs.shape == part.labels.shape == (len(part), 32)
        assert np.array_equal(part.inputs[:, 1:], part.labels[:, :-1])
        assert part.labels.max() < tokens


def test_every_character_but_a_texts_last_one_has_a_label():
    data, tokens = characters(np.random.default_rng(2), 1)
    contents = [text.read() for text in texts()]
    assert tokens == len(set("".join(contents)))
    alphabet = np.array(sorted(set("".join(contents))))

    def read(part, *among):
        """The text whose windows they are."""
        found = "".join(alphabet[part.inputs[:, 0]]) + alphabet[part.labels[-1, 0]]
        assert found in among
        return found

    validation = read(data.validation, *contents)
    sizes = {content: len(content) - 1 for content in contents}
    # Two for the test, and all others to learn from.
    parts = []
    for part, count in ((data.test, 2), (data.training, len(contents) - 3)):
        start = 0
        for _ in range(count):
            rest = "".join(alphabet[part.inputs[start:, 0]])
            (content,) = (each for each in contents if rest.startswith(each[:-1]))
            parts.append(content)
            start += sizes[content]
        assert start == len(part)
    assert sorted([validation, *parts]) == sorted(contents)


def test_the_seed_decides_which_digits_are_for_the_test():
    first, again, other = (digits(np.random.default_rng(seed)).test for seed in (1, 1, 2))
    assert np.array_equal(first.inputs, again.inputs)
    assert not np.array_equal(first.inputs, other.inputs)
