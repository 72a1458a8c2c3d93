"""What an explanation holds: the names, words, numbers and relations that a text on it may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid.reasons.mentions import Key, Labels, Part, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hybrid.reasons.explanation import Explanation
    from hybrid.reasons.mentions import Reading
    from kg.graph import KnowledgeGraph
    from kg.languages import Language

_USER = "user"


@dataclass(frozen=True)
class Relations:
    """The words of a graph's relations, without what helps at their beginning ("is").

    Attributes:
        language: which adds words of its own.
        opposite: by the words, those of the other direction.
    """

    language: Language
    opposite: Mapping[Key, frozenset[Key]]

    @classmethod
    def of(cls, graph: KnowledgeGraph, language: Language) -> Relations:
        """Those of a graph."""
        bare, opposite = cls(language, {}), dict[Key, frozenset[Key]]()
        for relation in graph.relations:
            there, back = bare.readings(relation.label), bare.readings(relation.inverse_label)
            for key in there:
                opposite[key] = opposite.get(key, frozenset()) | back
            for key in back:
                opposite[key] = opposite.get(key, frozenset()) | there
        return cls(language, opposite)

    def readings(self, words: str) -> frozenset[Key]:
        """The words of a relation as they are searched for, in the card's language and in the text's."""
        told = (words, self.language.relations.get(words, words))
        return frozenset(key for key in map(self._core, told) if key)

    def _core(self, words: str) -> Key:
        key = whole = key_of(words)
        while key and key[0] in self.language.helping:
            key = key[1:]
        return key or whole

    def found(self, clause: tuple[Part, ...]) -> list[tuple[Key, int, int]]:
        """The relations that a clause names, longest first, each with where it begins and ends."""
        found, place = [], 0
        longest = max(map(len, self.opposite), default=0)
        while place < len(clause):
            ends = range(min(place + longest, len(clause)), place, -1)
            keys = ((_plain(clause[place:end]), end) for end in ends)
            key, end = next(((key, end) for key, end in keys if key in self.opposite), ((), place + 1))
            if key:
                found.append((key, place, end))
            place = end
        return found


@dataclass(frozen=True)
class Held:
    """What a text may say.

    Attributes:
        names: the names.
        words: the words outside names of the templates' text, and those of the relations of the paths.
        marks: its characters that are neither of words nor of names.
        relations: those that its clauses name, whatever they say of them.
        steps: of the paths, in either direction: from, words, to.
        together: the names that are told together, each with the numbers that are told with them.
        liked: the names of what the person likes.
        shared: the names at the ends of paths over people.
        causes: the names of what is a reason: the likes, and each path that stood its test.
        item: the name of the item.
    """

    names: frozenset[Key]
    words: frozenset[str]
    marks: frozenset[str]
    relations: frozenset[Key]
    steps: frozenset[tuple[Key, Key, Key]]
    together: tuple[tuple[frozenset[Key], frozenset[str]], ...]
    liked: frozenset[Key]
    shared: frozenset[Key]
    causes: tuple[frozenset[Key], ...]
    item: Key

    @classmethod
    def of(cls, explanation: Explanation, told: str, labels: Labels, relations: Relations) -> Held:
        """What an explanation holds, and what the templates told of it."""
        paths, item = explanation.paths, key_of(explanation.label)
        readings = [labels.read(text) for text in (told, *(path.sentence for path in paths))]
        likes = frozenset(key_of(like.label) for like in explanation.likes)
        nodes = [frozenset(key_of(label) for label in path.labels) for path in paths]
        together = [(likes | {item}, frozenset[str]()), *_clauses(readings[0], relations.language)]
        for path, reading in zip(nodes, readings[1:], strict=True):
            together.append((path | reading.names | {item}, numbers(reading.parts, relations.language)))
        steps = frozenset(_steps(explanation, relations))
        return cls(
            names=frozenset().union(likes, {item}, *nodes, *(reading.names for reading in readings)),
            words=frozenset().union(
                *(reading.words for reading in readings), *(words for _, words, _ in steps)
            ),
            marks=frozenset().union(*(reading.marks for reading in readings)),
            relations=frozenset(
                key
                for reading in readings
                for clause in reading.clauses
                for key, _, _ in relations.found(clause)
            ),
            steps=steps,
            together=tuple(together),
            liked=likes | {key_of(path.labels[0]) for path in paths if path.kinds[0] != _USER},
            shared=frozenset(
                key_of(path.labels[end]) for path in paths if path.kinds[1] == _USER for end in (0, -1)
            ),
            causes=(
                likes | {item},
                *(
                    known | {item}
                    for known, reason in zip(nodes, explanation.reasons, strict=True)
                    if reason.verdict == "because"
                ),
            ),
            item=item,
        )


def numbers(parts: Iterable[Part], language: Language) -> frozenset[str]:
    """The numbers outside names, in digits."""
    found = (number(part, language) for part in parts if not part.named)
    return frozenset(digits for digits in found if digits)


def number(part: Part, language: Language) -> str:
    """The number that a word is, in digits; "" for none."""
    word = part.key[0]
    return word if any(sign.isnumeric() for sign in word) else language.numbers.get(word, "")


def _clauses(reading: Reading, language: Language) -> list[tuple[frozenset[Key], frozenset[str]]]:
    return [
        (frozenset(part.key for part in clause if part.named), numbers(clause, language))
        for clause in reading.clauses
    ]


def _steps(explanation: Explanation, relations: Relations) -> Iterable[tuple[Key, Key, Key]]:
    for path in explanation.paths:
        ends = [key_of(label) for label in path.labels]
        for start, words, end in zip(ends, path.relations, ends[1:], strict=False):
            for key in relations.readings(words):
                yield start, key, end
                yield from ((end, back, start) for back in relations.opposite.get(key, ()))


def _plain(parts: tuple[Part, ...]) -> Key:
    """Words as a key; () where one is a name, or a mark stands between them."""
    if any(part.named for part in parts) or not all(part.joined for part in parts[1:]):
        return ()
    return tuple(part.key[0] for part in parts)
