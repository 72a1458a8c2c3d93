"""The one error of this process."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818  (a reason, in words, that the other process tells)
    """The file cannot be read; the text is the reason, and goes after "FILE: "."""
