"""Where a netlist stands in a recording, and which of its nets are there."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.interchange.recording import Recording, Signal, annotate, scope_of
from lmul_pe.synth.interchange.verilog_reader import NamedNetlist


@pytest.fixture
def named(chain):
    return NamedNetlist(chain, {"a": 2, "middle": 3, "y": 4})


def recording(*paths):
    return Recording(100.0, {path: Signal(place, 10.0) for place, path in enumerate(paths)})


BENCH = ("tb.a", "tb.y", "tb.dut.a", "tb.dut.middle", "tb.dut.y", "tb.other.a", "tb.other.y")


def test_the_instance_has_most_of_the_nets(named):
    assert scope_of(recording(*BENCH), named) == "tb.dut"
    assert scope_of(recording("a", "y"), named) == ""


def test_most_of_the_nets_count_before_the_depth(named):
    ports = ("a", "y")
    inner = [f"tb.copy.{port}" for port in ports]
    # The middle one by its name, or at the pin of the inverter.
    for middle in ("middle", "i.Y"):
        assert scope_of(recording("tb.a", "tb.y", f"tb.{middle}", *inner), named) == "tb"
    assert scope_of(recording("tb.a", "tb.y", *inner), named) == "tb.copy"


def test_of_many_scopes_five_are_named(named):
    scopes = ["tb.dut", *(f"tb.u{place}" for place in range(4))]
    for more, words in (([], ""), (["tb.v"], " and 1 more"), (["tb.v", "tb.w"], " and 2 more")):
        recorded = recording(*(f"{scope}.other" for scope in [*scopes, *more]))
        with pytest.raises(SpecificationError) as error:
            scope_of(recorded, named, "missing")
        listed = f"tb.dut, tb.u0, tb.u1, tb.u2, tb.u3{words}"
        assert str(error.value) == (
            f"scope 'missing' is not in the recording: expected one of {listed}"
        )


def test_a_scope_may_be_said_in_part(named):
    assert scope_of(recording(*BENCH), named, "other") == "tb.other"
    assert scope_of(recording(*BENCH), named, "tb") == "tb"
    # What is the whole path of one may be the end of another.
    assert scope_of(recording("x.tb.a", "tb.a"), named, "tb") == "tb"
    with pytest.raises(SpecificationError, match=r"'dut' is the end of 2.*tb\.x\.dut"):
        scope_of(recording("tb.x.dut.a", "tb.y.dut.a"), named, "dut")
    with pytest.raises(
        SpecificationError, match=r"'du' is not in .* one of tb, tb\.dut, tb\.other"
    ):
        scope_of(recording(*BENCH), named, "du")


def test_a_recording_of_something_else_is_refused(named):
    with pytest.raises(
        SpecificationError, match=r"has the ports a, y of chain.*one of tb, tb\.dut"
    ):
        scope_of(recording("tb.a", "tb.dut.y"), named)


def test_nets_and_pins_are_annotated_and_others_are_missing(named):
    activity, missing = annotate(recording(*BENCH), named, "tb.dut")
    assert (activity.duration_ps, missing) == (100.0, ())
    assert activity.toggles == {2: 2, 3: 3, 4: 4}
    assert activity.high_ps == dict.fromkeys((2, 3, 4), 10.0)
    activity, missing = annotate(recording("d.a", "d.y"), named, "d")
    assert (activity.toggles, missing) == ({2: 0, 4: 1}, ("middle",))
    activity, missing = annotate(recording("a", "y", "d.middle"), named, "")
    assert (activity.toggles, missing) == ({2: 0, 4: 1}, ("middle",))
    # The inverter is called i.
    activity, missing = annotate(recording("d.a", "d.y", "d.i.Y"), named, "d")
    assert (activity.toggles, missing) == ({2: 0, 4: 1, 3: 2}, ())
