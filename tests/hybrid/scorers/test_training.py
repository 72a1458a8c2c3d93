"""What scorers that are trained in epochs share: kept histories, checkpoints, and what is told of them."""

from __future__ import annotations

from hybrid.scorers.base import Resources
from hybrid.scorers.training import learn
from tests.gnn.tasks import Slopes, options


class Telling:
    """Takes lines and steps."""

    def __init__(self):
        self.told = []

    def __call__(self, message):
        self.told.append(message)

    def step(self, words, done, in_all):
        self.told.append((words, done, in_all))


def test_a_run_is_told_in_lines_and_steps():
    say = Telling()
    learn("ours", Slopes([0.0, 0.0], metrics=[0.25]), options(epochs=2), Resources(report=say))
    first, second = [message for message in say.told if isinstance(message, str)]
    assert first.startswith("ours: epoch 1, loss 0.0000, validation NDCG@10 0.2500 (")
    assert second.startswith("ours: epoch 2, loss 0.0000 (")
    words = "ours: epoch 1, loss 0.0000, validation NDCG@10 0.2500"
    steps = [message for message in say.told if not isinstance(message, str)]
    assert steps == [("ours", 1, 2), ("ours", 2, 2), (words, 1, 2), (words, 2, 2)]


def test_where_only_lines_are_taken_only_lines_are_told():
    lines = []
    learn("ours", Slopes([1.0]), options(epochs=1), Resources(report=lines.append))
    assert len(lines) == 1


def test_a_run_is_kept_under_its_name_and_taken_up(tmp_path):
    resources = Resources(checkpoints=tmp_path)
    history = learn("ours", Slopes([1.0]), options(epochs=2), resources)
    assert resources.histories == {"ours": history}
    again = Slopes([1.0])
    assert learn("ours", again, options(epochs=2), resources) == history
    assert again.before_step == []


def test_epochs_are_passed_on():
    epochs = []
    history = learn("ours", Slopes([1.0]), options(epochs=2), Resources(epoch=epochs.append))
    assert epochs == history.epochs
