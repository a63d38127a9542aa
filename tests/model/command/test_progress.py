"""A bar that shows how far work is."""

import pytest

from lmul_pe.model.command.progress import progress_bar


def test_a_bar_says_what_is_done_and_how_much_of_how_much(capsys):
    with progress_bar(auto_refresh=False) as bar:
        task = bar.add_task("proving [fp32]", total=40)
        bar.update(task, advance=7, refresh=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("proving [fp32] ")
    assert " 7/40 0:00:00" in err


@pytest.mark.parametrize("chosen", [True, False])
def test_whether_it_goes_away_and_draws_itself_is_chosen(chosen):
    usual = progress_bar().live
    assert (usual.transient, usual.auto_refresh) == (False, True)
    live = progress_bar(transient=chosen, auto_refresh=chosen).live
    assert (live.transient, live.auto_refresh) == (chosen, chosen)
