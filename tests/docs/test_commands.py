"""The commands of the documents: each one exists as printed, the quick ones run.

A tutorial is run as its reader would, from the top, and what it shows has to be printed; ``...``
stands for anything.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np
import pytest

from lmul_pe.__main__ import SUBCOMMANDS
from lmul_pe.model import SpecificationError
from lmul_pe.model.command.variables import options_of
from tests.docs.document import PAGES, ROOT, TUTORIALS, blocks, title
from tests.sweep import some

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = dict(re.findall(r"^([a-z-]+):.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE))
FOR_MAKE = {"JOBS", "PYTHON"}

COMMAND = re.compile(r"(?:make|(?:\.venv/bin/)?lmul-pe|python -m lmul_pe\S*)(?: .*)?")
MODULES = {"lmul_pe": [], "lmul_pe.model": ["vectors"]}

QUICK = re.compile(r"make (verilog|help)|\S*lmul-pe vectors|python -m lmul_pe\.model")
# What takes long, and what needs its results.
SLOW = re.compile(r"make (synth|sim|power|array|claims)|--binary|build/tb/|build/own/")

COMMANDS = sorted(
    {
        (title(page), line)
        for page in PAGES
        for block in blocks(page.read_text(encoding="utf-8"))
        if block.language in ("", "sh")
        for line in block.text.replace("\\\n", "").splitlines()
        if COMMAND.fullmatch(line)
    }
)
# In the middle of a sentence, where a value may be left out.
MENTIONED = sorted(
    {
        (title(page), command)
        for page in PAGES
        for command in re.findall(r"`(make [^`]*)`", page.read_text(encoding="utf-8"))
        if not re.fullmatch(r"make [A-Z]+ .*", command)
    }
)


def commands_of(words):
    """Every command that a line starts, with its arguments.

    Raises
    ------
    SpecificationError, click.UsageError, AssertionError
        A target, a variable, a command or an option that is not there.
    """
    if words[0] != "make":
        arguments = words[1:] if words[0] != "python" else MODULES[words[2]] + words[3:]
        command, *arguments = command_named(arguments[0]), *arguments[1:]
        if isinstance(command, click.Group):
            command, *arguments = command.get_command(None, arguments[0]), *arguments[1:]
        yield command, arguments
        return
    target, *settings = [word for word in words[1:] if word]
    assert target in TARGETS, f"no target {target}"
    given = dict(each.split("=", 1) for each in settings)
    given = {name: value for name, value in given.items() if name not in FOR_MAKE}
    names = re.findall(r"\$\(BIN\)/lmul-pe ([a-z -]+)$", TARGETS[target], re.MULTILINE)
    assert names or not given, f"{target} takes no variables"
    commands = [next(commands_of(["lmul-pe", *name.split()]))[0] for name in names]
    for command in commands:
        others = [each for each in commands if each is not command]
        yield command, options_of(command, list(given), others, given)


def command_named(name):
    return import_module(SUBCOMMANDS[name].module).main


def check(line):
    """Let the command line that is real read ``line``, but run nothing."""
    for command, arguments in commands_of(shlex.split(line, comments=True)):
        context = click.Context(command, info_name=command.name)
        values, rest, _ = command.make_parser(context).parse_args(list(arguments))
        assert rest == []
        for option in command.params:
            given = values.get(option.name)
            assert given is not None or not option.required, f"{option.name} is required"
            if isinstance(option.type, click.Choice) and isinstance(given, str):
                option.type.convert(given, option, context)


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_the_command_line_takes_it(page, line):
    check(line)


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_programs_of_the_environment_are_there(page):
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"^ *\.venv/bin/(\S+)", text, re.MULTILINE):
        assert (Path(sys.prefix) / "bin" / name).exists(), name


@pytest.mark.parametrize(("page", "line"), MENTIONED)
def test_a_command_in_a_sentence_is_one(page, line):
    list(commands_of(line.replace("...", "").split()))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("make sinth FMT=e4m3", "no target sinth"),
        ("make synth FTM=e4m3", "did you mean 'FMT'"),
        ("make synth", "fmt is required"),
        ("make synth FMT=e4m3 EFFORT=most", "'most' is not one of"),
        ("make test FMT=e4m3", "test takes no variables"),
        ("make verilog FMT=e4m3 PARTIAL=maybe", "PARTIAL"),
        (".venv/bin/lmul-pe vectors --nam lmul_e4m3", "No such option"),
        (".venv/bin/lmul-pe vectors --name", "requires an argument"),
    ],
)
def test_what_is_wrong_is_found(line, complaint):
    with pytest.raises((SpecificationError, click.UsageError, AssertionError), match=complaint):
        check(line)


def test_every_kind_of_command_is_found():
    assert {line.split()[0] for _, line in COMMANDS} == {"make", ".venv/bin/lmul-pe", "python"}
    assert ("README.md", "make verilog FMT=bf16   # build/verilog/lmul_bf16.v: a, b -> y") in (
        COMMANDS
    )
    assert any("tutorials" in page for page, _ in COMMANDS)
    assert len(MENTIONED) > 20


@dataclass(frozen=True)
class Clone:
    """A folder that stands for a clone of the repository, with its environment set up."""

    folder: Path

    def run(self, line):
        """What a line of the shell prints."""
        extras = "{accuracy,hw,sim,sweep,synth,system,all,weights,everything}"
        make = (
            f'make() {{ command make --old-file=.venv/.with-{extras} --no-print-directory "$@"; }}'
        )
        # Another make, which runs these tests, has left its own words.
        clean = {name: os.environ[name] for name in os.environ if name != "MAKEFLAGS"}
        clean["PATH"] = f"{self.folder}/.venv/bin{os.pathsep}{clean['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{make}\n{line}"],
            cwd=self.folder,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def clone(tmp_path, monkeypatch):
    for tool in ("make", "bash"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    for name in ("Makefile", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "build").mkdir()
    np.save(tmp_path / "pairs.npy", np.arange(20).reshape(10, 2))
    monkeypatch.chdir(tmp_path)
    return Clone(tmp_path)


@pytest.mark.parametrize(
    "line",
    some(
        sorted({line for page, line in COMMANDS if "tutorials" not in page and QUICK.match(line)}),
        4,
    ),
)
def test_a_quick_command_runs(line, clone):
    printed = clone.run(line)
    files = re.findall(r"^(\S+\.(?:v|npy))(?::|$)", printed, re.MULTILINE)
    assert all((clone.folder / each).stat().st_size for each in files)
    assert files or line.startswith("make help")


def shown(text):
    """What matches a printed text: blanks do not count, and ``...`` is anything."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    pattern = "".join(
        "(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n"
        for line in lines
        if line
    )
    return re.compile(pattern)


