"""Where a run's curves go: TensorBoard event files; MLflow or Weights & Biases where asked for."""

from __future__ import annotations

import importlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gnn.named import OptionError, pick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from gnn.train import Epoch

MEASURES = ("loss", "metric", "learning_rate", "gradient_norm", "seconds")


@dataclass(frozen=True, slots=True)
class Log:
    """Where to keep the curves of a run.

    Attributes:
        folder: where the event files of TensorBoard go, in a folder of the run's name.
        name: of the run.
        also: other trackers, by name: "mlflow", "wandb". Their packages must be installed; where they send
            to, their own environment variables say (MLFLOW_TRACKING_URI, WANDB_MODE, ...).
    """

    folder: Path
    name: str
    also: tuple[str, ...] = ()


class Tracker(Protocol):
    """Keeps the curves of one run."""

    def start(self, name: str, options: Mapping[str, Any], done: int) -> None:
        """Begin a run, or go on with it.

        Args:
            name: of the run.
            options: how it is trained.
            done: epochs that were done, and tracked, before; 0 for a new run.
        """
        ...

    def epoch(self, epoch: Epoch) -> None:
        """Keep what an epoch gave."""
        ...

    def close(self) -> None:
        """End the run."""
        ...


@contextmanager
def tracked(log: Log | None, options: Mapping[str, Any], done: int) -> Iterator[Callable[[Epoch], None]]:
    """Start a run's trackers and close them in the end; gives the function that tracks an epoch.

    Args:
        log: where to keep the curves; None for nowhere.
        options: how the run is trained.
        done: epochs done before.

    Raises:
        OptionError: a tracker is unknown or not installed.
    """
    if log is None:
        yield lambda _epoch: None
        return
    trackers = [pick("tracker", TRACKERS, name)(log) for name in ("tensorboard", *log.also)]
    with ExitStack() as stack:
        for tracker in trackers:
            tracker.start(log.name, options, done)
            stack.callback(tracker.close)

        def track(epoch: Epoch) -> None:
            for tracker in trackers:
                tracker.epoch(epoch)

        yield track


def values(epoch: Epoch) -> dict[str, float]:
    """What was measured in an epoch, by name."""
    measured = {name: getattr(epoch, name) for name in MEASURES}
    return {name: value for name, value in measured.items() if value is not None}


class TensorBoard:
    """Event files in a folder of the run's name; one that goes on adds a file to those that are there."""

    def __init__(self, log: Log) -> None:
        self._folder = log.folder

    def start(self, name: str, options: Mapping[str, Any], done: int) -> None:
        """Open an event file; what earlier ones say of the epochs that follow is no longer shown."""
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - costs half a second

        self._writer = SummaryWriter(self._folder / name, purge_step=done + 1)
        if not done:
            lines = [f"    {option}: {value}" for option, value in options.items()]
            self._writer.add_text("options", "\n".join(lines))

    def epoch(self, epoch: Epoch) -> None:
        """Write an epoch and flush, so that a run that is killed loses none."""
        for name, value in values(epoch).items():
            self._writer.add_scalar(name, value, epoch.number)
        self._writer.flush()

    def close(self) -> None:
        """Close the event file."""
        self._writer.close()


class MLflow:
    """A run in MLflow's default experiment; its id stands in the folder, so that it can be gone on with."""

    def __init__(self, log: Log) -> None:
        self._client = _package("mlflow", "mlflow-skinny").MlflowClient()
        self._kept = log.folder / f"{log.name}.mlflow"

    def start(self, name: str, options: Mapping[str, Any], done: int) -> None:
        """Make a run, or open the one whose id is kept."""
        self._id = _kept_id(self._kept, done)
        if self._id:
            self._client.update_run(self._id, status="RUNNING")
            return
        self._id = self._client.create_run(experiment_id="0", run_name=name).info.run_id
        _keep_id(self._kept, self._id)
        for option, value in options.items():
            self._client.log_param(self._id, option, value)

    def epoch(self, epoch: Epoch) -> None:
        """Send what an epoch gave."""
        for name, value in values(epoch).items():
            self._client.log_metric(self._id, name, value, step=epoch.number)

    def close(self) -> None:
        """Mark the run as finished."""
        self._client.set_terminated(self._id)


class WandB:
    """A run of the project "whyrec" in Weights & Biases; its id stands in the folder."""

    def __init__(self, log: Log) -> None:
        self._wandb = _package("wandb", "wandb")
        self._folder = log.folder
        self._kept = log.folder / f"{log.name}.wandb"

    def start(self, name: str, options: Mapping[str, Any], done: int) -> None:
        """Make a run, or open the one whose id is kept."""
        self._run = self._wandb.init(
            project="whyrec", name=name, config=dict(options), dir=str(self._folder),
            id=_kept_id(self._kept, done) or None, resume="allow", reinit="create_new",
        )  # fmt: skip
        _keep_id(self._kept, self._run.id)

    def epoch(self, epoch: Epoch) -> None:
        """Send what an epoch gave."""
        self._run.log(values(epoch), step=epoch.number)

    def close(self) -> None:
        """Send the rest."""
        self._run.finish()


TRACKERS: dict[str, Callable[[Log], Tracker]] = {"tensorboard": TensorBoard, "mlflow": MLflow, "wandb": WandB}


def _package(name: str, project: str) -> Any:  # noqa: ANN401 - a module
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OptionError(f"the tracker {name!r} is not installed; run `pip install {project}`") from error


def _kept_id(file: Path, done: int) -> str:
    """The id of the run to go on with; "" for a new run."""
    return file.read_text(encoding="utf-8") if done and file.exists() else ""


def _keep_id(file: Path, run: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(run, encoding="utf-8")
