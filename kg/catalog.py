"""A catalog: what the files say, as tables of strings, checked once and never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from kg.columns import filled, mapped
from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.terms import Sort

Part = Literal["train", "valid", "test"]
KIND_NAMES = ("user", "item", "entity")
DEFAULT_CLASS = {"user": "User", "item": "Item", "entity": "Entity"}

COLUMNS: dict[str, tuple[str, ...]] = {
    "nodes": ("kind", "id", "class", "label", "text", "source", "line"),
    "relations": ("id", "label", "inverse_label"),
    "facts": ("head_kind", "head", "relation", "tail_kind", "tail", "source", "line"),
    "properties": ("kind", "id", "property", "value", "type", "source", "line"),
    "interactions": ("user", "item", "weight", "time", "part"),
    "ratings": ("user", "item", "rating", "time", "part"),
}
MERGES = ("class", "kept", "merged", "score", "reason", "verdict")
MERGED, UNSURE = "merged", "unsure"
NUMBERS = {"weight": 1.0, "rating": np.nan, "time": np.nan, "line": 0}


@dataclass(frozen=True, slots=True)
class Split:
    """How interactions are divided into training, validation and test rows.

    Attributes:
        by: "given" by the files, "none" for no division, the name of a protocol (see `kg.protocols`), such as
            "time" or "random", or None to choose: given if some row has a part, else time if all rows have
            one, else random.
        test: the share kept for testing, of what the protocol divides: each user's rows, mostly.
        valid: the share kept for validation.
        seed: for whatever is drawn.
    """

    by: str | None = None
    test: float = 0.2
    valid: float = 0.1
    seed: int = 0


def no_merges() -> pd.DataFrame:
    """A table of merges without rows."""
    return pd.DataFrame({name: pd.Series(dtype="float64" if name == "score" else "str") for name in MERGES})


@dataclass(frozen=True, slots=True)
class Catalog:
    """Nodes, facts and interactions of one dataset; make one with `Catalog.of` or `kg.read`.

    All columns are strings ("" where nothing is known) except an interaction's weight, a rating and their
    times, which are floats, and the line or row in the source, a whole number (0 where unknown). Every node
    that a fact, a property, an interaction or a rating names is in `nodes`.

    Attributes:
        name: the dataset's name.
        nodes: one row per node, columns kind ("user", "item", "entity"), id, class, label, text, source,
            line.
        relations: one row per relation, columns id, label, inverse_label.
        facts: columns head_kind, head, relation, tail_kind, tail, source, line.
        properties: literal values, columns kind, id, property, value, type (of `kg.rdf.DATATYPES`, text where
            it is ""), source, line.
        interactions: columns user, item, weight (above 0), time (seconds since 1970, NaN where unknown) and
            part ("train", "valid", "test" or "" where the files do not say).
        split: how parts are given to interactions that have none.
        description: what the data is, in words.
        licence: under which terms it comes, in words.
        iris: IRIs that stand for names of classes, relations and properties, by sort and name; others are
            chosen by `kg.terms`.
        merges: which entities were found to be one, see `kg.merging.find_merges`; what was merged into
            another is no longer among the nodes.
        ratings: who gave what how many stars, columns user, item, rating (a finite number), time and part, as
            in interactions. Whoever liked what they rated has an interaction besides.
    """

    name: str
    nodes: pd.DataFrame
    relations: pd.DataFrame
    facts: pd.DataFrame
    properties: pd.DataFrame
    interactions: pd.DataFrame
    split: Split = field(default_factory=Split)
    description: str = ""
    licence: str = ""
    iris: Mapping[Sort, Mapping[str, str]] = field(default_factory=dict)
    merges: pd.DataFrame = field(default_factory=no_merges)
    ratings: pd.DataFrame = field(default_factory=lambda: _complete("ratings", None))

    @classmethod
    def of(
        cls,
        name: str,
        *,
        nodes: pd.DataFrame | None = None,
        relations: pd.DataFrame | None = None,
        facts: pd.DataFrame | None = None,
        properties: pd.DataFrame | None = None,
        interactions: pd.DataFrame | None = None,
        split: Split | None = None,
        description: str = "",
        licence: str = "",
        iris: Mapping[Sort, Mapping[str, str]] | None = None,
        merges: pd.DataFrame | None = None,
        ratings: pd.DataFrame | None = None,
    ) -> Catalog:
        """A catalog from tables that may lack columns, and nodes that only other tables name.

        Missing columns get "" (weight 1, time NaN, line 0); a node without a class gets the default of its
        kind; a relation without words gets its id and that id + " of".

        Raises:
            CatalogError: as for the class itself.
        """
        tables = {
            "nodes": _complete("nodes", nodes),
            "relations": _complete("relations", relations),
            "facts": _complete("facts", facts),
            "properties": _complete("properties", properties),
            "interactions": _complete("interactions", interactions),
            "ratings": _complete("ratings", ratings),
        }
        tables["nodes"] = _with_mentioned(tables)
        tables["relations"] = _with_used_relations(tables)
        return cls(
            name=name,
            **tables,
            split=split or Split(),
            description=description,
            licence=licence,
            iris=iris or {},
            merges=no_merges() if merges is None else merges,
        )

    def __post_init__(self) -> None:
        for table, columns in COLUMNS.items():
            missing = [column for column in columns if column not in getattr(self, table)]
            if missing:
                raise CatalogError(f"catalog {self.name!r}: {table} need a column {missing[0]!r}")
        as_text(pd.Series([self.name, self.description, self.licence]), f"catalog {self.name!r}")
        if self.nodes.empty:
            raise CatalogError(f"catalog {self.name!r} is empty; at least one item was expected")
        _check_ids(self)
        _check_numbers(self)


def _complete(table: str, frame: pd.DataFrame | None) -> pd.DataFrame:
    given = pd.DataFrame() if frame is None else frame.reset_index(drop=True)
    columns: dict[str, pd.Series] = {}
    for column in COLUMNS[table]:
        if column in NUMBERS:
            values = given[column] if column in given else pd.Series(NUMBERS[column], index=given.index)
            columns[column] = values.astype("int64" if column == "line" else "float64")
        else:
            values = given[column] if column in given else pd.Series("", index=given.index)
            columns[column] = as_text(values, f"{table}, column {column!r}")
    return pd.DataFrame(columns)


def as_text(values: pd.Series, place: str) -> pd.Series:
    """The values as strings, "" for missing ones.

    Raises:
        CatalogError: a value holds a NUL character or a lone surrogate, which no RDF text may.
    """
    try:
        text = filled(values)
    except UnicodeEncodeError as error:
        raise CatalogError(
            f"{place}: a lone surrogate {error.object[error.start]!r}, which is not text"
        ) from error
    bad = text.str.contains("\0", regex=False)
    if bad.any():
        raise CatalogError(f"{place}: {text[bad].iloc[0]!r} holds a NUL character, which is not text")
    return text


def _with_mentioned(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The nodes, with those added that only other tables name."""
    facts, literals = tables["facts"], tables["properties"]
    mentions = pd.concat(
        [
            *(
                _mention(tables[table].assign(kind=kind), "kind", kind)
                for table in ("interactions", "ratings")
                for kind in ("user", "item")
            ),
            _mention(facts, "head_kind", "head"),
            _mention(facts, "tail_kind", "tail"),
            _mention(literals, "kind", "id"),
        ]
    ).drop_duplicates(["kind", "id"])
    known = pd.MultiIndex.from_frame(tables["nodes"][["kind", "id"]])
    new = mentions[~pd.MultiIndex.from_frame(mentions[["kind", "id"]]).isin(known)]
    nodes = pd.concat([tables["nodes"], new], ignore_index=True)
    nodes = _complete("nodes", nodes.assign(line=nodes["line"].fillna(0)))
    unclassed = nodes["class"] == ""
    return nodes.assign(**{"class": nodes["class"].where(~unclassed, mapped(nodes["kind"], DEFAULT_CLASS))})


