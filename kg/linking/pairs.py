"""Which records are worth comparing: those that share an outside id, a form of their names, or rare words.

The number of pairs grows with the number of records, not with its square: words that many records have bring
nobody together (blocking; Papadakis et al., "Blocking and Filtering Techniques for Entity Resolution", 2020).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.linking.records import Records

CROWD = 100  # of more records with one form, only the first of the other side meets the rest
PLACEHOLDER = 20  # records of one table with one outside id, beyond which it identifies none of them
RARE = 200  # pairs that one word may bring together
END = 6  # letters at a name's beginning and end that bring names of one word together
LEAST_ALIKE, MOST_ALIKE = 0.9, 0.99  # names that nearly agree; equal ones have other forms to say so
HALVES = ("title", "numbered", "part")
UNCROSSED = frozenset(  # two forms that may agree by chance: "A Perfect Murder" and "The Perfect Murder"
    {(one, other) for one in HALVES for other in HALVES}
    | {("full", "full"), ("article", "article"), ("article", "part"), ("part", "article")}
)
COLUMNS = {"a": "int64", "b": "int64", "score": "float64", "what": "str", "letters": "int64"}


def find(left: Records, right: Records | None = None) -> pd.DataFrame:
    """Pairs of rows worth judging, each once.

    Args:
        left: one table.
        right: the other; None pairs the records of one table with one another.

    Returns:
        Columns a and b (rows of left and right), score (how far the names agree, 0 to 1), what ("id" for a
        shared outside id, else the weaker form that agrees, "alike" for names that nearly do) and letters
        (how long what agrees is).
    """
    other = left if right is None else right
    exact = _same_form(left, other)
    found = pd.concat([_same_id(left, other), exact, _alike(left, other)], ignore_index=True)
    if right is None:
        found = _one_way(found, left)
    best = found.sort_values(
        ["a", "b", "score", "what", "letters"], ascending=[True, True, False, True, True]
    )
    return best.drop_duplicates(["a", "b"], ignore_index=True)


def _one_way(found: pd.DataFrame, records: Records) -> pd.DataFrame:
    """Each pair of one table from the smaller id to the larger, none with itself."""
    rank = np.argsort(np.argsort(np.array([row.id for row in records.rows], dtype=object)))
    found = found[found["a"] != found["b"]]
    turned = rank[found["a"].to_numpy()] > rank[found["b"].to_numpy()]
    return found.assign(a=found["a"].where(~turned, found["b"]), b=found["b"].where(~turned, found["a"]))


def _same_id(left: Records, right: Records) -> pd.DataFrame:
    one, other = (
        pd.DataFrame(
            [(place, key) for place, row in enumerate(side.rows) for key in sorted(row.profile.outside)],
            columns=["row", "key"],
        ).astype({"row": "int64", "key": "str"})
        for side in (left, right)
    )
    pairs = _crossed(_telling(one), _telling(other), left, right)
    return _frame(pairs["row_a"], pairs["row_b"], 1.0, "id", pairs["key"].str.len())


def _telling(ids: pd.DataFrame) -> pd.DataFrame:
    """Without the ids that so many records have that they stand for "unknown"."""
    return ids[ids.groupby("key")["key"].transform("size") <= PLACEHOLDER]


def _same_form(left: Records, right: Records) -> pd.DataFrame:
    pairs = _crossed(left.forms, right.forms, left, right)
    allowed = [ways not in UNCROSSED for ways in zip(pairs["what_a"], pairs["what_b"], strict=True)]
    pairs = pairs[np.array(allowed, dtype=np.bool_)]
    weaker = pairs["what_a"].where(pairs["weight_a"] <= pairs["weight_b"], pairs["what_b"])
    return _frame(
        pairs["row_a"], pairs["row_b"], pairs["weight_a"] * pairs["weight_b"], weaker, pairs["key"].str.len()
    )


def _crossed(one: pd.DataFrame, other: pd.DataFrame, left: Records, right: Records) -> pd.DataFrame:
    """The rows of two frames with the same key; a crowd of them meets only the first of the other side."""
    one, other = _numbered(one, left), _numbered(other, right)
    near = [side[side["place"] < CROWD] for side in (one, other)]
    first = [side[side["place"] == 0] for side in (one, other)]
    far = [side[side["place"] >= CROWD] for side in (one, other)]
    parts = [(near[0], near[1])]
    parts += [(a, b) for a, b in ((first[0], far[1]), (far[0], first[1])) if len(a) and len(b)]
    return pd.concat([a.merge(b, on="key", suffixes=("_a", "_b")) for a, b in parts], ignore_index=True)


def _numbered(side: pd.DataFrame, records: Records) -> pd.DataFrame:
    """With each row's place among those of its key, in order of the ids."""
    ranks = np.argsort(np.argsort(np.array([row.id for row in records.rows], dtype=object)))
    order = side.assign(rank=ranks[side["row"].to_numpy()]).sort_values(["key", "rank"], kind="stable")
    return order.assign(place=order.groupby("key").cumcount()).drop(columns="rank")


