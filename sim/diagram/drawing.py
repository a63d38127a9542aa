"""A trace as a picture: one line for each signal, in SVG."""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

_CELL, _ROW, _NAMES = 64, 26, 150
"""Width of a cycle, height of a line, width of the names, in pixels."""
_HIGH, _LOW = 4, 20
"""Of a wave, from the top of its line."""


def svg_text(title: str, trace: Mapping[str, Sequence[int | None]]) -> str:
    """The picture of ``trace``, below a clock; data in hexadecimal digits.

    Parameters
    ----------
    trace
        Values of the same number of cycles by the name of each signal; what ends with ``tdata`` is
        drawn as data, all else as bits.
    """
    cycles = len(next(iter(trace.values())))
    width, height = _NAMES + _CELL * cycles + 8, _ROW * (len(trace) + 2)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="monospace" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        '<g stroke="#ccc">',
        *(f'<path d="M{_NAMES + _CELL * cycle} {_ROW}V{height}"/>' for cycle in range(cycles + 1)),
        "</g>",
        '<g text-anchor="middle" fill="#777">',
        *(
            f'<text x="{_NAMES + _CELL * cycle + _CELL // 2}" y="18">{cycle}</text>'
            for cycle in range(cycles)
        ),
        "</g>",
        '<g fill="none" stroke="black">',
        _clock(cycles, _ROW),
        *(
            line
            for index, (name, values) in enumerate(trace.items(), start=2)
            for line in (
                _data(values, index * _ROW)
                if name.endswith("tdata")
                else [_bits(values, index * _ROW)]
            )
        ),
        "</g>",
        '<g text-anchor="end">',
        *(
            f'<text x="{_NAMES - 8}" y="{index * _ROW + 17}">{escape(name)}</text>'
            for index, name in enumerate(("clk", *trace), start=1)
        ),
        "</g>",
        "</svg>",
    ]
    return "\n".join([*lines, ""])


def _clock(cycles: int, top: int) -> str:
    half = _CELL // 2
    wave = f"V{top + _HIGH}h{half}V{top + _LOW}h{half}" * cycles
    return f'<path d="M{_NAMES} {top + _LOW}{wave}"/>'


def _bits(values: Sequence[int | None], top: int) -> str:
    # What changes does so behind the clock's edge that changes it.
    wave = "".join(f"V{top + (_HIGH if value else _LOW)}h{_CELL}" for value in values)
    return f'<path d="M{_NAMES} {top + _LOW}{wave}"/>'


def _data(values: Sequence[int | None], top: int) -> Iterator[str]:
    """A box for every value, as long as it stays."""
    start = 0
    for cycle in range(1, len(values) + 1):
        if cycle < len(values) and values[cycle] == values[start]:
            continue
        left, right = _NAMES + _CELL * start, _NAMES + _CELL * cycle
        value = values[start]
        if value is None:
            yield f'<path stroke="#999" d="M{left} {top + (_HIGH + _LOW) // 2}H{right}"/>'
        else:
            yield (
                f'<path d="M{left + 3} {top + _HIGH}H{right - 3}L{right} {top + 12}L{right - 3} '
                f'{top + _LOW}H{left + 3}L{left} {top + 12}Z"/>'
                f'<text x="{(left + right) // 2}" y="{top + 16}" text-anchor="middle" fill="black" '
                f'stroke="none" font-size="10">{value:x}</text>'
            )
        start = cycle
