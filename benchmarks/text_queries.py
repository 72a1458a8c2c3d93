"""Wishes in words with known answers: the plain text encoder beside scorers of words, entities and all three.

    python benchmarks/text_queries.py [--seeds 0,1,2] [--known 10] [--json FILE] [--show 10]

Three kinds of query. "film tags" and "artist tags" ask for a tag that people gave to at least 3 films of
ml-latest-small, or 10 artists of hetrec-lastfm; what should be found are those items. The facts of all tags
asked about, and of all that are spelled alike, are taken out of the graph and of the texts first: nothing
that is ranked with has seen them. "film facts" asks for what is in the graph: a genre, a decade and a person,
in several phrasings; what should be found are the films that have all three.

Artists have no text of their own: theirs is the name and the tags that are left, the most usual first. Ranked
are all items that at least `--known` people like: the language model takes its time to read the others too.

Queries fall into two halves for good. Weights of the combination are chosen on the first, for each kind by
NDCG@10 and for all kinds by the mean gain over the encoder; everything is reported on the second. A seed
draws other queries of each half. The p value is of a paired permutation test over the queries of the second.
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from wishing import Kind, artist_tags, film_facts, film_tags

import kg
from hybrid.evaluation.metrics import find_hits, ndcg
from hybrid.evaluation.protocol import Evaluation, top_k
from hybrid.evaluation.significance import compare
from hybrid.profiles import Profiles, Wish
from hybrid.ranker import calibrated
from hybrid.scorers import Resources, ScoreArray, find
from hybrid.text.cache import CachedEncoder
from hybrid.text.encoder import TextEncoder
from hybrid.text.options import EncoderOptions
from hybrid.text.table import TextTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.graph import FloatArray, KnowledgeGraph

CARDS = Path(__file__).resolve().parents[1] / "datasets"
RESULTS = Path(__file__).parent / "results" / "text_queries.json"
KINDS = {
    "film tags": ("ml-latest-small", film_tags),
    "film facts": ("ml-latest-small", film_facts),
    "artist tags": ("hetrec-lastfm", artist_tags),
}
COMBINED = ("text", "words", "entities")
ALONE = ("popularity", *COMBINED)
STEPS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # weights of words and entities beside the encoder's, which is 1
GRID = [(1.0, *rest) for rest in product(STEPS, repeat=2)]
PLACES, METRIC = 10, "ndcg@10"
Weights = tuple[float, ...]


def scored(kind: Kind, encoder: CachedEncoder) -> dict[str, ScoreArray]:
    """What each scorer says to each query, calibrated, shape (num_queries, num_items)."""
    read = np.where(kind.ranked, np.array(kind.graph.item_texts, dtype=object), "")
    resources = Resources(text=TextTable.of(tuple(read), encoder))
    size = len(kind.queries)
    nothing = np.zeros(0, dtype=np.int64)
    wishes = tuple(Wish(query.text) for query in kind.queries)
    starts = np.zeros(size + 1, dtype=np.int64)
    people = Profiles(np.full(size, -1), starts, nothing, np.zeros(0), np.zeros(0), wishes)
    candidates = np.tile(kind.ranked, (size, 1))
    fitted = {name: find()[name]().fit(kind.graph, resources) for name in ALONE}
    return {name: calibrated(scorer.score(people), candidates) for name, scorer in fitted.items()}


def combined(scores: Mapping[str, ScoreArray], weights: Weights) -> ScoreArray:
    """The weighted sum of calibrated scores; who abstains gives nothing."""
    parts = [weight * np.nan_to_num(scores[name]) for name, weight in zip(COMBINED, weights, strict=True)]
    silent = np.all([np.isnan(scores[name]) for name in COMBINED], axis=0)
    return np.where(silent, np.float32(np.nan), np.sum(parts, axis=0, dtype=np.float32))


def judged(kind: Kind, scores: ScoreArray, seed: int) -> FloatArray:
    """NDCG@10 of each query; equal scores in random order."""
    sizes = np.array([len(query.items) for query in kind.queries])
    items = np.concatenate([query.items for query in kind.queries])
    best = top_k(scores, PLACES, np.random.default_rng(seed))
    hits = find_hits(best, np.repeat(np.arange(len(sizes)), sizes), items, kind.graph.num_items)
    return ndcg(hits, sizes, PLACES)


@dataclass(frozen=True)
class Measured:
    """One kind of query with one seed.

    Attributes:
        kind: the queries.
        scores: of each scorer, calibrated.
        ndcg: of each query, by scorer or by weights of the combination.
    """

    kind: Kind
    scores: dict[str, ScoreArray]
    ndcg: dict[str | Weights, FloatArray]

    @classmethod
    def of(cls, kind: Kind, encoder: CachedEncoder, seed: int) -> Measured:
        """Rank with every scorer, and with every combination."""
        scores = scored(kind, encoder)
        alone = {name: judged(kind, scores[name], seed) for name in ALONE}
        together = {weights: judged(kind, combined(scores, weights), seed) for weights in GRID}
        return cls(kind, scores, {**alone, **together})

    def tuning(self, name: str | Weights) -> float:
        """The mean over the queries that weights are chosen on."""
        return float(self.ndcg[name][self.kind.tuning].mean())

    def testing(self, name: str | Weights) -> Evaluation:
        """The numbers of the queries that are reported, for a paired test."""
        values = self.ndcg[name][~self.kind.tuning]
        return Evaluation({METRIC: float(values.mean())}, {METRIC: values}, np.arange(len(values)))


def measure(
    seed: int, graphs: Mapping[str, KnowledgeGraph], known: int, encoder: CachedEncoder
) -> dict[str, Measured]:
    """All kinds with one seed, over the items that so many people like."""
    measured = {}
    for name, (data, draw) in KINDS.items():
        graph = graphs[data]
        ranked = np.bincount(graph.interactions.items, minlength=graph.num_items) >= known
        measured[name] = Measured.of(draw(graph, ranked, seed), encoder, seed)
    return measured


def best(measured: dict[str, Measured]) -> Weights:
    """The weights with the highest mean gain over the encoder, on the queries that weights are chosen on."""

    def gain(weights: Weights) -> float:
        return sum(each.tuning(weights) / each.tuning("text") for each in measured.values())

    return max(GRID, key=gain)


def row(measured: Measured, own: Weights, common: Weights) -> dict[str, Any]:
    """The figures of one kind: of each scorer, and of both combinations beside the encoder."""
    text = measured.testing("text")
    figures: dict[str, Any] = {name: measured.testing(name).metrics[METRIC] for name in ALONE}
    for name, weights in (("own weights", own), ("common weights", common)):
        evaluation = measured.testing(weights)
        told = compare(evaluation, text, METRIC)
        figures[name] = evaluation.metrics[METRIC]
        figures[f"{name}, gain"] = evaluation.metrics[METRIC] / text.metrics[METRIC] - 1
        figures[f"{name}, p"] = told.p_value
        figures[f"{name}, weights"] = dict(zip(COMBINED, weights, strict=True))
    return {**figures, "queries": int((~measured.kind.tuning).sum())}


def report(measured: dict[str, Measured], seed: int, common: Weights) -> dict[str, Any]:
    """The figures of all kinds with one seed, weights chosen on the other half of the queries."""
    rows = {name: row(each, max(GRID, key=each.tuning), common) for name, each in measured.items()}
    for name, figures in rows.items():
        values = "  ".join(f"{figures[column]:.4f}" for column in (*ALONE, "own weights", "common weights"))
        told = f"{figures['common weights, gain']:+.0%} (p {figures['common weights, p']:.4f})"
        own = "/".join(f"{weight:g}" for weight in figures["own weights, weights"].values())
        print(f"{seed:4}  {name:12} {figures['queries']:7}  {values}  {told}  own weights {own}")
    print(f"      common weights {dict(zip(COMBINED, common, strict=True))}", flush=True)
    return rows


def show(measured: dict[str, Measured], weights: Weights, number: int) -> None:
    """The first titles for some of the queries, "+" where they should be found."""
    for name, each in measured.items():
        for place in np.flatnonzero(~each.kind.tuning)[:number]:
            query = each.kind.queries[place]
            print(f"\n{name}: {query.text!r}, {len(query.items)} to be found")
            for scores, who in ((each.scores["text"], "text"), (combined(each.scores, weights), "together")):
                best = top_k(scores[[place]], 5, np.random.default_rng(0))[0].tolist()
                marks = ("+" if item in query.items else " " for item in best)
                titles = (each.kind.graph.item_label(item) for item in best)
                print(f"  {who:8}", "; ".join(map("".join, zip(marks, titles, strict=True))))


def main() -> None:
    """Print a line for each kind and seed, then the mean and spread of each kind; write them all as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--known", type=int, default=10)
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--show", type=int, default=0)
    asked = parser.parse_args()
    graphs = {
        data: kg.build(kg.read(CARDS / data / "dataset.yaml")).without_heldout() for data, _ in KINDS.values()
    }
    encoder = CachedEncoder(TextEncoder(EncoderOptions()))
    print(f"seed  {'kind':12} queries  {'  '.join((*ALONE, 'own', 'common'))}", flush=True)
    results = {}
    for seed in asked.seeds.split(","):
        measured = measure(int(seed), graphs, asked.known, encoder)
        common = best(measured)
        results[seed] = report(measured, int(seed), common)
        show(measured, common, asked.show)
    for name in KINDS:
        gains = [rows[name]["common weights, gain"] for rows in results.values()]
        print(f"{name:12} gain {statistics.mean(gains):+.1%}, {min(gains):+.1%} to {max(gains):+.1%}")
    asked.json.parent.mkdir(exist_ok=True)
    asked.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