def _mention(frame: pd.DataFrame, kind: str, external: str) -> pd.DataFrame:
    columns = [kind, external, *(name for name in ("source", "line") if name in frame)]
    named = {kind: "kind", external: "id"}
    return frame[columns].drop_duplicates([kind, external]).rename(columns=named)


def _with_used_relations(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    declared = tables["relations"]
    used = pd.Series(tables["facts"]["relation"].unique(), dtype="str")
    new = pd.DataFrame({"id": used[~used.isin(declared["id"])]})
    relations = pd.concat([declared, new], ignore_index=True).astype("str").fillna("")
    label = relations["label"].where(relations["label"] != "", relations["id"])
    inverse = relations["inverse_label"].where(relations["inverse_label"] != "", label + " of")
    return relations.assign(label=label, inverse_label=inverse).astype("str")


def _check_ids(catalog: Catalog) -> None:
    nodes = catalog.nodes
    strange = sorted(set(nodes["kind"].unique()) - set(KIND_NAMES))
    if strange:
        raise CatalogError(
            f"catalog {catalog.name!r}: a node of kind {strange[0]!r}; {', '.join(KIND_NAMES)} are known"
        )
    if (nodes["id"] == "").any():
        row = nodes[nodes["id"] == ""].iloc[0]
        place = f" ({row['source']})" if row["source"] else ""
        raise CatalogError(
            f"catalog {catalog.name!r}: a {row['kind']} has an empty id{place}; every node needs an id"
        )
    twice = nodes.duplicated(["kind", "id"])
    if twice.any():
        row = nodes[twice].iloc[0]
        raise CatalogError(
            f"catalog {catalog.name!r}: {row['kind']} {row['id']!r} occurs twice; ids are given once"
        )
    ends = [
        (catalog.facts, "head_kind", "head"),
        (catalog.facts, "tail_kind", "tail"),
        (catalog.properties, "kind", "id"),
    ]
    known = pd.MultiIndex.from_frame(nodes[["kind", "id"]])
    for frame, kind, external in ends:
        _check_known(catalog.name, known, frame[kind], frame[external])
    for kind in ("user", "item"):
        for externals in (catalog.interactions[kind], catalog.ratings[kind]):
            _check_known(catalog.name, known, pd.Series(kind, index=externals.index, dtype="str"), externals)
    if not catalog.facts["relation"].isin(catalog.relations["id"]).all():
        raise CatalogError(f"catalog {catalog.name!r}: a fact has a relation that is not among the relations")


def _check_known(name: str, known: pd.MultiIndex, kinds: pd.Series, externals: pd.Series) -> None:
    pairs = pd.DataFrame({"kind": kinds, "id": externals}).drop_duplicates()
    unknown = ~pd.MultiIndex.from_frame(pairs).isin(known)
    if unknown.any():
        kind, external = pairs[unknown].iloc[0]
        raise CatalogError(f"catalog {name!r}: {kind} {external!r} is mentioned but is not among the nodes")


def _check_numbers(catalog: Catalog) -> None:
    weights, ratings = catalog.interactions["weight"], catalog.ratings["rating"]
    if not (weights > 0).all() or np.isinf(weights).any():
        bad = weights[~(weights > 0) | np.isinf(weights)].iloc[0]
        raise CatalogError(f"catalog {catalog.name!r}: an interaction of weight {bad:g}; weights lie above 0")
    if not np.isfinite(ratings).all():
        bad = ratings[~np.isfinite(ratings)].iloc[0]
        raise CatalogError(f"catalog {catalog.name!r}: a rating of {bad:g}; a finite number was expected")
    for what, table in (("an interaction", catalog.interactions), ("a rating", catalog.ratings)):
        if np.isinf(table["time"]).any():
            raise CatalogError(
                f"catalog {catalog.name!r}: {what} at an infinite time; seconds since 1970 were expected"
            )
        strange: Sequence[str] = sorted(set(table["part"].unique()) - {"train", "valid", "test", ""})
        if strange:
            raise CatalogError(
                f"catalog {catalog.name!r}: part {strange[0]!r}; train, valid and test are known"
            )
