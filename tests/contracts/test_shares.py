"""Every scorer that is a sum over likes says what each like gave, and what it says adds up."""

import numpy as np
import pytest

from hybrid.profiles import Profiles, Wish
from hybrid.scorers import find
from tests.contracts.test_scorers import NAMES, fitted, world

SUMS = {"als", "content", "ease", "filters", "graph", "itemknn", "recent", "rp3beta", "text", "transitions"}
LIKES = np.array([3, 0, 5, 2])


def told(name, person):
    return fitted(name).shares(person, np.arange(world(name).num_items))


@pytest.mark.parametrize("name", NAMES)
def test_it_says_so_where_a_score_is_no_sum_over_likes(name):
    assert (told(name, Profiles.of_likes(LIKES)) is not None) == (name in SUMS)


@pytest.mark.parametrize("name", sorted(SUMS & set(NAMES)))
def test_shares_add_up_to_the_score(name):
    person = Profiles.of_likes(LIKES)
    shares, scores = told(name, person), fitted(name).score(person)[0]
    assert shares.shape == (len(LIKES), len(scores))
    known = np.isfinite(scores)
    assert known.any()
    np.testing.assert_allclose(shares.sum(axis=0)[known], scores[known], atol=1e-5)


@pytest.mark.parametrize("name", sorted(SUMS & set(NAMES)))
def test_some_items_have_the_shares_that_they_have_among_all(name):
    person, some = Profiles.of_likes(LIKES), np.array([7, 1])
    np.testing.assert_allclose(fitted(name).shares(person, some), told(name, person)[:, some], atol=1e-6)


def test_what_the_words_give_is_no_share_of_a_like():
    likes, both = Profiles.of_likes(LIKES), Profiles.of_likes(LIKES, wish=Wish(text="white"))
    assert np.abs(told("text", both)).max() < np.abs(told("text", likes)).max()
    left = fitted("text").score(both)[0] - told("text", both).sum(axis=0)
    assert left[:20:2].min() > left[1:20:2].max()  # even fields are white


def test_all_scorers_are_looked_at():
    assert SUMS.issubset(find())
