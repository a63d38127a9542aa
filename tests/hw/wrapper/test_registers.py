"""The registers and pins that docs/interfaces.md describes are those that are built."""

import re

from lmul_pe.hw.wrapper import registers, tile
from tests.docs.document import DOCS

PAGE = (DOCS / "interfaces.md").read_text(encoding="utf-8")


def test_the_documented_registers_are_those_that_are_built():
    rows = dict(re.findall(r"^\| (0x\w+) \| ([A-Z]+) \|", PAGE, re.MULTILINE))
    assert {name: int(address, 16) for address, name in rows.items()} == {
        each.name: each.value for each in registers.Register
    }
    control, status, interrupt = re.findall(
        r"^\| 0x\w+ \| (?:CONTROL|STATUS|INTERRUPT) \|[^|]*\| (.*) \|$", PAGE, re.MULTILINE
    )
    assert control == f"{registers.START} start, {registers.ABORT} abort; reads 0"
    flags = ", ".join(f"{bit} `{name}`" for name, bit in registers.FLAGS.items())
    assert status == f"{registers.BUSY} BUSY, {registers.DONE} DONE, {flags}"
    assert interrupt == f"{registers.ENABLE} enable"


def test_the_documented_pins_are_those_of_the_tile():
    found = re.findall(r'^\| `uio\[(\d)\]` \| "(.*)", (input|output) \|', PAGE, re.MULTILINE)
    names = {int(pin): name for pin, name, _ in found if name}
    assert names == {
        tile.IN_VALID: "operand valid",
        tile.IN_LAST: "operand last",
        tile.OUT_READY: "result taken",
        tile.IN_READY: "operand ready",
        tile.OUT_VALID: "result valid",
        tile.OUT_LAST: "result last",
        tile.FLAG: "flag",
    }
    outward = sum(1 << int(pin) for pin, _, direction in found if direction == "output")
    assert (len(found), outward) == (8, tile.OUTWARD)
