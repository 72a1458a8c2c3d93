"""Errors that a user can act on: each is one sentence naming the place and what was expected there."""

from __future__ import annotations


class WhyRecError(Exception):
    """Base of every error caused by input rather than by a fault in WhyRec; the command line exits with 2."""


class CardError(WhyRecError):
    """A dataset card is not what its schema asks for; the message names file, line and field."""


class CatalogError(WhyRecError):
    """A catalog file is missing or broken; the message names file, row and column."""


class UnknownIdError(WhyRecError):
    """An id that the graph does not know."""


class WorkspaceError(WhyRecError):
    """A workspace is missing, incomplete, damaged or from another version."""


class QueryError(WhyRecError):
    """A query that asks for nothing or contradicts itself."""
