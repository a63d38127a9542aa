import re

import pytest

from lmul_pe.model import Multiplier
from lmul_pe.sim.run import runner
from lmul_pe.sim.run.runner import Bench, SimulationError, _build, run_bench
from lmul_pe.sim.run.simulators import Simulator
from lmul_pe.sim.testbench.harness import Unit

UNIT = Unit.exported(Multiplier("lmul", "e2m1"))
STREAM = Unit.exported(Multiplier("lmul", "e2m1", latency=2))
BROKEN = Unit(UNIT.specification, UNIT.verilog.replace("endmodule", "assign y = ;\nendmodule"))


def run(unit, simulator, folder, **options):
    return run_bench(
        Bench("bench", [unit]), simulator, pairs=0, beats=10, seed=1, build=folder, **options
    )


def test_a_bench_is_no_unit_of_its_own():
    """A simulator refuses two modules of one name."""
    with pytest.raises(ValueError, match=r"^bench lmul_e2m1 has the name of one of its units"):
        Bench("lmul_e2m1", [UNIT, STREAM])


def test_a_build_that_fails_names_its_log_and_shows_its_end(verilator_simulator, tmp_path):
    with pytest.raises(SimulationError) as caught:
        run(BROKEN, verilator_simulator, tmp_path)
    first, *rest = str(caught.value).splitlines()
    log = tmp_path / "bench" / "verilator" / "build.log"
    assert first == f"building bench with verilator failed, see {log}; its last lines:"
    assert any("syntax error" in line for line in rest)


@pytest.mark.parametrize("waves", [False, True])
@pytest.mark.parametrize("name", ["verilator", "icarus"])
def test_each_run_has_a_seed_of_its_own_and_those_behind_the_first_an_order(
    name, waves, monkeypatch, tmp_path
):
    simulator = Simulator(name, "6.0", (), {}, seeds=(3, 9))
    runs = []
    monkeypatch.setattr(
        runner, "_build", lambda bench, simulator, folder, waves: folder.mkdir(parents=True)
    )
    monkeypatch.setattr(runner, "_run", lambda *arguments: runs.append(arguments[3:]) or [])
    _, waveforms = run(UNIT, simulator, tmp_path, waves=waves)
    folders = [folder for folder, *_ in runs]
    assert [folder.name for folder in folders] == ["run3", "run9"]
    assert [configuration.seed for _, configuration, *_ in runs] == [1, 2]
    assert [configuration.shuffled for _, configuration, *_ in runs] == [False, True]
    assert waveforms == ([folder / simulator.waveform for folder in folders] if waves else [])
    given = [arguments for *_, arguments in runs]
    if name == "verilator":
        assert [each[-1] for each in given] == ["+verilator+seed+3", "+verilator+seed+9"]
    else:
        assert [bool(each) for each in given] == [waves] * 2


def test_a_run_that_leaves_nothing_is_an_error(monkeypatch, tmp_path):
    class Silent:
        def __init__(self, bench, simulator, folder, waves):
            folder.mkdir(parents=True)

        def test(self, **options):
            raise SystemExit(1)

    monkeypatch.setattr(runner, "_build", Silent)
    with pytest.raises(SimulationError, match=r"^running bench with verilator failed, see "):
        run(UNIT, Simulator("verilator", "6.0", (), {}, seeds=(1,)), tmp_path)


@pytest.mark.slow
def test_only_a_complete_build_is_used_again(quick_simulator, tmp_path):
    """One sequence, because each build of Verilator takes its time."""
    folder = tmp_path / "bench" / quick_simulator.name
    program = folder / {"icarus": "sim.vvp", "verilator": "bench"}[quick_simulator.name]

    def verdicts():
        outcomes, _ = run(STREAM, quick_simulator, tmp_path)
        assert {outcome.mismatches for outcome in outcomes} == {0}
        return [(outcome.what, outcome.count) for outcome in outcomes]

    with pytest.raises(SimulationError):
        run(BROKEN, quick_simulator, tmp_path)
    assert not (folder / "built.json").exists()

    first = verdicts()
    built = program.stat().st_mtime_ns
    assert verdicts() == first, "equal seeds give equal verdicts"
    assert program.stat().st_mtime_ns == built

    # As an interrupted build leaves it.
    (folder / "built.json").unlink()
    program.write_bytes(program.read_bytes()[:100])
    assert verdicts() == first


def test_another_design_of_one_name_is_built_anew(quick_simulator, tmp_path):
    folder = tmp_path / "bench" / quick_simulator.name
    other = Unit(UNIT.specification, UNIT.verilog.replace("endmodule", "// other\nendmodule"))
    built = []
    for unit in (UNIT, UNIT, other):
        _build(Bench("bench", [unit]), quick_simulator, folder, False)
        built.append((folder / "bench.v").stat().st_mtime_ns)
        assert unit.verilog in (folder / "bench.v").read_text()
    assert built[0] == built[1] < built[2]


def test_a_run_that_breaks_off_is_an_error(quick_simulator, tmp_path):
    text = UNIT.verilog.replace("endmodule", "always @(a) if (a == 4'h3) $finish;\nendmodule")
    pattern = f"running bench with {quick_simulator.name} failed, see .*run.log"
    with pytest.raises(SimulationError, match=pattern):
        run(Unit(UNIT.specification, text), quick_simulator, tmp_path)


def test_icarus_leaves_a_waveform(icarus_simulator, tmp_path):
    _, waveforms = run(UNIT, icarus_simulator, tmp_path, waves=True)
    assert [path.name for path in waveforms] == ["dump.fst"]
    assert waveforms[0].stat().st_size > 100


@pytest.mark.long
def test_verilator_leaves_a_waveform_of_the_units_own_signals(verilator_simulator, tmp_path):
    _, waveforms = run(UNIT, verilator_simulator, tmp_path, waves=True)
    assert len(waveforms) == len(verilator_simulator.seeds)
    assert re.search(r"\$scope module dut_lmul_e2m1 \$end", waveforms[0].read_text())
