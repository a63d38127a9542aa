"""Machine code that is kept on disk, beside files that change."""

from numba.core.dispatcher import Dispatcher

from lmul_pe.model.emulation import panels, wide


def test_only_what_tells_other_files_apart_is_kept_with_their_loops():
    """Numba compares a function's own file, not those of the functions that it calls."""
    others = {name for name in vars(wide) if name.endswith("_sums")}
    kept = [
        each
        for each in vars(panels).values()
        if isinstance(each, Dispatcher) and each.stats.cache_path is not None
    ]
    assert others
    assert panels.add_tiles in kept
    for each in kept:
        code = each.py_func.__code__
        assert "version" in code.co_freevars or not others.intersection(code.co_names), each
