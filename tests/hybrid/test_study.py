"""A search finds what is best, gives up what is hopeless, and goes on where a killed one stopped."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time

import pytest

from hybrid.space import Choice, Float, Integer
from hybrid.study import Budget, run
from kg.errors import QueryError, WorkspaceError

SPACE = {"x": Float(-3.0, 3.0), "n": Integer(1, 9), "kind": Choice(("flat", (1, 2), None))}
FIRST = {"x": 2.5, "n": 1, "kind": "flat", "other": 7}


def hill(options, step):
    """Highest at x = 1, n = 4 and the pair."""
    return -((options["x"] - 1) ** 2) - (options["n"] - 4) ** 2 - (options["kind"] != (1, 2))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "tuning.sqlite"


def searched(file, trials, objective=hill, space=SPACE, first=FIRST, name="hill", **more):
    tried = []

    def noted(options, step):
        tried.append(dict(options))
        return objective(options, step)

    return run(file, name, space, noted, first=first, budget=Budget(trials), **more), tried


def test_the_search_comes_near_the_top(file):
    best, tried = searched(file, 25)
    assert best.value > hill(FIRST, None) + 8
    assert best.options["kind"] == (1, 2)
    assert best.value == hill(best.options, None)
    assert (best.trials, best.pruned) == (25, 0)
    assert all(SPACE[option].holds(value) for options in tried for option, value in options.items())


def test_it_begins_with_what_there_is_and_is_never_worse(file):
    best, tried = searched(file, 1)
    assert tried == [{"x": 2.5, "n": 1, "kind": "flat"}]
    assert best.options == tried[0]
    assert best.first == best.value


def test_a_first_value_outside_its_range_is_drawn_instead(file):
    _, tried = searched(file, 1, first={**FIRST, "n": 99})
    assert tried[0]["x"] == 2.5
    assert 1 <= tried[0]["n"] <= 9


def test_a_search_taken_up_tries_what_it_would_have_tried(file, tmp_path):
    _, whole = searched(tmp_path / "whole.sqlite", 13)
    _, one = searched(file, 11)
    best, two = searched(file, 13)
    assert one + two == whole
    assert best.trials == 13
    assert searched(file, 13)[1] == []  # there is nothing left to do


def test_another_seed_tries_something_else(file):
    _, one = searched(file, 4, seed=1)
    _, two = searched(file, 4, seed=2, name="other")
    assert one[0] == two[0]
    assert one[1:] != two[1:]


def test_studies_of_one_file_do_not_mix(file):
    searched(file, 3)
    best, tried = searched(file, 2, name="other")
    assert (len(tried), best.trials) == (2, 2)


def test_options_are_not_tried_twice(file):
    best, tried = searched(file, 6, lambda options, step: options["n"], {"n": Integer(1, 7)}, {"n": 1})
    numbers = [options["n"] for options in tried]
    assert len(numbers) == len(set(numbers))
    assert (best.options["n"], best.trials) == (max(numbers), 6)


def test_a_small_space_is_gone_through_from_end_to_end(file):
    space = {"n": Integer(1, 3), "kind": Choice(("a", "b"))}

    def value(options, step):
        return options["n"] * (options["kind"] == "b")

    _, one = searched(file, 100, value, space, {"n": 2, "kind": "b"})
    assert one[0] == {"n": 2, "kind": "b"}
    assert len(one) == 6
    assert all({"n": n, "kind": kind} in one for n in (1, 2, 3) for kind in ("a", "b"))
    best, two = searched(file, 100, value, space, {"n": 2, "kind": "b"})
    assert two == []
    assert (best.options, best.trials) == ({"n": 3, "kind": "b"}, 6)


def test_a_small_space_is_ended_whatever_was_drawn_before(file):
    space, first = {"n": Integer(1, 4)}, {"n": 4}
    _, one = searched(file, 3, lambda options, step: options["n"], space, first)
    _, two = searched(file, 50, lambda options, step: options["n"], space, first)
    assert sorted(options["n"] for options in one + two) == [1, 2, 3, 4]


def test_a_hopeless_trial_is_given_up(file):
    steps = []

    def climbs(options, step):
        for number in range(1, 6):
            steps.append((options["x"], number))
            step(number, options["x"] * number)
        return options["x"] * 5

    best, tried = searched(file, 14, climbs, {"x": Float(0.0, 1.0)}, {"x": 0.5})
    assert 0 < best.pruned < 9
    assert len(steps) < 14 * 5
    assert best.options["x"] == max(options["x"] for options in tried)
    assert (best.options["x"], 5) in steps


def test_a_loss_that_is_no_number_ends_the_trial_and_not_the_search(file):
    def breaks(options, step):
        if options["x"] > 0:
            raise FloatingPointError("the loss is nan")
        return options["x"]

    best, tried = searched(file, 10, breaks, {"x": Float(-1.0, 1.0)}, {"x": 1.0})
    assert best.first is None
    assert best.pruned == sum(options["x"] > 0 for options in tried) > 0
    with pytest.raises(QueryError, match="narrower"):
        searched(file, 3, breaks, {"x": Float(0.5, 1.0)}, {"x": 1.0}, name="other")


def test_seconds_end_it_after_a_whole_trial(file):
    best = run(file, "slow", SPACE, hill, first=FIRST, budget=Budget(100, 0.0))
    assert best.trials == 1


def test_a_damaged_file_is_told(file):
    file.write_bytes(b"no database, whatever it says" * 100)
    with pytest.raises(WorkspaceError, match=r"tuning\.sqlite.*delete it"):
        searched(file, 1)


KILLED = """
import sys, time
from pathlib import Path
from hybrid.study import Budget, run
from hybrid.space import Float

def slow(options, step):
    time.sleep(0.2)
    return options["x"]

run(Path(sys.argv[1]), "slow", {"x": Float(0.0, 1.0)}, slow, first={"x": 0.5}, budget=Budget(1000))
"""


def finished(file):
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
            rows = connection.execute("SELECT trial_id FROM trials WHERE state = 'COMPLETE'").fetchall()
        connection.close()
    except sqlite3.OperationalError:
        return 0
    return len(rows)


def test_what_was_done_before_a_kill_counts(file):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(file)])
    end = time.monotonic() + 60
    while finished(file) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    process.kill()
    process.wait()
    done = finished(file)
    assert done >= 3
    best, tried = searched(
        file, done + 2, lambda options, step: options["x"], {"x": Float(0.0, 1.0)}, {"x": 0.5}, name="slow"
    )
    assert (len(tried), best.trials) == (2, done + 2)
