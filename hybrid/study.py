"""A search over ranges that outlives a kill: Optuna's sampler and pruner, each trial on disk as it ends."""

from __future__ import annotations

import itertools
import math
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from kg.errors import QueryError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from optuna import Study
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

    from hybrid.space import Space


class Objective(Protocol):
    """What is to be made large."""

    def __call__(self, options: Mapping[str, Any], step: Callable[[int, float], None]) -> float:
        """The value of some options.

        Args:
            options: a value for every option searched.
            step: told (step from 1, value so far) where there are steps; raises to end a hopeless trial.
        """
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """When to stop: after so many trials in all, earlier runs' among them, or so many seconds of this run.

    The trial that is running when the seconds are over is still finished.
    """

    trials: int = 30
    seconds: float = math.inf


@dataclass(frozen=True, slots=True)
class Best:
    """What a study found.

    Attributes:
        options: the best options.
        value: their value.
        first: the value of those that the search began with, None where that trial was given up.
        trials: how many trials ended.
        pruned: how many of them were given up.
    """

    options: dict[str, Any]
    value: float
    first: float | None
    trials: int
    pruned: int


def run(
    file: Path,
    name: str,
    space: Mapping[str, Space],
    objective: Objective,
    *,
    first: Mapping[str, Any],
    budget: Budget,
    seed: int = 0,
    report: Callable[[str], None] = lambda _message: None,
) -> Best:
    """Search for the options with the largest value, going on with the trials that the file has.

    Options are drawn by the tree-structured Parzen estimator (Bergstra et al., "Algorithms for
    Hyper-Parameter Optimization", NeurIPS 2011); a trial whose value at a step is below the median of the
    others' is ended (the median rule of Golovin et al., "Google Vizier", KDD 2017). Each draw has a seed of
    its own, made of `seed` and the number of trials that ended before it, so that a search that was killed
    and taken up tries exactly what it would have tried otherwise. The trial that was running is run again.
    Options that were tried before are not tried again: they get the value that they had. A space that holds
    no more than the trials is gone through from end to end instead.

    One process at a time may work on a study.

    Args:
        file: the SQLite file; it is made where there is none, and may hold other studies.
        name: of the study; trials are only comparable under the same space, objective and data.
        space: what to search, not empty.
        objective: gives the value of some options; FloatingPointError counts as a hopeless trial.
        first: options to begin with, all of the space's among them; values that it does not hold are drawn.
        budget: when to stop; at least one trial is finished.
        seed: of the search.
        report: told of every trial in words.

    Raises:
        QueryError: no trial ended with a value.
        WorkspaceError: the file is damaged or cannot be written.
    """
    with _storage(file) as storage:
        study = _study(storage, name)
        everything, start = _everything(space, budget.trials), time.perf_counter()
        trials = _ended(study)
        while not trials or (len(trials) < budget.trials and time.perf_counter() - start < budget.seconds):
            tried = [trial.params for trial in trials]
            left = [options for options in everything if options not in tried]
            if everything and not left:
                break
            begin = {
                name: space[name].stored(first[name]) for name in space if space[name].holds(first[name])
            }
            if everything or not trials:
                study.enqueue_trial(left[0] if trials else begin)
            _try(study, space, objective, trials, seed)
            trials = _ended(study)
            most = min(budget.trials, len(everything) or budget.trials)
            report(f"trial {len(trials)} of {most}: {_told(trials)}")
        return _best(trials, space, name)


def _everything(space: Mapping[str, Space], most: int) -> list[dict[str, Any]]:
    """All that a space holds, where it is no more than so many; else nothing."""
    values = [each.all_stored() for each in space.values()]
    if not 0 < math.prod(map(len, values)) <= most:
        return []
    return [dict(zip(space, options, strict=True)) for options in itertools.product(*values)]


def _try(
    study: Study, space: Mapping[str, Space], objective: Objective, ended: list[FrozenTrial], seed: int
) -> None:
    """One more trial, from its options to its end."""
    from optuna import TrialPruned  # noqa: PLC0415
    from optuna.samplers import TPESampler  # noqa: PLC0415
    from optuna.trial import TrialState  # noqa: PLC0415

    drawn = np.random.SeedSequence([seed, len(ended)]).generate_state(1)
    study.sampler = TPESampler(seed=int(drawn[0]))
    trial = study.ask({option: values.distribution() for option, values in space.items()})
    before = next((earlier for earlier in ended if earlier.params == trial.params), None)
    if before is not None:
        study.tell(trial, before.value if before.state == TrialState.COMPLETE else None, before.state)
        return

    def step(number: int, value: float) -> None:
        trial.report(value, number)
        if trial.should_prune():
            raise TrialPruned

    try:
        value = objective({option: space[option].value(trial.params[option]) for option in space}, step)
    except (TrialPruned, FloatingPointError):
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, value)


def _study(storage: RDBStorage, name: str) -> Study:
    import optuna  # noqa: PLC0415

    return optuna.create_study(
        storage=storage,
        study_name=name,
        load_if_exists=True,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2),
    )


def _ended(study: Study) -> list[FrozenTrial]:
    """The trials that ended, in their order; one that a kill cut off stays in the file and counts nothing."""
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]


def _complete(trials: list[FrozenTrial]) -> list[FrozenTrial]:
    return [trial for trial in trials if trial.state.name == "COMPLETE"]


def _told(trials: list[FrozenTrial]) -> str:
    last, complete = trials[-1], _complete(trials)
    value = f"{last.value:.4f}" if complete and last is complete[-1] else "given up"
    best = f", best {max(trial.value or 0.0 for trial in complete):.4f}" if complete else ""
    tried = ", ".join(f"{option} {_short(stored)}" for option, stored in last.params.items())
    return f"{value}{best} ({tried})"


def _short(stored: object) -> str:
    return f"{stored:.4g}" if isinstance(stored, float) else str(stored)


def _best(trials: list[FrozenTrial], space: Mapping[str, Space], name: str) -> Best:
    complete = _complete(trials)
    if not complete:
        raise QueryError(f"no trial of {name} ended with a value; search narrower ranges")
    best = max(complete, key=lambda trial: trial.value or 0.0)
    options = {option: space[option].value(stored) for option, stored in best.params.items()}
    first = complete[0].value if complete[0] is trials[0] else None
    return Best(options, float(best.value or 0.0), first, len(trials), len(trials) - len(complete))


@contextmanager
def _storage(file: Path) -> Iterator[RDBStorage]:
    """The file, open; closed again so that it can be moved or deleted."""
    import optuna  # noqa: PLC0415
    from optuna.exceptions import StorageInternalError  # noqa: PLC0415
    from sqlalchemy import URL  # noqa: PLC0415
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = None
    try:
        storage = optuna.storages.RDBStorage(
            URL.create("sqlite", database=str(file)).render_as_string(),
            engine_kwargs={"connect_args": {"timeout": 30}},
        )
        yield storage
    except (DatabaseError, StorageInternalError) as error:
        raise WorkspaceError(
            f"{file} cannot be used as a study file ({_first_line(error)}); delete it"
        ) from error
    finally:
        if storage is not None:
            storage.remove_session()
            storage.engine.dispose()


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0][:200]
