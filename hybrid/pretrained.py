"""Pretrained models in a folder or on the hub: found, told apart and read, with errors in one sentence."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kg.errors import WhyRecError


def found(model: str, what: str, files: Sequence[str], error: type[WhyRecError]) -> Path:
    """The folder of a model: one on disk, or one from the hub.

    A hub name is looked up in the local hub cache and fetched when it is not there; nothing is fetched
    with HF_HUB_OFFLINE=1.

    Args:
        model: the folder, or the name on the hub.
        what: "text model", for instance; stands in errors.
        files: patterns of the files to fetch.
        error: what to raise.

    Raises:
        WhyRecError: the given one; there is no such folder or hub model.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or model.startswith(".") or model.count("/") > 1:  # no hub name looks like this
        raise error(f"{what} {model!r}: no such folder")
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    try:
        with _quiet():
            return Path(snapshot_download(model, allow_patterns=list(files)))
    except (OSError, ValueError) as reason:  # the hub's own errors are all one of these two
        raise error(
            f"{what} {model!r}: neither a folder nor a hub model that can be fetched ({_short(reason)})"
        ) from reason


def identity(how: str, files: Iterable[Path]) -> str:
    """A name for what these files give when they are read in this way; 64 hex digits."""
    digest = hashlib.sha256(how.encode())
    for file in files:
        with file.open("rb") as stream:
            digest.update(f"{file.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


@contextmanager
def readable(folder: Path, what: str, error: type[WhyRecError]) -> Iterator[None]:
    """Turn whatever a model library raises while reading a folder into one sentence that names it.

    Raises:
        WhyRecError: the given one; `what` cannot be read.
    """
    try:
        with _quiet():
            yield
    except Exception as reason:  # json, safetensors and the Rust tokenizers raise without a common base
        raise error(f"{folder}: the {what} cannot be read ({_short(reason)})") from reason


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and no advice from transformers on the screen, then as before."""
    from transformers.utils import logging as screen  # noqa: PLC0415

    verbosity, bars = screen.get_verbosity(), screen.is_progress_bar_enabled()
    screen.set_verbosity(logging.ERROR)
    screen.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        screen.set_verbosity(verbosity)
        if bars:
            screen.enable_progress_bar()  # type: ignore[no-untyped-call]


def _short(error: BaseException) -> str:
    first = (str(error).strip().splitlines() or [""])[0].split(". ")[0]
    return first[:200].rstrip(".") or type(error).__name__
