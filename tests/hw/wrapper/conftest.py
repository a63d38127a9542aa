"""Wrapped units in a simulator, with benches that run inside it."""

import shutil

import pytest
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

from lmul_pe.hw.wrapper.export import wrapped_verilog
from lmul_pe.model import unit_named
from lmul_pe.sim.run.simulators import icarus, verilator


@pytest.fixture
def failures(tmp_path):
    """A function that runs a bench on a wrapped unit: how many tests ran, and failed."""

    def run(unit, bus, bench):
        module, verilog = wrapped_verilog(unit_named(unit), bus, unit)
        simulator = icarus() if shutil.which("iverilog") else verilator()
        # The project's harness marks its ports for Verilator; of a wrapper all must be visible.
        visible = ["--public-flat-rw"] if simulator.name == "verilator" else []
        source = tmp_path / f"{module}.v"
        source.write_text(verilog)
        results, log = tmp_path / "results.xml", tmp_path / "run.log"
        with simulator.installed():
            runner = get_runner(simulator.name)
            runner.build(
                sources=[source],
                hdl_toplevel=module,
                build_dir=tmp_path,
                build_args=[*simulator.build_arguments, *visible],
                timescale=("1ns", "1ps"),
                log_file=tmp_path / "build.log",
            )
            try:
                runner.test(
                    test_module=bench,
                    hdl_toplevel=module,
                    test_dir=tmp_path,
                    results_xml=str(results),
                    seed=1,
                    extra_env={"UNIT": unit},
                    log_file=log,
                )
            except (RuntimeError, SystemExit):
                print(log.read_text()[-6000:])
        return get_results(results) if results.is_file() else (0, 0)

    return run
