"""RecBole's files, written from what `handed.py` gives: ready-made parts, for models of three kinds.

All are named by number ("u3", "i7", "e12", "r2"). RecBole insists on a test part: it gets one like of the
training part, which nobody measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    import handed
    from numpy.typing import NDArray

LONGEST = 50  # likes of a history that a sequence model sees, RecBole's own default
PARTS = ["train", "valid", "test"]


def write(given: handed.Given, folder: Path, kind: str, learn: list[str]) -> dict[str, Any]:
    """Write all files of a dataset "likes" for a "general", "sequential" or "knowledge" model.

    Args:
        given: what may be known.
        folder: where RecBole looks for the folder `likes`.
        kind: of the model.
        learn: the parts to learn from; with the validation likes among them, nothing is left to validate.

    Returns:
        The options that tell RecBole of the files.
    """
    (folder / "likes").mkdir(parents=True)
    rows = given.rows(*learn)
    first = rows.head(1)
    valid = first if "valid" in learn else fresh(given.rows("valid"), rows)
    tables = dict(zip(PARTS, (rows, valid, first), strict=True))
    for part, table in tables.items():
        frame = sequences(rows, table, itself=part == "train") if kind == "sequential" else pairs(table)
        frame.to_csv(folder / "likes" / f"likes.{part}.inter", sep="\t", index=False)
    options: dict[str, Any] = {
        "data_path": str(folder),
        "checkpoint_dir": str(folder / "saved"),
        "benchmark_filename": PARTS,
        "load_col": {"inter": ["user_id", "item_id"]},
    }
    if kind == "sequential":
        options["load_col"]["inter"].append("item_id_list")
        options |= {"alias_of_item_id": ["item_id_list"], "MAX_ITEM_LIST_LENGTH": LONGEST}
        options |= {"train_neg_sample_args": None}
    if kind == "knowledge":
        write_facts(given, folder / "likes", set(pd.concat([rows["item"], valid["item"]])))
        options["load_col"] |= {"kg": ["head_id", "relation_id", "tail_id"], "link": ["item_id", "entity_id"]}
    return options


def fresh(valid: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """The validation likes that are not in the history already."""
    keys, known = (pd.MultiIndex.from_frame(rows[["user", "item"]]) for rows in (valid, train))
    return valid[~keys.isin(known)]


def pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """One line a like."""
    return pd.DataFrame(
        {"user_id:token": "u" + rows["user"].astype(str), "item_id:token": "i" + rows["item"].astype(str)}
    )


def histories(rows: pd.DataFrame) -> dict[int, list[str]]:
    """What each person liked, the latest last."""
    return {user: [f"i{item}" for item in items] for user, items in rows.groupby("user")["item"]}


def sequences(train: pd.DataFrame, rows: pd.DataFrame, *, itself: bool) -> pd.DataFrame:
    """One line a like, with the history before it: within the training likes `itself`, else all of them."""
    before, lines, at = histories(train), [], dict.fromkeys(train["user"], 0)
    for user, item in zip(rows["user"], rows["item"], strict=True):
        history = before.get(user, [])
        if itself:
            history, at[user] = history[: at[user]], at[user] + 1
        if history:
            lines.append((f"u{user}", " ".join(history[-LONGEST:]), f"i{item}"))
    return pd.DataFrame(lines, columns=["user_id:token", "item_id_list:token_seq", "item_id:token"])


@dataclass(frozen=True)
class Facts:
    """Facts between items and entities, numbered: RecBole knows none of people.

    Attributes:
        heads: numbers of nodes, as are `tails`.
        relations: numbers of relations.
        tails: where the facts point to.
        nodes: kind and id of each node, "item 7".
        names: of the relations.
    """

    heads: NDArray[np.int64]
    relations: NDArray[np.int64]
    tails: NDArray[np.int64]
    nodes: NDArray[np.object_]
    names: NDArray[np.object_]

    @classmethod
    def of(cls, given: handed.Given) -> Facts:
        """Number what is given."""
        facts = given.facts()
        facts = facts[(facts["head_kind"] != "user") & (facts["tail_kind"] != "user")]
        ends = [facts[f"{end}_kind"] + " " + facts[end] for end in ("head", "tail")]
        numbers, nodes = pd.factorize(pd.concat(ends, ignore_index=True))
        relations, names = pd.factorize(facts["relation"])
        return cls(numbers[: len(facts)], relations, numbers[len(facts) :], np.array(nodes), np.array(names))

    def of_items(self, given: handed.Given) -> NDArray[np.int64]:
        """The number of the item that each node is, -1 for entities."""
        items = given.items.get_indexer([node.removeprefix("item ") for node in self.nodes])
        return np.where([node.startswith("item ") for node in self.nodes], items, -1)


def write_facts(given: handed.Given, folder: Path, liked: set[int]) -> None:
    """Facts, and which entity each liked item is.

    RecBole refuses a link of an item that no file of likes has.
    """
    facts = Facts.of(given)
    columns = (
        ("head_id", "e", facts.heads),
        ("relation_id", "r", facts.relations),
        ("tail_id", "e", facts.tails),
    )
    named = {f"{name}:token": [f"{letter}{n}" for n in numbers] for name, letter, numbers in columns}
    pd.DataFrame(named).to_csv(folder / "likes.kg", sep="\t", index=False)
    linked = [(f"i{item}", f"e{node}") for node, item in enumerate(facts.of_items(given)) if item in liked]
    links = pd.DataFrame(linked, columns=["item_id:token", "entity_id:token"])
    links.to_csv(folder / "likes.link", sep="\t", index=False)
