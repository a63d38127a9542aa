"""Cores for FuseSoC: a file beside exported Verilog, and a generator by parameters."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import IntegerMultiplier
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.project import version
from lmul_pe.model.command.unit_options import stated_options, unit_of
from lmul_pe.model.unit.names import unit_named

from .export import wrapped_verilog
from .testbench import bench_text

CORES = Path(__file__).parent / "cores"
"""The generator, and a core for each of :data:`STANDARD`."""
GENERATOR = "lmul_pe"
STANDARD = (
    "lmul_e4m3",
    "lmul_e5m2",
    "lmul_bf16",
    "lmul_fp16",
    "lmul_fp32",
    "exact_bf16_latency2",
    "mac_lmul_e4m3_fp32",
    "dot8_lmul_bf16_window",
    "array_os_4x4_lmul_e4m3_fixed",
    "array_ws_4x4_lmul_bf16_fp32",
)
"""The units that have a core of their own."""

_LINT = ("-Wall", "-Wno-WIDTH", "-Wno-DECLFILENAME", "-Wno-UNUSEDSIGNAL")


def core_text(module: str, *, tested: bool) -> str:
    """The core ``lmul-pe:unit:MODULE`` of ``MODULE.v``.

    Parameters
    ----------
    tested
        Whether ``MODULE_tb.sv`` is beside it, for its target ``sim``.
    """
    filesets = _filesets(module, tested)
    return _core(
        {
            "name": f"lmul-pe:unit:{module}:{version()}",
            "description": f"{module}, by lmul-pe {version()}",
            "filesets": filesets,
            "targets": _targets(
                module, {"filesets": ["rtl"]}, {"filesets": list(filesets)} if tested else None
            ),
        }
    )


def standard_core_text(name: str) -> str:
    """The core of a unit of :data:`STANDARD`, which is made when it is used."""
    specification = unit_named(name)
    assert not isinstance(specification, IntegerMultiplier)
    options = {key: str(value) for key, value in stated_options(specification).items()}
    made = {
        entry: {"generator": GENERATOR, "parameters": {**options, **more}}
        for entry, more in (("unit", {}), ("tested", {"testbench": "1"}))
    }
    asked = {"filesets": ["generator"]}
    return _core(
        {
            "name": f"lmul-pe:standard:{name}:{version()}",
            "description": f"{name}, made by lmul-pe when it is used",
            "filesets": {"generator": {"depend": ["lmul-pe:tools:generator"]}},
            "generate": made,
            "targets": _targets(
                name, {**asked, "generate": ["unit"]}, {**asked, "generate": ["tested"]}
            ),
        }
    )


def write_generated(asked: Mapping[str, Any], folder: Path) -> None:
    """What FuseSoC's generator does: Verilog and its core in ``folder``.

    Parameters
    ----------
    asked
        The generator's input, with ``vlnv`` and ``parameters``: those of ``make verilog`` in small
        letters, ``bus`` among them, and ``testbench``.

    Raises
    ------
    SpecificationError
        Parameters that give no unit.
    """
    options = {key: str(value) for key, value in (asked.get("parameters") or {}).items()}
    tested = options.pop("testbench", "0") not in ("0", "False")
    bus = options.pop("bus", None)
    specification = unit_of(options.pop("unit", "mul"), options)
    header = f"{specification.name}: lmul-pe {version()}, by FuseSoC"
    module = specification.name
    if bus is None:
        text = exported_verilog(specification, header)
    else:
        if tested:
            raise SpecificationError(f"testbench does not apply to bus {bus}; leave it out")
        module, text = wrapped_verilog(specification, bus, header)
    write_whole(folder / f"{module}.v", text)
    if tested:
        write_whole(folder / f"{module}_tb.sv", bench_text(specification, header))
    filesets = _filesets(module, tested)
    # FuseSoC takes the files of this target from a generated core, whatever it was asked for.
    targets = {"default": {"filesets": list(filesets)}}
    core = {"name": asked["vlnv"], "filesets": filesets, "targets": targets}
    write_whole(folder / f"{module}.core", _core(core))


def _filesets(module: str, tested: bool) -> dict[str, Any]:
    filesets = {"rtl": {"files": [f"{module}.v"], "file_type": "verilogSource"}}
    if tested:
        filesets["bench"] = {"files": [f"{module}_tb.sv"], "file_type": "systemVerilogSource"}
    return filesets


def _targets(
    module: str, plain: Mapping[str, Any], tested: Mapping[str, Any] | None
) -> dict[str, Any]:
    targets = {
        "default": {**plain, "toplevel": module},
        "lint": {
            **plain,
            "toplevel": module,
            "flow": "lint",
            "flow_options": {"tool": "verilator", "verilator_options": list(_LINT)},
        },
        "synth": {
            **plain,
            "toplevel": module,
            "flow": "generic",
            "flow_options": {"tool": "yosys", "arch": "ice40", "output_format": "json"},
        },
    }
    if tested is not None:
        targets["sim"] = {
            **tested,
            "toplevel": f"{module}_tb",
            "flow": "sim",
            "flow_options": {"tool": "icarus", "iverilog_options": ["-g2012"]},
        }
    return targets


def _core(content: Mapping[str, Any]) -> str:
    return "\n".join(["CAPI=2:", *_yaml(content), ""])


def _yaml(content: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """The lines of mappings of strings and lists of strings."""
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _yaml(value, indent + "  ")
        elif isinstance(value, list):
            yield f"{indent}{key}: [{', '.join(map(_scalar, value))}]"
        else:
            yield f"{indent}{key}: {_scalar(value)}"


def _scalar(text: str) -> str:
    # What could be a number, or nothing at all, is quoted.
    return text if re.fullmatch(r"[A-Za-z][\w./-]*", text) else json.dumps(text)


def write_standard() -> None:
    """Write the cores of :data:`STANDARD`, as they are committed."""
    for name in STANDARD:
        write_whole(CORES / f"{name}.core", standard_core_text(name))


if __name__ == "__main__":
    write_standard()
