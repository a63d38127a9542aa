"""Compiles the simulator's own part of a build once: Verilator's makefile runs this (OBJCACHE).

The run-time library of Verilator is the same in every build, and takes longer to compile than a
small design.  Run as ``object_cache.py COMPILER ARGUMENT ...``, in the folder of a build.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = "LMUL_PE_OBJECTS"
"""The variable that names the folder of what was compiled."""


def main(command: list[str]) -> int:
    """Run ``command``, or copy what it made before."""
    target = Path(command[command.index("-o") + 1]) if "-o" in command else Path()
    folder = os.environ.get(FOLDER)
    if folder is None or not (target.name.startswith("verilated") and target.suffix == ".o"):
        return subprocess.run(command, check=False).returncode
    digest = hashlib.sha256("\0".join(command).encode())
    digest.update(Path(command[-1]).read_bytes())
    compiler = shutil.which(command[0])
    if compiler is not None:
        state = Path(compiler).stat()
        digest.update(f"{state.st_size} {state.st_mtime_ns}".encode())
    kept = Path(folder, f"{digest.hexdigest()}.o")
    if not kept.is_file():
        status = subprocess.run(command, check=False).returncode
        if status:
            return status
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: builds run side by side.
        part = kept.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(target, part)
        os.replace(part, kept)
        return 0
    shutil.copyfile(kept, target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
