"""JSON lines: one object per line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from kg.formats import flat, packed
from kg.formats.base import ReadOptions, Writer
from kg.formats.json import cells
from kg.formats.untrusted.jsontext import AS_WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from kg.formats.base import Location, Reject


class JsonLines(Writer):
    """Objects as rows, fields as columns; see `flat.flat` for objects and lists within."""

    name: ClassVar[str] = "jsonl"
    extensions: ClassVar[tuple[str, ...]] = ("jsonl", "ndjson")
    fixed: ClassVar[bool] = False

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """The objects as strings; see `Reader.stream`."""
        file = packed.file(path)
        found = cells(_records(file, options, reject), options, reject)
        yield from flat.frames(file, found, reject, unit=self.unit, encoding=options.encoding)

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write one object per line; see `Writer.write`."""
        objects = (json.dumps(row, ensure_ascii=False) + "\n" for row in frame.to_dict(orient="records"))
        packed.write_text(path, "".join(objects), options)


def _records(path: Path, options: ReadOptions, reject: Reject) -> Iterator[tuple[int, object]]:
    for number, line in packed.lines(path, options):
        text = line.strip()
        if not text:
            continue
        try:
            record, end = AS_WRITTEN.raw_decode(text)
        except json.JSONDecodeError as error:
            reject(number, f"not JSON ({error.msg})")
        except RecursionError:
            reject(number, f"nested too deep; at most {flat.DEEPEST} levels were expected")
        else:
            if end == len(text):
                yield number, record
            else:
                reject(number, "not JSON (more than one value)")
