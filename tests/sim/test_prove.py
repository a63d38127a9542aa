"""The command of proofs: what it says, what it keeps, and what it refuses."""

import sys

import pytest

from lmul_pe.model.command.run import run
from lmul_pe.sim import prove
from lmul_pe.sim.formal import additions, exact_additions, streams, sums, windows
from lmul_pe.sim.formal.equivalence import COMBINATIONAL, SWEPT, Cycle, Proof
from lmul_pe.sim.formal.page import BEGIN, END
from lmul_pe.sim.formal.reachability import StreamProof
from lmul_pe.sim.formal.statements import Statement


def ended(arguments, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["prove", *arguments])
    with pytest.raises(SystemExit) as end:
        run(prove.main)
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--formats", "bf61"], "error: format 'bf61' is not known"),
        (["--formats", ""], "error: no format is named"),
        (["--names", "lmul_e4m4x"], "error: format 'e4m4x' is not known"),
        (["--names", "table_bf16"], "error: table_bf16 has no reference"),
        (["--streams", "--names", "lmul_e4m3"], "error: lmul_e4m3 has no streams that are"),
        (["--names", "lmul_e4m3", "--formats", "e4m3"], "error: names and formats are both given"),
        (["--streams", "--formats", "e4m3"], "error: of streams, neither formats nor long applies"),
        (["--streams", "--long"], "error: of streams, neither formats nor long applies"),
        (
            ["--sums", "--names", "array_os_2x2_lmul_e2m1_fp32"],
            "error: array_os_2x2_lmul_e2m1_fp32 has",
        ),
        (["--streams", "--sums"], "error: streams and sums are given: expected one"),
        (["--sums", "--formats", "e4m3"], "error: of sums, formats do not apply"),
        (["--sums", "--names", "lmul_e4m3"], "error: lmul_e4m3 has no streams that are"),
        (["--additions", "--sums"], "error: sums and additions are given: expected one"),
        (["--additions", "--formats", "e4m3"], "error: of additions, formats do not apply"),
        (["--additions", "--names", "dot2_lmul_e2m1_fp32"], "error: dot2_lmul_e2m1_fp32 has no"),
        (["--additions", "--names", "mac_lmul_e4m3_fixed"], "error: mac_lmul_e4m3_fixed has no"),
        (
            ["--additions", "--names", "mac_lmul_e4m3_fp32_latency2"],
            "error: mac_lmul_e4m3_fp32_latency2 has no additions that are proved: expected sums",
        ),
        (
            ["--sums", "--names", "dot2_lmul_e2m1_fp32"],
            "error: dot2_lmul_e2m1_fp32 has no reference: expected one sum",
        ),
        (["--jobs", "0"], "error: jobs '0' is not an integer from 1 to"),
    ],
)
def test_a_wrong_option_is_one_clear_line(arguments, message, monkeypatch, capfd):
    assert ended(arguments, monkeypatch) == 2
    captured = capfd.readouterr()
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1


