"""`whyrec bench`: cards in, one JSON of measured models out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import kg
from hybrid import scorers
from hybrid.evaluation.comparison import compare, refuse_leaks
from hybrid.recommender import Recommender
from kg import cardread, images
from kg.protocols import resplit
from kg.split import rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from hybrid.evaluation.comparison import Result
    from hybrid.recommender import Options
    from kg.catalog import Catalog
    from kg.graph import KnowledgeGraph


def bench(
    cards: Iterable[Path],
    options: Options,
    report: Callable[[str], None],
    *,
    baselines: Sequence[str] | None = None,
    protocol: str = "",
    show: Callable[[Iterable[Result]], None] = lambda _results: None,
    keep: Callable[[dict[str, Any]], None] = lambda _measured: None,
) -> dict[str, dict[str, Any]]:
    """Build, train and evaluate each card on its own split or by a protocol, entirely in memory.

    Leaks are looked for first. One that no result can show is reported: a test like that is in the history is
    passed over, and no scorer reads people's texts. Any other ends the run.

    Args:
        cards: the dataset cards.
        options: how recommenders are made.
        report: told of progress in words.
        baselines: those to measure beside, by name; all where None.
        protocol: how to deal all likes anew, see `kg.protocols`; the card's own split where empty.
        show: called with the results of each card when it is done.
        keep: called then with all that has been measured so far, so that a run that is stopped keeps it.

    Returns:
        {"datasets": {name: {"models": {model: {"metrics", "seconds", "peak_rss_mb"}}, ...}}}; the
        protocol that was asked for is part of the name, and the number of the fold where there are several.

    Raises:
        QueryError: a baseline or the protocol is unknown.
        CardError, CatalogError: a card or a file of its catalog is not right, or two cards have one name.
        LeakError: a graph tells what is tested.
    """
    cards = list(cards)
    beside = _baselines(baselines)
    _check_names(cards)
    datasets = {}
    for card in cards:
        report(f"build {card}")
        catalog, pictures = kg.read(card), images.read(card)
        for name, graph, histories in _trials(catalog, protocol, options.seed, report):
            recommender = Recommender(options, report).fit(graph, images=pictures)
            results = compare(recommender, graph.heldout, beside, histories)
            show(results)
            datasets[name] = {
                "models": as_json(results),
                "weights": recommender.ranker.by_name(),
                "stages": recommender.seconds,
                "seed": options.seed,
            }
            keep({"datasets": datasets})
    return {"datasets": datasets}


def _trials(
    catalog: Catalog, protocol: str, seed: int, report: Callable[[str], None]
) -> Iterator[tuple[str, KnowledgeGraph, KnowledgeGraph]]:
    """Name, graph, and graph as queries know it, one after the other; each looked at for leaks."""
    graph = kg.build(catalog)
    if not protocol:
        refuse_leaks(graph, report, by=rule(catalog))
        yield graph.name, graph, graph
        return
    dealings = resplit(graph, protocol, seed)
    for number, dealt in enumerate(dealings, 1):
        refuse_leaks(dealt.graph, report, by=protocol, shown=dealt.shown)
        fold = f" {number}" if len(dealings) > 1 else ""
        yield f"{graph.name} {protocol}{fold}", dealt.graph, dealt.histories


def _baselines(names: Sequence[str] | None) -> list[str]:
    known = [name for name, scorer in scorers.find().items() if scorer.baseline]
    if unknown := [name for name in names or () if name not in known]:
        raise kg.QueryError(f"there is no baseline {unknown[0]!r}; known are {', '.join(known)}")
    return known if names is None else list(names)


def _check_names(cards: Iterable[Path]) -> None:
    """Refuse cards that would overwrite each other's results, before hours are spent; reads no data."""
    seen: dict[str, Path] = {}
    for card in cards:
        name = cardread.load(card).name
        if name in seen:
            raise kg.CardError(f"{seen[name]} and {card}: two cards of the name {name!r}; give each its own")
        seen[name] = card


def as_json(results: Iterable[Result]) -> dict[str, Any]:
    """Results by model name, for machines; "beside_hybrid" is a model minus the hybrid, with p values."""
    return {
        result.name: {
            "role": result.role,
            "metrics": dict(result.evaluation.metrics),
            "beside_hybrid": {
                verdict.comparison.metric: {
                    "difference": verdict.comparison.difference,
                    "interval": [verdict.comparison.low, verdict.comparison.high],
                    "p": verdict.comparison.p_value,
                    "p_corrected": verdict.corrected,
                }
                for verdict in result.beside
            },
            "seconds": result.seconds,
            "peak_rss_mb": result.peak_rss_mb,
        }
        for result in results
    }


def check_target(path: Path) -> None:
    """Refuse a file that could not be written, before hours are spent.

    Raises:
        WorkspaceError: its folder is missing, or it is a folder itself.
    """
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise kg.WorkspaceError(f"{path} cannot be written: name a file in a folder that exists")


def write(result: dict[str, Any], path: Path) -> None:
    """Write a result aside, then into place."""
    aside = path.with_name(path.name + ".part")
    aside.write_text(json.dumps(result, indent=1), encoding="utf-8")
    aside.replace(path)
