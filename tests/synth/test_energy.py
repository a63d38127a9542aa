"""The command `lmul-pe energy`: verdict, files, and one line for what cannot be."""

import json

import pytest

from lmul_pe.synth.energy import EXAMPLES_FILE, main
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.system.energy_report import ENERGY
from tests.synth.small_report import small_report

FOLDER = "build/energy/smollm2-135m_bf16_nangate45_decode_b2_c64"
QUICK = ("--model", "smollm2-135m", "--fmt", "bf16", "--batch", "2", "--context", "64")


@pytest.fixture(autouse=True)
def nothing_is_measured(monkeypatch):
    def refuse(*_):
        raise AssertionError("a report was to be made")

    monkeypatch.setattr("lmul_pe.synth.energy.report_folder", refuse)


@pytest.fixture
def done(call, build):
    """The command, run once."""
    return call(main, *QUICK)


def test_the_verdict_fits_a_terminal(done):
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(lines) <= 8
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("smollm2-135m decode, batch 2, context 64:")
    assert lines[-1] == f"{FOLDER}/energy.md"


def test_files_say_the_same(done, tmp_path):
    folder = tmp_path / FOLDER
    record = ENERGY.read(folder / "energy.json", "again")
    saved = record.saved[0]
    assert saved.instead_of == "conventional bf16"
    assert saved.kindest_percent == pytest.approx(record.compared.saved_percent(False))
    assert record.version
    again = "lmul-pe energy --model smollm2-135m --fmt bf16 --batch 2 --context 64"
    assert record.command == again
    text = (folder / "energy.md").read_text()
    assert f"Made by `{again}`" in text
    assert "make synth FMT=bf16" in text
    assert (folder / "energy.png").read_bytes().startswith(b"\x89PNG")
    names = {each.name for each in folder.glob("*.csv")}
    assert names == {
        f"{each}.csv" for each in ("whole", "ledger", "thresholds", "levers", "operations")
    }


def test_entries_add_up_to_the_whole(done, tmp_path):
    content = json.loads((tmp_path / FOLDER / "energy.json").read_text())
    ledgers = [content["compared"]["lmul"], *content["compared"]["others"]]
    totals = [sum(each["high_j"] for each in ledger["entries"]) for ledger in ledgers]
    saved = content["saved"][0]["hardest_percent"]
    assert saved == pytest.approx(100 * (1 - totals[0] / totals[1]))


@pytest.mark.slow
def test_other_runs_have_other_folders(call, build):
    unit = "mac_lmul_bf16_fp32"
    training = (*QUICK, "--phase", "training", "--recompute", "--lora-rank", "8", "--unit", unit)
    done = call(main, *training)
    folder = "smollm2-135m_bf16_nangate45_training_b2_c64_recompute_lora8x2_mac_lmul_bf16_fp32"
    assert done.stdout.splitlines()[-1] == f"build/energy/{folder}/energy.md"


@pytest.mark.slow
def test_the_same_bytes_every_time(call, build, tmp_path, done):
    before = {path.name: path.read_bytes() for path in (tmp_path / FOLDER).iterdir()}
    call(main, *QUICK)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / FOLDER).iterdir()}


@pytest.fixture
def quick(call, build, monkeypatch, tmp_path):
    """A function that runs the command without its picture: its lines, and what it recorded."""
    monkeypatch.setattr("lmul_pe.synth.energy.png", lambda drawn: b"")

    def run(*arguments):
        done = call(main, *arguments, *QUICK)
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        return done.stdout, ENERGY.read(tmp_path / lines[-1].replace(".md", ".json"), "again")

    return run


TABLES = (
    "Where L-Mul saves that much of the whole",
    "L-Mul in attention alone",
)


