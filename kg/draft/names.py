"""What the names of files and columns tell: their words, what they call, which role that has."""

from __future__ import annotations

import re
from functools import cache

from kg.draft import lexicon

ONE_WORD = re.compile(r"IDs\b|DBpedia|MovieLens|LastFM", re.IGNORECASE)
OPAQUE = re.compile(r"^(c|col|column|f|field|v|var|x|unnamed|attr|attribute|_)?[ _:.]*\d+$", re.IGNORECASE)
HUMP = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zß-ÿ])")
WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?|\d+")
SHORTEST_PLURAL = 4


def singular(word: str) -> str:
    """An English word as one of its kind.

    >>> [singular(word) for word in ("movies", "categories", "classes", "series", "class")]
    ['movie', 'category', 'class', 'series', 'class']
    """
    if word == "ids":
        return "id"
    if word in lexicon.UNCOUNTED or word.endswith("ss") or len(word) < SHORTEST_PLURAL:
        return word
    if word == "movies" or word.endswith(("ovies", "okies", "ookies")):
        return word[:-1]
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("us", "is")) else word


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters, each in the singular.

    >>> words("userIDs"), words("item_index2entity_id.txt")
    (('user', 'id'), ('item', 'index', '2', 'entity', 'id', 'txt'))
    """
    whole = ONE_WORD.sub(lambda found: found[0].capitalize(), name)
    parts = [word.lower() for word in WORD.findall(HUMP.sub(" ", whole))]
    return tuple(singular(word) for part in parts for word in _without_id(part))


def _without_id(word: str) -> tuple[str, ...]:
    """The words of "userid", for instance: it is a user's id."""
    known = (
        word.endswith("id")
        and word[:-2]
        in lexicon.ABBREVIATED.keys() | lexicon.USER | lexicon.ITEM | lexicon.ENTITY | lexicon.RELATION
    )
    return (word[:-2], "id") if known else (word,)


def plural(noun: str) -> str:
    """A noun for several.

    >>> plural("user"), plural("entity"), plural("class")
    ('users', 'entities', 'classes')
    """
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


@cache
def called(column: str, table: str = "") -> str:
    """What a column of ids calls: "movie" for movieId, for "id" what its table holds.

    >>> called("movieId"), called("id", "movies"), called("c1", "user_map")
    ('movie', 'movie', 'user')
    """
    core = [word for word in words(column) if word not in lexicon.KEYS | lexicon.META and not word.isdigit()]
    if not core or (len(core) == 1 and len(core[0]) == 1 and core[0] not in lexicon.ABBREVIATED):
        return held(table)
    return lexicon.ABBREVIATED.get(core[-1], core[-1]) if len(core) == 1 else " ".join(core)


@cache
def held(table: str) -> str:
    """What a table holds: "movie" for movies, "item" for item_list."""
    core = [
        word
        for word in words(table)
        if word not in lexicon.META and not word.isdigit() and word not in lexicon.PARTS
    ]
    core = [word for word in core if len(word) > 1] or [word for word in core if word in lexicon.ABBREVIATED]
    known = [word for word in core if role(word)]
    return lexicon.ABBREVIATED.get((known or core)[-1], (known or core)[-1]) if core else ""


def sides(table: str) -> tuple[str, str]:
    """What stands before and after the "2" or "to" of a name, ("", "") where there is none.

    >>> sides("item_index2entity_id"), sides("MappingLastfm2DBpedia-1.2"), sides("movies")
    (('item', 'entity'), ('lastfm', 'dbpedia'), ('', ''))
    """
    parts = words(table)
    for place in range(1, len(parts) - 1):
        if parts[place] in {"2", "to"} and not parts[place + 1].isdigit():
            return held(" ".join(parts[:place])), held(" ".join(parts[place + 1 :]))
    return "", ""


@cache
def role(name: str) -> str:
    """The role of what a name calls: "user", "item", "entity", "relation", or "" where it tells none."""
    last = [lexicon.ABBREVIATED.get(word, word) for word in words(name)][-1:]
    for role_name, known in (
        ("user", lexicon.USER),
        ("item", lexicon.ITEM),
        ("entity", lexicon.ENTITY),
        ("relation", lexicon.RELATION),
    ):
        if known.intersection(last):
            return role_name
    return ""


def alike(one: str, other: str) -> bool:
    """Whether two names of one role may call the same: an item and a movie may, a track and an artist do not.

    >>> alike("item", "movie"), alike("track", "artist"), alike("reader", "customer")
    (True, False, True)
    """
    both = (words(one)[-1:], words(other)[-1:])
    return (
        role(one) != "item"
        or role(other) != "item"
        or any(lexicon.ANY_ITEM.intersection(word) for word in both)
    )


def has(name: str, known: frozenset[str]) -> bool:
    """Whether one of a name's words is among the known ones."""
    return not known.isdisjoint(words(name))


def part(name: str) -> str:
    """Which part of a split a file's name says it is: "train", "valid", "test" or ""."""
    found = [lexicon.PARTS[word] for word in words(name) if word in lexicon.PARTS]
    return found[-1] if found else ""


def without_part(name: str) -> str:
    """A file's name with the word for its part taken out, the same for train.csv and test.csv."""
    return " ".join("*" if word in lexicon.PARTS else word for word in words(name))


def title(name: str) -> str:
    """A class's name: "Age group" for age_group."""
    text = " ".join(words(name))
    return text[:1].upper() + text[1:]
