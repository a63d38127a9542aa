from importlib.resources import files

import pytest

from lmul_pe.model.network.texts import sentence_pairs, texts


def test_the_table_has_every_file_and_no_other():
    folder = files("lmul_pe.model.network.texts")
    there = {each.name for each in folder.iterdir() if each.name.endswith(".txt")}
    assert there == {f"{text.name}.txt" for text in texts()}


@pytest.mark.parametrize("text", texts(), ids=lambda text: text.name)
def test_a_text_is_free_and_long_enough(text):
    assert text.licence in ("Apache-2.0", "public domain")
    # An author who died before 1926, or the project itself.
    assert (
        int(text.source[-4:]) < 1900
        if text.licence == "public domain"
        else "project" in (text.source)
    )
    content = text.read()
    assert len(content.split()) >= 150
    assert not content.endswith("\n")


def test_texts_have_two_hundred_tokens(language_model):
    assert min(len(language_model.tokens(text.read())) for text in texts()) >= 200


def test_pairs_are_of_every_likeness():
    pairs = sentence_pairs()
    counts = [sum(pair.likeness == likeness for pair in pairs) for likeness in range(5)]
    assert counts == [12] * 5
    assert all(pair.first != pair.second for pair in pairs)
