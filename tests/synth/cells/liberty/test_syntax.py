"""Groups, attributes and values as Liberty files write them, well or badly."""

import pytest

from lmul_pe.synth.cells.liberty.syntax import Parser
from lmul_pe.synth.cells.technology import TechnologyError

TEXT = """
/* a comment; } */ library ("l", second)
{
  // another
  unit : "1ns" ; load (1, pf);
  forgotten : 1uW
  wrapped : word \\
    ;
  on : TRUE; repeated : 1; repeated : 2;
  cell (a) { area : 1.5; values ("1, 2", \\
      "3 4e-1"); }
  cell (b) { }
  pin () { cell (c) { } }
}
library (ignored) { }
"""


@pytest.fixture
def library():
    return Parser(TEXT).libraries()[0]


def test_groups_have_arguments_and_groups_of_their_own(library):
    assert (library.kind, library.arguments, library.name) == ("library", ("l", "second"), "l")
    assert [group.name for group in library.inner("cell")] == ["a", "b"]
    assert [group.name for group in library.inner("cell", "pin")] == ["a", "b", ""]


def test_attributes_are_texts_flags_and_numbers(library):
    assert library.attributes["load"] == ("1", "pf")
    assert library.text("unit") == "1ns"
    assert library.text("forgotten") == "1uW"
    assert library.text("wrapped") == "word"
    assert library.text("absent") is None
    assert library.flag("on")
    assert not library.flag("absent")
    # The last of a name counts.
    assert library.number("absent", "repeated") == 2
    assert library.number("absent") is None
    (cell, _) = library.inner("cell")
    assert cell.numbers("values") == [1, 2, 3, 0.4]
    assert cell.numbers("absent") == []


def test_what_is_no_number_is_refused(library):
    with pytest.raises(TechnologyError, match="unit is '1ns', expected a number"):
        library.number("unit")
    with pytest.raises(TechnologyError, match="load of library holds something that is no number"):
        library.numbers("load")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("module m; endmodule", "line 1: .* expected 'library', found 'module'"),
        ('library (a) {\n b : "c', "line 2: .* this string never ends"),
        ("library (a) {\n /* b", "line 2: .* this comment never ends"),
        ("library (a) {\n\n b (c, {", r"line 3: .* this '\(' is never closed"),
        ("library (a) {\n b (c) {", "line 2: .* the group 'b' that begins here is never closed"),
        ("library (a) { b c }", r"line 1: .* expected ':' or '\(' after 'b'"),
        ("library (a) { , }", r"line 1: .* expected a name or '}', found ','"),
    ],
)
def test_the_line_of_an_error_is_named(text, message):
    with pytest.raises(TechnologyError, match=message):
        Parser(text).libraries()[0]
