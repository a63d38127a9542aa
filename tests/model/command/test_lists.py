import pytest

from lmul_pe.model.command.lists import names_in


@pytest.mark.parametrize("text", ["e4m3 bf16", "e4m3,bf16", "e4m3, bf16", " e4m3 ,, bf16  e4m3,"])
def test_names_stand_between_commas_or_blanks(text):
    assert names_in(text) == ["e4m3", "bf16"]
    assert names_in(" ,") == []
