"""Progress on a screen: what is done in lines, and below them a bar while something is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console


class Screen:
    """Called with a message it prints a line; told of steps it draws a bar, where the screen is a terminal.

    Use it as a context manager, so that the bar is gone in the end:

        with Screen(console) as say:
            flow.train(folder, options, say)
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}", style="dim", markup=False),
            BarColumn(bar_width=12),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, message: str) -> None:
        """Print a line; what it tells of is over, and so is its bar until the next step."""
        self._bar.update(self._task, visible=False)
        self._console.print(message, style="dim", markup=False, highlight=False, soft_wrap=True)

    def step(self, words: str, done: int, in_all: int) -> None:
        """Draw how many of an epoch's batches are done.

        Args:
            words: which run it is, and how its last epoch ended.
            done: batches done.
            in_all: batches in all.
        """
        if done == in_all:
            self._bar.update(self._task, completed=done)
            return
        self._bar.update(self._task, description=words, completed=done, total=in_all, visible=True)
