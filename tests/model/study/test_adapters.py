import math
from functools import partial
from types import SimpleNamespace

import numpy as np

from lmul_pe.model.study import adapters
from lmul_pe.model.study.adapters import ADAPTERS, FULL, LORA, WINDOW, Adaptation


def test_what_is_saved_is_against_every_matrix():
    def adapted(gain, trained, macs):
        after = 4 + math.log1p(gain / 100)
        return Adaptation(4.0, after, (4.0, after), trained, macs)

    found = {
        LORA: [adapted(gain, 1_000, 3 * 10**9) for gain in (-1, -2, -6)],
        FULL: [adapted(gain, 10_000, 4 * 10**9) for gain in (-2, -3, -7)],
    }
    section = ADAPTERS.section(found)
    assert section.verdict == [
        "LoRA, rank 8, queries and values: perplexity of unseen texts -3.0 [-6.0, -1.0] %, "
        "1,000 numbers trained of 10,000, 25% fewer multiplications."
    ]
    assert "| 1,000 | 0.02 | 3 | 25% |" in section.body


def test_windows_of_a_text_have_the_token_behind_each(monkeypatch):
    lengths = {"long": 2 * WINDOW + 9, "exact": 2 * WINDOW, "just": 2 * WINDOW + 1}
    known = [SimpleNamespace(read=partial(str, name)) for name in lengths]
    model = SimpleNamespace(tokens=lambda name: 7 * np.arange(lengths[name]))
    network = SimpleNamespace(model=model, states=lambda seen: seen + 0.5)
    monkeypatch.setattr(adapters, "_network", lambda: network)
    monkeypatch.setattr(adapters, "texts", lambda: known)
    found = adapters._examples.__wrapped__()
    # The last token of a text has none behind it.
    assert [len(each) for each in found] == [2, 1, 2]
    for examples in found:
        assert examples.inputs.shape[1] == WINDOW
        np.testing.assert_array_equal(examples.inputs - 0.5 + 7, examples.labels)
        places = np.arange(examples.labels.size)
        np.testing.assert_array_equal(examples.labels.ravel(), 7 + 7 * places)
