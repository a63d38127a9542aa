import math

from lmul_pe.model.study.adapters import ADAPTERS, FULL, LORA, Adaptation


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
