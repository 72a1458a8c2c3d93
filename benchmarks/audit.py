"""Measure the audit of links: which lists it flags, how often it is wrong, and what it repairs.

    python benchmarks/audit.py [cards] [subsets] [shuffles] [repair]

Without a word it does all four: `cards` audits the links of every card as they are, with RecBole's shipped
list of MovieLens-100K beside the repaired one; `subsets` audits random parts of good lists, which must not be
flagged; `shuffles` gives a share of the items a random other item's entity, and looks for them; `repair`
mends the shipped list with the titles of MovieLens-1M. Prints tables and adds to
`benchmarks/results/audit.json`.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kg.audit import Evidence, audit, read_evidence, repair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kg.audit import AuditReport

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "audit.json"
DATA = ROOT.parent / "shared" / "data"
CARDS = (
    "ml1m-pearlm",
    "cikgrec-dbbook2014",
    "colakg-lastfm",
    "hetrec-lastfm",
    "lfm1m-kgat",
    "lightkg-lastfm",
)
GOOD = ("ml-100k", "ml1m-pearlm", "cikgrec-dbbook2014", "colakg-lastfm", "lightkg-lastfm")
SUBSET, SUBSETS = 600, 20
SHARES = (0.1, 0.3, 1.0)
PERSON = ("film.film.directed_by", "film.film.actor")


def card(name: str, folder: Path) -> Path:
    """A card; those of MovieLens-100K read RecBole's files, and "shipped" has RecBole's links too."""
    if name not in {"ml-100k", "shipped"}:
        return ROOT / "datasets" / name / "dataset.yaml"
    text = (ROOT / "datasets" / "ml-100k" / "dataset.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("fetch:\n")
    text = f"{head}root: {DATA / 'ml100k' / 'recbole'}\n{rest[rest.index('nodes:') :]}"
    if name == "shipped":
        text = text.replace('"card:link.tsv"', "ml-100k.link")
    shutil.copy(ROOT / "datasets" / "ml-100k" / "link.tsv", folder / "link.tsv")
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def row(report: AuditReport, seconds: float) -> dict[str, Any]:
    """What is kept of a report."""
    return {
        "links": report.links,
        "judged": report.judged,
        "verdict": report.verdict,
        "p": round(report.p, 4),
        "z": round(report.z, 1),
        "fit": round(report.fit, 3),
        "share": round(report.broken_share, 3),
        "listed": len(report.worst),
        "families": " ".join(f"{one.name} {one.fit:.2f}/{one.ratio:.2f}" for one in report.families),
        "seconds": round(seconds, 1),
    }


def timed(evidence: Evidence) -> tuple[AuditReport, float]:
    """A report and the seconds it took."""
    start = time.perf_counter()
    return audit(evidence), time.perf_counter() - start


def cards(folder: Path) -> list[dict[str, Any]]:
    """Every card's links as they are; fit/ratio of each family."""
    rows = []
    for name in ("shipped", "ml-100k", *CARDS):
        start = time.perf_counter()
        evidence = read_evidence(card(name, folder))
        reading = time.perf_counter() - start
        report, seconds = timed(evidence)
        rows.append({"data": name} | row(report, seconds) | {"reading": round(reading, 1)})
    return rows


def subsets(folder: Path) -> list[dict[str, Any]]:
    """Verdicts on random parts of good lists."""
    rows = []
    for name in GOOD:
        evidence = read_evidence(card(name, folder))
        rng = np.random.default_rng(0)
        verdicts: Counter[str] = Counter()
        shares = []
        for _ in range(SUBSETS):
            chosen = np.sort(rng.choice(len(evidence.links), size=SUBSET, replace=False))
            report = audit(evidence.take(chosen), permutations=199)
            verdicts[report.verdict] += 1
            shares.append(report.broken_share)
        row = {"data": name, "subsets": SUBSETS, "links": SUBSET, **dict(verdicts)}
        rows.append(
            row | {"share, mean": round(float(np.mean(shares)), 3), "share, most": round(max(shares), 3)}
        )
    return rows


def shuffled(evidence: Evidence, share: float, seed: int = 1) -> Evidence:
    """The same evidence with a share of the links in a random cycle, so that each of them is wrong."""
    size = len(evidence.links)
    chosen = np.random.default_rng(seed).choice(size, size=int(share * size), replace=False)
    links = evidence.links.copy()
    links[chosen, 1] = links[np.roll(chosen, 1), 1]
    return evidence.linked(links)


def shuffles(folder: Path) -> list[dict[str, Any]]:
    """Links broken on purpose: is the whole flagged, are they listed, are the proposals right?

    `precision` counts every listed link that was not broken on purpose as a mistake; `precision*` leaves out
    those that are listed in the unbroken list as well.
    """
    rows = []
    for name in GOOD:
        whole = read_evidence(card(name, folder))
        variants = (
            {name: whole}
            if whole.names is None
            else {name: whole, f"{name}, no names": replace(whole, names=None)}
        )
        for variant, evidence in variants.items():
            before = set(audit(evidence).worst["item"])
            rows += [{"data": variant, "broken": share} | _found(evidence, share, before) for share in SHARES]
    return rows


