"""Progress on a screen: lines everywhere, a bar only where there is a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from hybrid.show_progress import Screen

WORDS = "graph: epoch 3, loss 0.4123, validation NDCG@10 0.2345"


def shown(*, terminal):
    """What is written when a run is watched on a screen of 80 columns."""
    file = io.StringIO()
    with Screen(Console(file=file, width=80, force_terminal=terminal, _environ={})) as say:
        say("tune graph [1]")
        say.step(WORDS, 7, 20)
        say._bar.refresh()
        say.step(WORDS, 20, 20)
        say(f"{WORDS} (1.2 s)")
    return file.getvalue()


def test_lines_and_no_bar_where_there_is_no_terminal():
    assert shown(terminal=False) == f"tune graph [1]\n{WORDS} (1.2 s)\n"


def test_a_bar_with_loss_and_metric_on_a_terminal():
    told = shown(terminal=True)
    before, after = told.index("7/20"), told.rindex(f"{WORDS} (1.2 s)")
    bar = told[told.index("tune graph [1]") : before]
    assert WORDS in bar  # not cut, on 80 columns
    assert before < after
    assert "20/20" not in told[after:]


@pytest.mark.parametrize("terminal", [True, False])
def test_the_screen_is_given_back_after_an_error(terminal):
    console = Console(file=io.StringIO(), force_terminal=terminal)
    with pytest.raises(ZeroDivisionError), Screen(console) as say:
        say.step(WORDS, 1 // 0, 2)
    assert console._live_stack == []
