"""Made catalogs of several trades, each with what is right; `benchmarks/drafts.py` takes them too."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import kg

NOUNS = ["river", "stone", "night", "winter", "garden", "letter", "shadow", "house", "king", "song", "light"]
NOUNS += ["water", "island", "fire", "crown", "kettle", "lamp"]
PEOPLE = [
    f"{a} {b}"
    for a in ("Anna", "Omar", "Chen", "Ivan", "Sofia")
    for b in ("Smith", "Rossi", "Novak", "Olsen", "Sato")
]
SECOND = 1_000_000_000


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


def dice_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  nothing is secret here


def title(dice: random.Random, number: int) -> str:
    return f"{dice.choice(NOUNS)} of the {dice.choice(NOUNS)} {number}".title()


def story(dice: random.Random, number: int) -> str:
    return (
        f"A {dice.choice(NOUNS)} that nobody had seen before comes to a {dice.choice(NOUNS)}, part {number}."
    )


def likes(
    dice: random.Random, users: Sequence[object], items: Sequence[object], count: int = 1_000
) -> list[tuple[Any, Any]]:
    """Every user and every item occurs; then pairs at random, each once."""
    pairs = {(users[n % len(users)], items[n % len(items)]): None for n in range(max(len(users), len(items)))}
    while len(pairs) < count:
        pairs[dice.choice(users), dice.choice(items)] = None
    return dice.sample(list(pairs), len(pairs))


def shop(folder: Path) -> Truth:
    dice = dice_of(1)
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
        1_000,
        facts,
        120,
        120,
        times=True,
        weights=True,
        split="time",
        properties=frozenset({"price"}),
    )


def library(folder: Path) -> Truth:
    dice = dice_of(2)
    books = [
        {
            "isbn": f"978{n:010}",
            "title": title(dice, n) + (", The" if n % 20 == 0 else ""),
            "summary": story(dice, n),
            "published": dice.randint(1950, 2020),
            "authors": [{"name": name} for name in dice.sample(PEOPLE, dice.randint(1, 2))],
            "subjects": dice.sample(["History", "Poetry", "Law"], 2),
        }
        for n in range(100)
    ]
    (folder / "books.jsonl").write_text("".join(json.dumps(book) + "\n" for book in books))
    loans = [
        [r, b, f"2022-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"]
        for r, b in likes(dice, [f"r{n}" for n in range(60)], [b["isbn"] for b in books])
    ]
    (folder / "loans.tsv").write_text(table(loans, ["reader", "isbn", "loaned_on"], "\t"))
    facts = {"author": sum(len(book["authors"]) for book in books), "subject": 200, "decade": 100}
    return Truth(
        60, 100, 1_000, facts, 100, 100, times=True, split="time", properties=frozenset({"published"})
    )


def music(folder: Path) -> Truth:
    dice = dice_of(3)
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
    return Truth(70, 150, 1_000, facts, 150, 150, weights=True)


def courses(folder: Path) -> Truth:
    """Two tables of names, one of them named several times a cell."""
    dice = dice_of(4)
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
        len({row[0] for row in marks}),
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
    dice = dice_of(5)
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
    return Truth(60, 100, 1_000, {"brand": 100}, 100, 100, weights=True, properties=frozenset({"Preis"}))


def renamed(folder: Path) -> Truth:
    """Columns that are called c1, c2, …, in any order."""
    dice = dice_of(6)
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
    return Truth(50, 90, 1_000, {"c1": 90}, 90, 90, times=True, split="time")


def headless(folder: Path) -> Truth:
    dice = dice_of(7)
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


def products(folder: Path) -> Truth:
    """A catalog without anybody who likes anything."""
    dice = dice_of(15)
    rows = [[f"P{n}", title(dice, n), dice.choice(["Acme", "Hooli"])] for n in range(60)]
    (folder / "products.csv").write_text(table(rows, ["sku", "name", "brand"]))
    return Truth(0, 60, 0, {"brand": 60}, 60, 60)


def parts(folder: Path) -> Truth:
    """Train, valid and test as gzip files in a folder of their own, and the whole beside them."""
    dice = dice_of(17)
    rows = [[f"u{u}", f"i{i}"] for u, i in likes(dice, range(60), range(90))]
    (folder / "split").mkdir()
    for name, piece in {"train": rows[:700], "val": rows[700:800], "test": rows[800:]}.items():
        (folder / "split" / f"{name}.csv.gz").write_bytes(
            gzip.compress(table(piece, ["user_id", "item_id"]).encode())
        )
    (folder / "all.csv").write_text(table(rows, ["user_id", "item_id"]))
    return Truth(60, 90, 1_000, split="given")


WORLDS: dict[str, Callable[[Path], Truth]] = {
    make.__name__: make
    for make in (shop, library, music, courses, european, renamed, headless, products, parts)
}


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
