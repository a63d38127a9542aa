"""How long work shows how far it is."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .run import console


def progress_bar(*, transient: bool = False, auto_refresh: bool = True) -> Progress:
    """A bar on standard error: what is being done, how much of how much is, and the time.

    Parameters
    ----------
    transient
        Whether it goes away in the end.
    auto_refresh
        Whether a thread draws it; otherwise updates do.
    """
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=transient,
        auto_refresh=auto_refresh,
    )
