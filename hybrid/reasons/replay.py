"""Answers that were written down are asked for again: the same result, or what has changed."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid import models, queryfile, rerank
from hybrid.reasons import origins
from hybrid.reasons.contrasts import contrast
from hybrid.reasons.words import paragraph
from kg import languages, workspace
from kg.errors import QueryError, WhyRecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hybrid.query import Query
    from hybrid.reasons.explanation import Explanation
    from hybrid.recommender import Recommender

_CLOSE = 1e-5  # of numbers: the order in which a processor adds them up is not always the same
_SHOWN = 5  # differences


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of an answer.

    Attributes:
        same: whether it came out as it was written down.
        changes: what differs: first in the program, model or graph, then in the answer.
    """

    same: bool
    changes: tuple[str, ...]


def record(
    recommender: Recommender, query: Query, answer: Mapping[str, Any], **given: object
) -> dict[str, Any]:
    """An answer with all that it takes to ask for it again, as plain values.

    Args:
        recommender: who answered.
        query: what was asked.
        answer: as plain values.
        given: what else was given: the item that was explained, the language, the re-ranking stages.
    """
    home = recommender.workspace
    asked = {name: value for name, value in asdict(query).items() if value}
    return {
        **answer,
        "replay": {
            "workspace": "" if home is None else str(home.resolve()),
            "origin": asdict(origins.of(recommender)),
            "query": asked,
            **{name: value for name, value in given.items() if value},
        },
    }


def replay(file: Path, folder: Path | None = None) -> Replayed:
    """Ask again for an answer that `whyrec recommend --json` or `whyrec explain --json` wrote.

    The version of the model that answered is taken where the workspace still has it.

    Args:
        file: the answer.
        folder: the workspace; the one that the file names where None.

    Raises:
        QueryError: the file is no such answer, or names no workspace.
        WorkspaceError: the workspace or its model cannot be opened.
    """
    written = _written(file)
    said = written.pop("replay")
    home = folder or Path(said["workspace"] or file.parent)
    if folder is None and not said["workspace"]:
        raise QueryError(f"{file}: the answer came from a model in memory; name the workspace to ask")
    version = said["origin"]["model"]
    kept = bool(version) and version in {folder.name for folder in (home / workspace.MODELS).glob("*")}
    recommender = models.load(home, version=version if kept else "").speaking(
        said.get("language", languages.ENGLISH)
    )
    now = asdict(origins.of(recommender))
    changes = [
        f"{name}: was {was or 'in memory'}, is {now[name] or 'in memory'}"
        for name, was in said["origin"].items()
        if now[name] != was
    ]
    query = queryfile.merged(queryfile.understood(said["query"], str(file)), {})
    try:
        again = answered(recommender, query, said)
    except WhyRecError as error:
        return Replayed(same=False, changes=(*changes, f"it is refused now: {error}"))
    for each in (written, again):
        each.pop("origin", None)  # what differs there is among the changes, and makes no other answer
    differences = list(_differences(written, json.loads(json.dumps(again)), ""))
    more = len(differences) - _SHOWN
    told = differences[:_SHOWN] + ([f"and {more} differences more"] if more > 0 else [])
    return Replayed(same=not differences, changes=(*changes, *told))


def answered(recommender: Recommender, query: Query, said: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as plain values: the explanation of an item where one is named, else a ranking.

    Args:
        recommender: who answers; it speaks the language.
        query: what is asked.
        said: `item`, `instead_of` and `language` of an explanation, `stages` of a ranking.
    """
    from hybrid import show, show_reasons  # noqa: PLC0415

    if not said.get("item"):
        stages = [rerank.parse(words) for words in said.get("stages", ())]
        return show.ranking_as_json(recommender.recommend(query, stages=stages))
    explained = recommender.explain(query, said["item"], passages=True)
    return show_reasons.explanation_as_json(explained) | in_words(recommender, explained, said)


def in_words(recommender: Recommender, explained: Explanation, said: Mapping[str, Any]) -> dict[str, str]:
    """An explanation in words, and why not another item where one is named; `said` as for `answered`."""
    language = said.get("language", languages.ENGLISH)
    told = {"words": paragraph(explained, language)}
    if said.get("instead_of"):
        other = recommender.explain(explained.query, said["instead_of"], tested=False)
        told["contrast"] = contrast(explained, other, language)
    return told


def _written(file: Path) -> dict[str, Any]:
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        said = dict(written["replay"])
        dict(said["query"]), said["workspace"], said["origin"]["model"]
    except OSError as error:
        raise QueryError(f"the answer {file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise QueryError(
            f"{file} is no answer that can be asked for again; expected what `whyrec explain --json` or "
            "`whyrec recommend --json` prints"
        ) from error
    return dict(written)


def _differences(one: Any, other: Any, where: str) -> Iterator[str]:  # noqa: ANN401
    """Where two plain values differ, in words."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from _differences(one.get(name), other.get(name), f"{where}.{name}" if where else str(name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (was, now) in enumerate(zip(one, other, strict=True)):
            yield from _differences(was, now, f"{where}[{place}]")
    elif isinstance(one, int | float) and isinstance(other, int | float):
        if not math.isclose(one, other, abs_tol=_CLOSE, rel_tol=_CLOSE):
            yield f"{where}: was {one:.6g}, is {other:.6g}"
    elif one != other:
        yield f"{where}: was {_short(one)}, is {_short(other)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004