def test_levers_are_printed_alone_or_with_all_tables(quick):
    verdict = "smollm2-135m decode, batch 2, context 64:"
    printed, record = quick("levers")
    assert [table in printed for table in TABLES] == [False, True]
    # A blank line is between a table and what follows.
    assert f"\n\n{verdict}" in printed
    assert record.command.startswith("lmul-pe energy levers --model")
    printed, _ = quick("levers", "--verbose")
    assert [table in printed for table in TABLES] == [True, True]
    printed, _ = quick()
    assert [table in printed for table in TABLES] == [False, False]
    assert printed.startswith(verdict)


def test_what_is_given_of_the_machine_is_taken(quick):
    usual = quick()[1].compared.around
    assert (usual.dram_name, usual.buffer_kb, usual.node_nm) == ("hbm2", 1024, 45)
    given = ("--multipliers", "1", "--gb-per-s", "1", "--idle-watts", "0", "--pue", "1")
    around = quick(*given, "--dram", "ddr", "--buffer-kb", "32")[1].compared.around
    assert (around.multipliers, around.gb_per_s) == (1, 1)
    assert (around.idle.low, around.idle.high) == (0, 0)
    assert (around.cooling.low, around.cooling.high) == (1, 1)
    assert (around.dram_name, around.buffer_kb) == ("ddr", 32)
    assert usual.multipliers > 1
    assert usual.cooling.low < usual.cooling.high


def test_a_folder_is_named_by_its_run(quick, tmp_path):
    training = ("--phase", "training", "--recompute", "--lora-rank", "8")
    unit = ("--unit", "mac_lmul_bf16_fp32")
    name = "build/energy/smollm2-135m_bf16_nangate45_training_b2_c64_recompute"
    for options, rest in (
        ((*training, *unit), "_lora8x2_mac_lmul_bf16_fp32"),
        ((*training, "--lora-targets", "everywhere"), "_lora8x7"),
        (training[:3], ""),
    ):
        printed, record = quick(*options)
        assert printed.splitlines()[-1] == f"{name}{rest}/energy.md"
        run = record.compared.counted.run
        assert (run.batch, run.context, run.recompute) == (2, 64, True)
    printed, _ = quick("--out", "elsewhere")
    assert printed.splitlines()[-1] == "elsewhere/energy.md"
    assert (tmp_path / "elsewhere" / "energy.json").exists()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--dram", "hbm3"), "did you mean 'hbm2'"),
        (("--buffer-kb", "4"), "the nearest is 8"),
        (("--out", "taken/there"), "taken"),
    ],
)
def test_what_cannot_be_is_found_before_anything_is_measured(call, tmp_path, options, error):
    (tmp_path / "taken").write_text("")
    done = call(main, "--fmt", "e5m2", *options)
    assert done.returncode != 0
    assert done.stdout == ""
    assert error in done.stderr
    assert "measuring" not in done.stderr
    assert "a report was to be made" not in done.stderr


def test_verbose_prints_tables(call, build):
    done = call(main, *QUICK, "--verbose")
    assert done.returncode == 0
    assert "Where L-Mul saves that much of the whole" in done.stdout
    assert "quantisation" not in done.stdout  # bf16 is the wide one itself
    assert "L-Mul in attention alone" in done.stdout


def test_examples_are_written(call, build, tmp_path):
    place = tmp_path / "build" / "synth" / "fp32"
    place.mkdir()
    (place / "report.json").write_bytes(REPORT.text(small_report("fp32")))
    done = call(main, "examples")
    assert (done.returncode, done.stderr) == (0, "")
    found = EXAMPLES_FILE.read(tmp_path / "build/energy/examples/examples.json", "again")
    assert "564 MWh a day" in [each.name for each in found]
    text = (tmp_path / "build/energy/examples/examples.md").read_text()
    assert "Made by `lmul-pe energy examples`" in text
    names = ", ".join(each.name for each in found)
    lines = f"{len(found)} sentences: {names} build/energy/examples: examples.md, examples.json"
    assert " ".join(done.stdout.split()) == lines
    verbose = " ".join(call(main, "examples", "--verbose").stdout.split())
    for each in found:
        assert f"{each.name}: {each.claim} {each.arithmetic} {each.assumes} {each.ours}" in verbose
    assert "sentences:" not in verbose
    assert verbose.endswith("build/energy/examples: examples.md, examples.json")


