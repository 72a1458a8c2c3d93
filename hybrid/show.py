"""Results for people (rich tables) and for machines (plain values for JSON)."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.markup import escape
from rich.table import Table

from kg.graph import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from hybrid.evaluation.comparison import Result
    from hybrid.evaluation.significance import Verdict
    from hybrid.ranking import Ranking, Recommendation
    from kg.graph import KnowledgeGraph
    from kg.paths import ReasoningPath

_ALPHA = 0.05
SHOWN = ("ndcg@10", "recall@10", "recall@20", "mrr@10", "hit@10", "coverage@10")


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print plain values for machines."""
    sys.stdout.write(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def or_null(value: float) -> float | None:
    """A number as JSON has it: null for one that is not known."""
    return None if math.isnan(value) else value


def graph_as_json(graph: KnowledgeGraph) -> dict[str, Any]:
    """What a graph holds, as counts."""
    return {
        "name": graph.name,
        "nodes": graph.count_nodes(),
        "facts": graph.count_edges(),
        "interactions": {
            "train": int((~graph.interactions.validation).sum()),
            "valid": int(graph.interactions.validation.sum()),
            "test": len(graph.heldout),
        },
        "ratings": {"train": len(graph.ratings), "test": len(graph.heldout_ratings)},
        "with_text": {
            kind: sum(bool(text) for text in graph.texts[graph.first(kind) :][: len(graph.vocabulary(kind))])
            for kind in KINDS
        },
    }


def edge_words(graph: KnowledgeGraph) -> dict[str, str]:
    """Each relation that has facts, by id, in words between the classes that it mostly links."""
    words = {}
    for row in np.unique(graph.edges.relations):
        facts = graph.edges.relations == row
        head, tail = (
            graph.class_names[np.bincount(graph.classes[ends[facts]]).argmax()]
            for ends in (graph.edges.heads, graph.edges.tails)
        )
        words[graph.relations[row].id] = f"{head} {graph.relations[row].label} {tail}"
    return words


def graph_table(console: Console, graph: KnowledgeGraph) -> None:
    """Print what a graph holds."""
    words = edge_words(graph)
    nodes = Table("class", "nodes", title=f"{escape(graph.name)}: {graph.num_nodes:,} nodes")
    for name, count in graph.count_nodes().items():
        nodes.add_row(escape(name), f"{count:,}")
    facts = Table("relation", "edges", title=f"{len(graph.edges):,} facts, {len(graph.interactions):,} likes")
    facts.add_row("likes (to learn from)", f"{len(graph.interactions):,}")
    facts.add_row("likes (held out for testing)", f"{len(graph.heldout):,}")
    if len(graph.ratings):
        facts.add_row("ratings (to learn from)", f"{len(graph.ratings):,}")
        facts.add_row("ratings (held out for testing)", f"{len(graph.heldout_ratings):,}")
    for name, count in graph.count_edges().items():
        facts.add_row(escape(words[name]), f"{count:,}")
    for table in (nodes, facts):
        table.columns[1].justify = "right"
        console.print(table)


def ranking_as_json(ranking: Ranking) -> dict[str, Any]:
    """A ranking, as plain values; the part of a scorer that abstained is null."""
    return {
        "recommendations": [recommendation_as_json(item) for item in ranking],
        "notes": list(ranking.notes),
    }


def recommendation_as_json(item: Recommendation) -> dict[str, Any]:
    """A recommendation, as plain values."""
    return {
        "item": item.item,
        "label": item.label,
        "score": item.score,
        "confidence": or_null(item.confidence),
        "parts": {name: or_null(part) for name, part in item.parts.items()},
        "paths": [path_as_json(path) for path in item.paths],
        "notes": list(item.notes),
    }


def path_as_json(path: ReasoningPath) -> dict[str, Any]:
    """A path, as plain values."""
    return {
        "sentence": path.sentence,
        "nodes": list(path.nodes),
        "labels": list(path.labels),
        "relations": list(path.relations),
        "weight": path.weight,
    }


def print_ranking(console: Console, ranking: Ranking, reasons: Mapping[str, str]) -> None:
    """Print a ranking: each item with its best path, or with what its strongest part means."""
    for place, item in enumerate(ranking, 1):
        sure = "" if math.isnan(item.confidence) else f", {item.confidence:.0%} likely"
        console.print(f"[bold]{place:>2}. {escape(item.label)}[/bold]  [dim]{item.score:.2f}{sure}[/dim]")
        console.print(f"    {escape(why(item, reasons))}")
        for note in item.notes:
            console.print(f"    [yellow]{escape(note)}[/yellow]")
    for note in ranking.notes:
        console.print(f"[yellow]{escape(note)}[/yellow]")


def why(item: Recommendation, reasons: Mapping[str, str]) -> str:
    """The best reason there is for an item, in words."""
    if item.paths:
        return item.paths[0].sentence
    speaking = {name: part for name, part in item.parts.items() if part > 0}
    if not speaking:
        return "Nothing speaks for it; it stands here because less speaks for what is left."
    strongest = max(speaking, key=lambda name: speaking[name])
    return f"Its strongest part, {strongest}: {reasons[strongest]}."


def print_results(console: Console, results: Iterable[Result]) -> None:
    """Print a table of models and metrics, and what the hybrid is really better than."""
    results = tuple(results)
    title = "Full ranking over all items, on held-out likes"
    # narrow, so that no name is cut on a screen of 80 columns
    table = Table("model", *SHOWN, "seconds", title=title, box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for result in results:
        style = "bold green" if result.role == "hybrid" else "dim" if result.role == "baseline" else ""
        numbers = [f"{result.evaluation.metrics[name]:.4f}" for name in SHOWN]
        table.add_row(
            result.name, *numbers, "–" if math.isnan(result.seconds) else f"{result.seconds:.0f}", style=style
        )
    console.print(table)
    for sentence in verdict_words(verdict for result in results for verdict in result.beside):
        console.print(escape(sentence))


def verdict_words(found: Iterable[Verdict]) -> list[str]:
    """What the hybrid is really better than, a sentence for each metric."""
    by_metric: dict[str, list[Verdict]] = {}
    for verdict in found:
        by_metric.setdefault(verdict.comparison.metric, []).append(verdict)
    return [_judged(metric, verdicts) for metric, verdicts in by_metric.items()]


def _judged(metric: str, found: list[Verdict]) -> str:
    sure = [verdict for verdict in found if verdict.corrected < _ALPHA]
    better = [verdict.name for verdict in sure if verdict.comparison.difference < 0]
    worse = [verdict.name for verdict in sure if verdict.comparison.difference > 0]
    open_ = [verdict.name for verdict in found if verdict not in sure]
    said = [
        f"{words} {', '.join(names)}"
        for words, names in (
            ("better than", better),
            ("worse than", worse),
            ("not told apart from", open_),
        )
        if names
    ]
    return f"{metric}: the hybrid is {'; '.join(said)} (paired test over people, p < .05 after Holm)."
