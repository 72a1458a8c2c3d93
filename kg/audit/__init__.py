"""Do items and graph belong together? An audit of the links between them that needs no ground truth.

In a catalog whose graph came from elsewhere, every item is linked to an entity and takes on what the graph
says of it. If the list of links is wrong, nothing fails: films get other films' directors, and the
recommender gives wrong reasons. The audit compares what the items' own files say (genre, year, words, who
interacted with them) with what the graph says of the entities, for the links as they are and for random ones.
The rules of its verdict stand in `kg.audit.verdict`.
"""

from __future__ import annotations

from kg.audit.auditing import audit, audit_card
from kg.audit.evidence import Evidence
from kg.audit.repair import Repair, repair
from kg.audit.report import AuditReport, Family
from kg.audit.sources import read_evidence

__all__ = ["AuditReport", "Evidence", "Family", "Repair", "audit", "audit_card", "read_evidence", "repair"]
