"""The templates of this package's pages; every word that comes from the catalog is escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hybrid.pages import environment

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = "reasons/pictures"


@cache
def template(name: str) -> Template:
    """A template of this package by its file's name."""
    return environment().get_template(f"{_FOLDER}/{name}")
