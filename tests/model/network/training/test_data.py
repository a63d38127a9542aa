import numpy as np

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
