"""The command of mutants: what it says, what it keeps, and what it refuses."""

import sys

import pytest

from lmul_pe.model.command.progress import progress_bar
from lmul_pe.model.command.run import run
from lmul_pe.sim import mutate
from lmul_pe.sim.mutation import verdicts
from lmul_pe.sim.mutation.mutants import Mutant
from lmul_pe.sim.mutation.score import BEGIN, END, SOURCE_BEGIN, SOURCE_END
from lmul_pe.sim.mutation.source_verdicts import LIVES, SLOWLY, SourceVerdict
from lmul_pe.sim.mutation.verdicts import EQUAL, GAP, KILLED, OPEN, Verdict


def ended(arguments, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["mutate", *arguments])
    with pytest.raises(SystemExit) as end:
        run(mutate.main)
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--formats", "bf61"], "error: format 'bf61' is not known"),
        (["--designs", "lmul_e4m4x"], "error: format 'e4m4x' is not known"),
        (
            ["--designs", "array_os_2x2_lmul_e2m1_fixed/controls"],
            "error: design array_os_2x2_lmul_e2m1_fixed: instance 'controls' is not one of",
        ),
        (["--designs", "lmul_e4m3", "--formats", "e4m3"], "error: designs and formats are both"),
        (["--count", "0"], "error: count '0' is not an integer from 1 to"),
        (["--jobs", "0"], "error: jobs '0' is not an integer from 1 to"),
        (["--sources", "sim/absent"], "error: source 'sim/absent' is no Python file"),
        (["--sources", "sim/mutation", "--formats", "e4m3"], "error: with sources, neither"),
        (["--sources", "sim/mutation", "--seconds", "0"], "error: seconds '0' is not an integer"),
        (["--seconds", "9"], "error: seconds apply to mutants of sources only"),
        (["--page", "page.md"], "error: page page.md does not exist: expected one with"),
    ],
)
def test_a_wrong_option_is_one_clear_line(arguments, message, monkeypatch, capfd, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert ended(arguments, monkeypatch) == 2
    captured = capfd.readouterr()
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1


def test_a_page_in_another_encoding_is_refused_and_stays(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    content = f"caf\xe9 {BEGIN} {END}".encode("latin-1")
    (tmp_path / "page.md").write_bytes(content)
    assert ended(["--designs", "lmul_e2m1", "--page", "page.md"], monkeypatch) == 2
    assert capfd.readouterr().err.startswith("error: page page.md is no text in UTF-8")
    assert (tmp_path / "page.md").read_bytes() == content


def test_mutants_are_judged_kept_and_written_down(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.md").write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    arguments = ["--designs", "lmul_e2m1", "--count", "30", "--jobs", "1", "--page", "page.md"]
    assert ended(arguments, monkeypatch) == 0
    printed = capfd.readouterr().out
    # Every pair is tried: what lives is equal.
    assert "lmul_e2m1: " in printed
    assert " 0 left; 100.0 % (" in printed
    text = (tmp_path / "page.md").read_text()
    assert (text[:6], text[-6:]) == ("above\n", "below\n")
    assert "| lmul_e2m1 | 30 | " in text
    assert "`make mutate DESIGNS=lmul_e2m1 COUNT=30`" in text

    def never(*arguments):
        raise AssertionError

    # What was found out is not found out again.
    monkeypatch.setattr(verdicts, "_wrong_products", never)
    assert ended(arguments, monkeypatch) == 0
    assert capfd.readouterr().out == printed


def test_what_is_left_is_told_and_a_bar_ends_where_there_are_fewer(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    bars = []

    def shown():
        bars.append(progress_bar())
        return bars[-1]

    def found(design, count, seed, folder, jobs, report):
        outcomes = [KILLED] if design == "exact_e2m1" else [KILLED, GAP, EQUAL, OPEN]
        report(1, "benches")
        report(len(outcomes) - 1, "proofs")
        command = "mutate -mode inv -cell $add$design.v:6$1 -port A -portbit 3"
        return [
            Verdict(Mutant(design, command), number, outcome, f"as {outcome} are")
            for number, outcome in enumerate(outcomes, start=1)
        ]

    monkeypatch.setattr(mutate, "progress_bar", shown)
    monkeypatch.setattr(mutate, "verdicts", found)
    assert ended(["--designs", "exact_e2m1,lmul_e2m1", "--count", "9"], monkeypatch) == 0
    said, left = capfd.readouterr()
    assert "exact_e2m1: 1 of 1 mutants killed, 0 proved equal, 0 left; 100.0 % (" in said
    assert "lmul_e2m1: 1 of 4 mutants killed, 1 proved equal, 2 left; 33.3 % (" in said
    assert "gap: 2 inv A[3] of $add in line 6\n  as gap are\n" in left
    assert "open: 4 inv A[3] of $add in line 6\n  as open are\n" in left
    (progress,) = bars
    assert [(bar.description, bar.completed, bar.total) for bar in progress.tasks] == [
        ("exact_e2m1", 1, 1),
        ("lmul_e2m1", 4, 4),
    ]


@pytest.mark.parametrize(
    ("options", "given", "named"),
    [
        ([], 60, ""),
        (["--seed", "3"], 60, " SEED=3"),
        (["--seconds", "7"], 7, " SECONDS=7"),
    ],
)
def test_mutants_of_the_source_are_told_and_written_down(
    options, given, named, tmp_path, monkeypatch, capfd
):
    monkeypatch.chdir(tmp_path)
    bars = []

    def shown():
        bars.append(progress_bar())
        return bars[-1]

    monkeypatch.setattr(mutate, "progress_bar", shown)
    (tmp_path / "page.md").write_text(f"above\n{SOURCE_BEGIN}\nold\n{SOURCE_END}\nbelow\n")
    monkeypatch.setattr(mutate, "line_tests", lambda root, jobs, folder: None)

    def judged(root, mutants, tests, kept, jobs, seconds):
        tests()
        assert seconds == given
        *others, last = mutants
        yield SourceVerdict(last, EQUAL, "as long as nobody looks")
        for index, mutant in enumerate(others):
            outcome = {1: LIVES, 2: SLOWLY}.get(index, KILLED)
            yield SourceVerdict(mutant, outcome, f"reason {index}")

    monkeypatch.setattr(mutate, "source_verdicts", judged)
    arguments = ["--sources", "sim/mutation,hw/array", "--count", "21", "--page", "page.md"]
    assert ended([*arguments, *options], monkeypatch) == 0
    printed = capfd.readouterr()
    said = " ".join(printed.out.split())
    assert (
        "hw/array: 18 of 21 mutants killed, 1 by slow tests, 1 judged equal, 1 live; 95.0 % ("
        in said
    )
    assert "lives: hw/array" in printed.out + printed.err
    text = (tmp_path / "page.md").read_text()
    assert (text[:6], text[-6:]) == ("above\n", "below\n")
    assert "| sim/mutation | 21 | 18 | 1 | 1 | 1 | 95.0 % (76.4 % to 99.1 %) |" in text
    assert f"By `make mutate COUNT=21{named}`, with these as `SOURCES=`." in text
    assert " ".join(text.split()).count("reason 1") == 2
    assert "old" not in text
    (progress,) = bars
    assert [(bar.description, bar.completed) for bar in progress.tasks] == [
        ("sim/mutation", 21),
        # Asked twice, found out once.
        ("which tests run a line", 1),
        ("hw/array", 21),
    ]
