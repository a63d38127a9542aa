"""Inputs that are nearly right: texts and bytes of the real thing with a few places changed."""

import re
from collections.abc import Sequence

from hypothesis import strategies as st

NUMBERS = (
    "0", "-1", "1", "2", "63", "64", "65", "-0.0", "1e-400", "1e400", "nan", "inf", "-inf", "0x10",
    "1_0", "4294967296", "9223372036854775808", "99999999999999999999999", "1" * 5000, "٣", "1e",
)  # fmt: skip
"""What stands at the edge of some range, or is a number to some readers alone."""

ODD = ("", " ", "\n", "\r\n", "\t", "\0", "\ufeff", "é", "漢", "\u2028", "\\", '"', "'", "(", ")",
       "[", "]", "{", "}", ";", ",", ".", ":", "*", "/*", "//", "#", "$", "%s", "{0}", "../x", "/",
       "~", "-", "--", "=", "x" * 3000, "(" * 3000)  # fmt: skip
"""What ends, opens or escapes something somewhere."""

_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)


@st.composite
def texts(draw: st.DrawFn, seeds: Sequence[str], words: Sequence[str] = ()) -> str:
    """One of ``seeds`` with up to six edits of its tokens."""
    tokens = _TOKEN.findall(draw(st.sampled_from(seeds)))
    others = sorted({token for seed in seeds for token in _TOKEN.findall(seed)})
    word = st.one_of(
        st.sampled_from(NUMBERS),
        st.sampled_from(ODD),
        st.sampled_from([*others, *words]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    )
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(tokens)))
        edit = draw(st.sampled_from(("replace", "insert", "delete", "cut", "repeat", "move")))
        length = draw(st.one_of(st.just(1), st.integers(1, 30)))
        if edit == "replace":
            tokens[at : at + 1] = [draw(word)]
        elif edit == "insert":
            tokens.insert(at, draw(word))
        elif edit == "delete":
            del tokens[at : at + length]
        elif edit == "cut":
            del tokens[at:]
        else:
            piece = tokens[at : at + length]
            to = at if edit == "repeat" else draw(st.integers(0, len(tokens)))
            tokens[to:to] = piece
    return "".join(tokens)


@st.composite
def binaries(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """One of ``seeds`` with up to four edits of its bytes."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 4))):
        # Headers decide the most.
        at = min(draw(st.one_of(st.integers(0, 160), st.integers(0, len(data)))), len(data))
        edit = draw(st.sampled_from(("put", "insert", "delete", "cut")))
        if edit == "put":
            data[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif edit == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=9))
        elif edit == "delete":
            del data[at : at + draw(st.integers(1, 64))]
        else:
            del data[at:]
    return bytes(data)
