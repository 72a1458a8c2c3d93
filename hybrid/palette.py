"""The colours of the pages, as CSS variables, and pictures that bring them along into a notebook."""

from __future__ import annotations

from markupsafe import Markup

LIGHT = (
    "--page:#fff;--box:#f5f6f8;--ink:#1b1f24;--quiet:#57606a;--line:#c9ced6;--strong:#0b5cad;--weak:#9fb3c8;"
    "--good:#12704f;--bad:#b3391f;--series-0:#0b6bbf;--series-1:#c77700;--series-2:#12876f;--series-3:#c2569b;"
    "--series-4:#5a4fcf;--series-5:#b3391f;--series-6:#6b8e23;--series-7:#6e7781"
)
DARK = (
    "--page:#14171b;--box:#1e2329;--ink:#e6e9ed;--quiet:#a0a9b4;--line:#444c56;--strong:#6cb6ff;--weak:#4d6075;"
    "--good:#4fd0a0;--bad:#f08b74;--series-0:#58a6ee;--series-1:#f0ab45;--series-2:#3fc1a3;--series-3:#e58ac4;"
    "--series-4:#a79ff5;--series-5:#f08b74;--series-6:#a9c95c;--series-7:#9aa4ae"
)


def palette(selector: str) -> Markup:
    """The colours as a style sheet for what a selector names, for light and for dark screens."""
    dark = f"@media (prefers-color-scheme: dark){{{selector}{{{DARK}}}}}"
    return Markup(f"{selector}{{{LIGHT}}}{dark}")  # noqa: S704 - the colours above and a selector of ours


class Picture(Markup):
    """HTML that stands in a page with the colours above, or by itself in a notebook."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """The picture with its colours and a ground on which they can be read."""
        ground = (
            ".whyrec{background:var(--page);color:var(--ink);padding:.75rem;overflow-x:auto;"
            "font:15px/1.5 system-ui,sans-serif}.whyrec svg{max-width:100%}.whyrec svg.chart{width:34rem}"
        )
        return f'<div class="whyrec"><style>{palette(".whyrec")}{ground}</style>{self}</div>'
