"""How a text file is laid out: encoding, separator, header; told by its beginning, not by its name alone."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kg.draft import header, names
from kg.errors import CatalogError
from kg.formats import ReadOptions, find, packed

if TYPE_CHECKING:
    from pathlib import Path

PEEK = 2**18
LOOK_LINES = 400
FEWEST_LINES = 2
STEADY = 0.98
LONG_LIST = 6
TRIPLE = 3
SEPARATORS = ("::", "\t", "|", ";", ",", " ")
FIRST_BY_ENDING = {"csv": (",", ";", "\t", "|"), "tsv": ("\t",), "tab": ("\t",)}
QUOTED = re.compile(r'(^|[,;\t|])"')
CURLY = re.compile(rb"[\x80-\x9f]")
PLAIN_TOKEN = re.compile(r"^[\w.:/-]+$")
SHOWN = {"\t": "tabs", " ": "spaces", ",": "commas", ";": "semicolons", "|": '"|"', "::": '"::"'}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read.

    Attributes:
        format: the reader, or None where the file's ending selects it.
        options: what the reader is told.
        headed: whether the file names its columns itself.
        sure: how sure all this is, from 0 to 1.
        why: what was seen.
        types: RecBole's type of each column, by its name.
    """

    format: str | None = None
    options: ReadOptions = field(default_factory=ReadOptions)
    headed: bool = True
    sure: float = 0.99
    why: str = "read as its ending says"
    types: tuple[tuple[str, str], ...] = ()


def sniff(path: Path, given: ReadOptions | None = None) -> Layout | str:
    """How to read a file, or in words why it cannot be read as rows.

    Args:
        path: the file.
        given: the part of it that is meant, such as a member of an archive.
    """
    options = given or ReadOptions()
    reader = reader_of(path, options)
    if reader not in {None, "tables", "atomic"}:
        return Layout(options=options)
    raw = _beginning(path, options)
    if not raw:
        return "empty" if raw == b"" else "cannot be opened"
    if b"\0" in raw:
        return "not text"
    options = replace(options, encoding=encoding_of(path, options))
    lines = _lines(raw, options.encoding)
    if len(lines) < FEWEST_LINES:
        return "fewer than two lines"
    return _json_lines(lines, options) or _rows(path, lines, options)


def sniff_lines(path: Path) -> Layout | None:
    """JSON lines in a file whose ending promises one JSON value."""
    raw = _beginning(path, ReadOptions())
    return _json_lines(_lines(raw, "utf-8"), ReadOptions()) if raw else None


def _json_lines(lines: list[str], options: ReadOptions) -> Layout | None:
    if len(lines) < FEWEST_LINES or not (_is_object(lines[0]) and _is_object(lines[1])):
        return None
    return Layout("jsonl", options, why="each line is a JSON object")


def reader_of(path: Path, options: ReadOptions) -> str | None:
    """The name of the reader that a file's ending selects."""
    ending = packed.extension(path, options)
    return next((name for name, reader in find().items() if ending in reader.extensions), None)


def encoding_of(path: Path, options: ReadOptions) -> str:
    """utf-8 where the whole file is, else cp1252 where it has that code's quotes and dashes, else latin-1."""
    decoder, curly = codecs.getincrementaldecoder("utf-8")(), False
    valid = True
    with packed.opened(path, options) as file:
        while block := file.read(2**22):
            curly = curly or bool(CURLY.search(block))
            valid = valid and _decodes(decoder, block)
    if valid:
        return "utf-8"
    return "cp1252" if curly else "latin-1"


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _beginning(path: Path, options: ReadOptions) -> bytes | None:
    try:
        with packed.explained(path, "utf-8"), packed.opened(path, options) as file:
            return file.read(PEEK)
    except CatalogError:
        return None


def _lines(raw: bytes, encoding: str) -> list[str]:
    """The first complete lines, blank ones included; a quoted cell may hold line ends, so they are kept."""
    text = raw.decode(encoding, errors="ignore").removeprefix("\ufeff")
    if len(raw) == PEEK:
        text = text[: text.rfind("\n") + 1]
    return text.splitlines(keepends=True)


