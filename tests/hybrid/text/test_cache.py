"""Nothing is encoded twice, and no state of the cache file stops the work."""

import hashlib
import logging
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hybrid.text.cache import CachedEncoder, VectorStore, cache_folder
from hybrid.text.table import TextTable


class Counting:
    """Vectors from a hash; remembers what it was asked for."""

    size = 8

    def __init__(self, identity="counting"):
        self.identity = identity
        self.asked = []

    def encode(self, texts):
        self.asked.extend(texts)
        return np.array([self.vector(text) for text in texts], dtype=np.float32).reshape(-1, self.size)

    @staticmethod
    def vector(text):
        return (
            np.frombuffer(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], np.uint8) / 255
        )


def expected(texts):
    return np.array([Counting.vector(text) for text in texts], dtype=np.float32)


def test_only_misses_are_encoded_and_duplicates_once(tmp_path):
    inner = Counting()
    texts = ["b", "a", "b", "\ud800", ""]
    np.testing.assert_array_equal(CachedEncoder(inner, tmp_path).encode(texts), expected(texts))
    assert sorted(inner.asked) == sorted({*texts})
    again = CachedEncoder(Counting(), tmp_path)
    np.testing.assert_array_equal(again.encode([*texts, "new"]), expected([*texts, "new"]))
    assert again.encoder.asked == ["new"]
    assert again.encode([]).shape == (0, 8)


def test_vectors_can_be_changed_by_the_caller(tmp_path):
    cached = CachedEncoder(Counting(), tmp_path)
    cached.encode(["a"])
    cached.encode(["a"])[0] = 9
    np.testing.assert_array_equal(cached.encode(["a"]), expected(["a"]))


def test_encoders_do_not_share_vectors(tmp_path):
    CachedEncoder(Counting("one"), tmp_path).encode(["a"])
    other = CachedEncoder(Counting("two"), tmp_path)
    other.encode(["a"])
    assert other.encoder.asked == ["a"]


def test_many_texts_and_progress(tmp_path):
    seen = []
    cached = CachedEncoder(Counting(), tmp_path, progress=lambda done, total: seen.append((done, total)))
    texts = [str(number) for number in range(1200)]
    np.testing.assert_array_equal(cached.encode(texts), expected(texts))
    np.testing.assert_array_equal(cached.encode(texts), expected(texts))
    assert seen == [(512, 1200), (1024, 1200), (1200, 1200)]


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_set_aside(tmp_path, caplog, damage):
    cached = CachedEncoder(Counting(), tmp_path)
    cached.encode(["a"])
    cached.store.file.write_bytes(damage)
    cached.store.file.with_name("vectors.sqlite-journal").write_bytes(b"old journal")
    for _ in range(2):
        np.testing.assert_array_equal(cached.encode(["a"]), expected(["a"]))
    assert cached.encoder.asked == ["a", "a"]
    if damage:
        assert "is damaged" in caplog.text
        assert len(list(cached.store.file.parent.glob("*.damaged-*"))) == 1


def test_a_torn_file_is_set_aside(tmp_path):
    cached = CachedEncoder(Counting(), tmp_path)
    texts = [str(number) for number in range(2000)]
    cached.encode(texts)
    data = cached.store.file.read_bytes()
    cached.store.file.write_bytes(data[: len(data) // 2])
    np.testing.assert_array_equal(cached.encode(texts), expected(texts))


def test_a_flipped_bit_in_a_vector_is_a_miss(tmp_path):
    cached = CachedEncoder(Counting(), tmp_path)
    cached.encode(["a"])
    with sqlite3.connect(cached.store.file) as connection:
        connection.execute("UPDATE vectors SET vector = ?", (b"\1" * 32,))
    connection.close()
    for _ in range(2):
        np.testing.assert_array_equal(cached.encode(["a"]), expected(["a"]))
    assert cached.encoder.asked == ["a", "a"]


def test_where_nothing_can_be_kept_the_work_goes_on(tmp_path, caplog):
    (tmp_path / "text").write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        np.testing.assert_array_equal(CachedEncoder(Counting(), tmp_path).encode(["a"]), expected(["a"]))
    assert "not cached" in caplog.text


def test_two_processes_at_once(tmp_path):
    code = (
        "import sys, numpy as np\nfrom pathlib import Path\nfrom hybrid.text.cache import VectorStore\n"
        "store = VectorStore(Path(sys.argv[1]), 4)\n"
        "for n in range(60):\n"
        "    store.put([(f'{sys.argv[2]} {n}'.encode(), np.full(4, n, np.float32)),"
        " (f'both {n}'.encode(), np.full(4, n, np.float32))])\n"
    )
    file = tmp_path / "vectors.sqlite"
    root = str(Path(__file__).parents[3])
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(file), name], env={"PYTHONPATH": root})
        for name in "ab"
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    keys = [f"{name} {number}".encode() for name in ("a", "b", "both") for number in range(60)]
    found = VectorStore(file, 4).get(keys)
    assert len(found) == 180
    assert all(vector[0] == int(key.split()[1]) for key, vector in found.items())


def test_where_caches_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("WHYREC_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("WHYREC_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "whyrec"


def test_a_cached_encoder_fills_a_text_table(tmp_path):
    table = TextTable.of(["a", "", " "], CachedEncoder(Counting(), tmp_path))
    assert table.present.tolist() == [True, False, False]
    np.testing.assert_array_equal(table.vectors[0], expected(["a"])[0])
