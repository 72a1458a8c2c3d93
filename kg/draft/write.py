"""A plan as the text of a card: every text is quoted as it needs, every guess has a comment."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from kg.draft.plan import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kg.draft.evidence import Decision
    from kg.draft.plan import Path, Plan

WIDTH = 110
PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_ ./-]*$")
SECTIONS = ("maps", "nodes", "same", "facts", "relations", "interactions", "split")
LONGEST_FLOW = 100


def text(name: str, title: str, plan: Plan) -> str:
    """The card, in UTF-8 as `kg.cardread` takes it."""
    lines = [*_comment(title), f"name: {scalar(name)}"]
    for section in SECTIONS:
        value = written(getattr(plan, section))
        if value:
            lines += ["", *_comment_of(plan.decisions, (section,), ""), f"{section}:"]
            lines += _block(value, (section,), "  ", plan.decisions)
    lines += _unused(plan)
    return "\n".join(lines) + "\n"


def scalar(value: object) -> str:
    """A value as YAML on one line; text that YAML could take for anything else is quoted.

    >>> scalar("title"), scalar("a: b"), scalar("yes"), scalar(7)
    ('title', '"a: b"', '"yes"', '7')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if PLAIN.match(value) and value == value.strip() and yaml.safe_load(value) == value:
        return value
    return yaml.safe_dump(value, default_style='"', allow_unicode=True, width=2**30).strip()


def _block(value: Any, path: Path, indent: str, decisions: Mapping[Path, Decision]) -> list[str]:  # noqa: ANN401
    lines: list[str] = []
    for key, part in _parts(value):
        place = (*path, key)
        lines += _comment_of(decisions, place, indent)
        if isinstance(key, int):
            body = (
                _block(part, place, indent + "  ", decisions)
                if isinstance(part, dict)
                else [indent + "  " + _flow(part)]
            )
            first = next(number for number, line in enumerate(body) if not line.lstrip().startswith("#"))
            lines += body[:first]
            body[first] = indent + "- " + body[first][len(indent) + 2 :]
            lines += body[first:]
        elif _fits(part, indent) and not _decided(decisions, place):
            lines.append(f"{indent}{scalar(key)}: {_flow(part)}")
        else:
            lines += [f"{indent}{scalar(key)}:", *_block(part, place, indent + "  ", decisions)]
    return lines


def _parts(value: Any) -> Iterator[tuple[str | int, Any]]:  # noqa: ANN401
    return iter(value.items()) if isinstance(value, dict) else iter(enumerate(value))


def _fits(part: Any, indent: str) -> bool:  # noqa: ANN401
    return not isinstance(part, dict | list) or len(indent) + len(_flow(part)) <= LONGEST_FLOW


def _decided(decisions: Mapping[Path, Decision], path: Path) -> bool:
    return any(len(known) > len(path) and known[: len(path)] == path for known in decisions)


def _flow(part: Any) -> str:  # noqa: ANN401
    if isinstance(part, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(value)}" for key, value in part.items()) + "}"
    if isinstance(part, list):
        return "[" + ", ".join(map(_flow, part)) + "]"
    return scalar(part)


def _comment_of(decisions: Mapping[Path, Decision], path: Path, indent: str) -> list[str]:
    return _comment(str(decisions[path]), indent) if path in decisions else []


def _comment(words: str, indent: str = "") -> list[str]:
    """Lines of comment; what cannot be printed, line ends among it, becomes a blank."""
    lines: list[str] = []
    for line in words.split("\n"):
        clean = "".join(sign if sign.isprintable() else " " for sign in line)
        lines += textwrap.wrap(clean, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")
    return lines


def _unused(plan: Plan) -> list[str]:
    notes = [
        f"{file}: {', '.join(columns)}: {why}"
        for file, reasons in plan.notes.items()
        if file not in plan.unused
        for why, columns in reasons.items()
    ]
    files = [f"{file}: {why}" for file, why in plan.unused.items()]
    return [
        *_listed("Columns that this card does not use:", notes),
        *_listed("Files that this card does not use:", files),
    ]


def _listed(title: str, entries: Sequence[str]) -> list[str]:
    return (
        ["", f"# {title}", *(line for entry in entries for line in _comment(f"- {entry}"))] if entries else []
    )