def _is_object(line: str) -> bool:
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _rows(path: Path, lines: list[str], options: ReadOptions) -> Layout | str:
    ending = packed.extension(path, options)
    order = (*FIRST_BY_ENDING.get(ending, ()), *SEPARATORS)
    for separator in dict.fromkeys(order):
        quote = '"' if _quotes(lines, separator, ending) else ""
        rows = split(lines, separator, quote)
        if _steady(rows, separator) and not (separator == " " and _even_lists(path, rows)):
            return _table(path, rows, separator, quote, options)
    listed = _lists(lines)
    if isinstance(listed, str):
        return listed
    why = "lines of one id and then a varying number of others"
    return Layout("kgat", replace(options, separator=listed.separator), headed=False, sure=0.97, why=why)


def _even_lists(path: Path, rows: list[list[str]]) -> bool:
    """Whether a table is lists that happen to be equally long: ids only, each line's first of its own."""
    numbers = all(cell.isdigit() for row in rows for cell in row)
    own = len({row[0] for row in rows}) == len(rows)
    width = len(rows[0])
    return numbers and own and (width >= LONG_LIST or (width != TRIPLE and bool(names.part(path.name))))


def _quotes(lines: list[str], separator: str, ending: str) -> bool:
    """Whether cells may be protected by quotes: in .csv, and where some line begins a cell with one."""
    if len(separator) > 1 or separator == " ":
        return False
    pairs = sum(line.count('"') % 2 == 0 for line in lines if QUOTED.search(line))
    return ending == "csv" or (separator in ",;" and pairs > 0)


def split(lines: list[str], separator: str, quote: str) -> list[list[str]]:
    """The cells of the first lines; broken quoting ends the list."""
    if not quote:
        return [line.rstrip("\r\n").split(separator) for line in lines[:LOOK_LINES] if line.strip("\r\n")]
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO("".join(lines)), delimiter=separator, quotechar=quote, strict=True)
    try:
        for row in reader:
            rows.extend([row] if row else [])
            if len(rows) == LOOK_LINES:
                break
    except csv.Error:
        pass
    return rows


def _steady(rows: list[list[str]], separator: str) -> bool:
    """Whether (nearly) all lines have the same number of cells, at least two."""
    if len(rows) < FEWEST_LINES:
        return False
    (width, count), *_ = Counter(map(len, rows)).most_common(1)
    told = width > 1 and count >= STEADY * len(rows) and len(rows[0]) == width
    # words of a sentence stand between spaces too
    return told and (separator != " " or all(PLAIN_TOKEN.match(cell) or "://" in cell for cell in rows[-1]))


def _table(path: Path, rows: list[list[str]], separator: str, quote: str, options: ReadOptions) -> Layout:
    atomic = header.atomic(rows[0])
    if atomic:
        options = replace(options, separator=None if separator == "\t" else separator)
        format_name = None if reader_of(path, options) == "atomic" else "atomic"
        return Layout(format_name, options, why="a header of RecBole's name:type", types=atomic)
    headed, sure, why = header.headed(rows)
    first = rows[0] if headed else [f"c{number}" for number in range(1, len(rows[0]) + 1)]
    columns = header.distinct(first)
    given = () if headed and columns == tuple(rows[0]) else columns
    ending = packed.extension(path, options)
    usual = {"csv": ",", "tsv": "\t", "tab": "\t"}.get(ending)
    options = replace(
        options,
        separator=None if separator == usual else separator,
        columns=given,
        quote=None if quote == ('"' if ending == "csv" else "") else quote,
        skip=1 if headed and given else 0,
    )
    why = f"{len(rows[0])} cells a line between {SHOWN[separator]}; {why}"
    return Layout(None if reader_of(path, options) == "tables" else "tables", options, headed, sure, why)


def _lists(lines: list[str]) -> ReadOptions | str:
    """Options for lines of one id and then others, or why the lines are not such."""
    for separator in (None, "\t", ","):
        rows = [line.strip().split(separator) for line in lines[:LOOK_LINES] if line.strip()]
        tokens = [token for row in rows for token in row]
        if not tokens or sum(token.strip().isdigit() for token in tokens) < STEADY * len(tokens):
            continue
        if len({row[0] for row in rows}) < len(rows):
            return "lists of numbers whose lines begin with no id of their own"
        if max(map(len, rows)) > 1:
            return ReadOptions(separator=separator if separator == "," else None)
    return "text for people: its lines have no cells in common"
