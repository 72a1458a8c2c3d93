"""Rebuild the table that links MovieLens-100K's films to Freebase entities, by title and year.

RecBole 1.2.1 ships `ml-100k.link` with MovieLens-1M's movie ids in its item column, so that it joins the
wrong films. Here an entity's film is looked up in MovieLens-1M by that id, and the film of the same title
and year is looked up in MovieLens-100K.

    python datasets/ml-100k/relink.py RECBOLE_FOLDER ML1M_MOVIES_DAT [OUT]

writes `link.tsv` (item_id, entity_id: ids only) and prints how many were matched and which were not.
"""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple

from kg.labels import article_first

HERE = Path(__file__).parent
IN_BRACKETS = re.compile(r"\(([^()]*)\)")
ALIASES = {  # films that the two data sets name differently, after normalising
    "star wars episode iv a new hope": "star wars",
    "star wars episode v the empire strikes back": "empire strikes back",
    "star wars episode vi return of the jedi": "return of the jedi",
    "alien3": "alien 3",
}
LEADING_ARTICLE = re.compile(r"^(the|a|an|le|la|les|il|l|el|das|der|die) ")
USAGE = 3


class Film(NamedTuple):
    """A film as a dataset lists it; names holds its normalised title and any other title in brackets."""

    id: str
    names: frozenset[str]
    year: int


def normalise(title: str) -> str:
    """A title without its article, accents, case and punctuation."""
    plain = unicodedata.normalize("NFKD", article_first(title.strip()))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign)).lower().replace("&", " and ")
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", letters).split())
    short = LEADING_ARTICLE.sub("", words) or words
    return ALIASES.get(short, short)


def film(external: str, title: str, year: str) -> Film:
    """A film with all the names that its title gives: "Postino, Il (The Postman)" has two."""
    main = IN_BRACKETS.sub(" ", title)
    others = [re.sub(r"^a\.?k\.?a\.? ", "", name) for name in IN_BRACKETS.findall(title)]
    names = frozenset(filter(None, map(normalise, [main, *others])))
    return Film(external, names, int(year) if year.isdigit() else 0)


def read_items(path: Path) -> list[Film]:
    """MovieLens-100K's films from RecBole's atomic file; a title listed twice keeps both rows."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [film(row[0], row[1], row[2]) for row in rows]


def read_ml1m(path: Path) -> dict[str, Film]:
    """MovieLens-1M's films by movie id."""
    films = {}
    for line in path.read_text(encoding="latin-1").splitlines():
        external, title, _ = line.split("::")
        found = re.fullmatch(r"(.*)\((\d{4})\)\s*", title)
        if found:
            films[external] = film(external, found[1], found[2])
    return films


def match(wanted: Film, by_name: dict[str, list[Film]]) -> list[Film]:
    """The films of the same name: of the same year, else of a year beside it where only one has the name."""
    same_name = list(dict.fromkeys(other for name in sorted(wanted.names) for other in by_name.get(name, [])))
    same_year = [other for other in same_name if other.year == wanted.year]
    if same_year:
        return same_year
    near = [other for other in same_name if abs(other.year - wanted.year) <= 1]
    return near if len(near) == 1 and len(same_name) == 1 else []


def main(recbole: Path, movies: Path, out: Path) -> None:
    """Write the table and report."""
    by_name: dict[str, list[Film]] = {}
    for item in read_items(recbole / "ml-100k.item"):
        for name in item.names:
            by_name.setdefault(name, []).append(item)
    ml1m = read_ml1m(movies)
    pairs, missed = [], []
    for line in (recbole / "ml-100k.link").read_text(encoding="utf-8").splitlines()[1:]:
        movie, entity = line.split("\t")
        found = match(ml1m[movie], by_name) if movie in ml1m else []
        pairs += [(item.id, entity) for item in found]
        if not found:
            missed.append((movie, entity))
    pairs = sorted(set(pairs), key=lambda pair: (int(pair[0]), pair[1]))
    out.write_text(
        "item_id\tentity_id\n" + "".join(f"{item}\t{entity}\n" for item, entity in pairs), encoding="utf-8"
    )
    matched = len({entity for _, entity in pairs})
    print(f"{len(pairs)} links written to {out}; {matched} entities matched, {len(missed)} not")
    for movie, entity in missed:
        print(f"  no film for {entity}: MovieLens-1M {movie} {ml1m.get(movie, 'unknown')}")


if __name__ == "__main__":
    if len(sys.argv) < USAGE:
        sys.exit(__doc__)
    main(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        Path(sys.argv[3]) if len(sys.argv) > USAGE else HERE / "link.tsv",
    )
