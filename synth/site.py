"""The page over several formats: ``lmul-pe report``."""

import shlex
from pathlib import Path

import click

from lmul_pe.model import format_named
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.run import NamedPath, console
from lmul_pe.synth.report.site import PAGE, page_files
from lmul_pe.synth.results.page_data import page_data
from lmul_pe.synth.results.progress import BUILD
from lmul_pe.synth.results.sources import make_sources, read_sources
from lmul_pe.synth.results.store import require_writable

FORMATS = ("e4m3", "e5m2", "bf16", "fp16", "fp32")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--formats", default=" ".join(FORMATS), show_default=True, help="With blanks.")
@click.option("--out", type=NamedPath(), default=BUILD / "report", show_default=True)
@click.option("--as-is", is_flag=True, help="Show what is there, and make nothing first.")
def main(formats: str, out: Path, as_is: bool) -> None:
    """Make what is missing or stale, and one self-contained HTML page of it."""
    names = list(dict.fromkeys(format_named(name).name for name in formats.split()))
    if not names:
        raise click.UsageError("no format is named: expected one at least")
    require_writable(out / "data")
    output = console()
    if not as_is:
        make_sources(names, output)
    words = ["make", "report"]
    if names != list(FORMATS):
        words.append(f"FORMATS={' '.join(names)}")
    command = shlex.join(words)
    for name, content in page_files(page_data(read_sources(BUILD, names)), command).items():
        write_whole(out / name, content)
    output.print(f"{out / PAGE}, and {out}/data: CSV and JSON of everything in it")
