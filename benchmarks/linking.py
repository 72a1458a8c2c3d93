"""Are the right records linked? MovieLens films to DBpedia, people in other spellings, 100,000 records.

    python benchmarks/linking.py

It needs `ml1m-pearlm`, `ml-latest-small` and `ml100k` in the data folder (`WHYREC_DATA`, by default
`../shared/data`), prints a table and writes `benchmarks/results/linking.json`, every disagreement by name.

- **films**: the 3,883 films of `movies.dat` and the names of entities alone; `dbpedia_linking.tsv` only
  measures. The rules were written looking at the films of one random half ("development"); the other half is
  "test". "precision" is over films that the mapping knows; "strict" counts links of other films as wrong too.
  The mapping is wrong in places, which is not taken out: `OURS_WRONG` holds the disagreements, all read one
  by one, in which the matcher is wrong.
- **people**: names of actors and directors against a second table of them in other spellings, a fifth of whom
  are nobody of the first.
- **ml-100k**: the films of MovieLens-100K and MovieLens-1M by title and year, against the `link.tsv` that was
  made and read by hand.
- **time**: merging 100,000 records.
"""

from __future__ import annotations

import json
import os
import time
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd

from kg.labels import entity_label
from kg.linking import MatchOptions, link, merge

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("WHYREC_DATA", ROOT.parent / "shared" / "data"))
RESULTS = ROOT / "benchmarks" / "results" / "linking.json"
OURS_WRONG = {"545", "2364", "2608", "2658", "2685", "3184", "3655", "3899"}
ABOUT_THINGS = 10  # the relation of `kg_final.txt` that links pages and says nothing of films
MANY = 100_000
Pairs = set[tuple[str, str]]


def whole(iri: str) -> str:
    """An address without escapes; some of the mapping's are escaped three times."""
    return iri if unquote(iri) == iri else whole(unquote(iri))


def films() -> pd.DataFrame:
    """MovieLens-1M's films as records."""
    text = (DATA / "ml1m-pearlm" / "movies.dat").read_text(encoding="latin-1")
    rows = [line.split("::") for line in text.splitlines()]
    return pd.DataFrame(rows, columns=["id", "name", "genres"]).assign(**{"class": "Film"})


def mapping() -> Pairs:
    """The film and entity pairs of `dbpedia_linking.tsv`."""
    table = pd.read_csv(DATA / "ml1m-pearlm" / "dbpedia_linking.tsv", sep="\t", header=None, dtype=str)
    return set(zip(table[0], table[2].map(whole), strict=True))


def entities(more: Pairs, *, graph: bool) -> pd.DataFrame:
    """The entities of `e_map.txt` and of further pairs as records, with names read from their addresses.

    With `graph`, an entity of which a fact says who made it or played in it is a film.
    """
    folder = DATA / "ml1m-pearlm"
    known = pd.read_csv(folder / "e_map.txt", sep="\t", dtype=str, keep_default_na=False)
    addresses = known["entity"].map(whole)
    ids = list(dict.fromkeys([*addresses, *sorted(entity for _, entity in more)]))
    records = pd.DataFrame({"id": ids, "name": [entity_label(iri) for iri in ids]})
    records["class"] = np.where(records["id"].str.contains("/Category:"), "Category", "")
    if graph:
        facts = pd.read_csv(folder / "kg_final.txt", sep="\t")
        heads = facts["entity_head"][facts["relation"] != ABOUT_THINGS].astype(str).unique()
        made = addresses[known["eid"].isin(heads)]
        records.loc[records["id"].isin(made), "class"] = "Film"
    return records


def measured(found: Pairs, truth: Pairs, among: set[str], candidates: set[str]) -> dict[str, Any]:
    """Precision and recall of pairs whose left record is among some; "of reach" is recall of candidates."""
    told = {pair for pair in truth if pair[0] in among}
    links = {pair for pair in found if pair[0] in among}
    known = {left for left, _ in told}
    judged = sum(left in known for left, _ in links)
    right = len(links & told)
    return {
        "records": len(among),
        "truth": len(told),
        "links": len(links),
        "precision": right / max(judged, 1),
        "strict": right / max(len(links), 1),
        "recall": right / max(len(told), 1),
        "of reach": right / max(sum(entity in candidates for _, entity in told), 1),
    }


def halves(ids: pd.Series) -> dict[str, set[str]]:
    """All films, those that the rules were developed on and those they were not."""
    mine = np.random.default_rng(0).random(len(ids)) < 0.5  # noqa: PLR2004
    return {"all": set(ids), "development": set(ids[mine]), "test": set(ids[~mine])}


