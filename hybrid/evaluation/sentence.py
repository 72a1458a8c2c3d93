"""What a graph is worth, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.evaluation.worth import Row

ALPHA = 0.05
_METRIC = "ndcg@10"
_PLACES = {
    "all": "all likes",
    "warm": "warm items",
    "sparse": "people with short histories",
    "cold": "cold items",
}
_ANY = ", but some wrong links do as well"
_LINKS = {"none": "without", "shuffled": "with shuffled links", "rewired": "with rewired links"}


def sentence(rows: Sequence[Row]) -> str:
    """Where the true links do better than none and than wrong ones, by NDCG@10 and p < .05, corrected.

    It adds something where none, shuffled and rewired links all do worse, and takes something where none do
    better. Where it does better than none, but not than all wrong ones, it is not what the links say.

    Args:
        rows: of all wirings and slices.
    """
    slices = {row.slice: {each.links: each for each in rows if each.slice == row.slice} for row in rows}
    slices = {name: by_links for name, by_links in slices.items() if len(by_links) > 1}
    if not slices:
        return "The graph has no facts, so there is nothing that they could be worth."
    said = {name: _said(name, by_links) for name, by_links in slices.items()}
    clauses = sorted(
        (clause for clause in said.values() if clause),
        key=lambda clause: (clause.startswith("takes"), _ANY in clause),
    )
    if silent := [_PLACES[name] for name, clause in said.items() if not clause]:
        clauses.append(f"adds nothing that can be told from chance on {_listed(silent)}")
    return f"The graph {'; it '.join(clauses)}."


def _said(name: str, by_links: Mapping[str, Row]) -> str:
    """What it does on a slice; nothing where chance would explain it."""
    reached = {links: row.metrics[_METRIC] for links, row in by_links.items()}
    found = {
        links: verdict
        for links, row in by_links.items()
        for verdict in row.beside
        if verdict.comparison.metric == _METRIC
    }
    beside = found["none"]
    if beside.corrected >= ALPHA:
        return ""
    against = _listed([f"{_number(reached[links])} {words}" for links, words in _LINKS.items()])
    numbers = f"{_number(reached['true'])} against {against}"
    change = f"{_number(abs(reached['true'] - reached['none']))} {{}} NDCG@10 on {_PLACES[name]}"
    p = f"p {_number(beside.corrected, 4)}"
    if beside.comparison.difference > 0:
        return f"takes {change.format('from')} ({numbers}; {p})"
    if any(each.comparison.difference >= 0 or each.corrected >= ALPHA for each in found.values()):
        return f"adds {change.format('to')}{_ANY} ({numbers}; {p} beside none)"
    p = f"p {_number(max(each.corrected for each in found.values()), 4)}"
    return f"adds {change.format('to')} ({numbers}; {p})"


def _number(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}".removeprefix("0")


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
