"""The tables of a Markdown text."""


def tables(text):
    """Each table as its lines."""
    found, block = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            block.append(line)
        elif block:
            found.append(block)
            block = []
    return found


def assert_whole(text):
    """The same number of columns in every row of a table, and a rule below its heading."""
    for block in tables(text):
        assert len({line.replace(r"\|", "").count("|") for line in block}) == 1, block
        assert set(block[1]) <= set("|-: ")
        assert len(block) > 2
