"""What is compiled for a clock cycle, as Python, which looks where it reads and writes."""

from lmul_pe.synth.activity import clocking


def test_what_loads_it_stays_within_its_arrays(monkeypatch):
    called = []

    def watched(name, function):
        def call(*arguments):
            called.append(name)
            function(*arguments)

        return call

    for name in ("run_gates", "count_toggles"):
        function = getattr(clocking, name)
        # Compiled code writes behind the end of an array without a word.
        plain = getattr(function, "py_func", function)
        monkeypatch.setattr(clocking, name, watched(name, plain))
    clocking.prepare()
    assert called == ["run_gates", "count_toggles"]
