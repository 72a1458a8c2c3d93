"""The templates of all pages: one palette, words from a catalog are escaped, what is missing is an error."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from hybrid.palette import palette

if TYPE_CHECKING:
    from collections.abc import Callable


def environment(**filters: Callable[..., Any]) -> Environment:
    """Templates by their path in this package, with filters of a page's own."""
    made = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= filters
    made.globals["palette"] = palette(":root")
    return made


def _source(name: str) -> str:
    return resources.files("hybrid").joinpath(name).read_text(encoding="utf-8")
