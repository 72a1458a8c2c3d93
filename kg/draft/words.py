"""Words for relations that many catalogs have: what stands between two names, either way, and what is linked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import names
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
genre|genres,film genre,literary genre,music genre,musical genre|is of the genre|is the genre of|Genre|+
category|categories,belong to category,product category|belongs to|contains|Category|+
subject|subjects,topic,topics|is about|is the subject of|Subject|+
tag|tags,keyword,keywords,label|is tagged|is a tag of|Tag|+
style|styles,mood,theme,themes|is in the style|is the style of|Style|+
director|directors,directed by,directed by director|is directed by|directed|Person|+
actor|actors,cast,star,stars,starring,starred by actor,actress|stars|starred in|Person|+
writer|writers,written by,all writing,screenwriter,screenplay,wrote by writter,writter|is written by|wrote|Person|+
author|authors,creator,creators,novelist|is by the author|is the author of|Person|+
producer|producers,produced by,produced by producer|is produced by|produced|Person|+
composer|composers,music composer,music by,composed by composer,music|has music by|composed the music of|Person|+
cinematographer|cinematography,cinematography by cinematographer|is filmed by|filmed|Person|+
editor|editors,editing,edited by,edited by editor|is edited by|edited|Person|+
artist|artists,performer,performers,musician,musical artist,singer|is performed by|performed|Artist|+
featured artist|featured artists|features|is featured on|Artist|+
engineer|engineers|is engineered by|engineered|Engineer|+
translator|translators|is translated by|translated|Person|+
illustrator|illustrators|is illustrated by|illustrated|Person|+
cover artist||has a cover by|made the cover of|Person|+
publisher|publishers,verlag|is published by|published|Publisher|
brand|brands,marke|is of the brand|is the brand of|Brand|
manufacturer|manufacturers,maker,hersteller|is manufactured by|manufactured|Manufacturer|
production company|production companies,productioncompanies,studio,studios,prodcompany,produced by prodcompany,company|is made by|made|Company|+
distributor|distributors|is distributed by|distributed|Company|
record label|recordlabel|is signed to|has signed|Record label|
artist album|musician album,band album|released the album|is an album by|Album|+
artist track|musician track,artist song|recorded|was recorded by|Track|+
album|albums|is on the album|holds the track|Album|
release|releases|was released on|holds the recording|Release|+
track|tracks,song,songs|holds the track|is a track of|Track|+
series|serie,saga,franchise|is part of|includes|Series|
country|countries,produced in country,land|is from|is the country of|Country|
language|languages,sprache|is spoken in|is the language of|Language|
origin|hometown,home town,artist origin|comes from|is home to|Place|
birth place|place of birth,birthplace|was born in|is the birthplace of|Place|
death place|place of death,deathplace|died in|is the place of death of|Place|
city|cities,town,location,place|is in|is the place of|Place|
nationality|citizenship|is a citizen of|has the citizen|Country|
occupation|occupations,profession,job|works as|is the occupation of|Occupation|
gender|sex,geschlecht|is one of the|include|Gender|
age group|age,agegroup|is aged|is the age of|Age group|
decade|year,release year,publication year,erscheinungsjahr,jahr|was made in the years|is the decade of|Decade|
instrument|instruments,instruments played|plays the instrument|is the instrument of|Instrument|+
band member|member,members|has the member|is a member of|Musician|+
former band member|former member|once had the member|was once a member of|Musician|+
associated band|associated musical artist,associated act|has worked with|has worked with as well|Musician|+
friend|friends,user friend,trust,trusts,follows|is a friend of|is a friend of|User|+
award|awards,award won,awards won|won|was won by|Award|+
award nomination|award nominations|was nominated for|had among its nominees|Award|+
type|types,notable types,notable type,hypernym,kind|is of the type|is the type of|Type|
based on||is based on|is the source of|Work|
sequel||was followed by|is the sequel of|Work|
prequel||is the sequel to|was followed up by|Work|
see also|related,similar,same as|is related to|is related to|Thing|+
wiki page wiki link|related to wikipage,wikipage|mentions|is mentioned by|Page|+
rating|content rating,age rating,mpaa,mpaa rating|carries the rating|is the age rating of|Age rating|
colour|color,farbe|has the colour|is the colour of|Colour|
material|materials|is made of|is the material of|Material|
shelf|section,department,aisle|stands in|holds|Section|
"""

LINKING = names.vocabulary("in of by for with from to at on this")


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
        if LINKING.intersection(words[:start]):
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
    telling = [[word for word in part if word not in names.KEYS | names.LABEL] for part in parts]
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
