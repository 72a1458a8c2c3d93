"""Drafts a dataset card from files that nobody has described yet."""

from kg.draft.drafting import Draft, draft
from kg.draft.evidence import Decision

__all__ = ["Decision", "Draft", "draft"]
