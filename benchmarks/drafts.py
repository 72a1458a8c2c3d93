"""How many lines of a drafted card are wrong: drafts each dataset and compares it with the card made by hand.

    python benchmarks/drafts.py [FOLDER ...]

A draft is read with `kg.read`, as it is, and compared with the reference card, of which only files inside the
drafted folder count. One line for each decision that is wrong or missing:

- the users, the items, the interactions, their weights, their times, how they are split;
- items with names, items and users with texts (2 % may lack them);
- a relation, a property that the draft lacks, or one that is no fact and is not dropped (`drop: true`);
- a source file whose facts are other ones than the reference's (2 % may be): they share a map or a `where`.

Names of classes and maps, words, order, other ranges of ages and years, another file that says the same,
and facts that stand in a relation and in its inverse do not count. Relations beyond the reference's are
right where `RIGHT` says so, with the reason, and one line each elsewhere.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

import kg
from kg.draft import Draft, draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.catalog import Catalog

MOST_LINES = 2  # that a draft may need corrected
ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("WHYREC_DATA", ROOT.parent / "shared" / "data"))
CARDS = {"ml100k": "ml-100k"}  # folders that are not called like their card
ENOUGH = 0.98
RIGHT = {
    "hetrec-lastfm": (
        "http://dbpedia.org/ontology/",
        "DBpedia of the same artists; colakg-lastfm's card reads it",
    ),
    "ml100k": ("", "directors and cast of items_info.json"),
}


@dataclass(frozen=True)
class Result:
    """What came out for one folder."""

    folder: str
    seconds: float
    draft: Draft
    counts: dict[str, str]
    lines: list[str]


def reference(folder: str, place: Path) -> Path:
    """The reference card with this folder as its root, without what lies outside; written to `place`."""
    home = ROOT / "datasets" / CARDS.get(folder, folder)
    card: dict[str, Any] = yaml.safe_load((home / "dataset.yaml").read_text(encoding="utf-8"))
    card.pop("root", None)
    inside = DATA / folder
    if card.pop("fetch", None):
        inside = next(path.parent for path in inside.rglob(card["interactions"][0]["file"]))
    shared = any(str(group["file"]).startswith(f"{folder}/") for group in card["interactions"])
    for section in ("nodes", "same", "facts", "interactions"):
        card[section] = [
            _at(group, folder, shared=shared)
            for group in card.get(section, [])
            if _in(group, folder, shared=shared)
        ]
    card["maps"] = {name: _at(group, folder, shared=shared) for name, group in card.get("maps", {}).items()}
    for extra in home.glob("*.tsv"):
        shutil.copy(extra, place)
    target = place / "reference.yaml"
    target.write_text(yaml.safe_dump({**card, "root": str(inside)}, sort_keys=False), encoding="utf-8")
    return target


def _in(group: dict[str, Any], folder: str, *, shared: bool) -> bool:
    return not shared or group.get("file", f"{folder}/").startswith(f"{folder}/")


def _at(group: dict[str, Any], folder: str, *, shared: bool) -> dict[str, Any]:
    return (
        {**group, "file": group["file"].removeprefix(f"{folder}/")} if shared and "file" in group else group
    )


def corrections(drafted: Catalog, wanted: Catalog, extras: str | None) -> list[str]:
    """The lines that are wrong or missing, in words."""
    return [
        *_nodes(drafted, wanted),
        *_interactions(drafted, wanted),
        *_words(drafted, wanted),
        *_facts(drafted, wanted, extras),
        *_properties(drafted, wanted),
    ]


def _nodes(drafted: Catalog, wanted: Catalog) -> Iterator[str]:
    for kind in ("user", "item"):
        ours, theirs = (set(c.nodes["id"][c.nodes["kind"] == kind]) for c in (drafted, wanted))
        if ours != theirs:
            same = len(ours & theirs)
            yield f"{kind}s: {len(ours):,} where {len(theirs):,} were right, {same:,} of them the same"


def _interactions(drafted: Catalog, wanted: Catalog) -> Iterator[str]:
    ours, theirs = drafted.interactions, wanted.interactions
    pairs = [set(zip(rows["user"], rows["item"], strict=True)) for rows in (ours, theirs)]
    if len(ours) != len(theirs) or pairs[0] != pairs[1]:
        yield f"interactions: {len(ours):,} where {len(theirs):,} were right"
    if ours["weight"].nunique() != theirs["weight"].nunique():
        several = len(ours["weight"].unique()) > 1
        yield "interactions: weights" if several else "interactions: no weights"
    if ours["time"].notna().mean() != theirs["time"].notna().mean():
        yield "interactions: times"
    given = [rows["part"].value_counts().to_dict() for rows in (ours, theirs)]
    if given[0] != given[1] or _rule(drafted) != _rule(wanted):
        yield f"split: {given[0]} {_rule(drafted)} where {given[1]} {_rule(wanted)} was right"


def _rule(catalog: Catalog) -> str:
    if catalog.split.by:
        return catalog.split.by
    if (catalog.interactions["part"] != "").any():
        return "given"
    return "time" if catalog.interactions["time"].notna().all() else "random"


def _words(drafted: Catalog, wanted: Catalog) -> Iterator[str]:
    for kind, column in (("item", "label"), ("item", "text"), ("user", "text")):
        ours, theirs = (_told(catalog, kind, column) for catalog in (drafted, wanted))
        if ours < ENOUGH * theirs:
            yield f"{kind}s with a {column}: {ours:,} where {theirs:,} were right"


def _told(catalog: Catalog, kind: str, column: str) -> int:
    nodes = catalog.nodes
    return int(((nodes["kind"] == kind) & (nodes[column] != "")).sum())


def _facts(drafted: Catalog, wanted: Catalog, extras: str | None) -> Iterator[str]:  # noqa: C901  one rule a line
    ours, theirs = _relations(drafted), _relations(wanted)
    matched: set[str] = set()
    other: dict[str, list[str]] = {}
    for relation, facts in theirs.items():
        best = (
            relation if relation in ours else max(ours, key=lambda name: len(ours[name] & facts), default="")
        )
        if best and _same(ours[best], facts):
            matched.add(best)
        elif relation in ours and _heads(ours[relation], facts):
            matched.add(relation)  # other ranges, or another file that says as much
        elif best and (relation in ours or len(ours[best] & facts) > len(facts) / 2):
            matched.add(best)
            other.setdefault(_source(wanted, relation), []).append(relation)
        elif not _inverse(ours, facts):
            yield f"relation {relation}: missing"
    for source, relations in other.items():
        yield f"{source}: other facts in {len(relations)} relations ({', '.join(relations[:3])}, …)"
    for relation in ours:
        if relation not in matched and not _inverse(theirs, ours[relation]) and not _right(relation, extras):
            yield f"relation {relation}: {len(ours[relation]):,} facts that the reference does not have"


def _relations(catalog: Catalog) -> dict[str, set[tuple[str, str]]]:
    """The facts of each relation as (head, tail); an entity that a column's value gave is its value."""
    labels = catalog.nodes.set_index(["kind", "id"])["label"]
    facts = catalog.facts
    tails = facts["tail"].where(
        ~facts["tail"].str.contains(":") | facts["tail"].str.contains("://"),
        labels.reindex(pd.MultiIndex.from_frame(facts[["tail_kind", "tail"]])).to_numpy(),
    )
    told = facts.assign(tail=tails)
    return {
        relation: set(zip(rows["head"], rows["tail"], strict=True))
        for relation, rows in told.groupby("relation")
    }


