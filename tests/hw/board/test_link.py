"""The host's end of a line that does what it is told to."""

import pytest

from lmul_pe.hw.board.link import BoardError, Link
from lmul_pe.hw.board.protocol import Frame, Kind


class Script:
    """A line on which questions are answered by a list, and reads in pieces of three bytes."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.waiting = b""

    def write(self, octets):
        self.asked.append(octets)
        self.waiting = self.answers.pop(0) if self.answers else b""

    def read(self, seconds):
        piece, self.waiting = self.waiting[:3], self.waiting[3:]
        return piece


DONE = Frame(1, 0, b"results").octets()
REFUSED = Frame(77, 1).octets()


def linked(*answers):
    line, reports = Script(*answers), []
    return Link(line, 0.1, reports.append), line, reports


def test_an_answer_is_its_payload():
    link, line, reports = linked(DONE)
    assert link.ask(Kind.LAST_OPERANDS, b"operands") == b"results"
    assert line.asked == [Frame(1, 2, b"operands").octets()]
    assert (link.repeated, reports) == (0, [])


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (b"", "nothing came in 0.1 s"),
        (DONE[:-1], "nothing but 14 bytes of an answer came in 0.1 s"),
        (DONE[:5] + b"x" + DONE[6:], "its answer was corrupt"),
        (REFUSED, "it was refused as corrupt"),
        (Frame(1, 99).octets(), "it was refused as code 99"),
    ],
)
def test_a_question_is_asked_again_under_its_number(trouble, words):
    link, line, reports = linked(trouble, trouble, DONE)
    assert link.ask(Kind.OPERANDS) == b"results"
    assert line.asked == [Frame(1, 1).octets()] * 3
    assert (link.repeated, reports) == (2, [f"asking again, since {words}"] * 2)
    with pytest.raises(BoardError, match=r"nothing came in 0.1 s, 5 times: expected an answer to"):
        link.ask(Kind.OPERANDS)


def test_an_answer_to_the_question_before_is_passed_over():
    link, _, reports = linked(DONE, DONE + Frame(2, 0, b"more").octets())
    assert (link.ask(Kind.OPERANDS), link.ask(Kind.OPERANDS)) == (b"results", b"more")
    assert reports == []


def test_numbers_begin_again_after_255():
    link, line, _ = linked(*(Frame(number % 256, 0).octets() for number in range(1, 259)))
    for _ in range(258):
        link.ask(Kind.OPERANDS)
    assert [octets[2] for octets in line.asked] == [*range(1, 256), 0, 1, 2]


def test_a_board_that_is_no_array_of_this_project_is_refused():
    link, *_ = linked(Frame(1, 0, b"\x01array_os_0x0").octets(), Frame(2, 0).octets())
    with pytest.raises(BoardError, match="says that it is 'array_os_0x0', which this lmul-pe"):
        link.greet()
    with pytest.raises(BoardError, match="speaks version none of the protocol: expected 1"):
        link.greet()
