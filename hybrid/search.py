"""The thorough search for scorers' options, `whyrec tune`; its result is what training takes up.

tuning.sqlite   the studies, one per question; a search that was killed goes on from there
tuned.json      the best options found so far, by scorer
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid import scorers, study
from hybrid.recommender import Recommender
from hybrid.space import parse, space_of
from hybrid.tuning import judge
from kg import images, workspace
from kg.errors import QueryError, WorkspaceError
from kg.split import training

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gnn.train import Epoch
    from hybrid.options import Options
    from hybrid.scorers.base import Resources, Scorer
    from hybrid.space import Space
    from hybrid.study import Best, Budget, Objective
    from kg.graph import KnowledgeGraph

STUDIES, TUNED = "tuning.sqlite", "tuned.json"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found for a scorer: the best trial, the options it began with, the ranges searched."""

    scorer: str
    best: Best
    start: Mapping[str, Any]
    space: Mapping[str, Space]


def search(
    folder: str | Path,
    options: Options,
    budget: Budget,
    *,
    ranges: Sequence[str] = (),
    report: Callable[[str], None] = lambda _message: None,
) -> tuple[Found, ...]:
    """Search for the options of scorers that rank a workspace's validation interactions best.

    The measure is NDCG@10 of the scorer alone, as in `hybrid.tuning`; held-out interactions are never looked
    at. Scorers are searched one after another, each with the whole budget. The result is added to the
    workspace's tuned.json after each scorer.

    Args:
        folder: the workspace.
        options: whose options are searched: its members; where it names none, those of the default hybrid
            that have something to search. Its overrides stand.
        budget: for each scorer.
        ranges: what to search beside and instead of the usual: "graph.penalty=0.001:0.1:log".
        report: told of progress in words.

    Raises:
        QueryError: a scorer or an option is unknown, or there is nothing to search.
        WorkspaceError: the folder is no workspace, or its study file is damaged.
        CatalogError: there are too few likes to set any aside.
    """
    home = Path(folder)
    graph = workspace.open_graph(home)
    spaces = _spaces(options, _written(ranges))
    recommender = Recommender(options, report)
    whole, resources = recommender.set_aside(graph, images=images.of_workspace(home))
    asked = [workspace.fingerprint(home), replace(options, members=(), overrides={}, device="")]
    found = []
    for scorer, space in spaces:
        question = hashlib.sha256(repr([*asked, scorer, space]).encode()).hexdigest()[:12]
        best = study.run(
            home / STUDIES,
            f"{scorer.name}-{question}",
            space,
            _objective(scorer, training(whole), resources),
            first=scorer.options(),
            budget=budget,
            seed=options.seed,
            report=lambda message, name=scorer.name: report(f"{name}: {message}"),  # type: ignore[misc]
        )
        found.append(Found(scorer.name, best, scorer.options(), space))
        _keep(home, found[-1])
    return tuple(found)


def tuned(folder: str | Path) -> dict[str, dict[str, Any]]:
    """The best options that searches found in a workspace, by scorer, as `Options.overrides` takes them.

    Raises:
        WorkspaceError: the file is damaged, or names what this WhyRec does not know.
    """
    path, known = Path(folder) / TUNED, scorers.find()
    found = {}
    try:
        for name, entry in _read(path).items():
            made = known[name].of(entry["options"])
            found[name] = {option: getattr(made, option) for option in entry["options"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise WorkspaceError(
            f"{path} was made by another version of WhyRec ({error}); delete it and run `whyrec tune` again"
        ) from error
    return found


def _spaces(
    options: Options, written: Mapping[str, Mapping[str, str]]
) -> list[tuple[Scorer, dict[str, Space]]]:
    """The scorers to search, each with its ranges."""
    members = options.scorers()
    strange = sorted(written.keys() - {scorer.name for scorer in members})
    if strange:
        raise QueryError(f"a range is given for {strange[0]!r}, which is not among the scorers to tune")
    chosen = []
    for scorer in members:
        more = {option: parse(scorer, option, text) for option, text in written.get(scorer.name, {}).items()}
        fixed = options.overrides.get(scorer.name, {})
        space = {option: each for option, each in {**space_of(scorer), **more}.items() if option not in fixed}
        if space:
            chosen.append((scorer, space))
        elif options.members:
            raise QueryError(f"scorer {scorer.name!r} has nothing to tune; name an option and its range")
    return chosen


def _written(ranges: Sequence[str]) -> dict[str, dict[str, str]]:
    """Ranges as they are written, by scorer and option."""
    written: dict[str, dict[str, str]] = {}
    for text in ranges:
        place, equals, values = text.partition("=")
        scorer, dot, option = place.partition(".")
        if not (equals and dot):
            raise QueryError(
                f"{text!r} is no range; expected SCORER.OPTION=RANGE, such as als.alpha=1:100:log"
            )
        written.setdefault(scorer, {})[option] = values
    return written


def _objective(scorer: Scorer, graph: KnowledgeGraph, resources: Resources) -> Objective:
    """NDCG@10 of a scorer with some options, on the validation interactions."""
    if resources.validation is None:
        raise ValueError("options are searched on validation interactions, and there are none")
    ndcg_of = judge(graph, resources.validation, resources.seed)

    def objective(options: Mapping[str, Any], step: Callable[[int, float], None]) -> float:
        def watch(epoch: Epoch) -> None:
            if epoch.metric is not None:
                step(epoch.number, epoch.metric)

        quiet = replace(resources, report=lambda _message: None, histories={}, epoch=watch)
        return ndcg_of(replace(scorer, **options).fit(graph, quiet).score)

    return objective


def _keep(home: Path, found: Found) -> None:
    """Add what was found to the file, written aside, flushed and renamed."""
    entry = {"options": found.best.options, "ndcg@10": found.best.value, "trials": found.best.trials}
    content = {"format": 1, "scorers": {**_read(home / TUNED), found.scorer: entry}}
    aside = home / f"{TUNED}.part"
    aside.write_text(json.dumps(content, indent=1), encoding="utf-8")
    workspace.flush(aside)
    aside.replace(home / TUNED)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    try:
        entries: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["scorers"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(f"{path} is damaged ({error}); delete it and run `whyrec tune` again") from error
    return entries
