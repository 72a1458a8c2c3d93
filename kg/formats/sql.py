"""Tables and queries of SQL databases, by URL; SQLite files by their path as well. Only read."""

from __future__ import annotations

import importlib
import json
import re
import sqlite3
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from kg.errors import CatalogError
from kg.formats import flat, packed, rows
from kg.formats.base import Reader, ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from sqlalchemy import URL, Connection, Engine

    from kg.formats.base import Location, Reject

AT_ONCE = 5_000  # rows that the server sends together
MOST_SHOWN = 10
QUERY = re.compile(r"\s*(SELECT|WITH|VALUES)\b", re.IGNORECASE)
QUOTED = re.compile(r"""'[^']*'|"[^"]*"|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$""", re.DOTALL)


class Sql(Reader):
    """A table, a view or one SELECT statement; values as text, see `flat.text_of`, NULL as "".

    Bytes become hexadecimal digits, arrays are joined by `separator`, and JSON stays JSON. A table is read in
    the order of its primary key, through a cursor of the server's, in a transaction that cannot write.
    """

    name: ClassVar[str] = "sql"
    extensions: ClassVar[tuple[str, ...]] = ("db", "sqlite", "sqlite3")
    schemes: ClassVar[tuple[str, ...]] = ("sqlite", "postgresql")
    unit: ClassVar[str] = "row"

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """The rows as strings; see `Reader.stream`."""
        separator = options.separator or flat.LIST_SEPARATOR
        shown = packed.shown(path)
        with ExitStack() as stack:
            connection = stack.enter_context(_connected(path, options))
            found = connection.exec_driver_sql(_statement(shown, connection, options.table))
            stack.callback(found.close)
            columns = rows.named(Path(shown), list(found.keys()))
            cells = (
                (number, [_text(value, separator) for value in row])
                for number, row in enumerate(found, start=1)
            )
            for numbers, held in rows.batches(cells, len(columns)):
                yield rows.frame_of(held, numbers, columns, reject, unit=self.unit)


@contextmanager
def _connected(path: Location, options: ReadOptions) -> Iterator[Connection]:
    """A connection that can only read; what goes wrong on it is told without its password."""
    alchemy = _library("sqlalchemy", path)
    url = _url(path)
    try:
        with ExitStack() as stack:
            if url is None or url.get_backend_name() == "sqlite":
                engine = _sqlite(stack, Path(path) if url is None else _file(url), options)
            else:
                _library("psycopg", path)
                engine = alchemy.create_engine(
                    url.set(drivername="postgresql+psycopg"), poolclass=alchemy.pool.NullPool
                )
            stack.callback(engine.dispose)
            connection = stack.enter_context(engine.connect())
            yield connection.execution_options(
                postgresql_readonly=True, yield_per=AT_ONCE, no_parameters=True
            )
    except alchemy.exc.SQLAlchemyError as error:
        told = str(getattr(error, "orig", None) or error).strip().splitlines() or ["no reason given"]
        text = told[0] if url is None or not url.password else told[0].replace(str(url.password), "***")
        raise CatalogError(f"{packed.shown(path)} cannot be read: {text}") from None


def _library(name: str, path: Location) -> Any:  # noqa: ANN401
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise CatalogError(
            f"{packed.shown(path)}: databases are read with the package {name}; "
            "install it with `pip install 'whyrec[sql]'`"
        ) from error


def _url(path: Location) -> URL | None:
    if "://" not in str(path):
        return None
    alchemy = _library("sqlalchemy", path)
    try:
        url: URL = alchemy.make_url(str(path))
    except (alchemy.exc.ArgumentError, ValueError):
        raise CatalogError(
            f"{packed.shown(path)} is not a database's URL; scheme://user:password@host/database was expected"
        ) from None
    return url


def _file(url: URL) -> Path:
    if not url.database or url.database.startswith((":", "file:")):
        raise CatalogError(f"{url} names no file; sqlite:///FILE was expected")
    return Path(url.database)


def _sqlite(stack: ExitStack, path: Path, options: ReadOptions) -> Engine:
    """An engine on a file that is opened for reading only; a missing one is not made."""
    if not path.is_file():
        raise packed.unreadable(path, IsADirectoryError() if path.is_dir() else FileNotFoundError())
    file = stack.enter_context(packed.local(path, options)).resolve()
    alchemy = _library("sqlalchemy", path)
    engine: Engine = alchemy.create_engine(
        "sqlite://", creator=partial(_open, file), poolclass=alchemy.pool.NullPool
    )
    return engine


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _statement(shown: str, connection: Connection, table: str | None) -> str:
    """The statement that reads what is asked for.

    Raises:
        CatalogError: it is more than one statement, or there is no such table.
    """
    if table is None or not QUERY.match(table):
        return _whole_table(shown, connection, table)
    query = table.strip().rstrip(";")
    if ";" in QUOTED.sub(" ", query):
        raise CatalogError(f"{shown}: `table:` holds several statements; one SELECT statement was expected")
    return query


def _whole_table(shown: str, connection: Connection, name: str | None) -> str:
    inspector = _library("sqlalchemy", shown).inspect(connection)
    names = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
    wanted = name if name is not None or len(names) != 1 else names[0]
    schema, _, plain = (wanted or "").rpartition(".") if wanted not in names else ("", "", wanted)
    if schema:
        names = [f"{schema}.{table}" for table in inspector.get_table_names(schema)]
        names += [f"{schema}.{view}" for view in inspector.get_view_names(schema)]
    if wanted is None or wanted not in names:
        have = ", ".join(names[:MOST_SHOWN]) + (", …" if len(names) > MOST_SHOWN else "")
        asked = f"no table {wanted!r}; it has" if wanted else "several tables or none:"
        raise CatalogError(f"{shown} has {asked} {have or 'none'} (`table:` names one)")
    quoted = connection.dialect.identifier_preparer.quote_identifier
    place = ".".join(quoted(part) for part in (schema, plain) if part)
    key = inspector.get_pk_constraint(plain, schema or None)["constrained_columns"]
    return f"SELECT * FROM {place}" + (f" ORDER BY {', '.join(map(quoted, key))}" if key else "")  # noqa: S608


def _text(value: object, separator: str) -> str:
    if isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
        return separator.join(flat.text_of(part) for part in value)
    return (
        json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list) else flat.text_of(value)
    )
