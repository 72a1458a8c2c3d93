"""What a peer is given, and how it answers: files only, nothing of WhyRec. Needs pandas and SciPy.

A folder holds `likes.csv` (user, item, time, part: "train" or "valid"), `facts.csv` (head_kind, head,
relation, tail_kind, tail), `items.csv` and `people.csv`: whom to answer. A script is called with a SPEC.json,
which names that folder, the model and its options, and the files to write: ranked lists, and what the run
says of itself.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

COLUMNS = ("user", "item", "rank", "path")  # of ranked lists; a path only where a model gives one


@dataclass(frozen=True)
class Given:
    """What a peer may know, numbered.

    Attributes:
        folder: where the files lie.
        users: ids of all people with likes or to answer.
        items: ids of all items, known to somebody or not.
        likes: columns user and item (numbers), time (NaN where unknown) and part.
        asked: numbers of the people to answer.
    """

    folder: Path
    users: pd.Index
    items: pd.Index
    likes: pd.DataFrame
    asked: NDArray[np.int64]

    @classmethod
    def read(cls, folder: Path) -> Given:
        """Read the folder; ids stay text whatever they look like."""
        likes, items, people = (text(folder / name) for name in ("likes.csv", "items.csv", "people.csv"))
        users = pd.Index(pd.concat([likes["user"], people["user"]]).unique())
        rows = pd.Index(items["item"])
        numbered = likes.assign(
            user=users.get_indexer(likes["user"]),
            item=rows.get_indexer(likes["item"]),
            time=pd.to_numeric(likes["time"]),
        )
        return cls(folder, users, rows, numbered, users.get_indexer(people["user"]))

    def rows(self, *parts: str) -> pd.DataFrame:
        """The likes of these parts, each pair once and at its first time."""
        kept = self.likes[self.likes["part"].isin(parts)].sort_values("time", kind="stable")
        return kept.drop_duplicates(["user", "item"])

    def matrix(self, *parts: str) -> sparse.csr_matrix:
        """1 for a like of these parts, shape (people, items)."""
        rows = self.rows(*parts)
        shape = len(self.users), len(self.items)
        return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows["user"], rows["item"])), shape)

    def facts(self) -> pd.DataFrame:
        """The facts, as text."""
        return text(self.folder / "facts.csv")


def text(path: Path) -> pd.DataFrame:
    """A table as text, without gaps."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def lists(given: Given, users: Sequence[int], items: Sequence[Sequence[int]]) -> pd.DataFrame:
    """Best items first for each of the people, by number, -1 for no item, as a table by id."""
    top = np.asarray(items).reshape(len(users), -1)
    who, places = np.nonzero(top >= 0)
    return pd.DataFrame(
        {
            "user": given.users[np.asarray(users)[who]],
            "item": given.items[top[who, places]],
            "rank": places + 1,
        }
    )


def answer(run: Callable[[dict[str, Any], Given], tuple[pd.DataFrame, dict[str, Any]]]) -> None:
    """Read the spec that the command line names, run, and write lists and what was said of the run."""
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    del sys.argv[1:]  # RecBole reads options from there
    table, said = run(spec, Given.read(Path(spec["given"])))
    table[[name for name in COLUMNS if name in table]].to_csv(spec["lists"], index=False)
    Path(spec["said"]).write_text(json.dumps(said), encoding="utf-8")
