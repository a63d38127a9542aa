"""The package as others install it: one import name, NumPy only, and a line for what is missing."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

import lmul_pe
import lmul_pe.model
from lmul_pe.__main__ import SUBCOMMANDS
from lmul_pe.model.extras import EXTRAS

ROOT = Path(__file__).parent.parent
FOLDERS = ("model", "hw", "sim", "synth")
COMMAND_LINE = ("click", "rich", "pygments", "markdown_it", "mdurl")


def run(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


def built(hook, source, folder):
    """The file that setuptools builds of a source tree, without a network."""
    code = f"from setuptools import build_meta; print(build_meta.{hook}({str(folder)!r}))"
    done = run(sys.executable, "-c", code, cwd=source)
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that is built of the source distribution, in which no link is left."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    left_out = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests", "docs")
    shutil.copytree(ROOT, source, symlinks=True, ignore=left_out)
    archive = built("build_sdist", source, folder)
    with tarfile.open(archive) as file:
        assert all(member.isfile() or member.isdir() for member in file)
        file.extractall(folder, filter="data")
    return built("build_wheel", folder / archive.name.removesuffix(".tar.gz"), folder)


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """An environment that holds the wheel and NumPy, and a folder for what is added to it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder / "env")
    python = folder / "env" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    done = run(*pip, "install", "--no-deps", "--no-index", "--quiet", str(wheel))
    assert done.returncode == 0, done.stderr
    borrowed = folder / "borrowed"
    borrowed.mkdir()
    (site,) = (folder / "env" / "lib").glob("python*/site-packages")
    (site / "borrowed.pth").write_text(f"{borrowed}\n")
    lent(borrowed, "numpy")
    work = folder / "work"
    work.mkdir()
    for name in FOLDERS:
        (work / f"{name}.py").write_text(f"raise RuntimeError('the {name} of somebody else')\n")
    return folder


def lent(borrowed, *modules):
    """Links by which modules of this environment can be imported in the other one."""
    links = []
    for module in modules:
        place = Path(find_spec(module).origin).parent
        for part in (place, place.with_name(f"{module}.libs")):
            if part.exists():
                links.append(borrowed / part.name)
                links[-1].symlink_to(part)
    return links


@pytest.fixture
def command_line(environment):
    """For one test, what the extra ``command`` brings."""
    links = lent(environment / "borrowed", *COMMAND_LINE)
    yield
    for link in links:
        link.unlink()


