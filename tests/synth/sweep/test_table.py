"""Tables and stores: what goes in comes out, and garbage is refused or made again."""

import pyarrow.parquet as pq
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.sweep.estimate import Estimate
from lmul_pe.synth.sweep.measuring import Outcome
from lmul_pe.synth.sweep.page import page
from lmul_pe.synth.sweep.store import Store
from lmul_pe.synth.sweep.table import read_table, write_table
from tests.synth.sweep.points import point

MISSED = point("exact_e4m3", target_ps=100.0, energy_fj=None, area_um2=None, delay_ps=None)


def test_a_table_gives_its_points_back(tmp_path):
    points = [point(), MISSED]
    write_table(tmp_path / "t.parquet", points)
    assert read_table(tmp_path / "t.parquet") == points
    assert pq.read_table(tmp_path / "t.parquet").column("energy_fj").to_pylist() == [10.0, None]


def test_something_else_is_no_table(tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"garbage")
    with pytest.raises(SpecificationError, match=r"is no table of a sweep.*makes it again"):
        read_table(path)


def test_a_store_gives_back_what_is_whole(tmp_path):
    kept = point(key="ab12")
    own, other = Store(tmp_path / "own"), Store(tmp_path / "other")
    other.keep(Outcome(kept, "module m; endmodule\n"))
    assert own.find("ab12") is None
    both = Store(tmp_path / "own", [tmp_path / "other"])
    assert both.find("ab12") == kept
    assert both.netlist("ab12").read_text() == "module m; endmodule\n"
    record = tmp_path / "other" / "ab" / "ab12.json"
    whole = record.read_bytes()
    for garbage in (b"", whole[:-5], b"{}", b"[]", whole.replace(b"ab12", b"cd34")):
        record.write_bytes(garbage)
        assert both.find("ab12") is None
    other.keep(Outcome(kept, ""))
    assert both.find("ab12") == kept


def test_a_store_gives_back_estimates(tmp_path):
    kept = Estimate(
        key="ab12",
        design="lmul_e4m3",
        level="multiplier",
        format="e4m3",
        gates=1.5,
        depth=3,
        toggles=2.5,
        mean_error=0.05,
        sum_error=None,
    )
    store = Store(tmp_path / "own")
    assert store.estimate("ab12") is None
    store.keep_estimate(kept)
    assert store.estimate("ab12") == kept
    # It is no point.
    assert store.find("ab12") is None
    assert Store(tmp_path / "other", [store.folder]).estimate("ab12") == kept


def test_a_store_makes_its_folder_or_says_that_it_cannot(tmp_path):
    Store(tmp_path / "deep" / "own").require_writable()
    assert (tmp_path / "deep" / "own").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Store(tmp_path / "file" / "own").require_writable()


def test_a_store_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SpecificationError, match="no folder"):
        Store(tmp_path / "own", [tmp_path / "missing"])


def test_a_page_has_its_points_and_nothing_ends_its_data_early():
    html = page([point(recipe="</script>"), MISSED])
    assert '"design": "lmul_e4m3"' in html
    assert "exact_e4m3" not in html
    assert html.count("</script>") == 2
    assert "make verilog UNIT=mul KIND=lmul FMT=e4m3" in html


def test_a_page_has_no_number_that_is_none():
    with pytest.raises(ValueError, match="not JSON compliant"):
        page([point(energy=float("nan"))])
