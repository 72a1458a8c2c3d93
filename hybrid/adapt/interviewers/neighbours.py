"""Ask what changes most what is foretold, by the people who answered likewise so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import sparse

from hybrid.adapt.interviewers.base import Answer, Interviewer

if TYPE_CHECKING:
    from hybrid.adapt.interviewers.base import Answers, Crowd, Worth
    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Neighbours(Interviewer):
    r"""The question whose answer is expected to take away most of the squared error of what is foretold.

    Each person v of the crowd is a neighbour of the newcomer as far as the answers so far would be v's own:

    .. math:: w_v \propto \prod_i P(a_i | v), \quad P(a | v) = (1 - \epsilon) [v \text{ answers } a]
        + \epsilon \, s_i(a), \quad r_j = \sum_v w_v [v \text{ likes } j]

    with s the shares of the crowd that give each answer. The worth of item i is what its three answers,
    weighed by their chances, would change: it is the expected fall of the squared error of r. What was asked
    about already is left out of r, for nothing of it need be foretold.

    .. math:: \sum_a p_i(a) \, |r^{(a)} - r|^2, \quad p_i(a) = \sum_v w_v P(a | v)

    A decision tree over answers (Golbandi, Koren and Lempel, WSDM 2011) splits people by the same measure;
    here nobody is cut off by one answer, and no tree is kept. Where nobody rated anything, a dislike says no
    more than a skip: that one does not like the item.

    Args:
        doubt: epsilon, how little somebody who agreed on one item need agree on another, inside (0, 1).
        shortlist: so many items that are likeliest to be known are looked at.
        judged: so many items that are liked most make up r.
    """

    name: ClassVar[str] = "neighbours"

    doubt: float = 0.6
    shortlist: int = 150
    judged: int = 2_000

    def prepared(self, crowd: Crowd, seed: int) -> Worth:  # noqa: ARG002
        """See `Interviewer.prepared`."""
        return _Neighbourhood(self, crowd).worth


class _Neighbourhood:
    """What `Neighbours` keeps of a crowd."""

    def __init__(self, options: Neighbours, crowd: Crowd) -> None:
        self._options = options
        self._rated = bool(crowd.dislikes.nnz)
        self._rows = (crowd.likes, crowd.dislikes)
        self._columns = tuple(sparse.csr_array(rows.T) for rows in self._rows)
        judged = np.argsort(-crowd.liked, kind="stable")[: options.judged]
        self._tastes, self._judged = crowd.likes[:, judged], judged
        # one more of each answer than there are, so that none is impossible
        counts = np.array([crowd.liked, crowd.disliked]) + 1.0
        self._shares = np.vstack([counts, [crowd.size + 3.0 - counts.sum(axis=0)]]) / (crowd.size + 3.0)

    def worth(self, answers: Answers) -> FloatArray:
        """See `Neighbours`; -inf beyond the shortlist, shape (num_items,)."""
        weights = self._weights(answers).astype(np.float32)
        chances = np.stack([rows.T @ weights for rows in self._rows])
        known = chances.sum(axis=0)
        asked = list(answers)
        known[asked] = -1.0
        listed = np.argsort(-known, kind="stable")[: self._options.shortlist]
        worth = np.full(len(known), -np.inf)
        worth[listed] = self._gains(listed, weights, chances[:, listed], np.isin(self._judged, asked))
        return worth

    def _weights(self, answers: Answers) -> FloatArray:
        """How much each person is a neighbour, shape (num_people,), adding up to 1."""
        logs = np.zeros(self._tastes.shape[0])
        for item, said_so in answers.items():
            answer = said_so if self._rated or said_so is Answer.LIKE else Answer.SKIP
            said = [columns[[item]].toarray()[0] for columns in self._columns]
            same = {Answer.LIKE: said[0], Answer.DISLIKE: said[1], Answer.SKIP: 1 - said[0] - said[1]}[answer]
            share = self._shares[list(Answer).index(answer), item]
            logs += np.log((1 - self._options.doubt) * same + self._options.doubt * share)
        weights = np.exp(logs - logs.max(initial=-np.inf))
        return np.asarray(weights / weights.sum())

    def _gains(self, items: IntArray, weights: ScoreArray, chances: ScoreArray, out: BoolArray) -> FloatArray:
        """What the answers about some items would change, weighed by their chances, shape (len(items),).

        Args:
            items: rows.
            weights: of the people.
            chances: that a neighbour likes and that one dislikes them, shape (2, len(items)).
            out: the judged items that are no part of r.
        """
        foretold = self._tastes.T @ weights
        foretold[out] = 0.0
        liked, disliked = (
            self._apart(columns[items], weights, out) - chance[:, None] * foretold
            for columns, chance in zip(self._columns, chances, strict=True)
        )
        squares = [_dot(liked, liked), _dot(disliked, disliked)]
        squares.append(squares[0] + squares[1] + 2 * _dot(liked, disliked))  # who skips is neither
        sure, doubt = 1 - self._options.doubt, self._options.doubt
        likely = sure * np.vstack([chances, 1 - chances.sum(axis=0)]) + doubt * self._shares[:, items]
        return np.asarray((sure**2 * np.array(squares) / likely).sum(axis=0))

    def _apart(self, people: sparse.csr_array, weights: ScoreArray, out: BoolArray) -> ScoreArray:
        """What those who gave an answer foretell, each with their weight, shape (len(people), judged)."""
        weighed = people.copy()
        weighed.data = weights[people.indices]
        found: ScoreArray = (weighed @ self._tastes).toarray()
        found[:, out] = 0.0
        return found


def _dot(first: ScoreArray, second: ScoreArray) -> ScoreArray:
    return np.asarray(np.einsum("ij,ij->i", first, second))
