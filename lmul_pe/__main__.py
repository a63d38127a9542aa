"""The command ``lmul-pe``."""

import sys
from typing import NoReturn

from lmul_pe.model.extras import MissingExtraError

try:
    from lmul_pe.model.command.group import LazyGroup, Subcommand
    from lmul_pe.model.command.run import run
except MissingExtraError as error:
    sys.exit(f"error: {error}")

SUBCOMMANDS = {
    "vectors": Subcommand("lmul_pe.model.command.vectors", "Golden vectors of a multiplier."),
    "accuracy": Subcommand(
        "lmul_pe.model.study.command", "Errors of products and of sums.", beside=("accuracy-cost",)
    ),
    "accuracy-cost": Subcommand(
        "lmul_pe.synth.frontier",
        "Errors of multipliers against their energy.",
        beside=("accuracy",),
    ),
    "language": Subcommand(
        "lmul_pe.model.command.language", "A text under an arithmetic of a language model."
    ),
    "train": Subcommand("lmul_pe.model.study.train", "Small networks trained by L-Mul."),
    "verilog": Subcommand("lmul_pe.hw.verilog", "One design as one Verilog file."),
    "sim": Subcommand("lmul_pe.sim.units", "Check the units of one format in a simulator."),
    "array": Subcommand(
        "lmul_pe.sim.array", "Check a matrix product on a systolic array.", beside=("array-cost",)
    ),
    "attention": Subcommand("lmul_pe.sim.attention", "One attention head through an array."),
    "timing": Subcommand("lmul_pe.sim.timing", "Timing diagrams of streams, simulated."),
    "prove": Subcommand("lmul_pe.sim.prove", "Proofs that multipliers are what the docs say."),
    "mutate": Subcommand("lmul_pe.sim.mutate", "Faults planted, and whether the checks find them."),
    "synth": Subcommand("lmul_pe.synth.format", "Gates, area, delay and energy of one format."),
    "array-cost": Subcommand(
        "lmul_pe.synth.array", "Gates and energy of a systolic array.", beside=("array",)
    ),
    "power": Subcommand("lmul_pe.synth.power", "Energy of a netlist from recorded activity."),
    "fpga": Subcommand("lmul_pe.synth.fpga.command", "LUTs, DSPs and clock on an FPGA."),
    "bitstream": Subcommand(
        "lmul_pe.synth.fpga.bitstream_command", "A bitstream of an array for an FPGA board."
    ),
    "board": Subcommand("lmul_pe.hw.board.command", "Matrix products on an FPGA board."),
    "curves": Subcommand("lmul_pe.synth.curves", "Area and energy of multipliers by clock."),
    "pipeline": Subcommand("lmul_pe.synth.pipeline", "Training pipelines: energy over time."),
    "scaling": Subcommand(
        "lmul_pe.synth.scaling", "How costs grow with the mantissa: linear against quadratic."
    ),
    "sweep": Subcommand(
        "lmul_pe.synth.sweep.command", "A space of designs measured, here or on a cluster."
    ),
    "best": Subcommand("lmul_pe.synth.sweep.best", "The best designs of a sweep, and why."),
    "energy": Subcommand("lmul_pe.synth.energy", "Where a whole model's energy goes."),
    "claims": Subcommand("lmul_pe.synth.claims", "The paper's claims judged over formats."),
    "report": Subcommand("lmul_pe.synth.site", "One page over several formats."),
    "summary": Subcommand("lmul_pe.synth.summary", "The README's tables of several reports."),
    "recipes": Subcommand("lmul_pe.synth.recipes", "The table of recipes that win, made anew."),
    "baseline": Subcommand("lmul_pe.synth.baseline", "Key figures against accepted ones."),
}


def main() -> NoReturn:
    """Run the command that the process's arguments name."""
    run(
        LazyGroup(
            SUBCOMMANDS,
            "L-Mul and conventional floating-point processing elements: model, hardware, checks "
            "and cost.",
        )
    )


if __name__ == "__main__":
    main()