def _found(evidence: Evidence, share: float, before: set[str]) -> dict[str, Any]:
    right = set(_pairs(evidence, evidence.links))
    broken = shuffled(evidence, share)
    wrong = set(_pairs(broken, broken.links)) - right
    report, seconds = timed(broken)
    listed = list(zip(report.worst["item"], report.worst["entity"], strict=True))
    hits = sum(pair in wrong for pair in listed)
    new = sum(pair in wrong or pair[0] not in before for pair in listed)
    proposed = report.ranking[report.ranking["repair"] != ""]
    good = sum(pair in right for pair in zip(proposed["item"], proposed["repair"], strict=True))
    return {
        "verdict": report.verdict,
        "p": round(report.p, 4),
        "share": round(report.broken_share, 3),
        "listed": len(listed),
        "precision": _ratio(hits, len(listed)),
        "precision*": _ratio(hits, new),
        "recall": _ratio(hits, len(wrong)),
        "repairs": len(proposed),
        "right": _ratio(good, len(proposed)),
        "of broken": _ratio(good, len(wrong)),
        "seconds": round(seconds, 1),
    }


def _pairs(evidence: Evidence, links: np.ndarray[Any, Any]) -> Iterable[tuple[str, str]]:
    items, entities = evidence.items["id"].to_numpy(), evidence.entities["id"].to_numpy()
    return zip(items[links[:, 0]], entities[links[:, 1]], strict=True)


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def mend(folder: Path) -> list[dict[str, Any]]:
    """The shipped list repaired: against `link.tsv` (made by hand-written rules), and by credits.

    Precision is the share of the repaired links that `link.tsv` has, coverage the share of the shipped list's
    1,598 entities that have a film. Credits are an independent sign: a person of the graph has no name, but
    the films that share one must share a name among the credits of `items_info.json`, which no step has read.
    """
    lines = (DATA / "ml1m-pearlm" / "movies.dat").read_text(encoding="latin-1").splitlines()
    titles = pd.DataFrame([line.split("::")[:2] for line in lines], columns=["id", "name"], dtype="str")
    start = time.perf_counter()
    mended = repair(card("shipped", folder), titles)
    seconds = time.perf_counter() - start
    truth = pd.read_csv(ROOT / "datasets" / "ml-100k" / "link.tsv", sep="\t", dtype="str")
    shipped = pd.read_csv(DATA / "ml100k" / "recbole" / "ml-100k.link", sep="\t", dtype="str")
    right = set(truth.itertuples(index=False, name=None))
    found = set(mended.links[["item", "entity"]].itertuples(index=False, name=None))
    repaired = {
        "data": "repaired",
        "accepted": mended.accepted,
        "links": len(found),
        "precision": _ratio(len(found & right), len(found)),
        "not in link.tsv": len(found - right),
        "coverage": round(mended.coverage, 4),
        "fit before": round(mended.before.fit, 3),
        "fit after": round(mended.after.fit, 3),
        "seconds": round(seconds, 1),
    }
    return [
        repaired | _credits(found),
        {"data": "link.tsv", "links": len(right)} | _credits(right),
        {"data": "shipped", "links": len(shipped)}
        | _credits(set(shipped.itertuples(index=False, name=None))),
    ]


def _credits(links: set[tuple[str, str]]) -> dict[str, Any]:
    """How far films that share a director or an actor in the graph share a name among their credits."""
    films = json.loads((DATA / "ml100k" / "items_info.json").read_text(encoding="utf-8"))
    named = {
        film["movielens_id"]: {name.strip() for name in f"{film['directors']},{film['cast']}".split(",")}
        - {""}
        for film in films
    }
    facts = pd.read_csv(DATA / "ml100k" / "recbole" / "ml-100k.kg", sep="\t", dtype="str")
    facts.columns = pd.Index(["head", "relation", "tail"])
    facts = facts[facts["relation"].isin(PERSON)].merge(
        pd.DataFrame(sorted(links), columns=["item", "head"]), on="head"
    )
    agreed: defaultdict[str, list[bool]] = defaultdict(list)
    for _, group in facts.groupby("tail"):
        items = [item for item in group["item"].unique() if named.get(item)]
        for item in items:
            others = Counter(name for other in items if other != item for name in named[other])
            if others:
                most = max(others.values())
                agreed[item].append(any(others[name] == most for name in named[item]))
    enough = [signs for signs in agreed.values() if len(signs) >= 3]  # noqa: PLR2004
    return {
        "films with credits": len(enough),
        "credits agree": round(float(np.mean([sign for signs in enough for sign in signs])), 3),
        "films that disagree": sum(np.mean(signs) < 0.2 for signs in enough),  # noqa: PLR2004
    }


PARTS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "cards": cards,
    "subsets": subsets,
    "shuffles": shuffles,
    "repair": mend,
}


def keep(part: str, rows: list[dict[str, Any]]) -> None:
    """Add a part's rows to the file, in place of older ones."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    aside = RESULTS.with_suffix(".part")
    aside.write_text(json.dumps(known | {part: rows}, indent=1, default=int) + "\n", encoding="utf-8")
    aside.replace(RESULTS)


def main(parts: list[str]) -> int:
    """Measure some parts; the exit status."""
    if not DATA.is_dir() or not set(parts) <= set(PARTS):
        print(f"needs the data at {DATA}, and of {', '.join(PARTS)} any", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            rows = PARTS[part](Path(folder))
            keep(part, rows)
            print(
                f"{part}\n{pd.DataFrame(rows).astype(object).fillna('').to_string(index=False)}\n", flush=True
            )
    print(f"Results: {RESULTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PARTS)))