def _alike(left: Records, right: Records) -> pd.DataFrame:
    """Pairs whose main names nearly agree."""
    mine, theirs = ([row.main for row in side.rows] for side in (left, right))
    rows = _with_rare_words(mine, theirs)
    if left is right:
        rows = rows[rows["a"] < rows["b"]]
    one = [mine[row] for row in rows["a"]]
    other = [theirs[row] for row in rows["b"]]
    score = (
        process.cpdist(one, other, scorer=fuzz.ratio, score_cutoff=100 * LEAST_ALIKE, dtype=np.float64) / 100
    )
    near = [place for place in np.flatnonzero(score).tolist() if spelled_alike(one[place], other[place])]
    letters = [min(len(one[place]), len(other[place])) for place in near]
    found = rows.iloc[near]
    return _frame(found["a"], found["b"], np.minimum(score[near], MOST_ALIKE), "alike", letters)


def spelled_alike(one: str, other: str) -> bool:
    """Whether two names have the same numbers and the words that they do not share are one in two spellings.

    >>> spelled_alike("the navigator a mediaeval odyssey", "the navigator a medieval odyssey")
    True
    >>> spelled_alike("the black cat", "the black hat")
    False
    """
    words, others = one.split(), other.split()
    if [word for word in words if word.isdecimal()] != [word for word in others if word.isdecimal()]:
        return False
    mine = "".join(word for word in words if word not in others)
    theirs = "".join(word for word in others if word not in words)
    return mine == theirs or (min(len(mine), len(theirs)) >= END - 1 and fuzz.ratio(mine, theirs) >= 80)  # noqa: PLR2004


def _with_rare_words(mains: list[str], others: list[str]) -> pd.DataFrame:
    """Rows of two lists of names that share a key few have, each pair once."""
    one, other = _keys(mains), _keys(others)
    meetings = one["key"].value_counts() * other["key"].value_counts()
    rare = meetings.index[meetings <= RARE]
    pairs = one[one["key"].isin(rare)].merge(other[other["key"].isin(rare)], on="key")
    return pairs[["row_x", "row_y"]].set_axis(["a", "b"], axis=1).drop_duplicates()


def _keys(mains: list[str]) -> pd.DataFrame:
    rows = [(row, key) for row, main in enumerate(mains) for key in sorted(set(_words(main)))]
    return pd.DataFrame(rows, columns=["row", "key"]).astype({"row": "int64", "key": "str"})


def _words(main: str) -> Iterable[str]:
    """A name's words, its words two by two, and how it begins and ends."""
    words, letters = main.split(), main.replace(" ", "")
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(words))
    if len(letters) >= END:
        yield from (f"^{letters[:END]}", f"${letters[-END:]}")


def _frame(a: object, b: object, score: object, what: object, letters: object) -> pd.DataFrame:
    return pd.DataFrame({"a": a, "b": b, "score": score, "what": what, "letters": letters}).astype(COLUMNS)