@pytest.fixture
def python(environment):
    """A function that runs the environment's Python in a folder with modules of other people."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def runs(*words, program="python"):
        path = environment / "env" / "bin" / program
        return run(str(path), *words, cwd=environment / "work", env=clean)

    return runs


def test_the_wheel_holds_the_source_and_its_data_under_one_name(wheel):
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"lmul_pe"}
    expected = {
        f"lmul_pe/{path.relative_to(ROOT)}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(expected) > 150
    assert expected - names == set()


def test_numpy_is_enough_for_the_model(python):
    code = (
        "import lmul_pe\n"
        "from lmul_pe.model import Multiplier\n"
        "assert lmul_pe.Multiplier is Multiplier\n"
        # 1 * 1 = 1 + 2^-3 by the paper's equation 1.
        "print(Multiplier('lmul', 'e4m3').compute(0x38, 0x38))"
    )
    done = python("-c", code)
    assert (done.stdout, done.stderr) == (f"{0x39}\n", "")


@pytest.mark.parametrize("package", ["hw", "sim", "synth", "torch"])
def test_a_missing_extra_of_a_package_is_named(python, package):
    done = python("-c", f"import lmul_pe.{package}")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(
        f"lmul_pe.model.extras.MissingExtraError: lmul_pe.{package} needs {EXTRAS[package][0]}"
    )
    assert last.endswith(f": pip install 'lmul-pe[{package}]'")


@pytest.mark.parametrize(
    ("program", "arguments"),
    [("lmul-pe", []), ("python", ["-m", "lmul_pe.model"]), ("python", ["-m", "lmul_pe"])],
)
def test_a_command_without_its_extra_is_one_line(python, program, arguments):
    done = python(*arguments, program=program)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("error: a command needs click, rich: pip install 'lmul-pe[command]'\n")


@pytest.mark.usefixtures("command_line")
def test_a_command_needs_no_extra_of_another(python):
    words = ("--name", "lmul_e2m1", "--table", "table.npy")
    for program, command in (("lmul-pe", ["vectors"]), ("python", ["-m", "lmul_pe.model"])):
        done = python(*command, *words, program=program)
        assert (done.stdout, done.stderr) == (
            "table.npy: 16 x 16 products of lmul_e2m1, uint8\n",
            "",
        )
    done = python("synth", "--fmt", "e2m1", program="lmul-pe")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: lmul_pe.synth needs {', '.join(EXTRAS['synth'])}: pip install 'lmul-pe[synth]'\n"
    )
    assert python("--help", program="lmul-pe").stdout.count("\n") > len(SUBCOMMANDS)


def test_public_names_are_those_of_the_model():
    assert lmul_pe.__all__ == lmul_pe.model.__all__


def imported(folder, without=()):
    """The modules of others that the files below a folder import, in whatever place."""
    paths = {*(ROOT / folder).rglob("*.py")} - {ROOT / path for path in without}
    trees = [ast.parse(path.read_text()) for path in paths]
    names = {
        name
        for tree in trees
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    # What only a type checker reads is no import.
    here = {"lmul_pe", "_typeshed"}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - here


def test_what_is_imported_is_what_its_extra_brings():
    everything = {*EXTRAS["command"], *EXTRAS["hw"], "numpy"}
    above = [path for name in ("command", "study") for path in (ROOT / "model" / name).glob("*.py")]
    assert imported("model", above) == {
        "numpy",
        *EXTRAS["fast"],
        *EXTRAS["torch"],
        *EXTRAS["training"],
        *EXTRAS["weights"],
    }
    assert imported("model/study") == {*EXTRAS["accuracy"], "click", "numpy"}
    assert imported("model/command") == {*EXTRAS["command"], "numpy"}
    # FuseSoC runs its generator by itself, and reads YAML.
    generator = "hw/wrapper/cores/generate.py"
    assert imported("hw", [generator]) <= everything
    # Binaries of Verilator may come from elsewhere.
    programs = ("line_tests", "trial_server", "switch_server")
    runners = [f"sim/mutation/{name}.py" for name in programs]
    assert imported("sim", runners) - {"verilator"} <= {*everything, *EXTRAS["sim"]}
    # They run the tests themselves, with what those need.
    assert imported("sim/mutation") <= {*everything, *EXTRAS["sim"], "coverage", "pytest"}
    certificate = "synth/system/pipeline/certificate.py"
    folders = [ROOT / "synth" / "sweep", ROOT / "synth" / "cluster"]
    sweeps = [path for folder in folders for path in folder.glob("*.py")]
    assert imported("synth", [certificate, *sweeps]) <= {*everything, *EXTRAS["synth"]}
    clustered = imported("synth/cluster") | imported("synth/sweep")
    assert set(EXTRAS["sweep"]) <= clustered
    # Distributed is of Dask, and brings it.
    brought = {*everything, *EXTRAS["synth"], *EXTRAS["sweep"], "dask"}
    assert clustered <= brought
    assert imported("synth/system/pipeline") - set(EXTRAS["system"]) <= {"numpy", "matplotlib"}


def test_extras_are_declared_with_all_that_they_bring():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def named(requirements):
        return {re.match(r"[\w-]+", each)[0].lower() for each in requirements}

    assert named(project["dependencies"]) == {"numpy"}
    distributions = packages_distributions()
    for extra, modules in EXTRAS.items():
        declared = named(project["optional-dependencies"][extra])
        names = {distributions.get(module, [module])[0].lower() for module in modules}
        assert names <= declared
