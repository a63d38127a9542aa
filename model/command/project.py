"""What the installed package says of itself."""

from importlib.metadata import PackageNotFoundError, metadata

NAME = "lmul-pe"


def version() -> str:
    """Its version, in words where it is not installed."""
    try:
        return metadata(NAME)["Version"]
    except PackageNotFoundError:
        return "(not installed)"


def repository() -> str:
    """The address under ``[project.urls]``; empty where none is given."""
    try:
        entries = metadata(NAME).get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    addresses = dict(entry.split(", ", 1) for entry in entries)
    return addresses.get("Repository", "")
