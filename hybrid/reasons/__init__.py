"""Why an item: what carried its score, tested, told in words, drawn, and open to what-if.

These names are imported when first used, as those of `hybrid` are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybrid.lazy import imported_when_used

if TYPE_CHECKING:
    from hybrid.reasons.contrasts import contrast
    from hybrid.reasons.counterfactuals import Counterfactual, counterfactual
    from hybrid.reasons.explanation import Explanation, LikeShare, Origin, Passage, Reason
    from hybrid.reasons.rephrase import Checker, Rephrased
    from hybrid.reasons.truth import Truth, probe
    from hybrid.reasons.whatif import WhatIf, what_if
    from hybrid.reasons.words import paragraph

__all__ = [
    "Checker",
    "Counterfactual",
    "Explanation",
    "LikeShare",
    "Origin",
    "Passage",
    "Reason",
    "Rephrased",
    "Truth",
    "WhatIf",
    "contrast",
    "counterfactual",
    "paragraph",
    "probe",
    "what_if",
]

_HOMES = {
    **dict.fromkeys(("Explanation", "LikeShare", "Origin", "Passage", "Reason"), "explanation"),
    **dict.fromkeys(("Counterfactual", "counterfactual"), "counterfactuals"),
    **dict.fromkeys(("Checker", "Rephrased"), "rephrase"),
    **dict.fromkeys(("Truth", "probe"), "truth"),
    **dict.fromkeys(("WhatIf", "what_if"), "whatif"),
    "contrast": "contrasts",
    "paragraph": "words",
}

__getattr__ = imported_when_used(__name__, _HOMES)
