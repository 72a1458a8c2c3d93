"""Finds what one file each adds to a package: a format, a layer, a scorer."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TypeVar

T = TypeVar("T")


def subclasses(package: str, base: type[T]) -> dict[str, type[T]]:
    """The concrete subclasses of `base` that the modules of a package define, by their `name`, in its order.

    Args:
        package: its import name; every module in it is imported.
        base: the contract that they keep; it asks for a class attribute `name`.
    """
    found: dict[str, type[T]] = {}
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, prefix=f"{package}."):
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if inspect.isabstract(member) or member.__module__ != module.name:
                continue
            if issubclass(member, base):
                found[getattr(member, "name")] = member  # noqa: B009  (mypy cannot know it of T)
    return dict(sorted(found.items()))