def link_films() -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Figures for three sets of candidates, and the disagreements of the first."""
    table, truth, figures = films(), mapping(), {}
    disagreements: list[dict[str, str]] = []
    for name, more, graph in (
        ("names", truth, False),
        ("names, e_map only", set(), False),
        ("names and facts", truth, True),
    ):
        candidates = entities(more, graph=graph)
        linked = link(table, candidates)
        found = set(zip(linked.pairs["left"], linked.pairs["right"], strict=True))
        for part, ids in halves(table["id"]).items():
            figures[f"films, {name}, {part}"] = measured(found, truth, ids, set(candidates["id"]))
        figures[f"films, {name}, all"]["unsure"] = len(linked.unsure)
        disagreements = disagreements or _disagreements(table, found, truth)
    return figures, disagreements


def _disagreements(table: pd.DataFrame, found: Pairs, truth: Pairs) -> list[dict[str, str]]:
    titles, told = dict(zip(table["id"], table["name"], strict=True)), dict(truth)
    return [
        {
            "film": f"{film} {titles[film]}",
            "linked": entity,
            "mapping": told.get(film, ""),
            "wrong": "ours" if film in OURS_WRONG else ("the mapping" if film in told else "missing there"),
        }
        for film, entity in sorted(found - truth, key=lambda pair: int(pair[0]))
    ]


def names() -> list[str]:
    """Everybody in `people_movies.csv` with at least two names."""
    table = pd.read_csv(DATA / "ml-latest-small" / "people_movies.csv", dtype=str, keep_default_na=False)
    everybody = {
        name
        for column in ("actors", "director")
        for cell in table[column]
        for name in map(str.strip, cell.split("|"))
    }
    return sorted(name for name in everybody if " " in name and "," not in name)


def otherwise(name: str, how: str, rng: np.random.Generator) -> str:
    """A name in another spelling."""
    first, _, rest = name.partition(" ")
    if how == "last name first":
        begin, _, last = name.rpartition(" ")
        return f"{last}, {begin}"
    if how == "no accents":
        plain = "".join(
            sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign)
        )
        return plain.replace(".", "").replace("-", " ").upper()
    if how == "initial":
        return f"{first[0]}. {rest}"
    place = int(rng.integers(1, len(name) - 1))
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]  # two letters changed round


def link_people() -> dict[str, Any]:
    """Two tables of people; in both are four of five of the second, in four spellings."""
    rng = np.random.default_rng(0)
    everybody = np.array(names(), dtype=object)[rng.permutation(len(names()))]
    here, both = set(everybody[: len(everybody) * 4 // 5]), set(everybody[len(everybody) // 5 :])
    ways = ["last name first", "no accents", "initial", "slip"]
    how = dict(zip(everybody, rng.choice(ways, len(everybody)), strict=True))
    left = pd.DataFrame({"id": sorted(here)}).assign(name=lambda frame: frame["id"], **{"class": "Person"})
    right = pd.DataFrame({"id": [f"2 {name}" for name in sorted(both)], "class": "Person"})
    right["name"] = [otherwise(name, how[name], rng) for name in sorted(both)]
    truth = {(name, f"2 {name}") for name in here & both}
    linked = link(left, right)
    found = set(zip(linked.pairs["left"], linked.pairs["right"], strict=True))
    open_pairs = set(zip(linked.unsure["left"], linked.unsure["right"], strict=True))
    doubles = merge(pd.concat([left, right], ignore_index=True))
    joined, doubtful = (
        set(zip(frame["kept"], frame["merged"], strict=True)) for frame in (doubles.merges, doubles.unsure)
    )
    figures = {
        "people, two tables": against(found, truth, open_pairs),
        "people, merged": against(joined, truth, doubtful),
    }
    for way in ways:
        some = {pair for pair in truth if how[pair[0]] == way}
        links = {pair for pair in found if how[pair[1].removeprefix("2 ")] == way}
        figures[f"people, {way}"] = against(links, some, open_pairs)
    return figures


def against(found: Pairs, truth: Pairs, unsure: Pairs) -> dict[str, Any]:
    """Precision and recall where the truth is complete, and the share of it left to a person."""
    right = len(found & truth)
    return {
        "truth": len(truth),
        "links": len(found),
        "precision": right / len(found) if found else None,
        "recall": right / len(truth),
        "left to a person": len(truth & unsure) / len(truth),
    }


def relink_ml100k() -> dict[str, Any]:
    """The shipped link's films found in MovieLens-100K by title and year."""
    folder = DATA / "ml100k" / "recbole"
    items = pd.read_csv(folder / "ml-100k.item", sep="\t", dtype=str, keep_default_na=False, quoting=3)
    items = items.set_axis(["id", "name", "year", *items.columns[3:]], axis=1).assign(**{"class": "Film"})
    shipped = pd.read_csv(folder / "ml-100k.link", sep="\t", dtype=str).set_axis(["film", "id"], axis=1)
    titles = films().set_index("id")["name"]
    right = shipped.assign(name=shipped["film"].map(titles).fillna(""), **{"class": "Film"})
    found = link(items, right, MatchOptions(one_to_one=False)).pairs
    read = pd.read_csv(ROOT / "datasets" / "ml-100k" / "link.tsv", sep="\t", dtype=str)
    truth = set(zip(read["item_id"], read["entity_id"], strict=True))
    return {"ml-100k": against(set(zip(found["left"], found["right"], strict=True)), truth, set())}


def time_merging() -> dict[str, Any]:
    """Seconds to merge many people, first and last names drawn at random."""
    rng, known = np.random.default_rng(0), names()
    first, last = ([known[place] for place in rng.integers(0, len(known), MANY)] for _ in range(2))
    people = [f"{one.split()[0]} {other.split()[-1]}" for one, other in zip(first, last, strict=True)]
    start, busy = time.perf_counter(), time.process_time()
    merge(pd.DataFrame({"id": [str(row) for row in range(MANY)], "name": people, "class": "Person"}))
    taken = {"seconds": time.perf_counter() - start, "cpu seconds": time.process_time() - busy}
    return {f"{MANY:,} records": taken}


def main() -> None:
    """Measure, print and write."""
    figures, disagreements = link_films()
    figures |= link_people() | relink_ml100k() | time_merging()
    columns = [
        "truth",
        "links",
        "precision",
        "strict",
        "recall",
        "of reach",
        "unsure",
        "left to a person",
        "seconds",
        "cpu seconds",
    ]
    print(pd.DataFrame(figures).T.reindex(columns=columns).to_string(float_format="%.4g", na_rep="-"))
    wrong = pd.Series([pair["wrong"] for pair in disagreements]).value_counts().to_dict()
    print(f"\nDisagreements about films ({len(disagreements)}), by who is wrong: {wrong}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    result = {"figures": figures, "disagreements": disagreements, "wrong": wrong}
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Results: {RESULTS}")


if __name__ == "__main__":
    main()
