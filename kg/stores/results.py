"""Answers to SPARQL queries as frames of text: the W3C's TSV, read in bulk, and its JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kg.errors import WorkspaceError
from kg.stores.base import PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.stores.base import Answer

TEXT = pa.large_string()
ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
ASKED = "__ASK_RETVAL"  # Virtuoso answers ASK as if it were a SELECT of this variable
SIGNS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


class TsvReader:
    """Takes an answer in SPARQL's TSV as it is written, some megabytes at once, so that memory stays flat.

    The format is "SPARQL 1.1 Query Results CSV and TSV Formats" (W3C, 2013), section 4: a line of variables,
    then a line per solution, terms as Turtle writes them, nothing where a variable is unbound. Line ends and
    tabs in texts are escaped, so that every line is a solution.
    """

    def __init__(self) -> None:
        self._names: list[str] | None = None
        self._rest = bytearray()
        self._tables: list[pa.Table] = []
        self._empty = 0  # solutions of a query without variables

    def write(self, data: bytes) -> int:
        """Take some of the answer, cut anywhere."""
        self._rest += data
        if len(self._rest) >= PIECE_BYTES:
            self._take(self._rest.rfind(b"\n") + 1)
        return len(data)

    def flush(self) -> None:
        """A stream must have it; nothing is kept back."""

    def frame(self) -> pd.DataFrame:
        """The answer: a column of strings per variable, NaN where one is unbound.

        Raises:
            WorkspaceError: it is not TSV, or it breaks off.
        """
        if self._rest and not self._rest.endswith(b"\n"):
            raise WorkspaceError("the answer to a query breaks off in the middle of a line")
        self._take(len(self._rest))
        if self._names is None:
            raise WorkspaceError("the answer to a query is empty; a line of variables was expected")
        if not self._names:
            return pd.DataFrame(index=range(self._empty))
        if not self._tables:
            return pd.DataFrame({name: pd.Series(dtype="str") for name in self._names})
        return pd.DataFrame(pa.concat_tables(self._tables).to_pandas())

    def _take(self, end: int) -> None:
        if not end:
            return
        lines = bytes(self._rest[:end])
        del self._rest[:end]
        if self._names is None:
            head, _, lines = lines.partition(b"\n")
            self._names = [name.strip().lstrip("?$") for name in head.decode().split("\t") if name.strip()]
        if not self._names:
            self._empty += lines.count(b"\n")
        elif lines:
            self._tables.append(_read(lines, self._names))


def _read(lines: bytes, names: list[str]) -> pa.Table:
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(lines),
            read_options=pa.csv.ReadOptions(column_names=names, block_size=len(lines) + 1),
            parse_options=pa.csv.ParseOptions(delimiter="\t", quote_char=False, ignore_empty_lines=False),
            convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(names, TEXT)),
        )
    except pa.ArrowInvalid as error:
        raise WorkspaceError(f"the answer to a query is not in SPARQL's TSV: {error}") from error
    return pa.table({name: _values(table[name].combine_chunks()) for name in names})


def _values(terms: pa.Array) -> pa.Array:
    """What the terms of a column say, without brackets, quotes, languages and types."""
    iris, texts = pc.starts_with(terms, "<"), pc.starts_with(terms, '"')
    plain = pc.or_(iris, pc.and_(texts, pc.ends_with(terms, '"')))
    values = pc.if_else(plain, pc.utf8_slice_codeunits(terms, 1, -1), terms)
    tagged = pc.and_not(texts, plain)
    if pc.any(tagged).as_py():  # in a language or of a type: neither holds a quote
        values = pc.if_else(tagged, pc.replace_substring_regex(terms, r'(?s)^"(.*)"[^"]*$', r"\1"), values)
    escaped = pc.match_substring(values, "\\")
    if pc.any(escaped).as_py():
        told = [ESCAPE.sub(_sign, value) for value in values.filter(escaped).to_pylist()]
        values = pc.replace_with_mask(values, escaped, pa.array(told, TEXT))
    return pc.if_else(pc.equal(terms, ""), pa.scalar(None, TEXT), values)


def _sign(escape: re.Match[str]) -> str:
    short, long, sign = escape.groups()
    return SIGNS.get(sign, sign) if sign else chr(int(short or long, 16))


def read_json(answer: bytes) -> Answer:
    """An answer in SPARQL's JSON, to a SELECT or an ASK query.

    Raises:
        WorkspaceError: it is not in that format.
    """
    try:
        told = json.loads(answer)
        if "boolean" in told:
            return bool(told["boolean"])
        names: list[str] = told["head"]["vars"]
        rows = told["results"]["bindings"]
        if names == [ASKED]:
            return bool(rows) and rows[0][ASKED]["value"] == "1"
        columns = {name: _column(row.get(name) for row in rows) for name in names}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WorkspaceError("the answer to a query is not in SPARQL's JSON") from error
    return pd.DataFrame(columns, index=range(len(rows)))


def _column(terms: Iterable[dict[str, str] | None]) -> pd.Series:
    values = [None if term is None else _told(term) for term in terms]
    return pd.Series(values, dtype="str")


def _told(term: dict[str, str]) -> str:
    return f"_:{term['value']}" if term["type"] == "bnode" else term["value"]
