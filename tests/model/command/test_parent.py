"""Work of a pool as it comes, and the end of the process that asked for it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from lmul_pe.model.command import parent
from lmul_pe.model.command.parent import as_done, when_parent_ends


def test_every_item_comes_with_what_the_function_gives():
    with ThreadPoolExecutor(2) as pool:
        assert dict(as_done(pool, lambda item: item * item, range(5))) == {
            0: 0,
            1: 1,
            2: 4,
            3: 9,
            4: 16,
        }


def test_what_is_not_begun_when_the_caller_leaves_is_not_done():
    begun, left = [], threading.Event()

    def function(item):
        begun.append(item)
        if item:
            left.wait(10)

    with ThreadPoolExecutor(1) as pool:
        items = as_done(pool, function, range(9))
        assert next(items) == (0, None)
        items.close()
        left.set()
    assert begun in ([0], [0, 1])


def test_the_end_is_called_when_the_parent_has_ended_and_not_before(monkeypatch):
    ended, called = threading.Event(), threading.Event()
    monkeypatch.setattr(parent, "parent_process", lambda: SimpleNamespace(join=ended.wait))
    before = set(threading.enumerate())
    when_parent_ends(called.set)
    (thread,) = set(threading.enumerate()) - before
    # It keeps no process from ending.
    assert thread.daemon
    assert not called.is_set()
    ended.set()
    assert called.wait(10)


def test_without_a_parent_the_end_is_called_at_once():
    called = threading.Event()
    when_parent_ends(called.set)
    assert called.wait(10)
