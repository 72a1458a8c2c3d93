"""JSON-LD, in files and in the pages of a web site; read in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kg.formats import packed, rdf
from kg.formats.base import Reader, ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from kg.formats.base import Location, Reject


class JsonLd(Reader):
    """One row per subject, see `rdf.Rdf`; of an HTML page, what its `application/ld+json` blocks say.

    No context is fetched. In place of schema.org's a small one is taken that gives its terms their IRIs;
    any other has to stand in the file.
    """

    name: ClassVar[str] = "jsonld"
    extensions: ClassVar[tuple[str, ...]] = ("jsonld", "html", "htm")
    unit: ClassVar[str] = "row"
    fixed: ClassVar[bool] = False

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """The subjects, in the order in which they first occur; see `Reader.stream`."""
        yield from rdf.read(packed.file(path), "rows", options, reject)
