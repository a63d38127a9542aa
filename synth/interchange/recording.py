"""Activity that a simulator recorded, signal by signal, and where it belongs in a netlist."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lmul_pe.model import SpecificationError
from lmul_pe.synth.activity.energy import Activity
from lmul_pe.synth.netlists.netlist import ONE, ZERO

from .verilog_reader import NamedNetlist

_LISTED = 5
"""Names in a message, and scopes."""


@dataclass(frozen=True)
class Signal:
    """One bit of a signal over the time of a recording.

    Parameters
    ----------
    toggles
        Changes between 0 and 1; what lies between, X or Z, counts for nothing.
    high_ps
        How long it was 1.
    """

    toggles: float
    high_ps: float


@dataclass(frozen=True)
class Recording:
    """What a file of activity says.

    Parameters
    ----------
    duration_ps
        From its beginning to its end.
    signals
        Path of each bit, with dots, to what it did: ``tb.dut.a[3]``.
    """

    duration_ps: float
    signals: Mapping[str, Signal]


def annotate(
    recording: Recording, named: NamedNetlist, scope: str
) -> tuple[Activity, tuple[str, ...]]:
    """The activity of each net of a netlist, from any of its names, there or at a pin of a cell.

    Parameters
    ----------
    scope
        As :func:`scope_of` gives it.

    Returns
    -------
    tuple
        The activity, and the names of the nets that the recording has not.
    """
    signals = _within(recording, scope)
    found: dict[int, Signal] = {}
    for names in (named.pins, named.names):
        for name, net in names.items():
            if name in signals:
                found[net] = signals[name]
    return (
        Activity(
            recording.duration_ps,
            {net: found[net].toggles for net in named.netlist.driven if net in found},
            {net: found[net].high_ps for net in named.netlist.driven if net in found},
        ),
        tuple(
            named.labels.get(net, f"net {net}") for net in named.netlist.driven if net not in found
        ),
    )


def scope_of(recording: Recording, named: NamedNetlist, scope: str | None = None) -> str:
    """The path of the instance of a netlist in a recording.

    Parameters
    ----------
    scope
        That path, or its end; by default the one that has all ports and most of the nets.

    Raises
    ------
    SpecificationError
        The recording has no such scope, or several.
    """
    scopes = _scopes(recording)
    if scope is not None:
        ending = [each for each in scopes if f".{each}".endswith(f".{scope}")]
        if not ending:
            near = sorted(scopes, key=lambda each: (each.count("."), each))
            raise SpecificationError(
                f"scope {scope!r} is not in the recording: expected one of {_some(near)}"
            )
        if len(ending) > 1 and scope not in ending:
            raise SpecificationError(
                f"scope {scope!r} is the end of {len(ending)}: expected one of {_some(ending)}"
            )
        return scope if scope in ending else ending[0]
    ports = {
        bit
        for port, nets in named.ports.items()
        for bit, net in zip(named.bits(port), nets, strict=True)
        # What never changes need not be recorded.
        if net not in (ZERO, ONE)
    }
    fitting = [each for each, signals in scopes.items() if ports <= signals.keys()]
    if not fitting:
        raise SpecificationError(
            f"no scope of the recording has the ports {_some(named.ports)} of "
            f"{named.netlist.name}: expected one of {_some(scopes)} to have them"
        )
    # A test bench may call its own signals as the ports: the instance is then inside it.
    known = named.names.keys() | named.pins.keys()
    return max(
        fitting,
        key=lambda each: (len(known & _within(recording, each).keys()), each.count(".")),
    )


def _scopes(recording: Recording) -> dict[str, dict[str, Signal]]:
    """Path of each scope to the signals right in it."""
    scopes: dict[str, dict[str, Signal]] = {}
    for path, signal in recording.signals.items():
        scope, _, name = path.rpartition(".")
        scopes.setdefault(scope, {})[name] = signal
    return scopes


def _within(recording: Recording, scope: str) -> dict[str, Signal]:
    """The signals in ``scope`` and below it, by their path from there."""
    prefix = f"{scope}." if scope else ""
    return {
        path[len(prefix) :]: signal
        for path, signal in recording.signals.items()
        if path.startswith(prefix)
    }


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + more
