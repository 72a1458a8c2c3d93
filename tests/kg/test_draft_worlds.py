"""Made catalogs of many trades and layouts, each with what is right; no heuristic was made for one of them.

`benchmarks/drafts.py` measures on them as well.
"""

from __future__ import annotations

import csv
import io
import json
import random
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

import kg
from kg.draft import draft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

NOUNS = "river stone night winter garden letter shadow house king song light water island fire crown kettle lamp".split()
PEOPLE = [
    f"{a} {b}"
    for a in ("Anna", "Omar", "Chen", "Ivan", "Sofia")
    for b in ("Smith", "Rossi", "Novak", "Olsen", "Sato")
]
SECOND = 1_500_000_000


@dataclass(frozen=True)
class Truth:
    """What a right card gives; `facts` are relations by name and how many facts each has."""

    users: int
    items: int
    likes: int
    facts: dict[str, int] = field(default_factory=dict)
    labels: int = 0
    texts: int = 0
    times: bool = False
    weights: bool = False
    split: str = "random"
    properties: frozenset[str] = frozenset()


def table(
    rows: Sequence[Sequence[object]],
    header: Sequence[str] = (),
    separator: str = ",",
    quoting: int = csv.QUOTE_MINIMAL,
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n", quoting=quoting)
    writer.writerows([header, *rows] if header else rows)
    return text.getvalue()


def title(dice: random.Random, number: int) -> str:
    return f"{dice.choice(NOUNS)} of the {dice.choice(NOUNS)} {number}".title()


def story(dice: random.Random, number: int) -> str:
    return (
        f"A {dice.choice(NOUNS)} that nobody had seen before comes to a {dice.choice(NOUNS)}, part {number}."
    )


def likes(
    dice: random.Random, users: Sequence[object], items: Sequence[object], count: int = 1_500
) -> list[tuple[Any, Any]]:
    """Every user and every item occurs; then pairs at random, each once."""
    pairs = {(users[n % len(users)], items[n % len(items)]): None for n in range(max(len(users), len(items)))}
    while len(pairs) < count:
        pairs[dice.choice(users), dice.choice(items)] = None
    return dice.sample(list(pairs), len(pairs))


def shop(folder: Path) -> Truth:
    dice = random.Random(1)
    skus, people = [f"P{1000 + n}" for n in range(120)], [f"C{n:04}" for n in range(80)]
    brands, kinds = (
        ["Acme", "Globex", "Stark Industries", "Hooli"],
        ["Home > Kitchen", "Home > Kitchen > Pots", "Garden > Tools"],
    )
    products = [
        [
            s,
            title(dice, n),
            f"{dice.uniform(3, 90):.2f}",
            dice.choice(brands),
            dice.choice(kinds),
            story(dice, n),
        ]
        for n, s in enumerate(skus)
    ]
    (folder / "products.csv").write_text(
        table(products, ["sku", "name", "price", "brand", "category", "description"])
    )
    orders = [
        [
            9000 + n,
            c,
            s,
            dice.randint(1, 40),
            f"2023-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T10:00:00",
        ]
        for n, (c, s) in enumerate(likes(dice, people, skus))
    ]
    (folder / "orders.csv").write_text(
        table(orders, ["order_id", "customer_id", "sku", "quantity", "ordered_at"])
    )
    kinds_of = sum(row[4].count(">") + 1 for row in products)
    facts = {"brand": 120, "category": kinds_of}
    return Truth(
        80,
        120,
        1_500,
        facts,
        120,
        120,
        times=True,
        weights=True,
        split="time",
        properties=frozenset({"price"}),
    )


def library(folder: Path) -> Truth:
    dice = random.Random(2)
    books = [
        {"isbn": f"978{n:010}", "title": title(dice, n) + (", The" if n % 20 == 0 else ""), "summary": story(dice, n), "published": dice.randint(1950, 2020),
         "authors": [{"name": name} for name in dice.sample(PEOPLE, dice.randint(1, 2))], "subjects": dice.sample(["History", "Poetry", "Law"], 2)}
        for n in range(100)
    ]  # fmt: skip
    (folder / "books.jsonl").write_text("".join(json.dumps(book) + "\n" for book in books))
    loans = [
        [r, b, f"2022-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"]
        for r, b in likes(dice, [f"r{n}" for n in range(60)], [b["isbn"] for b in books])
    ]
    (folder / "loans.tsv").write_text(table(loans, ["reader", "isbn", "loaned_on"], "\t"))
    facts = {"author": sum(len(book["authors"]) for book in books), "subject": 200, "decade": 100}
    return Truth(
        60, 100, 1_500, facts, 100, 100, times=True, split="time", properties=frozenset({"published"})
    )


def music(folder: Path) -> Truth:
    dice = random.Random(3)
    base = sqlite3.connect(folder / "music.db")
    base.execute("CREATE TABLE artist (artist_id INTEGER PRIMARY KEY, name TEXT, country TEXT)")
    base.execute(
        "CREATE TABLE track (track_id INTEGER PRIMARY KEY, title TEXT, artist_id INTEGER, genre TEXT)"
    )
    base.execute("CREATE TABLE listener (listener_id TEXT PRIMARY KEY, age INTEGER, gender TEXT)")
    base.execute("CREATE TABLE listen (listener_id TEXT, track_id INTEGER, plays INTEGER)")
    base.executemany(
        "INSERT INTO artist VALUES (?, ?, ?)",
        [(n, f"The {title(dice, n)}", dice.choice(["US", "SE"])) for n in range(1, 31)],
    )
    base.executemany(
        "INSERT INTO track VALUES (?, ?, ?, ?)",
        [(n, title(dice, n), n % 30 + 1, dice.choice(["rock", "pop"])) for n in range(1, 151)],
    )
    base.executemany(
        "INSERT INTO listener VALUES (?, ?, ?)",
        [(f"u{n}", dice.randint(14, 80), dice.choice("mf")) for n in range(70)],
    )
    base.executemany(
        "INSERT INTO listen VALUES (?, ?, ?)",
        [(u, t, dice.randint(1, 90)) for u, t in likes(dice, [f"u{n}" for n in range(70)], range(1, 151))],
    )
    base.commit()
    base.close()
    facts = {"artist": 150, "genre": 150, "country": 30, "age group": 70, "gender": 70}
    return Truth(70, 150, 1_500, facts, 150, 150, weights=True)


def courses(folder: Path) -> Truth:
    """Two tables of names, one of them named several times a cell."""
    dice = random.Random(4)
    rows = [
        [
            n,
            title(dice, n),
            n % 20 + 1,
            dice.choice(["beginner", "advanced"]),
            "|".join(dice.sample([str(t) for t in range(501, 520)], 2)),
        ]
        for n in range(1, 81)
    ]
    (folder / "courses.csv").write_text(table(rows, ["id", "title", "teacher_id", "level", "topic_ids"]))
    (folder / "teachers.csv").write_text(
        table(
            [[n, PEOPLE[n], dice.choice(["MIT", "ETH"])] for n in range(1, 21)], ["id", "name", "university"]
        )
    )
    (folder / "topics.csv").write_text(
        table([[n, f"topic {n}"] for n in range(501, 520)], ["topic_id", "label"])
    )
    marks = [
        [s, c, dice.randint(1, 10), 1000 * (SECOND + dice.randint(0, 10**7))]
        for s, c in likes(dice, range(1, 91), range(1, 81))
    ]
    (folder / "enrolments.csv").write_text(table(marks, ["student_id", "course_id", "grade", "time"]))
    liked = [row for row in marks if row[2] >= 8]
    return Truth(
        len({row[0] for row in liked}),
        80,
        len(liked),
        {"teacher": 80, "level": 80, "subject": 160, "university": 20},
        80,
        80,
        times=True,
        split="time",
    )


def european(folder: Path) -> Truth:
    """Semicolons, decimal commas, German names, an old code page, day-first dates that no field reads."""
    dice = random.Random(5)
    rows = [
        [
            n,
            f"{title(dice, n)} für den Käse",
            f"{dice.uniform(3, 90):.2f}".replace(".", ","),
            dice.choice(["Müller", "Größe"]),
        ]
        for n in range(100, 200)
    ]
    (folder / "artikel.csv").write_text(
        table(rows, ["ArtikelNr", "Bezeichnung", "Preis", "Marke"], ";"), encoding="cp1252"
    )
    orders = [
        [n, c, a, dice.randint(1, 40), f"{dice.randint(1, 28):02}.03.2023"]
        for n, (c, a) in enumerate(likes(dice, range(5000, 5060), range(100, 200)))
    ]
    (folder / "bestellungen.csv").write_text(
        table(orders, ["BestellNr", "KundenNr", "ArtikelNr", "Menge", "Datum"], ";")
    )
    return Truth(60, 100, 1_500, {"brand": 100}, 100, 100, weights=True, properties=frozenset({"Preis"}))


def renamed(folder: Path) -> Truth:
    """Columns that are called c1, c2, …, in any order."""
    dice = random.Random(6)
    codes = [f"x{n}" for n in range(90)]
    (folder / "a.csv").write_text(
        table(
            [
                [dice.choice(["Acme", "Hooli"]), c, story(dice, n), title(dice, n)]
                for n, c in enumerate(codes)
            ],
            ["c1", "c2", "c3", "c4"],
        )
    )
    (folder / "b.csv").write_text(
        table(
            [
                [u, c, SECOND + dice.randint(0, 10**7)]
                for u, c in likes(dice, [f"u{n}" for n in range(50)], codes)
            ],
            ["c1", "c2", "c3"],
        )
    )
    return Truth(50, 90, 1_500, {"c1": 90}, 90, 90, times=True, split="time")


def headless(folder: Path) -> Truth:
    dice = random.Random(7)
    codes = [f"x{n}" for n in range(90)]
    rows = [
        [c, title(dice, n), "|".join(dice.sample(["Action", "Comedy", "Drama", "Horror"], 2))]
        for n, c in enumerate(codes)
    ]
    (folder / "items.txt").write_text("".join("::".join(row) + "\n" for row in rows))
    events = [
        [u, c, dice.randint(1, 5), SECOND + dice.randint(0, 10**7)]
        for u, c in likes(dice, [f"u{n}" for n in range(50)], codes)
    ]
    (folder / "events.txt").write_text(table(events, (), "\t"))
    liked = [row for row in events if row[2] >= 4]
    return Truth(
        len({row[0] for row in liked}), 90, len(liked), {"genre": 180}, 90, 90, times=True, split="time"
    )


def books(folder: Path) -> Truth:
    """The layout of goodbooks-10k: a second id of the books, tags by number, wishes besides ratings."""
    dice = random.Random(8)
    rows = [
        [
            n,
            1000 + 7 * n,
            ", ".join(dice.sample(PEOPLE, 2)),
            f"{dice.randint(1900, 2017)}.0",
            title(dice, n),
            dice.choice(["eng", "fre"]),
            f"https://x.org/{n}.jpg",
        ]
        for n in range(1, 121)
    ]
    (folder / "books.csv").write_text(
        table(
            rows,
            [
                "book_id",
                "goodreads_book_id",
                "authors",
                "original_publication_year",
                "title",
                "language_code",
                "image_url",
            ],
        )
    )
    stars = [[u, b, dice.randint(1, 5)] for u, b in likes(dice, range(1, 81), range(1, 121))]
    (folder / "ratings.csv").write_text(table(stars, ["user_id", "book_id", "rating"]))
    (folder / "to_read.csv").write_text(
        table(likes(dice, range(1, 81), range(1, 121), 400), ["user_id", "book_id"])
    )
    (folder / "tags.csv").write_text(
        table([[n, f"tag-{dice.choice(NOUNS)}-{n}"] for n in range(50)], ["tag_id", "tag_name"])
    )
    tagged = [[1000 + 7 * b, t, dice.randint(1, 99)] for b, t in likes(dice, range(1, 121), range(50), 500)]
    (folder / "book_tags.csv").write_text(table(tagged, ["goodreads_book_id", "tag_id", "count"]))
    liked = [row for row in stars if row[2] >= 4]
    return Truth(
        len({row[0] for row in liked}),
        120,
        len(liked),
        {"author": 240, "tag": 500, "language": 120},
        120,
        120,
    )


def reviews(folder: Path) -> Truth:
    """The layout of Amazon's reviews: JSON lines in .json, lists of what was bought as well."""
    dice = random.Random(9)
    codes = [f"B00{n:07}" for n in range(100)]
    meta = [
        {
            "asin": c,
            "title": title(dice, n),
            "brand": dice.choice(["Sega", "Sony"]),
            "categories": [["Games", dice.choice(["PC", "Wii"])]],
            "description": story(dice, n),
            "related": {"also_bought": dice.sample(codes, 3)},
        }
        for n, c in enumerate(codes)
    ]
    (folder / "meta.json").write_text("".join(json.dumps(one) + "\n" for one in meta))
    stars = [
        {
            "reviewerID": u,
            "asin": c,
            "reviewText": story(dice, 1),
            "overall": float(dice.randint(1, 5)),
            "unixReviewTime": SECOND + dice.randint(0, 10**7),
        }
        for u, c in likes(dice, [f"A{n}" for n in range(70)], codes)
    ]
    (folder / "reviews.json").write_text("".join(json.dumps(one) + "\n" for one in stars))
    return Truth(
        70,
        100,
        1_500,
        {"brand": 100, "category": 200, "also bought": 300},
        100,
        100,
        times=True,
        weights=True,
        split="time",
    )


def places(folder: Path) -> Truth:
    """The layout of Yelp: friends are users, a name is no key, categories between commas."""
    dice = random.Random(10)
    venues, people = [f"v-{n:03}" for n in range(90)], [f"u-{n:03}" for n in range(60)]
    kinds = ["Mexican", "Burgers", "Bars", "Coffee & Tea"]
    rows = [
        {
            "business_id": v,
            "name": f"{dice.choice(PEOPLE)}'s {dice.choice(['Diner', 'Bar'])}",
            "city": dice.choice(["Reno", "Las Vegas"]),
            "stars": dice.randint(2, 10) / 2,
            "categories": ", ".join(dice.sample(kinds, 2)),
        }
        for v in venues
    ]
    (folder / "business.json").write_text("".join(json.dumps(one) + "\n" for one in rows))
    (folder / "user.json").write_text(
        "".join(
            json.dumps(
                {
                    "user_id": u,
                    "name": PEOPLE[n % 25].split()[0],
                    "friends": ", ".join(dice.sample([p for p in people if p != u], 2)),
                }
            )
            + "\n"
            for n, u in enumerate(people)
        )
    )
    stars = [
        {
            "review_id": f"r{n:05}",
            "user_id": u,
            "business_id": v,
            "stars": dice.randint(1, 5),
            "text": story(dice, n),
            "date": f"2019-0{dice.randint(1, 9)}-11 12:00:00",
        }
        for n, (u, v) in enumerate(likes(dice, people, venues))
    ]
    (folder / "review.json").write_text("".join(json.dumps(one) + "\n" for one in stars))
    liked = [row for row in stars if row["stars"] >= 4]
    return Truth(
        60,
        90,
        len(liked),
        {"friend": 120, "category": 180, "city": 90},
        90,
        90,
        times=True,
        split="time",
        properties=frozenset({"stars"}),
    )


def invoices(folder: Path) -> Truth:
    """The layout of Online Retail: one file, customers missing, returned goods as negative numbers."""
    dice = random.Random(11)
    lines = [
        [
            536000 + n // 4,
            s,
            dice.choice(["", *[c] * 3]),
            dice.choice([1, 2, 3, 6, 12, -1]),
            dice.choice(["UK", "France"]),
        ]
        for n, (c, s) in enumerate(likes(dice, range(17000, 17060), range(20000, 20090)))
    ]
    (folder / "online_retail.csv").write_text(
        table(lines, ["InvoiceNo", "StockCode", "CustomerID", "Quantity", "Country"])
    )
    kept = [row for row in lines if row[2] != "" and row[3] > 0]
    return Truth(len({row[2] for row in kept}), len({row[1] for row in kept}), len(kept), weights=True)


def triplets(folder: Path) -> Truth:
    """The layout of the Million Song taste profile: no header, counts of plays, artists in a second file."""
    dice = random.Random(12)
    songs, people = [f"SOABC{n:05}" for n in range(90)], [f"{n * 7919:040x}" for n in range(1, 61)]
    plays = [[u, s, min(int(dice.expovariate(0.4)) + 1, 40)] for u, s in likes(dice, people, songs)]
    (folder / "train_triplets.txt").write_text(table(plays, (), "\t"))
    (folder / "song_names.txt").write_text(
        table([[s, title(dice, n)] for n, s in enumerate(songs)], (), "\t")
    )
    return Truth(60, 90, 1_500, {}, 90, weights=True)


def linked(folder: Path) -> Truth:
    """Facts as N-Triples, and a table that says which item is which resource."""
    dice = random.Random(13)
    place = "http://dbpedia.org/resource"
    facts = "".join(
        f"<{place}/M{n}> <http://dbpedia.org/ontology/{r}> <{place}/{who}{n % 20}> .\n"
        for n in range(90)
        for r, who in (("director", "D"), ("starring", "A"))
    )
    (folder / "kg.nt").write_text(facts)
    (folder / "links.tsv").write_text(table([[n, f"{place}/M{n}"] for n in range(90)], ["item", "uri"], "\t"))
    seen = [[u, n, SECOND + dice.randint(0, 10**7)] for u, n in likes(dice, range(1, 61), range(90))]
    (folder / "likes.tsv").write_text(table(seen, ["user", "item", "timestamp"], "\t"))
    facts_of = {f"http://dbpedia.org/ontology/{name}": 90 for name in ("director", "starring")}
    return Truth(60, 90, 1_500, facts_of, 90, times=True, split="time")


def schema_org(folder: Path) -> Truth:
    """Books in Turtle with schema.org's words; the authors are resources of their own."""
    dice = random.Random(14)
    lines = ["@prefix s: <https://schema.org/> .\n@prefix e: <http://ex.org/> .\n"]
    lines += [
        f'e:b{n} a s:Book ; s:name "{title(dice, n)}" ; s:author e:p{n % 20} ; s:genre "{dice.choice(["Fiction", "Poetry"])}" .\n'
        for n in range(90)
    ]
    lines += [f'e:p{n} a s:Person ; s:name "{PEOPLE[n]}" .\n' for n in range(20)]
    (folder / "catalog.ttl").write_text("".join(lines))
    (folder / "likes.csv").write_text(
        table(
            likes(dice, [f"u{n}" for n in range(60)], [f"http://ex.org/b{n}" for n in range(90)]),
            ["person", "book"],
        )
    )
    return Truth(60, 90, 1_500, {"author": 90, "genre": 90}, 90, 90)


def products(folder: Path) -> Truth:
    """A catalog without anybody who likes anything."""
    dice = random.Random(15)
    rows = [[f"P{n}", title(dice, n), dice.choice(["Acme", "Hooli"])] for n in range(60)]
    (folder / "products.csv").write_text(table(rows, ["sku", "name", "brand"]))
    return Truth(0, 60, 0, {"brand": 60}, 60, 60)


def scores(folder: Path) -> Truth:
    """The layout of MovieLens' tag genome: every film with every tag and how far it fits; ids that differ in case."""
    dice = random.Random(16)
    rows = [
        [
            n,
            f"{title(dice, n)} ({dice.randint(1930, 2015)})",
            "|".join(dice.sample(["Action", "Comedy", "Drama"], 2)),
        ]
        for n in range(1, 81)
    ]
    (folder / "movies.csv").write_text(table(rows, ["movieId", "title", "genres"]))
    (folder / "genome-tags.csv").write_text(
        table([[n, f"{NOUNS[n % 17]} {n}"] for n in range(1, 21)], ["tagId", "tag"])
    )
    genome = [[m, t, round(dice.random(), 4)] for m in range(1, 81) for t in range(1, 21)]
    (folder / "genome-scores.csv").write_text(table(genome, ["movieId", "tagId", "relevance"]))
    stars = [
        [u, m, dice.randint(1, 10) / 2, SECOND + dice.randint(0, 10**7)]
        for u, m in likes(dice, range(1, 61), range(1, 81))
    ]
    (folder / "ratings.csv").write_text(table(stars, ["userId", "movieId", "rating", "timestamp"]))
    liked = [row for row in stars if row[2] >= 4]
    return Truth(
        60,
        80,
        len(liked),
        {"genre": 160, "tag": sum(row[2] >= 0.5 for row in genome)},
        80,
        80,
        times=True,
        split="time",
    )


def parts(folder: Path) -> Truth:
    """Train, valid and test as gzip files in a folder of their own, and the whole beside them."""
    import gzip  # noqa: PLC0415

    dice = random.Random(17)
    rows = [[f"u{u}", f"i{i}"] for u, i in likes(dice, range(60), range(90))]
    (folder / "split").mkdir()
    for name, piece in {"train": rows[:1000], "val": rows[1000:1200], "test": rows[1200:]}.items():
        (folder / "split" / f"{name}.csv.gz").write_bytes(
            gzip.compress(table(piece, ["user_id", "item_id"]).encode())
        )
    (folder / "all.csv").write_text(table(rows, ["user_id", "item_id"]))
    return Truth(60, 90, 1_500, split="given")


WORLDS: dict[str, Callable[[Path], Truth]] = {
    make.__name__: make
    for make in (
        shop, library, music, courses, european, renamed, headless, books, reviews, places, invoices, triplets,
        linked, schema_org, products, scores, parts,
    )
}  # fmt: skip


def wrong(catalog: kg.Catalog, truth: Truth) -> list[str]:
    """What a catalog gets wrong, a line each."""
    nodes, rows = catalog.nodes, catalog.interactions
    items = nodes[nodes["kind"] == "item"]
    found = {
        "users": int((nodes["kind"] == "user").sum()),
        "items": len(items),
        "likes": len(rows),
        "times": bool(len(rows)) and bool(rows["time"].notna().all()),
        "weights": bool(rows["weight"].nunique() > 1),
        "labels": int((items["label"] != "").sum()),
        "split": (catalog.split.by or "given") if len(rows) else "random",
    }
    lines = [
        f"{name}: {value} where {getattr(truth, name)} was right"
        for name, value in found.items()
        if value != getattr(truth, name)
    ]
    if (items["text"] != "").sum() < truth.texts:
        lines.append(f"texts: {(items['text'] != '').sum()} where {truth.texts} were right")
    counts = catalog.facts["relation"].value_counts().to_dict()
    lines += [
        f"relation {name}: {counts.get(name, 0)} where {count} was right"
        for name, count in truth.facts.items()
        if counts.get(name) != count
    ]
    lines += [f"relation {name}: too much" for name in counts if name not in truth.facts and name != "decade"]
    lines += [f"property {name}: missing" for name in truth.properties - set(catalog.properties["property"])]
    return lines


@pytest.mark.parametrize("name", WORLDS)
def test_a_draft_of_a_made_catalog_is_right_as_it_is(name: str, tmp_path: Path) -> None:
    truth = WORLDS[name](tmp_path)
    found = draft(tmp_path, name=name)
    card = tmp_path / "dataset.yaml"
    card.write_text(found.text, encoding="utf-8")
    assert wrong(kg.read(card), truth) == []
