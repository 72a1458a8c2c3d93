"""Lets a language model say an explanation in its own words; refuses what the explanation does not hold.

The check is strict: a good text that is refused costs nothing, since the template's text takes its place. So
a text may use the words of the templates, the words that the language's file calls plain, and the names of
the explanation as they are; and nothing else.
"""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid.reasons.held import Held, Relations, number, numbers
from hybrid.reasons.mentions import Key, Labels, Part, key_of
from hybrid.reasons.words import paragraph
from kg import languages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hybrid.reasons.explanation import Explanation
    from hybrid.reasons.mentions import Reading
    from kg.graph import KnowledgeGraph

_MARKS = frozenset(" \n.,;:!?'\"()-–—…“”„‘’«»")
_CONTROL = "C"  # the first letter of Unicode's classes of what cannot be seen
Clause = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Rephrased:
    """What became of a text.

    Attributes:
        text: the language model's where it was accepted, else the templates'.
        accepted: whether it was.
        refused: why not, one sentence each.
    """

    text: str
    accepted: bool
    refused: tuple[str, ...] = ()


class Checker:
    """Checks what a language model makes of explanations.

    Made once for a graph: it puts all of its names in order.

    Args:
        graph: whose names and relations a text may not mix up.
        language: of the texts; see `kg.languages.find`.

    Raises:
        QueryError: there is no such language.
    """

    def __init__(self, graph: KnowledgeGraph, language: str = languages.ENGLISH) -> None:
        self._language = languages.load(language)
        tongue = self._language
        self._small = tongue.adverbs | tongue.you | tongue.joining | tongue.helping
        templates = self._language.sentences.values()
        told = " ".join(piece for template in templates for piece in template.words())
        common = self._language.plain | set(key_of(told))
        self._labels = Labels({str(label) for label in graph.labels}, common)
        self._relations = Relations.of(graph, self._language)

    def rephrase(self, explanation: Explanation, rewrite: Callable[[str], str]) -> Rephrased:
        """The paragraph of an explanation as a language model says it, if it holds what that says.

        Args:
            explanation: of an item.
            rewrite: the language model: from the paragraph to a text. What it raises is raised.
        """
        return self.checked(rewrite(paragraph(explanation, self._language.code)), explanation)

    def checked(self, text: str, explanation: Explanation) -> Rephrased:
        """A text if the explanation holds all of it, else the templates' paragraph and what is wrong."""
        told = paragraph(explanation, self._language.code)
        own = {label for path in explanation.paths for label in path.labels}
        own |= {explanation.label, *(like.label for like in explanation.likes)}
        labels = self._labels.sure(own)
        held = Held.of(explanation, told, labels, self._relations)
        refused = tuple(dict.fromkeys(self._wrong(text, labels.read(text), held)))
        return Rephrased(told if refused else text, not refused, refused)

    def _wrong(self, text: str, reading: Reading, held: Held) -> Iterator[str]:
        """All that is wrong with a text."""
        if held.item not in reading.names:
            yield "it does not name the item"
        hidden = {sign for sign in text if unicodedata.category(sign).startswith(_CONTROL) and sign != "\n"}
        for sign in sorted(hidden | (reading.marks - held.marks - _MARKS)):
            yield f"the character {sign!a} is not held"
        for part in reading.parts:
            yield from self._foreign(part, held)
        for clause in reading.clauses:
            yield from self._apart(clause, held)
            yield from self._unrelated(clause, held)
            yield from self._unliked(clause, held)
            yield from self._uncaused(clause, held)

    def _foreign(self, part: Part, held: Held) -> Iterator[str]:
        """A name, number or word that is not held."""
        words = " ".join(part.key)
        if part.named:
            if part.key not in held.names:
                yield f"the name {words!r} is not held"
        elif number(part, self._language):
            if not any(number(part, self._language) in told for _, told in held.together):
                yield f"the number {words!r} is not held"
        elif words not in held.words and words not in self._language.plain:
            yield f"the word {part.text!r} is not held"

    def _apart(self, clause: Clause, held: Held) -> Iterator[str]:
        """Names and numbers that are not told together."""
        names = frozenset(part.key for part in clause if part.named)
        told = numbers(clause, self._language)
        if not any(names <= known and told <= counted for known, counted in held.together):
            yield f"{_said(clause)!r} brings together what is not held together"

    def _unrelated(self, clause: Clause, held: Held) -> Iterator[str]:
        """Relations that no path has, or not so."""
        used = {key for _, key, _ in held.steps}
        for key, start, end in self._relations.found(clause):
            if key not in used and key not in held.relations:
                yield f"the relation {' '.join(key)!r} is not held"
            elif key in used and not self._holds(clause, key, start, end, held):
                yield f"{_said(clause)!r} is not what a path says"

    def _holds(self, clause: Clause, key: Key, start: int, end: int, held: Held) -> bool:
        """Whether the names on both sides of a relation are so related, each with each."""
        before, after = self._group(clause[:start][::-1]), self._group(clause[end:])
        steps = {(one, other) for one, words, other in held.steps if words == key}
        if before and after:
            return steps.issuperset((one, other) for one in before for other in after)
        return {one for one, _ in steps}.issuperset(before) and {end for _, end in steps}.issuperset(after)

    def _group(self, parts: Clause) -> list[Key]:
        """The first names of some parts: those between which there are only words like "and"."""
        found: list[Key] = []
        for part in parts:
            if part.named:
                found.append(part.key)
            elif found and part.key[0] not in self._language.joining:
                break
        return found

    def _unliked(self, clause: Clause, held: Held) -> Iterator[str]:
        """Names of what is said to be liked, and is not."""
        for place, part in enumerate(clause):
            if part.named or part.key[0] not in self._language.liking:
                continue
            (before, near), (after, far) = self._run(clause[:place][::-1]), self._run(clause[place + 1 :])
            yours = bool((near | far) & self._language.you)
            compares = part.key[0] in self._language.joining and not yours  # "like Alien"
            said = before | after if yours else after
            if not compares and not said <= (held.liked if yours else held.shared | {held.item}):
                yield f"{_said(clause)!r} says of somebody what they like, and it is not held"

    def _run(self, parts: Clause) -> tuple[frozenset[Key], frozenset[str]]:
        """The names, and the words that change nothing, of which some parts begin with nothing else."""
        run = list(itertools.takewhile(lambda part: part.named or part.key[0] in self._small, parts))
        names = frozenset(part.key for part in run if part.named)
        return names, frozenset(part.key[0] for part in run if not part.named)

    def _uncaused(self, clause: Clause, held: Held) -> Iterator[str]:
        """Names of what is said to be a reason, and is not."""
        names = frozenset(part.key for part in clause if part.named)
        causal = any(part.key[0] in self._language.causes for part in clause if not part.named)
        if causal and not any(names <= known for known in held.causes):
            yield f"{_said(clause)!r} gives a reason that is not held"


def _said(clause: Clause) -> str:
    return " ".join(" ".join(part.key) for part in clause)
