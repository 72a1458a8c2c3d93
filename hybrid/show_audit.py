"""An audit of links, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

if TYPE_CHECKING:
    from rich.console import Console

    from kg.audit import AuditReport, Repair


def audit_as_json(report: AuditReport, mended: Repair | None) -> dict[str, Any]:
    """An audit of links, and their repair where one was tried, as plain values."""
    told = {
        "verdict": report.verdict,
        "why": report.why,
        "sentences": list(report.sentences()),
        "worst": report.worst.to_dict(orient="records"),
    }
    if mended is None:
        return told
    return {
        **told,
        "repair": {
            "accepted": mended.accepted,
            "links": mended.links.to_dict(orient="records"),
            "unmatched": mended.unmatched.to_dict(orient="records"),
            "after": list(mended.after.sentences()),
        },
    }


def print_audit(console: Console, report: AuditReport, mended: Repair | None) -> None:
    """Print an audit of links, and their repair where one was tried."""
    for sentence in report.sentences():
        console.print(escape(sentence))
    if mended is None:
        return
    counts = f"{len(mended.links):,} links, {len(mended.unmatched):,} entities without one"
    console.print(f"\nLinked anew by the titles: {counts}.")
    for sentence in mended.after.sentences():
        console.print(escape(sentence))
    better = "The new links are better." if mended.accepted else "The new links are no better: keep yours."
    console.print(better)
