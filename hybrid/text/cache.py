"""Text vectors kept on disk by what was encoded and by whom, so that no text is encoded twice."""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import time
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from hybrid.text.table import Encoder, VectorArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

log = logging.getLogger(__name__)
SCHEMA = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB, checksum INTEGER)"
INSERT = "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)"
CHUNK = 512  # texts encoded between two writes: what an interrupted run can lose, and keys asked for at once
WAIT_SECONDS = 30.0


class IdentifiedEncoder(Encoder, Protocol):
    """An encoder that says which vectors it makes."""

    @property
    def identity(self) -> str:
        """Equal for two encoders only if they give the same vectors; letters and digits."""
        ...


def cache_folder() -> Path:
    """Where caches are kept: $WHYREC_CACHE, or ~/.cache/whyrec."""
    chosen = os.environ.get("WHYREC_CACHE", "")
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "whyrec"


class VectorStore:
    """Vectors by key in one SQLite file, shared by any number of processes and threads.

    A cache must never stop the work: a file that is damaged is set aside (renamed) and begun anew, and where
    the disk is full, locked or not writable nothing is kept and the log says so. SQLite does not notice a
    flipped bit within a value, so each vector has a checksum; one that does not fit is as good as missing.
    """

    def __init__(self, file: Path, size: int) -> None:
        """A store of vectors of length `size` in `file`; the file is made at the first use."""
        self.file = file
        self.size = size

    def get(self, keys: Sequence[bytes]) -> dict[bytes, VectorArray]:
        """The vectors of those keys that are here."""
        rows: list[tuple[bytes, bytes, int]] = []

        def read(connection: sqlite3.Connection) -> None:
            rows.clear()
            for start in range(0, len(keys), CHUNK):
                some = keys[start : start + CHUNK]
                marks = ",".join("?" * len(some))
                rows.extend(connection.execute(f"SELECT * FROM vectors WHERE key IN ({marks})", some))  # noqa: S608

        self._use(read)
        return {key: np.frombuffer(blob, "<f4") for key, blob, check in rows if self._sound(blob, check)}

    def put(self, vectors: Iterable[tuple[bytes, VectorArray]]) -> None:
        """Keep these vectors; all of them or, if this process dies meanwhile, none."""
        blobs = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors]
        rows = [(key, blob, zlib.crc32(blob)) for key, blob in blobs]
        self._use(lambda connection: connection.executemany(INSERT, rows))

    def _sound(self, blob: object, checksum: object) -> bool:
        return isinstance(blob, bytes) and len(blob) == 4 * self.size and zlib.crc32(blob) == checksum

    def _use(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Do something with the file; set it aside and try once more where it is damaged."""
        try:
            try:
                self._connected(work)
            except sqlite3.OperationalError:  # locked, full, not writable: nothing is wrong with the file
                raise
            except sqlite3.DatabaseError:
                self._set_aside()
                self._connected(work)
        except (sqlite3.Error, OSError) as error:
            log.warning("text vectors are not cached in %s: %s", self.file, error)

    def _connected(self, work: Callable[[sqlite3.Connection], object]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # A connection per use: a few hundred microseconds, and nothing is shared between threads or forks.
        with closing(sqlite3.connect(self.file, timeout=WAIT_SECONDS)) as connection, connection:
            connection.execute(SCHEMA)
            work(connection)

    def _set_aside(self) -> None:
        aside = self.file.with_name(f"{self.file.name}.damaged-{time.time_ns()}")
        log.warning("text cache %s is damaged; it is kept as %s and begun anew", self.file, aside.name)
        self.file.replace(aside)
        # A journal of the old file would be played into the new one.
        self.file.with_name(f"{self.file.name}-journal").unlink(missing_ok=True)


class CachedEncoder:
    """An encoder that asks another one only for texts it has not seen, each once.

    The key of a vector is SHA-256 of the encoder's identity and the text. The vectors of one encoder are in
    `<folder>/text/<identity>/vectors.sqlite`, so the cache of a model no longer used is one folder to delete.
    """

    def __init__(
        self,
        encoder: IdentifiedEncoder,
        folder: Path | None = None,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Cache what `encoder` makes.

        Args:
            encoder: makes the vectors of new texts.
            folder: where caches are kept; `cache_folder()` where None.
            progress: told (new texts encoded, new texts in all); not called when every text is known.
        """
        self.encoder = encoder
        root = folder if folder is not None else cache_folder()
        self.store = VectorStore(root / "text" / encoder.identity / "vectors.sqlite", encoder.size)
        self._progress = progress

    @property
    def size(self) -> int:
        """Length of a vector."""
        return self.encoder.size

    @property
    def identity(self) -> str:
        """The identity of the encoder behind."""
        return self.encoder.identity

    def encode(self, texts: Sequence[str]) -> VectorArray:
        """Unit vectors of the texts, shape (len(texts), size)."""
        if not texts:
            return np.zeros((0, self.size), dtype=np.float32)
        keys = [self._key(text) for text in texts]
        wanted = dict(zip(keys, texts, strict=True))
        known = self.store.get(list(wanted))
        missing = {key: text for key, text in wanted.items() if key not in known}
        known |= self._encode(missing)
        return np.stack([known[key] for key in keys]).astype(np.float32)

    def _encode(self, missing: dict[bytes, str]) -> dict[bytes, VectorArray]:
        fresh: dict[bytes, VectorArray] = {}
        keys = sorted(missing, key=lambda key: -len(missing[key]))  # texts of like length share a batch
        for start in range(0, len(keys), CHUNK):
            some = keys[start : start + CHUNK]
            made = dict(zip(some, self.encoder.encode([missing[key] for key in some]), strict=True))
            self.store.put(made.items())
            fresh |= made
            if self._progress is not None:
                self._progress(len(fresh), len(keys))
        return fresh

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self.identity}\n{text}".encode("utf-8", "surrogatepass")).digest()
