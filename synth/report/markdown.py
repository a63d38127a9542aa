"""Sections as one Markdown document."""

from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from .section import Section


def markdown(
    title: str,
    words: Sequence[str],
    sections: Sequence[Section],
    command: str,
    pictures: Mapping[str, str] | None = None,
) -> str:
    """``words`` and ``sections`` under a title; ``command`` is what makes it again.

    Parameters
    ----------
    pictures
        File to what it shows.
    """
    environment = Environment(
        loader=PackageLoader("lmul_pe.synth.report"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("sections.md.jinja").render(
        title=title, words=words, sections=sections, command=command, pictures=pictures or {}
    )
