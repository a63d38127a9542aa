"""Lists in options."""


def names_in(text: str) -> list[str]:
    """The words of a list, each once; between them are commas, blanks or both."""
    return list(dict.fromkeys(text.replace(",", " ").split()))
