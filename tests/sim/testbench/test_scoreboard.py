from lmul_pe.model import Multiplier, encode, mac_named, unit_named
from lmul_pe.sim.testbench.axi_stream import Beat
from lmul_pe.sim.testbench.scoreboard import Scoreboard

MULTIPLIER = Multiplier("lmul", "e4m3")
ONE = 0x38
OPERANDS = Beat(ONE | 0x40 << 8, last=1)
PRODUCT = Beat(int(MULTIPLIER.compute([ONE], [0x40])[0]), last=1)


def test_a_right_result_is_no_fault():
    scoreboard = Scoreboard(MULTIPLIER)
    scoreboard.accept(OPERANDS)
    scoreboard.receive(PRODUCT)
    scoreboard.finish()
    assert (scoreboard.compared, scoreboard.faults) == (1, [])


def test_a_wrong_result_is_reported_with_its_operands():
    scoreboard = Scoreboard(Multiplier("lmul", "e4m3", offset="none"))
    scoreboard.accept(OPERANDS)
    scoreboard.receive(PRODUCT)
    scoreboard.finish()
    assert scoreboard.faults == ["a=0x38 b=0x40: expected 0x40, got 0x41"]


def test_a_wrong_last_is_a_fault():
    scoreboard = Scoreboard(MULTIPLIER)
    scoreboard.accept(OPERANDS)
    scoreboard.receive(Beat(PRODUCT.data, last=0))
    scoreboard.finish()
    assert scoreboard.faults == ["a=0x38 b=0x40: expected tlast 1, got 0"]


def test_a_result_of_nothing_is_a_fault():
    scoreboard = Scoreboard(MULTIPLIER)
    scoreboard.receive(PRODUCT)
    assert scoreboard.faults == ["y=0x41 came out though nothing went in"]


def test_a_lost_result_is_a_fault_at_the_end_but_not_at_a_reset():
    scoreboard = Scoreboard(MULTIPLIER)
    scoreboard.accept(OPERANDS)
    scoreboard.restart()
    assert (scoreboard.pending, scoreboard.faults) == (0, [])
    scoreboard.accept(OPERANDS)
    scoreboard.finish()
    assert scoreboard.faults == ["1 of 1 results never came out"]


def test_a_stale_result_after_a_reset_is_a_fault():
    scoreboard = Scoreboard(MULTIPLIER)
    scoreboard.accept(OPERANDS)
    scoreboard.restart()
    scoreboard.receive(PRODUCT)
    assert scoreboard.faults == ["y=0x41 came out though nothing went in"]


MAC = mac_named("mac_exact_e4m3_fp32")
THREE_PAIRS = [Beat(ONE | ONE << 8, last) for last in (0, 0, 1)]
THREE = int(encode(3.0, MAC.accumulator.format))


def accepted(beats):
    scoreboard = Scoreboard(MAC)
    for beat in beats:
        scoreboard.accept(beat)
    return scoreboard


def test_a_sum_is_due_after_its_last_pair():
    scoreboard = accepted(THREE_PAIRS[:2])
    assert (scoreboard.pending, scoreboard.begun) == (0, 2)
    scoreboard.accept(THREE_PAIRS[2])
    assert (scoreboard.pending, scoreboard.begun) == (1, 0)
    scoreboard.receive(Beat(THREE, last=1))
    scoreboard.finish()
    assert (scoreboard.compared, scoreboard.faults) == (1, [])


def test_flags_stay_set_until_a_reset():
    least = 0x80 | 0x80 << 8
    scoreboard = Scoreboard(unit_named("mac_int8_int16"))
    assert scoreboard.flags == {"overflow": False}
    # Twice 2^14 is beyond 16 bits, once is not.
    for beats, overflow in (((0, 1), True), ((1,), True)):
        for last in beats:
            scoreboard.accept(Beat(least, last))
        scoreboard.receive(Beat(0x4000 * len(beats), 1))
        scoreboard.finish()
        assert (scoreboard.flags, scoreboard.faults) == ({"overflow": overflow}, [])
    scoreboard.restart()
    assert scoreboard.flags == {"overflow": False}


def test_what_the_sums_met_is_counted_in_every_part_between_resets():
    scoreboard = accepted(THREE_PAIRS)
    scoreboard.receive(Beat(THREE, last=1))
    scoreboard.restart()
    once = {
        "operands: +normal x +normal": 3,
        "additions: like signs gives a place more": 1,
        "additions: like signs gives as many places": 1,
    }
    assert scoreboard.hits == once
    for beat in THREE_PAIRS:
        scoreboard.accept(beat)
    scoreboard.receive(Beat(THREE, last=1))
    scoreboard.finish()
    assert scoreboard.hits == {name: 2 * count for name, count in once.items()}


def test_a_sum_too_early_is_a_fault():
    scoreboard = accepted(THREE_PAIRS[:2])
    scoreboard.receive(Beat(THREE, last=1))
    assert scoreboard.faults == ["c=0x40400000 came out though nothing went in"]


def test_a_wrong_sum_is_reported_with_the_first_of_its_operands():
    scoreboard = accepted([*THREE_PAIRS, *THREE_PAIRS[:2], *THREE_PAIRS])
    scoreboard.receive(Beat(0, last=1))
    scoreboard.receive(Beat(0, last=0))
    scoreboard.finish()
    three = ", ".join(["a=0x38 b=0x38"] * 3)
    five = f"{three}, a=0x38 b=0x38, ... (5 pairs)"
    assert scoreboard.faults == [
        f"{three}: expected 0x40400000, got 0x0",
        f"{five}: expected 0x40a00000, got 0x0",
        f"{five}: expected tlast 1, got 0",
    ]


def test_half_a_sum_does_not_outlive_a_reset():
    scoreboard = accepted(THREE_PAIRS[:2])
    scoreboard.restart()
    for beat in THREE_PAIRS:
        scoreboard.accept(beat)
    scoreboard.receive(Beat(THREE, last=1))
    scoreboard.finish()
    assert (scoreboard.compared, scoreboard.faults) == (1, [])
