"""Thousands of collected tests, which the garbage collector need not look at again and again."""

import gc

# Nothing of what is collected is garbage.
gc.disable()


def pytest_collection_finish():
    gc.enable()
    gc.collect()
    gc.freeze()
    # Measuring freezes what there is while its children run: it would thaw the tests as well.
    gc.unfreeze = lambda: None