def test_proofs_are_made_kept_and_written_down(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    arguments = ["--names", "lmul_e2m1,exact_e2m1_latency1", "--jobs", "1", "--page", str(page)]
    assert ended(arguments, monkeypatch) == 0
    printed = capfd.readouterr().out
    assert "What is exported is what docs/numerics.md says: proved of 1 of 1." in printed
    assert "3 statements, 0 refuted, 0 left to LONG=1" in printed
    assert len(list((tmp_path / "build/prove").iterdir())) == 3
    text = page.read_text()
    assert (text[:6], text[-6:]) == ("above\n", "below\n")
    assert "| e2m1 | L-Mul | 1 of 1 | 1 of 1 |  |" in text
    assert "| e2m1 | exact |  |  | 1 of 1 |" in text
    assert "`make prove NAMES=lmul_e2m1,exact_e2m1_latency1`" in text
    assert "old" not in text


def test_streams_are_proved_and_written_down(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"above\n{streams.BEGIN}\nold\n{streams.END}\n")
    arguments = ["--streams", "--names", "lmul_e2m1_latency1", "--jobs", "1", "--page", str(page)]
    assert ended(arguments, monkeypatch) == 0
    assert "Streams of 1 units: 5 of 5 claims proved." in capfd.readouterr().out
    assert (
        "| `lmul_e2m1_latency1` | proved | proved | proved | proved | proved |" in page.read_text()
    )


def test_results_are_proved_and_written_down(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"above\n{sums.BEGIN}\nold\n{sums.END}\n")
    arguments = ["--sums", "--names", "lmul_e2m1_latency1", "--jobs", "1", "--page", str(page)]
    assert ended(arguments, monkeypatch) == 0
    assert "Results of 1 units: proved of 1." in capfd.readouterr().out
    assert "| `lmul_e2m1_latency1` | proved |" in page.read_text()
    assert "`make prove SUMS=1 NAMES=lmul_e2m1_latency1`" in page.read_text()


def test_an_addition_is_proved_by_sweeping(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    proof = prove.prove_addition(60, Statement(additions.ENDED, "mac_lmul_e2m1_e3m2"))
    assert (proof.proved, proof.method) == (True, SWEPT)


@pytest.mark.slow
def test_additions_are_proved_and_written_down(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"above\n{additions.BEGIN}\nold\n{additions.END}\n")
    arguments = ["--additions", "--names", "mac_lmul_e2m1_e3m3", "--jobs", "1"]
    assert ended([*arguments, "--page", str(page)], monkeypatch) == 0
    assert "Additions of 1 units: 4 of 4 claims proved." in capfd.readouterr().out
    text = page.read_text()
    assert "| `mac_lmul_e2m1_e3m3` | proved | proved | proved |" in text
    assert "Sums of the second text in e3m3 are those of symfpu: proved, " in text
    assert "`make prove ADDITIONS=1 NAMES=mac_lmul_e2m1_e3m3`" in text


def test_exact_sums_are_proved_and_written_down(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"above\n{exact_additions.BEGIN}\nold\n{exact_additions.END}\n")
    arguments = ["--exact-sums", "--names", "dot2_lmul_e2m1_fixed,mac_int4_int8", "--jobs", "1"]
    assert ended([*arguments, "--page", str(page)], monkeypatch) == 0
    assert "Exact sums of 2 units: 6 of 6 claims proved." in capfd.readouterr().out
    text = page.read_text()
    assert "| `dot2_lmul_e2m1_fixed` | proved | proved | proved | proved |" in text
    assert "| `mac_int4_int8` |  |  | proved | proved |" in text
    assert "`make prove EXACT_SUMS=1 NAMES=dot2_lmul_e2m1_fixed,mac_int4_int8`" in text


def test_sums_in_windows_are_proved_and_written_down(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"above\n{windows.BEGIN}\nold\n{windows.END}\n")
    arguments = ["--windows", "--names", "mac_lmul_e2m1_window", "--jobs", "1"]
    assert ended([*arguments, "--page", str(page)], monkeypatch) == 0
    assert "Windows of 1 units: 5 of 5 claims proved." in capfd.readouterr().out
    text = page.read_text()
    assert "| `mac_lmul_e2m1_window` | proved | proved | proved | proved | proved |" in text
    assert "`make prove WINDOWS=1 NAMES=mac_lmul_e2m1_window`" in text


@pytest.mark.parametrize(
    ("proof", "status", "said"),
    [
        (StreamProof(False, True, 1.0), 1, "refuted: mac_lmul_e2m1_e3m2, every result is right\n"),
        (
            StreamProof(False, False, 60.0, 9),
            0,
            "not ended in 60 s: mac_lmul_e2m1_e3m2, every result is right; it holds for 9 cycles\n",
        ),
    ],
)
def test_what_is_not_proved_of_results_is_said(proof, status, said, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        prove, "spread", lambda function, items, jobs: ((item, proof) for item in items)
    )
    assert ended(["--sums", "--names", "mac_lmul_e2m1_e3m2"], monkeypatch) == status
    assert said in capfd.readouterr().err


@pytest.mark.parametrize(
    ("proof", "status", "said"),
    [
        (StreamProof(False, True, 1.0), 1, "refuted: mac_lmul_e2m1_fp32, an offer stays"),
        (StreamProof(False, False, 60.0), 0, "not ended in 60 s: mac_lmul_e2m1_fp32, an"),
    ],
)
def test_what_is_not_proved_of_streams_is_said(proof, status, said, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        prove, "spread", lambda function, items, jobs: ((item, proof) for item in items)
    )
    assert ended(["--streams", "--names", "mac_lmul_e2m1_fp32"], monkeypatch) == status
    assert said in capfd.readouterr().err


@pytest.mark.parametrize(
    ("proof", "status", "said"),
    [
        (
            Proof(False, COMBINATIONAL, 1.0, (Cycle({"a": 1, "b": 2}, {"y": 3}, {"y": 4}),)),
            1,
            "refuted: lmul_e2m1 reference, by {'a': 1, 'b': 2}",
        ),
        (Proof(False, COMBINATIONAL, 7.0, None, False), 0, "not ended in 7 s: lmul_e2m1 reference"),
    ],
)
def test_what_is_not_proved_is_said(proof, status, said, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        prove, "spread", lambda function, items, jobs: ((item, proof) for item in items)
    )
    assert ended(["--names", "lmul_e2m1"], monkeypatch) == status
    assert said in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "begin"),
    [
        (["--names", "lmul_e2m1"], BEGIN),
        (["--streams"], streams.BEGIN),
        (["--sums"], sums.BEGIN),
        (["--additions"], additions.BEGIN),
        (["--exact-sums"], exact_additions.BEGIN),
        (["--windows"], windows.BEGIN),
    ],
)
def test_a_page_without_a_place_is_refused_before_the_work(
    arguments, begin, tmp_path, monkeypatch, capfd
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delattr(prove, "spread")
    (tmp_path / "page.md").write_text("nothing")
    assert ended([*arguments, "--page", "page.md"], monkeypatch) == 2
    assert f"page page.md has no place for this: expected {begin}" in capfd.readouterr().err
    assert ended([*arguments, "--page", "absent.md"], monkeypatch) == 2
    assert "page absent.md does not exist: expected one with" in capfd.readouterr().err


@pytest.mark.parametrize("kind", ["--names=lmul_e2m1", "--additions", "--exact-sums"])
def test_proofs_that_cannot_be_kept_are_refused_before_the_work(kind, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delattr(prove, "spread")
    (tmp_path / "build").touch()
    assert ended([kind], monkeypatch) == 1
    assert capfd.readouterr().err == "error: build/prove: Not a directory\n"
