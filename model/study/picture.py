"""Pictures of a study, the same bytes every time."""

import io
from collections.abc import Callable
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler
from numpy.typing import NDArray

matplotlib.use("Agg")

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.prop_cycle": cycler(
        color=["#0072b2", "#d55e01", "#009e74", "#b4508f", "#8a6d00", "#5c6470", "#56b4e9"],
        marker=["o", "s", "^", "D", "v", "P", "X"],
    ),
    "grid.color": "#c9ced6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.markersize": 5,
    "lines.linewidth": 1.4,
}


def picture(
    panels: int, draw: Callable[[list[Axes]], None], *, columns: int = 2, height: float = 3.4
) -> bytes:
    """A PNG of so many drawings side by side.

    Parameters
    ----------
    height
        Of a row of them, in inches.
    """
    down = -(-panels // columns)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(4.6 * min(columns, panels), height * down), layout="constrained")
        axes = figure.subplots(down, min(columns, panels), squeeze=False).flatten().tolist()
        for axis in axes[panels:]:
            axis.set_axis_off()
        draw(axes[:panels])
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()


def heat_map(axis: Axes, values: NDArray[Any], title: str, bound: float) -> None:
    """Errors in percent over both mantissas, white at none."""
    image = axis.imshow(
        100 * values,
        origin="lower",
        extent=(0, 1, 0, 1),
        cmap="RdBu_r",
        vmin=-100 * bound,
        vmax=100 * bound,
        interpolation="nearest",
    )
    axis.set_title(title)
    axis.set_xlabel("mantissa of b")
    axis.set_ylabel("mantissa of a")
    assert axis.figure is not None
    axis.figure.colorbar(image, ax=axis, label="error, %", shrink=0.8)
