"""Components with registers in Amaranth's simulator."""

from amaranth.sim import Simulator


def simulate(component, bench):
    """Run ``bench``, a coroutine that ends the simulation, on ``component``."""
    simulator = Simulator(component)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
