from model import Multiplier
from sim.axi_stream import Beat
from sim.scoreboard import Scoreboard

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
    assert scoreboard.faults == ["1 of 1 beats never came out"]


def test_a_stale_result_after_a_reset_is_a_fault():
    scoreboard = Scoreboard(MULTIPLIER)
    scoreboard.accept(OPERANDS)
    scoreboard.restart()
    scoreboard.receive(PRODUCT)
    assert scoreboard.faults == ["y=0x41 came out though nothing went in"]