def test_components_are_written(call, build, tmp_path):
    done = call(main, "components", "--fmt", "bf16")
    assert (done.returncode, done.stderr) == (0, "")
    path = "build/energy/components/lmul_pe_bf16.csv"
    assert done.stdout.startswith(f"{path}: ")
    assert "COMPONENT: lmul_pe_lmul_bf16\n" in (tmp_path / path).read_text()
    models = (tmp_path / path).with_suffix(".py").read_text()
    assert "class lmul_pe_lmul_bf16(" in models


def test_a_unit_that_cannot_be_is_found_before_anything_is_measured(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call(main, "--fmt", "e4m3", "--unit", "dot16_lmul_e4m3_fixd")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'dot16_lmul_e4m3_fixed'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_unit_that_few_reports_have_is_asked_for_with_its_option(call, build):
    done = call(main, *QUICK, "--unit", "dot4_lmul_bf16_fp32")
    assert (done.returncode, done.stderr) == (0, "")
    done = call(main, *QUICK, "--unit", "mac_lmul_bf16_aligned")
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no mac_lmul_bf16_aligned" in done.stderr
    assert "ALL_UNITS=1` makes one" in done.stderr


@pytest.mark.parametrize("unit", ["mac_lmul_e5m2_fp32", "mac_lmul_e5m2_aligned"])
def test_what_is_missing_is_made_with_the_unit(unit, call, build, monkeypatch):
    asked = []

    def report_folder(format, tech, settings):
        asked.append((str(format), tech, settings.all_units))
        raise OSError("no space")

    monkeypatch.setattr("lmul_pe.synth.energy.report_folder", report_folder)
    done = call(main, "--fmt", "e5m2", "--unit", unit)
    assert done.returncode != 0
    assert done.stderr.startswith("measuring e5m2 in nangate45, once\n")
    assert asked == [("e5m2", "nangate45", unit.endswith("aligned"))]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--model", "llama"), "did you mean 'llama-3.1-8b'"),
        (("--model", "none.json"), "model 'none.json' is not one of"),
        (("--fmt", "e4mx"), "e4mx"),
        (("--phase", "prefil"), "did you mean 'prefill'"),
        (("--batch", "0"), "batch '0' is not an integer from 1 to 1048576"),
        (("--context", "x"), "context 'x' is not an integer from 1 to 1048576"),
        (("--multipliers", "0"), "multipliers '0' is not an integer from 1 to 1099511627776"),
        (("--gb-per-s", "0"), "GB/s '0' is not a number from 1 to 1000000000"),
        (("--idle-watts", "-1"), "idle power '-1' is not a number from 0 to 1000000"),
        (("--model", "gpt-3-175b", "--context", "4096"), "the nearest is 2048"),
        (("--tech", "sky130hd"), "no memory is published"),
        (("--dram", "hbm3"), "did you mean 'hbm2'"),
        (("--buffer-kb", "4"), "the nearest is 8"),
        (("--buffer-kb", "nan"), "buffer 'nan' is not a number from 0 to 1073741824"),
        (("--pue", "0.9"), "PUE '0.9' is not a number from 1 to 10"),
        (("--unit", "array_os_8x8_lmul_e4m3"), "did you mean 'array_os_8x8_lmul_e4m3_fp32'"),
        (("--lora-rank", "8"), "expected 'training'"),
        (("--lora-rank", "0"), "rank '0' is not an integer from 1 to 1048576"),
        (("--lora-targets", "everywhere"), "expected a rank"),
        (("--phase", "training", "--lora-rank", "8", "--lora-targets", "all"), "'all' is not one"),
        (("exampels",), "did you mean 'examples'"),
    ],
)
def test_what_cannot_be_is_one_line(call, build, options, error):
    done = call(main, *options)
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert error in done.stderr
