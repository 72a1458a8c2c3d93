"""Made catalogs in layouts that are met in the world, each with what is right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.kg.draft_worlds import NOUNS, PEOPLE, SECOND, Truth, dice_of, likes, story, table, title

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def books(folder: Path) -> Truth:
    """The layout of goodbooks-10k: a second id of the books, tags by number, wishes besides ratings."""
    dice = dice_of(8)
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
    dice = dice_of(9)
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
    liked = [one for one in stars if one["overall"] >= 4]
    facts = {"brand": 100, "category": 200, "also bought": 300}
    return Truth(
        len({one["reviewerID"] for one in stars}), 100, len(liked), facts, 100, 100, times=True, split="time"
    )


def places(folder: Path) -> Truth:
    """The layout of Yelp: friends are users, a name is no key, categories between commas."""
    dice = dice_of(10)
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
        len({row["user_id"] for row in liked}),
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
    dice = dice_of(11)
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
    dice = dice_of(12)
    songs, people = [f"SOABC{n:05}" for n in range(90)], [f"{n * 7919:040x}" for n in range(1, 61)]
    plays = [[u, s, min(int(dice.expovariate(0.4)) + 1, 40)] for u, s in likes(dice, people, songs)]
    (folder / "train_triplets.txt").write_text(table(plays, (), "\t"))
    (folder / "song_names.txt").write_text(
        table([[s, title(dice, n)] for n, s in enumerate(songs)], (), "\t")
    )
    return Truth(60, 90, 1_000, {}, 90, weights=True)


def linked(folder: Path) -> Truth:
    """Facts as N-Triples, and a table that says which item is which resource."""
    dice = dice_of(13)
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
    return Truth(60, 90, 1_000, facts_of, 90, times=True, split="time")


def schema_org(folder: Path) -> Truth:
    """Books in Turtle with schema.org's words; the authors are resources of their own."""
    dice = dice_of(14)
    lines = ["@prefix s: <https://schema.org/> .\n@prefix e: <http://ex.org/> .\n"]
    for n in range(90):
        genre = dice.choice(["Fiction", "Poetry"])
        lines.append(
            f'e:b{n} a s:Book ; s:name "{title(dice, n)}" ; s:author e:p{n % 20} ; s:genre "{genre}" .\n'
        )
    lines += [f'e:p{n} a s:Person ; s:name "{PEOPLE[n]}" .\n' for n in range(20)]
    (folder / "catalog.ttl").write_text("".join(lines))
    (folder / "likes.csv").write_text(
        table(
            likes(dice, [f"u{n}" for n in range(60)], [f"http://ex.org/b{n}" for n in range(90)]),
            ["person", "book"],
        )
    )
    return Truth(60, 90, 1_000, {"author": 90, "genre": 90}, 90, 90)


def scores(folder: Path) -> Truth:
    """The layout of MovieLens' tag genome: every film with every tag, and how far it fits."""
    dice = dice_of(16)
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
        len({row[0] for row in stars}),
        80,
        len(liked),
        {"genre": 160, "tag": sum(row[2] >= 0.5 for row in genome)},
        80,
        80,
        times=True,
        split="time",
    )


WORLDS: dict[str, Callable[[Path], Truth]] = {
    make.__name__: make for make in (books, reviews, places, invoices, triplets, linked, schema_org, scores)
}
