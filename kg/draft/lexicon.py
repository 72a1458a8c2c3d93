"""Words, in the singular, that tell what a file or a column holds."""

from __future__ import annotations


def vocabulary(*words: str) -> frozenset[str]:
    """The words of some lines.

    >>> sorted(vocabulary("user reader", "member"))
    ['member', 'reader', 'user']
    """
    return frozenset(" ".join(words).split())


USER = vocabulary(
    "user customer reader member listener viewer client buyer borrower patron visitor account subscriber",
    "reviewer shopper student player patient person people friend follower rater uid consumer guest kunde",
    "utilisateur",
)
ANY_ITEM = vocabulary("item product pid iid asin sku stock title work article artikel content")
ITEM = ANY_ITEM | vocabulary(
    "movie film book artist track song game recipe course album podcast show series video episode paper",
    "job hotel restaurant venue place poi event app news artwork painting wine beer dish business isbn",
    "band release edition photo image post document",
)
ENTITY = vocabulary("entity node concept ent kg freebase dbpedia wikidata mid uri iri")
RELATION = vocabulary("relation predicate property rel edge relationship")
HEAD = vocabulary("head subject source src from h subj")
TAIL = vocabulary("tail object target dst to t obj")
GRAPH = vocabulary("kg triple fact graph kb knowledge rdf ontology dbpedia freebase wikidata")

RATING = vocabulary("rating star score rate grade vote overall bewertung label click like feedback")
WEIGHT = vocabulary(
    "weight count play listen playcount quantity qty frequency freq amount view menge number n",
)
TIME = vocabulary(
    "timestamp time date datetime ts created when day at on ordered borrowed purchased played rated",
    "unixtime viewed bought datum zeit loaned",
)
LIKES = vocabulary(
    "rating like order play loan transaction click interaction inter purchase event review history log",
    "listen view borrow checkout sale visit watch train valid test bestellung feedback consumption",
)
LABEL = vocabulary("title name label headline caption titel nom titre bezeichnung value")
YEAR = vocabulary("year yr jahr published publication released release erschienen")
AGE = vocabulary("age alter")

KEYS = vocabulary("id key no nr num code index idx identifier pk")
CODES = vocabulary("asin sku isbn pid iid uid ean gtin barcode uri iri mid title")
NUMBERING = vocabulary("remap new index idx row number num nr internal encoded mapped remapped")
ORIGINAL = vocabulary("org orig original raw external old source")
LISTS = vocabulary("map mapping list dict dictionary index idx vocab lookup 2 remap")
META = LISTS | vocabulary(
    "final data file info table tbl all full raw org orig original new dim fact the of in by to id clean",
    "processed v export csv dump set",
)
HEADER = vocabulary(
    "description plot summary overview abstract text synopsis bio biography genre category brand price",
    "tag gender country language author director actor",
)
ABBREVIATED = {"e": "entity", "r": "relation", "i": "item", "u": "user", "rel": "relation", "ent": "entity"}
PARTS = {
    "train": "train", "training": "train", "valid": "valid", "validation": "valid", "val": "valid",
    "dev": "valid", "test": "test", "testing": "test",
}  # fmt: skip

GENRES = vocabulary(
    "action adventure animation children children's comedy crime documentary drama family fantasy film-",
    "noir history horror music musical mystery romance sci-fi science fiction sport thriller war western",
    "rock pop jazz blues classical folk country electronic hip-hop metal punk reggae soul poetry",
    "biography nonfiction",
)
LITTLE = vocabulary("the of and a an in on to for with de la le und der die das")
LINKING = vocabulary("in of by for with from to at on this")
UNCOUNTED = vocabulary("series news species status class genus address business bus gas always focus")
