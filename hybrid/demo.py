"""`whyrec demo`: the whole walk on one dataset, told to somebody who sees it for the first time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.markup import escape

import kg
from hybrid import bench, flow, show
from hybrid.evaluation.comparison import compare, peak_rss_mb
from hybrid.htmlfile import write_html
from hybrid.options import Options
from hybrid.query import Query
from hybrid.report import Curve, Model, Person, Report, render
from kg import building

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rich.console import Console

    from hybrid.evaluation.comparison import Result
    from hybrid.recommender import Recommender

PEOPLE = 3
SHOWN_LIKES = 5
PROTOCOL = (
    "Each person's latest likes were held out: a model sees the earlier ones, ranks every other item in the "
    "catalog, and is right when they come near the top. People without held-out likes are left out."
)


def run(card: Path, folder: Path, seed: int, console: Console, say: Callable[[str], None]) -> dict[str, Any]:
    """Build, train, evaluate, recommend for three people and write the report; what was measured."""
    start = time.perf_counter()
    console.rule("1. The graph")
    graph = building.build_workspace(card, folder).graph
    built = time.perf_counter() - start
    show.graph_table(console, graph)
    console.rule("2. Learning")
    recommender, version = flow.train(folder, Options(seed=seed), say)
    console.rule("3. How good it is")
    results = compare(recommender, graph.heldout)
    show.print_results(console, results)
    console.rule("4. Recommendations, and why")
    people = [_person(recommender, user) for user in some_users(graph, seed)]
    for person in people:
        _print_person(console, recommender, person)
    page = folder / "report.html"
    seconds = {"build": built, **recommender.seconds}
    write_html(render(_report(graph, recommender, results, people, seconds)), page)
    console.rule()
    console.print(f"The report with pictures: {page}   (open it in a browser)")
    console.print(f"Ask yourself: whyrec recommend {folder} --text 'a space adventure'")
    console.print(f"Took {time.perf_counter() - start:.0f} s and at most {peak_rss_mb():,.0f} MB.")
    return {
        "graph": show.graph_as_json(graph),
        "models": bench.as_json(results),
        "people": [
            {"user": p.name, "items": [show.recommendation_as_json(r) for r in p.recommendations]}
            for p in people
        ],
        "report": str(page),
        "version": version,
        "seconds": time.perf_counter() - start,
        "peak_rss_mb": peak_rss_mb(),
    }


def some_users(graph: kg.KnowledgeGraph, seed: int) -> list[str]:
    """Ids of three people with ten likes or more, drawn with the seed."""
    counts = np.bincount(graph.interactions.users, minlength=graph.num_users)
    active = np.flatnonzero(counts >= min(10, int(counts.max(initial=0))))
    drawn = np.random.default_rng(seed).choice(active, min(PEOPLE, len(active)), replace=False)
    return [graph.users.ids[user] for user in sorted(drawn)]


def _person(recommender: Recommender, user: str) -> Person:
    graph = recommender.graph
    ranking = recommender.recommend(Query(user=user), n=5)
    latest = recommender.history(user)[::-1][:SHOWN_LIKES]
    return Person(user, tuple(graph.item_label(int(item)) for item in latest), ranking.recommendations)


def _print_person(console: Console, recommender: Recommender, person: Person) -> None:
    console.print(
        f"\n[bold]User {escape(person.name)}[/bold] liked lately: {escape('; '.join(person.likes))}"
    )
    reasons = flow.reasons(recommender)
    for place, item in enumerate(person.recommendations, 1):
        console.print(f"  {place}. [bold]{escape(item.label)}[/bold]")
        console.print(f"     {escape(show.why(item, reasons))}")


def _report(
    graph: kg.KnowledgeGraph,
    recommender: Recommender,
    results: tuple[Result, ...],
    people: list[Person],
    seconds: dict[str, float],
) -> Report:
    words = show.edge_words(graph)
    curves = []
    for name, history in recommender.histories.items():
        metrics = tuple(np.nan if epoch.metric is None else epoch.metric for epoch in history.epochs)
        losses = tuple(epoch.loss for epoch in history.epochs)
        curves.append(
            Curve(name, tuple(epoch.number for epoch in history.epochs), losses, metrics, "NDCG@10")
        )
    return Report(
        dataset=graph.name,
        description=f"{graph.num_users:,} people, {graph.num_items:,} items and "
        f"{len(graph.entities):,} things that link them.",
        nodes=graph.count_nodes(),
        edges={"likes": len(graph.interactions)}
        | {words[name]: count for name, count in graph.count_edges().items()},
        protocol=PROTOCOL,
        models=tuple(
            Model(r.name, r.role, {name: r.evaluation.metrics[name] for name in show.SHOWN}) for r in results
        ),
        curves=tuple(curves),
        weights=recommender.ranker.by_name(),
        reasons=flow.reasons(recommender),
        people=tuple(people),
        timings=seconds,
        peak_memory_mb=peak_rss_mb(),
    )
