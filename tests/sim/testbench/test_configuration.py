import pytest

from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.sim.testbench.configuration import VARIABLE, Configuration

NAMES = ["lmul_e4m3", "mac_int8_int32", "array_ws_2x3_lmul_e4m3_fp32_fold"]


@pytest.mark.parametrize("operands", [None, "operands.npz"])
def test_what_is_written_is_read_where_the_environment_says(operands, tmp_path, monkeypatch):
    configuration = Configuration(NAMES, 100, 20, 7, True, "outcomes.jsonl", operands)
    path = tmp_path / "bench.json"
    configuration.write(path)
    monkeypatch.setenv(VARIABLE, str(path))
    assert Configuration.read() == configuration


def test_names_are_the_units_specifications():
    configuration = Configuration(NAMES, 0, 0, 1, False, "")
    assert configuration.specifications == [unit_named(name) for name in NAMES]


def test_a_name_of_nothing_is_refused():
    with pytest.raises(SpecificationError, match="lmull_e4m3"):
        _ = Configuration(["lmull_e4m3"], 0, 0, 1, False, "").specifications


def test_without_the_variable_there_is_nothing_to_read(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(KeyError, match=VARIABLE):
        Configuration.read()
