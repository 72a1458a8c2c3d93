"""The walk over workspaces: what the command line, the demo and notebooks call."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

from gnn.processes import join
from gnn.train import choose_device
from hybrid import models, tally
from hybrid.boosting import SITUATION
from hybrid.evaluation.comparison import compare, refuse_leaks
from hybrid.ratings.evaluation import compare as compare_raters
from hybrid.reasons import truth
from hybrid.recommender import Recommender
from hybrid.scorers.base import Resources
from kg import images, workspace
from kg.errors import WhyRecError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hybrid.evaluation.comparison import Result
    from hybrid.options import Options
    from hybrid.ratings.evaluation import Rated

TRAINING, CURVES = "training", "curves"
_PROBED = 10  # people whose reasons are tested after every training


def train(folder: Path, options: Options, report: Callable[[str], None]) -> tuple[Recommender, str]:
    """Train on a workspace's graph and save the model as its new version; the recommender and the version.

    Training runs leave checkpoints in the workspace until the model is saved. A run with the same options on
    the same graph takes them up; any other starts anew. One that is refused leaves nothing behind. The curves
    of training stay, in `curves/`, for `tensorboard --logdir`. Of several processes (`accelerate launch`)
    each calls this and has the model at the end; the first one saves it and reports.

    Raises:
        WorkspaceError: the folder is no workspace, or damaged.
        WhyRecError: an option or the graph does not allow it.
    """
    graph = workspace.open_graph(folder)
    run = json.dumps([asdict(options), workspace.fingerprint(folder)], sort_keys=True)
    checkpoints = folder / TRAINING / hashlib.sha256(run.encode()).hexdigest()[:16]
    earlier = (folder / TRAINING).exists()
    try:
        processes = join(choose_device(options.device))
        curves = folder / CURVES / checkpoints.name
        recommender = Recommender(options, report if processes.first else _nobody, curves).fit(
            graph, checkpoints=checkpoints, images=images.of_workspace(folder)
        )
        version = processes.same(models.save(recommender, folder) if processes.first else "")
    except WhyRecError:
        if not earlier:
            shutil.rmtree(folder / TRAINING, ignore_errors=True)
        raise
    if processes.first:
        shutil.rmtree(folder / TRAINING)
        for line in truth.probe(recommender, people=_PROBED, report=report).told():
            report(line)
    return recommender, version


def _nobody(_message: str) -> None:
    """Tell nobody: another process reports."""


def evaluate(folder: Path, report: Callable[[str], None]) -> tuple[Result, ...]:
    """Compare a workspace's model with its parts and the baselines on the held-out likes.

    Raises:
        LeakError: the graph tells what is tested.
    """
    graph = workspace.open_graph(folder)
    refuse_leaks(graph, report)
    return compare(models.load(folder, report=report), graph.heldout)


def evaluate_ratings(folder: Path, report: Callable[[str], None]) -> tuple[Rated, ...]:
    """Compare the raters on a workspace's held-out ratings, if it has some; the lowest RMSE first."""
    graph = workspace.open_graph(folder)
    if not len(graph.ratings) or not len(graph.heldout_ratings):
        return ()
    return compare_raters(graph, Resources(report=report))


def reasons(recommender: Recommender) -> dict[str, str]:
    """What each part of a score means, in words."""
    known = {member.name: member.reason for member in recommender.members}
    known[SITUATION] = "how much is known of you and of the item"
    return tally.REASONS | {name: known[name] for name in recommender.ranker.part_names}
