"""Two records of one entity become one: linking two tables, and merging doubles within one.

A record frame has the columns

- `id`: a string, each once;
- `name`: a label or title as it stands, such as "Usual Suspects, The (1995)" or "The Quest (film)";

and may have

- `year`: a text such as "1995", "" where unknown; a year in the name's brackets is found without it;
- `class`: what it is, such as "Film" or the IRI of a class; "" and the default classes say nothing. Classes
  that contradict each other keep records apart, so two tables need the same words or words that
  `kg.linking.kinds` knows;
- `ids`: a set, tuple or list of ids elsewhere, as IRIs (Wikidata, IMDb, TMDB, MusicBrainz, DBpedia, Freebase,
  VIAF, ORCID), bare ("tt0114709", "Q8877") or with a scheme ("isbn:123"); a bare number is nobody's id
  and says nothing, `kg.linking.outside.written` gives it the scheme of its column;
- `facts`: how much is known of it, a number; merging keeps the richest.

What is taken for one entity, and what is left to a person, is told by `kg.linking.judge`; a pair below
`MatchOptions.threshold` or without a second sign is never taken silently, and never lost silently.
"""

from __future__ import annotations

from kg.linking.merging import Merged, duplicates, merge, merges
from kg.linking.options import MatchOptions
from kg.linking.tables import Linked, link, match

__all__ = ["Linked", "MatchOptions", "Merged", "duplicates", "link", "match", "merge", "merges"]
