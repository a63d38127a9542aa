"""The timing diagrams of ``docs/interfaces.md``: ``lmul-pe timing``."""

from pathlib import Path

import click

from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.run import Command, say

from .diagram.drawing import svg_text
from .diagram.trace import Scene, traced

# Codes of e4m3: 1 is 38, 1.5 is 3c, 2 is 40, 3 is 44.
SCENES = {
    "multiplier": Scene(
        "lmul_e4m3_latency2",
        14,
        {"s_axis_ab": [(0x3838, 0), (0x3C38, 0), (0x4038, 0), (0x4438, 0), (0x4040, 1)]},
        pauses={"s_axis_ab": {3}, "m_axis_y": {5, 6, 7, 8}},
        reset={0, 1},
    ),
    "dot": Scene(
        "dot2_lmul_e4m3_fp32",
        16,
        {
            "s_axis_ab": [
                *((0x38383838, 0), (0x40403838, 0), (0x44443838, 1)),
                *((0x38384040, 0), (0x38384444, 1)),
                *((0x3C3C3838, 1), (0x40404040, 1), (0x38383838, 1)),
            ]
        },
        pauses={"m_axis_c": {5, 6, 7, 8, 9}},
    ),
    "array": Scene(
        "array_os_2x2_lmul_e4m3_fp16",
        13,
        {
            "s_axis_a": [(0x4038, 0), (0x443C, 1), (0x3838, 0), (0x4040, 1)],
            "s_axis_b": [(0x3838, 0), (0x4038, 1), (0x3C38, 0), (0x3838, 1)],
        },
        pauses={"s_axis_b": {1}, "m_axis_c": {6, 7}},
    ),
}
"""What each diagram shows, by the name of its file."""


def diagrams() -> dict[str, str]:
    """The text of every diagram, by the name of its file."""
    return {
        f"{name}.svg": svg_text(f"{scene.unit}, simulated", traced(scene))
        for name, scene in SCENES.items()
    }


@click.command(cls=Command)
@click.option(
    "--out",
    type=OutputPath(),
    default=Path("docs/timing"),
    show_default=True,
    help="Folder of the pictures.",
)
def main(out: Path) -> None:
    """Draw timing diagrams of a multiplier, a dot product and an array from their simulations."""
    for name, text in diagrams().items():
        write_whole(out / name, text)
        say([str(out / name)])
