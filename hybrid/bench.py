"""`whyrec bench`: cards in, what was measured out, for a file of JSON and a page."""

from __future__ import annotations

import json
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

import kg
from hybrid import bench_record, scorers
from hybrid.evaluation import ablation, lists
from hybrid.evaluation import worth as graph_worth
from hybrid.evaluation.ablation import verdicts_as_json
from hybrid.evaluation.comparison import HYBRID, JUDGED, compare, refuse_leaks
from hybrid.recommender import Recommender
from hybrid.show import or_null
from kg import cardread, images
from kg.protocols import resplit
from kg.split import rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from hybrid.evaluation.comparison import Result
    from hybrid.evaluation.protocol import Evaluation
    from hybrid.options import Options
    from kg.catalog import Catalog
    from kg.graph import KnowledgeGraph


def bench(
    cards: Iterable[Path],
    options: Options,
    report: Callable[[str], None],
    *,
    baselines: Sequence[str] | None = None,
    protocol: str = "",
    listed: Path | None = None,
    ablations: bool = False,
    worth: bool = False,
    show: Callable[[Iterable[Result]], None] = lambda _results: None,
    tell: Callable[[dict[str, Any]], None] = lambda _dataset: None,
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
        listed: folder with ranked lists of other programs, see `hybrid.evaluation.lists`.
        ablations: also measure the hybrid without groups of its scorers, see `hybrid.evaluation.ablation`.
        worth: also measure it with other links, see `hybrid.evaluation.worth`.
        show: called with the results of each card when its models are measured.
        tell: called with all of a card when its ablations and worth are measured too, as in what is returned.
        keep: called then, and after ablations and worth, with all that has been measured so far, so that a
            run that is stopped keeps it.

    Returns:
        {"datasets": {name: {"models": {model: {"metrics", "seconds", "peak_rss_mb", ...}}, ...}}}; the
        protocol that was asked for is part of the name, and the number of the fold where there are several.
        A name also has "data", "weights", "stages" (seconds), "seed", "command", "machine", and where they
        were asked for "ablations" and "worth"; `docs/evaluation.md` describes them.

    Raises:
        QueryError: a baseline or the protocol is unknown.
        CardError, CatalogError: a card or a file of its catalog is not right, two cards have one name, or
            lists do not fit.
        LeakError: a graph tells what is tested.
    """
    cards = list(cards)
    beside = _baselines(baselines)
    _check_names(cards)
    datasets: dict[str, dict[str, Any]] = {}
    machine = bench_record.machine()
    for card in cards:
        report(f"build {card}")
        catalog, pictures = kg.read(card), images.read(card)
        for name, graph, histories in _trials(catalog, protocol, options.seed, report):
            peers = () if listed is None else lists.read(listed, histories)
            recommender = Recommender(options, report)
            recommender.fit(graph, images=pictures, keep=ablations or worth)
            results = compare(recommender, graph.heldout, beside, histories, peers)
            show(results)
            datasets[name] = found = {
                "models": as_json(results, partial(_command, card, options, protocol)),
                "data": bench_record.data(graph, protocol or rule(catalog)),
                "weights": recommender.ranker.by_name(),
                "stages": dict(recommender.seconds),
                "seed": options.seed,
                "command": bench_record.command(card, options, protocol),
                "machine": machine,
            }
            keep({"datasets": datasets})
            asked = (("ablations", ablations, _ablations), ("worth", worth, _worth))
            for part, wanted, measure in asked:
                if wanted:
                    found[part] = measure(recommender, graph, histories)
                    keep({"datasets": datasets})
            tell(found)
    return {"datasets": datasets}


def _ablations(
    recommender: Recommender, graph: KnowledgeGraph, histories: KnowledgeGraph
) -> list[dict[str, Any]]:
    return ablation.as_json(ablation.ablations(recommender, graph.heldout, histories))


def _worth(recommender: Recommender, graph: KnowledgeGraph, histories: KnowledgeGraph) -> dict[str, Any]:
    return graph_worth.as_json(graph_worth.worth(recommender, graph, histories))


def _command(card: Path, options: Options, protocol: str, model: str) -> str:
    """What measures one model again: the whole run for the hybrid, which is all of it."""
    return bench_record.command(card, options, protocol, only="" if model == HYBRID else model)


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


def as_json(results: Iterable[Result], command: Callable[[str], str] = lambda _name: "") -> dict[str, Any]:
    """Results by model name; "beside_hybrid" is a model minus the hybrid, with p values.

    Args:
        results: see `hybrid.evaluation.comparison.compare`.
        command: what measures a model of WhyRec again, by its name.

    Returns:
        {name: {"role", "metrics", "slices", "beside_hybrid", "seconds", "cpu_seconds", "peak_rss_mb",
        "program", "command"}}; None stands for a time or memory that is not known.
    """
    own = f"whyrec {metadata.version('whyrec')}"
    return {
        result.name: {
            "role": result.role,
            "metrics": dict(result.evaluation.metrics),
            "slices": _slices(result.slices),
            "beside_hybrid": verdicts_as_json(result.beside),
            "seconds": or_null(result.seconds),
            "cpu_seconds": or_null(result.cpu_seconds),
            "peak_rss_mb": or_null(result.peak_rss_mb),
            "program": result.program if result.role == "peer" else own,
            "command": result.command if result.role == "peer" else command(result.name),
        }
        for result in results
    }


def _slices(found: Mapping[str, Evaluation]) -> dict[str, Any]:
    return {
        name: {"people": len(each.users), "metrics": {metric: each.metrics[metric] for metric in JUDGED}}
        for name, each in found.items()
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
    write_text(json.dumps(result, indent=1), path)


def write_text(text: str, path: Path) -> None:
    """Write a file aside, then into place, so that a reader never meets half of it."""
    aside = path.with_name(path.name + ".part")
    aside.write_text(text, encoding="utf-8", errors="replace")
    aside.replace(path)
