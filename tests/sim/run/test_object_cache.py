"""The compiler's results kept and taken again."""

import os
import sys

import pytest

from lmul_pe.sim.run.object_cache import FOLDER, main

COMPILER = f"""#!{sys.executable}
import sys
from pathlib import Path
source, target = Path(sys.argv[-1]), Path(sys.argv[sys.argv.index("-o") + 1])
with Path("calls").open("a") as calls:
    calls.write(target.name + "\\n")
if "error" in source.read_text():
    sys.exit(3)
target.write_text(source.read_text().upper())
"""


@pytest.fixture
def compiled(tmp_path, monkeypatch):
    """A function that compiles a text with a compiler that counts its calls."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    compiler = tmp_path / "compiler"
    compiler.write_text(COMPILER)
    compiler.chmod(0o755)

    def made(text, target="verilated.o", option="-O0"):
        (tmp_path / "source.cpp").write_text(text)
        (tmp_path / target).unlink(missing_ok=True)
        status = main([str(compiler), option, "-c", "-o", target, "source.cpp"])
        calls = (tmp_path / "calls").read_text().splitlines()
        found = (tmp_path / target).read_text() if (tmp_path / target).exists() else None
        return status, found, len(calls)

    return made


def test_what_was_compiled_before_is_taken_again(compiled):
    assert compiled("abc") == (0, "ABC", 1)
    assert compiled("abc") == (0, "ABC", 1)


def test_another_source_or_option_is_compiled(compiled):
    assert compiled("abc") == (0, "ABC", 1)
    assert compiled("abd") == (0, "ABD", 2)
    assert compiled("abc", option="-O2") == (0, "ABC", 3)


def test_another_compiler_of_one_name_compiles_anew(compiled, tmp_path):
    assert compiled("abc") == (0, "ABC", 1)
    compiler = tmp_path / "compiler"
    state = compiler.stat()
    # Updated: of another size, or of another date.
    compiler.write_text(COMPILER.replace("upper", "title"))
    os.utime(compiler, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))
    assert compiled("abc") == (0, "Abc", 2)
    compiler.write_text(COMPILER.replace("upper()", "upper() * 2"))
    os.utime(compiler, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert compiled("abc") == (0, "ABCABC", 3)


def test_a_design_is_always_compiled(compiled):
    assert compiled("abc", target="Vtop.o") == (0, "ABC", 1)
    assert compiled("abc", target="Vtop.o") == (0, "ABC", 2)


def test_an_error_is_not_kept(compiled, tmp_path):
    assert compiled("error") == (3, None, 1)
    assert compiled("error") == (3, None, 2)
    assert not (tmp_path / "kept").exists()
