"""RecBole's files, written from what `handed.py` gives: ready-made parts, for models of three kinds.

All are named by number ("u3", "i7", "e12", "r2"). RecBole insists on a test part: it gets one like of the
training part, which nobody measures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    import handed

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


def write_facts(given: handed.Given, folder: Path, liked: set[int]) -> None:
    """Facts between items and entities, and which entity each liked item is.

    RecBole knows no facts of people, and refuses a link of an item that no file of likes has.
    """
    facts = given.facts()
    facts = facts[(facts["head_kind"] != "user") & (facts["tail_kind"] != "user")]
    kinds = pd.concat([facts["head_kind"], facts["tail_kind"]], ignore_index=True)
    ids = pd.concat([facts["head"], facts["tail"]], ignore_index=True)
    ends = pd.DataFrame({"kind": kinds, "id": ids}).assign(
        node="e" + pd.Series(pd.factorize(kinds + " " + ids)[0]).astype(str)
    )
    named = {
        "head_id:token": ends["node"].to_numpy()[: len(facts)],
        "relation_id:token": [f"r{number}" for number in pd.factorize(facts["relation"])[0]],
        "tail_id:token": ends["node"].to_numpy()[len(facts) :],
    }
    pd.DataFrame(named).to_csv(folder / "likes.kg", sep="\t", index=False)
    items = ends[ends["kind"] == "item"].drop_duplicates()
    items = items.assign(number=given.items.get_indexer(items["id"]))
    items = items[items["number"].isin(liked)]
    links = {"item_id:token": "i" + items["number"].astype(str), "entity_id:token": items["node"]}
    pd.DataFrame(links).to_csv(folder / "likes.link", sep="\t", index=False)
