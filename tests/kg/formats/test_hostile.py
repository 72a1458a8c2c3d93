"""Files made to do harm: each is refused, or its row rejected, in words; nothing is fetched."""

from __future__ import annotations

import gzip
import json
import re
import socket
import stat
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from kg import CatalogError, formats
from kg.formats import isolated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MEMORY_LIMIT = 512 * 2**20
XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="http://a"><rdf:value>{}</rdf:value></rdf:Description></rdf:RDF>'
)
VOCABULARY = '{"@context": {"@vocab": "http://x.org/"}, '
LONG = "x" * 10_000_000


@pytest.fixture(autouse=True)
def no_network(monkeypatch) -> None:
    """This process may not open a connection; the listener below watches the other one."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server on loopback that takes no connection by itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def made(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def archive(path: Path, name: str, data: bytes, mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        archive.writestr(member, data, zipfile.ZIP_DEFLATED)
    return path


def laughs(levels: int) -> str:
    names = "abcdefghijkl"
    entities = "".join(
        f'<!ENTITY {names[level + 1]} "{f"&{names[level]};" * 10}">' for level in range(levels)
    )
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">{entities}]>' + XML.format(
        f"&{names[levels]};"
    )


REFUSED: dict[str, tuple[str, Callable[[], bytes | str], str]] = {
    "billion laughs": ("a.rdf", lambda: laughs(9), "it has a DOCTYPE"),
    "any DOCTYPE": ("a.owl", lambda: f"<!doctype x>{XML.format('x')}", "it has a DOCTYPE"),
    "a DOCTYPE in UTF-16": ("a.xml", lambda: laughs(9).encode("utf-16"), "not UTF-8 text"),
    "a DOCTYPE far down": ("a.rdf", lambda: "<!--" + "-" * 3_000_000 + "--><!DOCTYPE x>", "it has a DOCTYPE"),
    "JSON-LD 20,000 deep": (
        "a.jsonld",
        lambda: VOCABULARY + '"a":{' * 20_000 + "}" * 20_001,
        "nested too deep; at most 100 levels",
    ),
    "lists 20,000 deep": ("a.jsonld", lambda: "[" * 20_000 + "]" * 20_000, "nested too deep"),
    "JSON 20,000 deep": ("a.json", lambda: '[{"a":' * 20_000 + "1" + "}]" * 20_000, "nested too deep"),
    "a context in a file": (
        "a.jsonld",
        lambda: '{"@context": ["https://schema.org", "file:///etc/passwd"], "name": "x"}',
        "names the context 'file:///etc/passwd'; only schema.org's is known, nothing is fetched",
    ),
    "a context in disguise": (
        "a.jsonld",
        lambda: '{"@cont\\u0065xt": "f\\u0069le:///etc/passwd", "name": "x"}',
        "names the context 'file:///etc/passwd'",
    ),
    "a context within a term": (
        "a.jsonld",
        lambda: '{"@context": {"a": {"@id": "http://x.org/a", "@context": "file:///a"}}, "a": 1}',
        "names the context 'file:///a'",
    ),
    "an imported context": (
        "a.jsonld",
        lambda: '{"@context": {"@import": "file:///etc/passwd"}, "name": "x"}',
        "imports a context from elsewhere",
    ),
    "a surrogate in JSON-LD": ("a.jsonld", lambda: VOCABULARY + '"a": "\\ud800"}', "a lone surrogate"),
    "a surrogate in Turtle": ("a.ttl", lambda: '<a:a> <a:b> "\\uD800" .', "not a valid unicode character"),
    "a long document": (
        "a.jsonld",
        lambda: f'{VOCABULARY} "a": "{LONG}"}}',
        "more than 4,194,304 characters and a field 'a'; of long documents, lists",
    ),
    "a line of 60 MB": ("a.csv.gz", lambda: gzip.compress(b"x" * 60_000_000), "16,777,216 characters"),
    "a field of 40 MB": ("a.json", lambda: f'[{{"a": "{LONG * 4}"}}]', "16,777,216 characters"),
    "space without end": (
        "a.json.gz",
        lambda: gzip.compress(b"[" + b" " * 60_000_000),
        "unpacks to more than",
    ),
    "two encodings in Turtle": (
        "a.ttl",
        lambda: '<a:a> <a:b> "é" .\n'.encode() + '<a:a> <a:b> "é" .'.encode("latin-1"),
        "Invalid UTF-8",
    ),
    "two encodings in a header": (
        "a.csv",
        lambda: "é".encode() + "é,b\n1,2\n".encode("latin-1"),
        "not utf-8 text",
    ),
    "an unclosed tag, often": ("a.html", lambda: "<script" * 100_000, "it has no <script"),
    "statements 100,000 deep": (
        "a.ttl",
        lambda: "<a:a> <a:b> " + "<<( <a:a> <a:b> " * 100_000 + "1" + " )>>" * 100_000 + " .",
        "it makes the parser crash|it is not Turtle|nested too deep|no rows that can be read",
    ),
    "10,000 columns": ("a.csv", lambda: ",".join(f"c{n}" for n in range(10_000)) + "\n", "10,000 columns"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_says_why(tmp_path, case: str) -> None:
    name, data, told = REFUSED[case]
    with pytest.raises(CatalogError, match=rf"{name}.*({told})"):
        list(formats.batches(made(tmp_path / name, data()), reject=lambda _line, _reason: None))


REJECTED: dict[str, tuple[str, Callable[[], bytes | str], str]] = {
    "a surrogate in CSV": ("a.csv", lambda: b"a,b\n1,x\n2,\xed\xa0\x80\n3,y\n", "not utf-8 text"),
    "a surrogate in JSON": (
        "a.json",
        lambda: '[{"a": 1}, {"a": "\\ud800"}, {"a": 3}]',
        "a lone surrogate, which is not text",
    ),
    "a surrogate in JSON lines": (
        "a.jsonl",
        lambda: '{"a": 1}\n{"a": "\\udfff"}\n{"a": 3}',
        "a lone surrogate",
    ),
    "a surrogate in N-Triples": (
        "a.nt",
        lambda: '<a:1> <a:p> "x" .\n<a:2> <a:p> "\\uD800" .\n<a:3> <a:p> "y" .\n',
        "line 2: .* not a valid unicode character",
    ),
    "NUL in CSV": ("a.csv", lambda: "a,b\n1,x\n2,\0\n3,y\n", "a NUL character"),
    "NUL in quotes": ("a.csv", lambda: 'a,b\n1,x\n2,"\0"\n3,"y\nz"\n', "a NUL character"),
    "NUL in a table": ("a.tsv", lambda: "a\tb\n1\tx\n2\t\0\n3\ty\n", "a NUL character"),
    "NUL in JSON": ("a.json", lambda: '[{"a": 1}, {"a": "\\u0000"}, {"a": 3}]', "a NUL character"),
    "NUL in N-Triples": (
        "a.nt",
        lambda: '<a:1> <a:p> "x" .\n<a:2> <a:p> "\\u0000" .\n<a:3> <a:p> "y" .\n',
        "a NUL character",
    ),
    "10 MB in CSV": ("a.csv", lambda: f"a,b\n1,x\n2,{LONG}\n3,y\n", "a cell of 10,000,000 characters"),
    "10 MB in quotes": ("a.csv", lambda: f'a,b\n1,x\n2,"{LONG}"\n3,"y"\n', "a cell of 10,000,000 characters"),
    "10 MB in JSON": (
        "a.json",
        lambda: f'[{{"a": 1}}, {{"a": "{LONG}"}}, {{"a": 3}}]',
        "a cell of 10,000,000 characters",
    ),
    "10 MB in JSON lines": (
        "a.jsonl",
        lambda: f'{{"a": 1}}\n{{"a": "{LONG}"}}\n{{"a": 3}}\n',
        "a cell of 10,000,000 characters",
    ),
    "10 MB in JSON-LD": (
        "a.jsonld",
        lambda: (
            f'{VOCABULARY} "@graph": [{{"@id": "a:1", "p": 1}}, {{"@id": "a:2", "p": "{LONG}"}}, '
            '{"@id": "a:3", "p": 3}]}'
        ),
        "a text of 10,000,000 characters; at most 2,097,152 are read",
    ),
    "10 MB in Turtle": (
        "a.ttl",
        lambda: f'<a:1> <a:p> "x" . <a:2> <a:p> "{LONG}" . <a:3> <a:p> "y" .',
        "a:2 has a cell of 10,000,000 characters",
    ),
    "an address of 1 MB": (
        "a.nt",
        lambda: f"<a:1> <a:p> <a:x> .\n<a:2> <a:p> <a:{LONG[:1_000_000]}> .\n<a:3> <a:p> <a:y> .\n",
        "an address of 1,000,002 characters",
    ),
    "JSON lines 20,000 deep": (
        "a.jsonl",
        lambda: '{"a": 1}\n' + '{"a":' * 20_000 + "1" + "}" * 20_000 + '\n{"a": 3}\n',
        "nested too deep",
    ),
    "JSON 30 deep": (
        "a.json",
        lambda: '[{"a": 1}, {"a": ' + "[" * 30 + "]" * 30 + '}, {"a": 3}]',
        "nested too deep",
    ),
    "two encodings in CSV": (
        "a.csv",
        lambda: "a,b\n1,é\n".encode() + "2,é\n".encode("latin-1") + "3,é\n".encode(),
        "not utf-8 text; name the right encoding",
    ),
    "two encodings in N-Triples": (
        "a.nt",
        lambda: b'<a:1> <a:p> "x" .\n<a:2> <a:p> "\xe9" .\n<a:3> <a:p> "y" .\n',
        "line 2: not utf-8 text",
    ),
    "a stray quote on line 3": (
        "a.csv",
        lambda: 'a,b\n1,x\n2,"x\n3,y\n' + "4,z\n" * 600_000,
        "a broken row, in which a quote is still open after 2,097,152 characters",
    ),
}


@pytest.mark.parametrize("case", REJECTED)
def test_what_is_rejected_costs_its_row(tmp_path, case: str) -> None:
    name, data, told = REJECTED[case]
    lost: list[str] = []
    rows: list[list[str]] = []
    for frame in formats.batches(
        made(tmp_path / name, data()), reject=lambda _line, reason: lost.append(reason)
    ):
        rows.extend(frame.iloc[:2].to_numpy().tolist())
    assert [row[0].removeprefix("a:") for row in rows[:2]] == ["1", "3"]
    assert len(lost) == 1
    assert re.search(told, lost[0])


@pytest.mark.parametrize(
    ("name", "row"), [("a.csv", "a,b\n{},x\n"), ("a.json", '[{{"a": {}}}]'), ("a.ttl", "<a:a> <a:a> {} .")]
)
def test_a_number_of_5000_digits_is_text(tmp_path, name: str, row: str) -> None:
    frame = formats.read(made(tmp_path / name, row.format("9" * 5000)))
    assert frame["a"].to_list() == ["9" * 5000]


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "x/../../a.csv", "C:\\a.csv", "..\\a.csv"])
def test_archives_that_lead_outside_are_refused(tmp_path, name: str) -> None:
    with pytest.raises(CatalogError, match="leads out of the archive; plain files were expected"):
        formats.read(archive(tmp_path / "a.csv.zip", name, b"a,b\n1,2\n"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv.zip"]


def test_links_in_archives_are_refused(tmp_path) -> None:
    path = archive(tmp_path / "a.csv.zip", "a.csv", b"/etc/passwd", stat.S_IFLNK | 0o777)
    with pytest.raises(CatalogError, match=r"a\.csv', which leads out of the archive"):
        formats.read(path)


@pytest.mark.parametrize("ending", ["csv", "nt", "parquet", "db", "json", "jsonl"])
def test_bombs_are_not_unpacked(tmp_path, ending: str) -> None:
    long = b"a" * 5000
    line = {"csv": b"a,%s\n", "nt": b'<a:a> <a:b> "%s" .\n', "json": b'{"a": "%s"},'}.get(
        ending, b'{"a": "%s"}\n'
    )
    path = archive(
        tmp_path / f"a.{ending}.zip", f"a.{ending}", b"[" * (ending == "json") + line % long * 8000
    )
    with pytest.raises(CatalogError, match="at most 150 times its size and 256 GiB are unpacked"):
        list(formats.batches(path))


def test_a_header_that_lies_about_its_size_is_not_believed(tmp_path) -> None:
    path = archive(tmp_path / "a.csv.zip", "a.csv", b"\0" * 40_000_000)
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\x01\x02")
    data[start + 24 : start + 28] = (300_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(CatalogError, match="characters; fewer were expected"):
        formats.read(path)


def test_no_context_is_fetched(tmp_path, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    for context in (
        f"http://127.0.0.1:{port}/c",
        [f"http://127.0.0.1:{port}/c"],
        {"@import": f"http://127.0.0.1:{port}/c"},
    ):
        path = made(tmp_path / "a.jsonld", json.dumps({"@context": context, "name": "x"}))
        with pytest.raises(CatalogError, match="nothing is fetched"):
            formats.read(path)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_no_url_is_fetched(listener: socket.socket) -> None:
    with pytest.raises(CatalogError, match="is not fetched"):
        formats.read(f"http://127.0.0.1:{listener.getsockname()[1]}/a.csv")
    with pytest.raises(BlockingIOError):
        listener.accept()


ENDS = {
    "import os; os.abort()": r"it makes the parser crash \(SIGABRT",
    "import os; os.kill(os.getpid(), 11)": r"it makes the parser crash \(SIGSEGV",
    "import os; os.kill(os.getpid(), 9)": "it takes too long to be read",
    "import sys; sys.exit(3)": "it cannot be read; the process that reads it ended with 3",
}


@pytest.mark.parametrize("program", ENDS)
def test_the_end_of_the_process_is_told(tmp_path, monkeypatch, program: str) -> None:
    monkeypatch.setattr(isolated, "START", program)
    with pytest.raises(CatalogError, match=rf"a\.ttl: {ENDS[program]}"):
        formats.read(made(tmp_path / "a.ttl", "<a:a> <a:b> <a:c> ."))


def test_the_process_has_a_limit_of_time(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(isolated, "SECONDS", 1)
    monkeypatch.setattr(
        isolated,
        "START",
        "import sys, json; sys.path += sys.argv[1:3]; from untrusted import main\n"
        "main._limit(json.loads(sys.argv[3]))\nwhile True: pass",
    )
    with pytest.raises(CatalogError, match="it takes too long to be read"):
        formats.read(made(tmp_path / "a.ttl", ""))


def test_the_process_has_a_limit_of_memory(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(isolated, "MEMORY", 2**27)
    with pytest.raises(CatalogError, match="more than 128 MiB of memory"):
        formats.read(made(tmp_path / "a.html", b" " * 150_000_000))


def test_the_process_has_a_limit_of_disk(tmp_path, monkeypatch) -> None:
    path = made(tmp_path / "a.nt", "".join(f"<a:{n}> <a:p> <a:o{n}{'x' * 900}> .\n" for n in range(100_000)))
    monkeypatch.setattr(isolated, "DISK_TIMES", 0)
    monkeypatch.setattr(isolated, "DISK", 2**20)
    with pytest.raises(CatalogError, match="it cannot be read within 1 MiB on disk"):
        formats.read(path)


MEASURE = """
import re, sys
from pathlib import Path
from kg import CatalogError, formats
for name in sys.argv[1:]:
    try:
        for frame in formats.batches(Path(name), reject=lambda line, reason: None):
            pass
    except CatalogError:
        pass
print(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_stays_below_the_limit(tmp_path) -> None:
    """All that is long or grows, one after the other; the kernel holds the process for RDF to its limit."""
    grows = [
        case
        for case in (*REFUSED, *REJECTED)
        if any(word in case for word in ("MB", "deep", "laughs", "stray", "without end"))
    ]
    paths = []
    for number, case in enumerate(grows):
        name, data, _ = (REFUSED | REJECTED)[case]
        paths.append(made(tmp_path / f"{number}{name}", data()))
    paths.append(archive(tmp_path / "b.csv.zip", "b.csv", b"a,b\n" + b"1,2\n" * 15_000_000))
    paths.append(archive(tmp_path / "b.nt.zip", "b.nt", b"<a:a> <a:b> <a:c> .\n" * 3_000_000))
    command = [sys.executable, "-c", MEASURE, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(paths) > 12
    assert int(done.stdout) * 1024 < MEMORY_LIMIT
    assert isolated.MEMORY == MEMORY_LIMIT