def _same(ours: set[tuple[str, str]], theirs: set[tuple[str, str]]) -> bool:
    return len(ours & theirs) >= ENOUGH * max(len(ours), len(theirs))


def _heads(ours: set[tuple[str, str]], theirs: set[tuple[str, str]]) -> bool:
    heads = [{head for head, _ in facts} for facts in (ours, theirs)]
    several = [len(facts) / max(len(found), 1) for facts, found in zip((ours, theirs), heads, strict=True)]
    alike = len(heads[0] & heads[1]) >= ENOUGH * len(heads[1])
    return alike and several[0] >= 0.8 * several[1] and not any("://" in tail for _, tail in list(theirs)[:5])


def _inverse(known: dict[str, set[tuple[str, str]]], facts: set[tuple[str, str]]) -> bool:
    turned = {(tail, head) for head, tail in facts}
    return any(len(turned & other) >= 0.9 * len(facts) for other in known.values())


def _source(catalog: Catalog, relation: str) -> str:
    return str(catalog.facts["source"][catalog.facts["relation"] == relation].iloc[0])


def _right(relation: str, extras: str | None) -> bool:
    return extras is not None and relation.startswith(extras)


def _properties(drafted: Catalog, wanted: Catalog) -> Iterator[str]:
    ours = drafted.properties
    for name, rows in wanted.properties.groupby("property"):
        theirs = set(zip(rows["id"], rows["value"], strict=True))
        best = max(
            (
                len(theirs & set(zip(found["id"], found["value"], strict=True)))
                for _, found in ours.groupby("property")
            ),
            default=0,
        )
        if best < 0.9 * len(theirs):
            yield f"property {name}: missing"


def measure(folder: str) -> Result:
    """Draft a folder, read the draft, compare it with the reference."""
    start = time.perf_counter()
    found = draft(DATA / folder)
    seconds = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as place:
        card = Path(place) / "dataset.yaml"
        card.write_text(found.text.replace("name: ", f"root: {DATA / folder}\nname: ", 1), encoding="utf-8")
        drafted, wanted = kg.read(card), kg.read(reference(folder, Path(place)))
    lines = corrections(drafted, wanted, RIGHT[folder][0] if folder in RIGHT else None)
    return Result(
        folder,
        seconds,
        found,
        {name: f"{count(drafted):,} / {count(wanted):,}" for name, count in COUNTS.items()},
        lines,
    )


COUNTS = {
    "users": lambda c: int((c.nodes["kind"] == "user").sum()),
    "items": lambda c: int((c.nodes["kind"] == "item").sum()),
    "interactions": lambda c: len(c.interactions),
    "test": lambda c: int((c.interactions["part"] == "test").sum()),
    "facts": lambda c: len(c.facts),
    "labels": lambda c: _told(c, "item", "label"),
    "texts": lambda c: _told(c, "item", "text"),
}


def main(folders: list[str]) -> int:
    """Measure and print; the exit status is 1 where a draft needs more than two lines."""
    most = 0
    for folder in folders or sorted(path.name for path in DATA.iterdir() if path.is_dir()):
        result = measure(folder)
        most = max(most, len(result.lines))
        print(f"{folder}: {len(result.lines)} lines to correct, drafted in {result.seconds:.1f} s")
        print("  drafted / right: " + ", ".join(f"{name} {value}" for name, value in result.counts.items()))
        print("".join(f"  - {line}\n" for line in result.lines), end="")
    print(
        f"at most {most} lines; peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB"
    )
    return int(most > MOST_LINES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
