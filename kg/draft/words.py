"""Words for relations that many catalogs have: what stands between two names, and what is linked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import lexicon, names
from kg.labels import relation_label

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Words:
    """A relation: its id in a draft, its words either way, the class of what it links to.

    `several` says that one thing usually has several of them.
    """

    relation: str
    label: str
    inverse_label: str
    linked: str
    several: bool = False
    known: bool = True


# relation | other names | label | inverse | class | + where one thing has several
TABLE = """
genre||is of the genre|is the genre of|Genre|+
category||belongs to|contains|Category|+
subject|topic|is about|is the subject of|Subject|+
tag|keyword|is tagged|is a tag of|Tag|+
style|mood,theme|is in the style|is the style of|Style|+
director|directed by|is directed by|directed|Person|+
actor|cast,star,starring,actress|stars|starred in|Person|+
writer|written by,all writing,screenwriter,screenplay|is written by|wrote|Person|+
author|creator,novelist|is by the author|is the author of|Person|+
producer|produced by|is produced by|produced|Person|+
composer|music by,music|has music by|composed the music of|Person|+
cinematographer|cinematography|is filmed by|filmed|Person|+
editor|editing,edited by|is edited by|edited|Person|+
artist|performer,musician,singer|is performed by|performed|Artist|+
featured artist||features|is featured on|Artist|+
engineer||is engineered by|engineered|Engineer|+
translator||is translated by|translated|Person|+
illustrator||is illustrated by|illustrated|Person|+
cover artist||has a cover by|made the cover of|Person|+
publisher|verlag|is published by|published|Publisher|
brand|marke|is of the brand|is the brand of|Brand|
manufacturer|maker,hersteller|is manufactured by|manufactured|Manufacturer|
production company|studio,company|is made by|made|Company|+
distributor||is distributed by|distributed|Company|
record label||is signed to|has signed|Record label|
artist album|musician album,band album|released the album|is an album by|Album|+
artist track|musician track,artist song|recorded|was recorded by|Track|+
album||is on the album|holds the track|Album|
release||was released on|holds the recording|Release|+
track|song|holds the track|is a track of|Track|+
series|serie,saga,franchise|is part of|includes|Series|
country|land|is from|is the country of|Country|
language|sprache|is spoken in|is the language of|Language|
origin|hometown,home town|comes from|is home to|Place|
birth place|place of birth,birthplace|was born in|is the birthplace of|Place|
death place|place of death,deathplace|died in|is the place of death of|Place|
city|town,location,place|is in|is the place of|Place|
nationality|citizenship|is a citizen of|has the citizen|Country|
occupation|profession,job|works as|is the occupation of|Occupation|
gender|sex,geschlecht|is one of the|include|Gender|
age group|age,agegroup|is aged|is the age of|Age group|
decade|year,erscheinungsjahr,jahr|was made in the years|is the decade of|Decade|
instrument|instrument played|plays the instrument|is the instrument of|Instrument|+
band member|member|has the member|is a member of|Musician|+
former band member|former member|once had the member|was once a member of|Musician|+
associated band|associated musical artist,associated act|has worked with|has worked with as well|Musician|+
friend|trust,follow|is a friend of|is a friend of|User|+
award|award won|won|was won by|Award|+
award nomination||was nominated for|had among its nominees|Award|+
type|hypernym,kind|is of the type|is the type of|Type|
based on||is based on|is the source of|Work|
sequel||was followed by|is the sequel of|Work|
prequel||is the sequel to|was followed up by|Work|
see also|related,similar,same as|is related to|is related to|Thing|+
wiki page wiki link|related to wikipage,wikipage|mentions|is mentioned by|Page|+
rating|mpaa|carries the rating|is the age rating of|Age rating|
colour|color,farbe|has the colour|is the colour of|Colour|
material||is made of|is the material of|Material|
shelf|section,department,aisle|stands in|holds|Section|
"""


def _known() -> dict[str, Words]:
    found: dict[str, Words] = {}
    for row in TABLE.strip().splitlines():
        relation, others, label, inverse, linked, several = row.split("|")
        entry = Words(relation, label, inverse, linked, several == "+")
        for name in (relation, *filter(None, others.split(","))):
            found[" ".join(names.words(name))] = entry
    return found


KNOWN: Mapping[str, Words] = _known()


def of(name: str) -> Words:
    """The words for a column or a relation of that name; made from the name where it is not known.

    >>> of("Genres").label, of("http://dbpedia.org/ontology/starring").label, of("shelf_mark").label
    ('is of the genre', 'stars', 'has the shelf mark')
    """
    spoken = relation_label(name)
    words = names.words(spoken)
    for start in range(len(words)):
        if lexicon.LINKING.intersection(words[:start]):
            break  # "films in this genre" are no genre
        found = KNOWN.get(" ".join(words[start:]))
        if found is not None:
            return found
    plain = " ".join(words) or spoken
    if spoken.endswith("ed by"):
        return Words(plain, f"is {spoken}", spoken.removesuffix(" by"), names.title(plain), known=False)
    return Words(plain, f"has the {plain}", f"is the {plain} of", names.title(plain), known=False)


def of_column(name: str) -> Words:
    """The words for a column: what it calls, whether it holds ids of that or its names.

    >>> of_column("authors.name").label, of_column("publisher_id").label, of_column("*").relation
    ('is by the author', 'is published by', 'value')
    """
    parts = [[word for word in names.words(part) if not word.isdigit()] for part in name.split(".")]
    telling = [[word for word in part if word not in lexicon.KEYS | lexicon.LABEL] for part in parts]
    last = next((part for part in reversed(telling) if part), parts[-1])
    return of(" ".join(last) or "value")


def of_relation(external: str) -> Words:
    """The words for a relation of a graph by its id.

    Freebase names a relation by what stands at its ends: film.director.film goes from a director to a film,
    so it is "directed", the other way round than film.film.directed_by.
    """
    parts = [" ".join(names.words(part)) for part in external.split(".")]
    if len(parts) != 3:  # noqa: PLR2004
        return of(external)
    for known in (f"{parts[1]} {parts[2]}", parts[2]):
        if known in KNOWN:
            return KNOWN[known]
    other = KNOWN.get(parts[1])
    if other is None or " " in parts[2]:
        return of(external)
    return Words(f"{parts[1]} {parts[2]}", other.inverse_label, other.label, names.title(parts[2]))


def spelled(external: str) -> str:
    """A relation's id in words, with more of it than its last part: "film writer" for film.writer.film."""
    return " ".join(dict.fromkeys(names.words(external.rpartition("/")[2])))
