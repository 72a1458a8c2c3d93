"""What names of files and columns tell: their words, what they call, which role that has."""

from __future__ import annotations

import re
from functools import cache

USER = vocabulary("user customer reader member listener viewer client buyer borrower patron visitor account subscriber reviewer"
    " shopper student player patient person people friend follower rater uid consumer guest kunde utilisateur")
ITEM = vocabulary("item product movie film book artist track song article game recipe course album podcast show series video"
    " episode paper job hotel restaurant venue place poi event app app news artwork painting wine beer dish"
    " business title asin sku stock isbn pid iid band release edition work photo image post document artikel")
ANY_ITEM = vocabulary("item product pid iid asin sku title work article artikel content")
ENTITY = vocabulary("entity node concept ent kg freebase dbpedia wikidata mid uri iri")
RELATION = vocabulary("relation predicate property rel edge relationship")
HEAD = vocabulary("head subject source src from h subj")
TAIL = vocabulary("tail object target dst to t obj")
RATING = vocabulary("rating star score rate grade stars vote bewertung label click like feedback")
WEIGHT = vocabulary("weight count play plays listen listens playcount quantity qty frequency freq times amount view views clicks"
    " menge number n")
TIME = vocabulary("timestamp time date datetime ts created when day at on ordered borrowed purchased played rated unixtime"
    " viewed bought datum zeit loaned")
LABEL = vocabulary("title name label headline caption titel nom titre bezeichnung value")
TEXT = vocabulary("description plot summary overview abstract text synopsis body bio biography content about blurb note story"
    " beschreibung profile response")
YEAR = vocabulary("year yr jahr published publication released release erschienen")
AGE = frozenset({"age", "alter"})
LIKES = vocabulary("rating like order play loan transaction click interaction inter purchase event review history log listen view"
    " borrow checkout sale visit watch train valid test bestellung feedback consumption")
PARTS = {
    "train": "train", "training": "train", "valid": "valid", "validation": "valid", "val": "valid",
    "dev": "valid", "test": "test", "testing": "test",
}  # fmt: skip
KEYS = vocabulary("id ids key no nr num code index idx identifier pk")
META = vocabulary("map mapping list dict dictionary lookup vocab final data file info table tbl all full raw org orig original new"
    " remap dim fact the of in by to id ids index idx clean processed v export csv dump set")
NUMBERING = vocabulary("remap new index idx row number num nr internal encoded mapped remapped")
ORIGINAL = vocabulary("org orig original raw external old source")
ABBREVIATED = {"e": "entity", "r": "relation", "i": "item", "u": "user", "rel": "relation", "ent": "entity"}
ONE_WORD = re.compile(r"IDs\b|DBpedia|MovieLens|LastFM", re.IGNORECASE)
KEPT = vocabulary("series news species status class genus dvds address business bus gas always focus")
OPAQUE = re.compile(r"^(c|col|column|f|field|v|var|x|unnamed|attr|attribute|_)?[ _:.]*\d+$", re.IGNORECASE)
CODES = vocabulary("asin sku isbn pid iid uid ean gtin barcode uri iri mid title")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+|[^\W\d_A-Za-z]+|\d+")


def singular(word: str) -> str:
    """An English word as one of its kind.

    >>> [singular(word) for word in ("movies", "categories", "classes", "series", "class")]
    ['movie', 'category', 'class', 'series', 'class']
    """
    if word == "ids":
        return "id"
    if word in KEPT or word.endswith("ss") or len(word) < 4:  # noqa: PLR2004  "bus", "gas", "is"
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
    parts = [word.lower() for word in WORD.findall(ONE_WORD.sub(lambda found: found[0].capitalize(), name))]
    return tuple(singular(word) for part in parts for word in _without_id(part))


def _without_id(word: str) -> tuple[str, ...]:
    """ "userid" is a user's id."""
    known = word.endswith("id") and word[:-2] in ABBREVIATED.keys() | USER | ITEM | ENTITY | RELATION
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
    core = [word for word in words(column) if word not in KEYS | META and not word.isdigit()]
    if not core or (len(core) == 1 and len(core[0]) == 1 and core[0] not in ABBREVIATED):
        return held(table)
    return ABBREVIATED.get(core[-1], core[-1]) if len(core) == 1 else " ".join(core)


@cache
def held(table: str) -> str:
    """What a table holds: "movie" for movies, "item" for item_list."""
    core = [word for word in words(table) if word not in META and not word.isdigit() and word not in PARTS]
    core = [word for word in core if len(word) > 1] or [word for word in core if word in ABBREVIATED]
    known = [word for word in core if role(word)]
    return ABBREVIATED.get((known or core)[-1], (known or core)[-1]) if core else ""


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
    last = [ABBREVIATED.get(word, word) for word in words(name)][-1:]
    for role_name, known in (("user", USER), ("item", ITEM), ("entity", ENTITY), ("relation", RELATION)):
        if known.intersection(last):
            return role_name
    return ""


def alike(one: str, other: str) -> bool:
    """Whether two names of one role may call the same: an item and a movie may, a track and an artist do not.

    >>> alike("item", "movie"), alike("track", "artist"), alike("reader", "customer")
    (True, False, True)
    """
    both = (words(one)[-1:], words(other)[-1:])
    return role(one) != "item" or role(other) != "item" or any(ANY_ITEM.intersection(word) for word in both)


def has(name: str, known: frozenset[str]) -> bool:
    """Whether one of a name's words is among the known ones."""
    return not known.isdisjoint(words(name))


def part(name: str) -> str:
    """Which part of a split a file's name says it is: "train", "valid", "test" or ""."""
    found = [PARTS[word] for word in words(name) if word in PARTS]
    return found[-1] if found else ""


def without_part(name: str) -> str:
    """A file's name with the word for its part taken out, the same for train.csv and test.csv."""
    return " ".join("*" if word in PARTS else word for word in words(name))


def title(name: str) -> str:
    """A class's name: "Age group" for age_group."""
    text = " ".join(words(name))
    return text[:1].upper() + text[1:]