@pytest.mark.parametrize(
    ("printed", "is_shown"),
    [
        ("a 1\nx\ny\nb 2 ps\n", True),
        ("a 1\nb 2\n", True),
        ("a 2\nb 2\n", False),
        ("a 1\nb 3\n", False),
        ("a 1\nb 2\nc\n", False),
    ],
)
def test_what_is_printed_is_compared(printed, is_shown):
    assert bool(shown("a   1\n...\nb 2...\n").fullmatch(printed)) == is_shown


def follow(page, clone, *, slow):
    """Run a tutorial; return how many printed texts were compared.

    Without ``slow``, what takes long is left out, and the text that it prints with it.
    """
    compared, names, printed = 0, {}, None
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "text":
            if printed is None:
                continue
            plain = "".join(
                " ".join(line.split()) + "\n" for line in printed.splitlines() if line.strip()
            )
            assert shown(block.text).fullmatch(plain), f"printed instead:\n{printed}"
            compared += 1
        elif block.language == "python" and needs_what_is_not_installed(block):
            printed = None
        elif block.language == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(block.text, page.name, "exec"), names)
            printed = output.getvalue()
            if block.said:
                assert printed.splitlines() == block.said
                compared += 1
        elif block.language == "verilog":
            (clone.folder / "build" / "tb.v").write_text(block.text)
        elif block.language == "sh":
            leave_out = (SLOW.search(block.text) and not slow) or needs_another_file(block, clone)
            printed = None if leave_out else clone.run(block.text)
    return compared


def needs_what_is_not_installed(block):
    """Whether a block needs PyTorch where it is not."""
    return "torch" in block.text and find_spec("torch") is None


def needs_another_file(block, clone):
    """Whether a block needs what no test can make: somebody's library, a package index."""
    return "pip install" in block.text or any(
        not (clone.folder / each).exists() for each in re.findall(r"TECH=(\S+\.lib)", block.text)
    )


@pytest.mark.parametrize("page", some(TUTORIALS, 1), ids=title)
def test_a_tutorial_prints_what_it_says(page, clone):
    least = {"architect": 0, "fpga": 4, "machine-learning": 8}
    assert follow(page, clone, slow=False) >= least[page.stem]


@pytest.mark.slow
def test_the_page_on_pipelines_prints_what_it_says(clone):
    (clone.folder / "docs").symlink_to(ROOT / "docs")
    assert follow(ROOT / "docs" / "pipelines.md", clone, slow=False) == 1


@pytest.mark.long
@pytest.mark.parametrize("page", TUTORIALS, ids=title)
def test_a_tutorial_prints_all_that_it_says(page, clone):
    """The commands that take long, too."""
    least = {"architect": 5, "fpga": 6, "machine-learning": 8}
    assert follow(page, clone, slow=True) >= least[page.stem]


@pytest.mark.long
def test_the_slow_commands_of_the_readme_run(clone):
    """But for those of all formats: they take far longer, and have tests of their own."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(
        r"^    (make (?:synth|array|attention|claims|power) .*)$", text, re.MULTILINE
    )
    assert len(lines) == 5
    for line in lines:
        clone.run(line)
    assert (clone.folder / "build/claims/claims.md").stat().st_size
