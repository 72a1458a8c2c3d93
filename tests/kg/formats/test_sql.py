"""SQL databases: SQLite files and a real PostgreSQL server; values as text, and nothing but reading."""

from __future__ import annotations

import gzip
import sqlite3
from typing import TYPE_CHECKING

import pytest

from kg import CatalogError, formats
from kg.formats import ReadOptions, rows, sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed (extra `sql`)")

FILMS = """
CREATE TABLE films (id INTEGER PRIMARY KEY, title TEXT, price REAL, seen BLOB);
INSERT INTO films VALUES (2, 'Heat: 50% off :now', 19.9, NULL), (1, 'Alien', 4.0, x'00ff');
CREATE VIEW cheap AS SELECT title FROM films WHERE price < 10;
"""


@pytest.fixture
def shop(tmp_path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(FILMS)
    connection.close()
    return path


def options(table: str | None) -> ReadOptions:
    return ReadOptions(table=table)


def test_a_table_is_read_in_the_order_of_its_key(shop: Path) -> None:
    frame = formats.read(shop, options=options("films"))
    assert frame.to_dict(orient="list") == {
        "id": ["1", "2"],
        "title": ["Alien", "Heat: 50% off :now"],
        "price": ["4", "19.9"],
        "seen": ["00ff", ""],
    }
    assert frame.index.to_list() == [1, 2]


def test_path_and_url_give_the_same(shop: Path, monkeypatch) -> None:
    by_path = formats.read(shop, options=options("cheap"))
    assert by_path["title"].to_list() == ["Alien"]
    assert formats.read(f"sqlite:///{shop}", options=options("cheap")).equals(by_path)
    monkeypatch.chdir(shop.parent)
    assert formats.read("sqlite:///shop.db", options=options("cheap")).equals(by_path)


@pytest.mark.parametrize("name", ["shop.sqlite", "shop.sqlite3", "shop.db.gz"])
def test_endings_and_packed_files(shop: Path, name: str) -> None:
    data = shop.read_bytes()
    path = shop.with_name(name)
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert len(formats.read(path, options=options("films"))) == 2


def test_one_statement_may_be_asked(shop: Path) -> None:
    query = "SELECT title AS t, ' :x; ' AS odd, 7 % 4 AS rest FROM films WHERE title LIKE '%off%' -- a; b\n;"
    frame = formats.read(shop, options=options(query))
    assert frame.to_dict(orient="list") == {"t": ["Heat: 50% off :now"], "odd": [" :x; "], "rest": ["3"]}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (None, r"shop\.db has several tables or none: cheap, films \(`table:` names one\)"),
        ("movies", r"shop\.db has no table 'movies'; it has cheap, films"),
        ("DROP TABLE films", "has no table 'DROP TABLE films'"),
        ("films; DROP TABLE films", "has no table"),
        ("SELECT 1; DROP TABLE films", "several statements"),
        ("WITH a AS (SELECT 1) DELETE FROM films", "readonly database"),
        ("SELECT none FROM films", "no such column: none"),
        ("SELECT 1 AS a, 2 AS a", "column 'a' occurs twice"),
        ("SELECT * FROM films WHERE 0", "has no rows"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_written(shop: Path, table: str | None, told: str) -> None:
    before = shop.read_bytes()
    with pytest.raises(CatalogError, match=told):
        formats.read(shop, options=options(table))
    assert shop.read_bytes() == before


def test_the_only_table_needs_no_name(tmp_path) -> None:
    connection = sqlite3.connect(tmp_path / "one.db")
    connection.execute("CREATE TABLE t AS SELECT 'x' AS a")
    connection.commit()
    connection.close()
    assert formats.read(tmp_path / "one.db")["a"].to_list() == ["x"]


def test_a_missing_file_is_not_made(tmp_path) -> None:
    with pytest.raises(CatalogError, match=r"absent\.db is missing"):
        formats.read(f"sqlite:///{tmp_path}/absent.db", options=options("t"))
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_refused(tmp_path) -> None:
    (tmp_path / "a.db").write_bytes(b"id,title\n" * 200)
    with pytest.raises(CatalogError, match=r"a\.db cannot be read: file is not a database"):
        formats.read(tmp_path / "a.db", options=options("t"))


def test_bytes_that_are_no_text_cost_their_row(tmp_path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.execute("INSERT INTO t VALUES (CAST(x'ff' AS TEXT)), ('fine')")
    connection.commit()
    connection.close()
    lost: list[tuple[int, str]] = []
    frame = formats.read(tmp_path / "a.db", reject=lambda line, reason: lost.append((line, reason)))
    assert frame["a"].to_list() == ["fine"]
    assert [line for line, _ in lost] == [1]


@pytest.mark.parametrize(
    "url",
    ["http://h/a.csv", "https://u:secret@h/a.csv", "ftp://h/a", "file:///etc/passwd", "mysql://u:secret@h/d"],
)
def test_nothing_is_fetched(url: str) -> None:
    with pytest.raises(CatalogError, match=r"is not fetched; a file or a database \(") as caught:
        formats.read(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://h:port/d"])
def test_urls_that_name_no_database_are_refused(url: str) -> None:
    with pytest.raises(CatalogError, match="was expected"):
        formats.read(url)


def test_a_url_is_no_file_for_other_formats(tmp_path) -> None:
    with pytest.raises(CatalogError, match="is a URL; a file was expected"):
        next(formats.find()["tables"].batches("sqlite:///a.db", ReadOptions()))


@pytest.mark.parametrize("missing", ["sqlalchemy", "psycopg"])
def test_a_missing_package_names_the_extra(missing: str, monkeypatch) -> None:
    real = sql.importlib.import_module

    def absent(name: str) -> object:
        if name == missing:
            raise ImportError
        return real(name)

    monkeypatch.setattr(sql.importlib, "import_module", absent)
    with pytest.raises(
        CatalogError, match=rf"package {missing}; install it with `pip install 'whyrec\[sql\]'`"
    ):
        formats.read("postgresql://u:secret@localhost/d", options=options("t"))


TYPES = """
CREATE SCHEMA more;
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE more.kinds (
    id bigint PRIMARY KEY, flag boolean, money numeric(20, 8), ratio double precision, day date,
    at timestamptz, data bytea, tags text[], doc jsonb, feel mood, nothing text, key uuid
);
INSERT INTO more.kinds VALUES
    (9007199254740993, true, 0.00000001, 0.1, '2024-05-01', '2024-05-01 12:00:00.25+00', '\\xff00',
     '{a,b}', '{"a": [1]}', 'good', NULL, '00000000-0000-0000-0000-000000000007'),
    (-1, false, 123456789012.5, 1995, NULL, NULL, NULL, '{}', NULL, NULL, '', NULL);
"""


@pytest.fixture
def server(postgres: str) -> Iterator[str]:
    psycopg = pytest.importorskip("psycopg")
    address = f"host={postgres.partition('host=')[2]} user=postgres dbname=postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(TYPES)
    yield postgres
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP SCHEMA more CASCADE; DROP TYPE mood")


def test_postgresql_types_are_text(server: str) -> None:
    frame = formats.read(server, options=options("more.kinds"))
    found = frame.to_dict(orient="records")
    assert found[1] == {
        "id": "9007199254740993",
        "flag": "true",
        "money": "0.00000001",
        "ratio": "0.1",
        "day": "2024-05-01",
        "at": "2024-05-01T12:00:00.250000+00:00",
        "data": "ff00",
        "tags": "a|b",
        "doc": '{"a": [1]}',
        "feel": "good",
        "nothing": "",
        "key": "00000000-0000-0000-0000-000000000007",
    }
    assert (found[0]["id"], found[0]["money"], found[0]["ratio"]) == ("-1", "123456789012.50000000", "1995")
    assert [found[0][name] for name in ("flag", "day", "tags", "doc", "nothing", "key")] == [
        "false",
        *[""] * 5,
    ]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("kinds", r"has no table 'kinds'; it has none"),
        ("more.other", r"has no table 'more\.other'; it has more\.kinds"),
        ("SELECT 1; DROP TABLE more.kinds", "several statements"),
        ("WITH gone AS (DELETE FROM more.kinds RETURNING id) SELECT * FROM gone", "read-only|data-modifying"),
        ("SELECT * INTO gone FROM more.kinds", "INTO is not allowed"),
        ("SELECT pg_sleep(0), 1/0", "division by zero"),
    ],
)
def test_postgresql_is_only_read(server: str, table: str, told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        formats.read(server, options=options(table))
    assert len(formats.read(server, options=options("more.kinds"))) == 2


def test_postgresql_streams_with_a_cursor_of_the_server(server: str) -> None:
    """A billion rows: without a cursor of the server's, memory would run out before the first batch."""
    query = "SELECT generate_series(1, 1000000000) AS n, 7 % 4 AS rest, ':x' AS odd"
    first = next(formats.batches(server, options=options(query)))
    assert first.iloc[0].to_list() == ["1", "3", ":x"]
    assert len(first) == rows.HELD_ROWS


def test_a_refused_login_tells_no_password(postgres: str) -> None:
    url = postgres.replace("postgres@", "nobody:s3cr%40t@") + "&connect_timeout=2"
    with pytest.raises(CatalogError, match='role "nobody" does not exist') as caught:
        formats.read(url, options=options("t"))
    assert "s3cr" not in str(caught.value)
