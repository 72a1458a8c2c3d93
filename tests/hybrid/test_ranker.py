"""The ranker: one scale for all scorers, parts that add up, weights that validation earned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybrid import weighing
from hybrid.lessons import Lessons
from hybrid.profiles import Profiles
from hybrid.ranker import WISH_SHARE, Beginnings, Leaning, Newcomers, Ranker, calibrated
from hybrid.situation import ABOUT_ITEMS, Circumstances, Situation
from tests.worlds import make_graph

NAN = np.nan
EVERYTHING = np.ones((1, 3), dtype=np.bool_)


def scores(*rows):
    return np.array(rows, dtype=np.float32)


def usual(people, items):
    """A situation in which nobody and nothing differs."""
    return Situation(np.ones((people, 1)), np.ones((items, len(ABOUT_ITEMS))))


def learn_in(names, features, positives, situation):
    return weighing.learn(names, Lessons.of(features, positives, situation), situation.items)


def learn(names, features, positives):
    return learn_in(names, features, positives, usual(*positives.shape))


def combine(weighed, given, candidates):
    return weighed.total(weighed.parts(given, candidates, usual(*candidates.shape)))


def test_calibrated_scores_have_mean_0_and_deviation_1():
    # 1, 2, 3: mean 2, deviation sqrt(2/3); the scale and the place of the scores do not matter
    for given in (scores([1, 2, 3]), scores([-500, 0, 500])):
        np.testing.assert_allclose(calibrated(given, EVERYTHING), [[-(1.5**0.5), 0, 1.5**0.5]], rtol=1e-5)


def test_scores_that_are_all_the_same_say_nothing():
    np.testing.assert_array_equal(calibrated(scores([7, 7, 7]), EVERYTHING), [[0, 0, 0]])
    np.testing.assert_array_equal(calibrated(scores([NAN, 7, NAN]), EVERYTHING), [[NAN, 0, NAN]])


def test_an_abstaining_scorer_stays_silent_and_infinity_is_no_score():
    assert np.isnan(calibrated(scores([NAN, NAN, NAN]), EVERYTHING)).all()
    np.testing.assert_allclose(calibrated(scores([1, np.inf, 3]), EVERYTHING), [[-1, NAN, 1]], rtol=1e-5)


def test_far_out_scores_are_drawn_in_and_keep_their_order():
    far = np.zeros((1, 1000), dtype=np.float32)
    far[0, :3] = 1e6, 2e6, 3e6
    top = calibrated(far, np.ones_like(far, dtype=np.bool_))[0, :3]
    assert (np.diff(top) > 0.5).all()
    assert top[2] < 22  # it is 25 standard deviations out


def test_what_may_not_be_recommended_does_not_count():
    candidates = np.array([[True, False, True]])
    for liked in (2.0, -1e9, NAN):
        out = calibrated(scores([1, liked, 3]), candidates)
        np.testing.assert_allclose(out, [[-1, NAN, 1]], rtol=1e-5)


def test_people_are_calibrated_apart():
    both = calibrated(scores([1, 2, 3], [300, 100, 200]), np.ones((2, 3), dtype=np.bool_))
    np.testing.assert_allclose(both, 1.5**0.5 * np.array([[-1, 0, 1], [1, -1, 0]]), rtol=1e-5)


@pytest.fixture
def three():
    """Three scorers of which one abstains on a person and another on an item."""
    rng = np.random.default_rng(0)
    given = {name: rng.normal(size=(4, 6)).astype(np.float32) for name in ("a", "b", "c")}
    given["a"][1] = NAN
    given["b"][:, 5] = NAN
    for one in given.values():
        one[3] = NAN
    candidates = rng.random((4, 6)) < 0.8
    candidates[:, 5] = True
    return Ranker(("a", "b", "c"), np.array([0.5, 2.0, 1.0])), given, candidates


def test_parts_add_up_to_the_score(three):
    weighed, given, candidates = three
    parts = weighed.parts(given, candidates, usual(4, 6))
    total = combine(weighed, given, candidates)
    assert parts.shape == (3, 4, 6)
    np.testing.assert_allclose(np.nansum(parts, axis=0)[~np.isnan(total)], total[~np.isnan(total)], atol=1e-5)
    np.testing.assert_array_equal(np.isnan(parts).all(0), np.isnan(total))
    np.testing.assert_array_equal(np.isnan(total[:3]), ~candidates[:3])
    assert np.isnan(total[3]).all()


def test_where_one_abstains_the_others_decide(three):
    weighed, given, candidates = three
    without = Ranker(("b", "c"), np.array([2.0, 1.0]))
    np.testing.assert_array_equal(
        combine(weighed, given, candidates)[1], combine(without, given, candidates)[1]
    )
    alone = Ranker(("a", "c"), np.array([0.5, 1.0]))
    np.testing.assert_array_equal(
        combine(weighed, given, candidates)[:, 5], combine(alone, given, candidates)[:, 5]
    )


def sample(people=60, items=30, seed=0):
    """Calibrated scores of a scorer that knows, one that guesses and one that is wrong on purpose."""
    rng = np.random.default_rng(seed)
    positives = np.zeros((people, items), dtype=np.bool_)
    positives[np.arange(people), rng.integers(items, size=people)] = True
    positives[: people // 2, 0] = True
    noise = rng.normal(size=(3, people, items))
    raw = np.stack([noise[0] + 3 * positives, noise[1], noise[2] - 3 * positives]).astype(np.float32)
    everything = np.ones((people, items), dtype=np.bool_)
    return np.stack([calibrated(one, everything) for one in raw]), positives


def test_weights_go_to_the_scorer_that_knows():
    features, positives = sample()
    learned = learn(["guesses", "knows", "errs"], features[[1, 0, 2]], positives)
    assert learned.names == ("guesses", "knows", "errs")
    assert learned.weights[1] > 0.85
    assert learned.weights.sum() == pytest.approx(1)


def test_a_scorer_of_little_worth_keeps_a_small_say_and_a_mute_one_has_none():
    """So that words alone are enough for a query, though histories may make them superfluous."""
    features, positives = sample()
    silent = np.full_like(features[:1], NAN)
    learned = learn(["knows", "guesses", "errs", "mute"], np.concatenate([features, silent]), positives)
    assert (learned.weights[1:3] > 0.005).all()
    assert (learned.weights[1:3] < 0.1).all()
    assert learned.weights[3] == 0.0


def plain_ndcg(weights, features, positives):
    """Mean NDCG@20 by sorting each person's candidates; a scorer that abstains gives nothing."""
    values = []
    for person in range(positives.shape[0]):
        known = np.flatnonzero(~np.isnan(features[:, person]).all(0))
        liked = positives[person, known]
        if liked.any():
            scores = np.tensordot(weights, np.nan_to_num(features[:, person, known]), 1)
            hits = liked[np.argsort(-scores)][:20]
            gains = 1 / np.log2(np.arange(2, 22))
            values.append((gains[: len(hits)] * hits).sum() / gains[: liked.sum()].sum())
    return np.mean(values)


def with_gaps():
    """Two scorers that know different halves, one that guesses; some abstain on people and on items."""
    features, positives = sample()
    rng = np.random.default_rng(5)
    raw = rng.normal(size=features.shape).astype(np.float32)
    raw[0, :, :15] += 2.5 * positives[:, :15]
    raw[1, :, 15:] += 2.5 * positives[:, 15:]
    features = np.stack([calibrated(one, np.ones_like(positives)) for one in raw])
    features[0, :10] = NAN  # one scorer abstains on some people
    features[:, 30:, 4] = NAN  # all of them on some items: no candidates
    features[:, 7] = NAN  # and on a whole person
    return features, positives


def test_the_weights_are_nearly_the_best_there_are():
    features, positives = with_gaps()
    learned = learn(["a", "b", "c"], features, positives).weights
    grid = [(a, b, 1 - a - b) for a in np.linspace(0, 1, 26) for b in np.linspace(0, 1 - a, 26)]
    best = max(plain_ndcg(np.array(weights), features, positives) for weights in grid)
    assert plain_ndcg(learned, features, positives) > best - 0.01
    for worse in ([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]):
        assert plain_ndcg(np.array(worse) / sum(worse), features, positives) < best - 0.02


def test_what_is_no_candidate_stands_in_nobodys_way():
    """Scores below 0, as all are that lie under the mean, must not fall behind items that are not ranked."""
    features = np.full((2, 1, 40), NAN, dtype=np.float32)
    features[0, 0, :2] = -0.1, -0.9  # right: the liked item, 0, is above the only other candidate
    features[1, 0, :2] = -2.0, -1.0
    positives = np.zeros((1, 40), dtype=np.bool_)
    positives[0, 0] = True
    right, wrong = learn(["right", "wrong"], features, positives).weights
    assert right * 0.8 > wrong * 1.0


def test_the_same_validation_gives_the_same_weights():
    features, positives = with_gaps()
    first, second = (learn(["a", "b", "c"], features, positives).weights for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_nothing_to_learn_from_is_said():
    features, positives = sample()
    with pytest.raises(Exception, match="no validation item is among the candidates"):
        learn(["a", "b", "c"], features, np.zeros_like(positives))


def test_a_scorer_without_weight_has_no_say():
    """Not even where nobody else can tell: then nothing is recommended, not anything in random order."""
    weighed = Ranker(("history", "mute"), np.array([1.0, 0.0]))
    given = {"history": scores([NAN, NAN, NAN], [1, 2, 3]), "mute": scores([5, 9, 7], [5, 9, 7])}
    total = combine(weighed, given, np.ones((2, 3), dtype=np.bool_))
    assert np.isnan(total[0]).all()
    np.testing.assert_allclose(total[1], [-(1.5**0.5), 0, 1.5**0.5], rtol=1e-5)


def where_two_take_turns(people=200, items=40):
    """One scorer knows what people with long histories like, another what those with short ones do."""
    rng = np.random.default_rng(1)
    positives = np.zeros((people, items), dtype=np.bool_)
    positives[np.arange(people), rng.integers(items, size=people)] = True
    raw = rng.normal(size=(2, people, items)).astype(np.float32)
    raw[0, people // 2 :] += 3 * positives[people // 2 :]
    raw[1, : people // 2] += 3 * positives[: people // 2]
    everything = np.ones_like(positives)
    lengths = np.where(np.arange(people) < people // 2, np.log1p(2), np.log1p(50))
    situation = Situation(lengths[:, None], np.ones((items, len(ABOUT_ITEMS))))
    return np.stack([calibrated(one, everything) for one in raw]), positives, situation


def first(weighed, features, positives, situation):
    """How many people have their liked item first."""
    given = dict(zip(weighed.names, features, strict=True))
    total = weighed.total(weighed.parts(given, np.ones_like(positives), situation))
    return positives[np.arange(len(total)), total.argmax(axis=1)].sum()


def test_weights_shift_with_the_length_of_the_history():
    features, positives, situation = where_two_take_turns()
    learned = learn_in(["long", "short"], features, positives, situation)
    by_person = learned.people.factors(situation.people) * learned.weights[:, None]
    assert (by_person[0, 100:] > 3 * by_person[1, 100:]).all()
    assert (by_person[1, :100] > 3 * by_person[0, :100]).all()
    same = learn(["long", "short"], features, positives)
    assert first(learned, features, positives, situation) > 1.2 * first(same, features, positives, situation)


def test_weights_shift_with_the_item():
    """A scorer knows the items that many like, another those that few do."""
    features, positives, _ = where_two_take_turns()
    liked = positives.argmax(axis=1)
    order = np.argsort(liked >= 20, kind="stable")[::-1]  # the people of the last items first
    features, positives = features[:, order], positives[order]
    rng = np.random.default_rng(2)
    noise = rng.normal(size=features.shape)
    popular = np.arange(40) >= 20
    noise[0] += 3 * (positives & popular)
    noise[1] += 3 * (positives & ~popular)
    features = noise.astype(np.float32)
    traits = np.ones((40, len(ABOUT_ITEMS)))
    traits[:, 0] = np.where(popular, 5.0, 1.0)
    learned = learn_in(["popular", "rare"], features, positives, Situation(np.ones((200, 1)), traits))
    by_item = learned.items.factors(traits) * learned.weights[:, None]
    assert (by_item[0, popular] > 1.5 * by_item[1, popular]).all()
    assert (by_item[1, ~popular] > 1.5 * by_item[0, ~popular]).all()


def test_few_people_shift_little():
    features, positives, situation = where_two_take_turns()
    few = np.r_[0:5, 100:105]
    some = Situation(situation.people[few], situation.items)
    shifts = [
        np.abs(learn_in(["a", "b"], features[:, rows], positives[rows], one).people.by).max()
        for rows, one in ((few, some), (np.arange(200), situation))
    ]
    assert shifts[0] < shifts[1] / 2


def test_a_trait_counts_in_standard_deviations_and_not_beyond_what_was_seen():
    leaning = Leaning(np.array([[1.0], [0.0]]), np.array([10.0]), np.array([2.0]))
    traits = np.array([[10.0], [12.0], [1e9], [NAN]])
    np.testing.assert_allclose(leaning.factors(traits)[0], [1, np.e, np.exp(2.5), 1])
    np.testing.assert_array_equal(leaning.factors(traits)[1], 1)


def test_a_trait_that_never_differs_is_none():
    leaning = Leaning.none(2, np.array([[3.0, NAN], [3.0, NAN]]))
    np.testing.assert_array_equal(leaning.standard(np.array([[7.0, 1.0]])), 0)


def test_the_situation_is_counted_in_the_graph():
    day = 86_400.0
    graph = make_graph(
        [(0, 0, 0.0), (1, 0, day), (1, 1, 3 * day)],
        num_users=2,
        num_items=3,
        facts=[("i1", "made_by", "a"), ("b", "acts_in", "i1")],
        texts={"i2": "words"},
    )
    about = Circumstances.of(graph).items
    np.testing.assert_allclose(about[:, 0], np.log1p([2, 1, 0]))
    np.testing.assert_allclose(about[:, 1], np.log1p([0, 2, 0]))
    np.testing.assert_array_equal(about[:, 2], [0, 0, 1])
    np.testing.assert_allclose(about[:, 3], [np.log1p(3), 0, NAN])


def test_lessons_of_some_people_after_others_are_those_of_all():
    features, positives = with_gaps()
    everybody = usual(*positives.shape)
    whole = Lessons.of(features, positives, everybody)
    parts = [
        Lessons.of(features[:, rows], positives[rows], Situation(everybody.people[rows], everybody.items))
        for rows in (slice(0, 7), slice(7, 8), slice(8, 60))
    ]
    assert [len(part) for part in parts] == [7, 0, 52]  # the person of whom nobody can tell is left out
    joined = Lessons.joined(parts)
    for name in ("items", "scores", "liked", "real", "wanted", "people"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(whole, name))


def test_lessons_hold_the_first_hundred_of_every_scorer():
    rng = np.random.default_rng(3)
    features = rng.normal(size=(2, 5, 400)).astype(np.float32)
    positives = np.zeros((5, 400), dtype=np.bool_)
    positives[:, 0] = True
    lessons = Lessons.of(features, positives, usual(5, 400))
    for person in range(5):
        kept = set(lessons.items[person][lessons.real[person]].tolist())
        first = {int(item) for scores in features[:, person] for item in np.argsort(-scores)[:100]}
        assert kept == first
        assert (0 in first) == lessons.liked[person].any()
    assert (lessons.wanted == 1).all()


def in_situation(weighed, given, situation):
    parts = weighed.parts(given, np.ones((len(situation.people), 3), dtype=np.bool_), situation)
    return parts, weighed.total(parts)


def known_of(*lengths, new=()):
    """People with so many likes, and three items of which some are new."""
    items = np.ones((3, len(ABOUT_ITEMS)))
    items[list(new), 0] = 0.0
    return Situation(np.log1p(lengths)[:, None], items, new_people=np.ones(len(lengths), dtype=np.bool_))


def test_the_fewer_likes_the_more_the_weights_of_beginnings_count():
    fading = Leaning(np.array([[0.0], [1.0]]), np.zeros(1), np.ones(1))
    beginnings = Beginnings(np.array([0.5, 0.5]), fading, 15.0)
    weighed = Ranker(("often", "seldom"), np.array([0.2, 0.8]), beginnings=beginnings)
    got = weighed.of_people(known_of(0, 1, 10, 15, 100)).T
    np.testing.assert_allclose(got[0], [0.5, 0.5])
    np.testing.assert_allclose(got[1], [1 / 3, 2 / 3])  # exp(log 2) = 2 times as much for the second
    np.testing.assert_allclose(got[3:], [[0.2, 0.8]] * 2)
    between = weighed.of_people(known_of(np.sqrt(11 * 16) - 1))[
        :, 0
    ]  # halfway from 10 to 15, by the logarithm
    early = np.array([1.0, np.exp(2.5)])  # a trait counts up to 2.5 standard deviations
    np.testing.assert_allclose(between, 0.5 * early / early.sum() + 0.5 * np.array([0.2, 0.8]))


def test_known_people_have_usual_weights_however_few_their_likes():
    beginnings = Beginnings(np.array([0.5, 0.5]), Leaning.steady(1), 15.0)
    weighed = Ranker(("often", "seldom"), np.array([0.2, 0.8]), beginnings=beginnings)
    some = replace(known_of(0, 0), new_people=np.array([True, False]))
    np.testing.assert_allclose(weighed.of_people(some).T, [[0.5, 0.5], [0.2, 0.8]])
    graph = make_graph([(0, 0)], num_users=2, num_items=1)
    asking = Profiles.of_users(graph, np.arange(2))
    around = Circumstances.of(graph).around
    assert around(asking).new_people.tolist() == [False, True]
    assert around(asking, new=True).new_people.all()
    assert around(Profiles.of_likes(np.array([0]))).new_people.all()


def test_a_scorer_without_a_weight_in_the_situation_gives_no_part_and_is_not_asked():
    beginnings = Beginnings(np.array([1.0, 0.0]), Leaning.steady(1), 1.0)
    weighed = Ranker(("early", "late"), np.array([0.0, 1.0]), beginnings=beginnings)
    given = {"early": scores([1, 2, 3], [1, 2, 3]), "late": scores([3, 2, 1], [3, 2, 1])}
    parts, total = in_situation(weighed, given, known_of(0, 5))
    assert np.isnan(parts[1, 0]).all()
    assert np.isnan(parts[0, 1]).all()
    assert total[0].argmax() == 2
    assert total[1].argmax() == 0
    assert weighed.speaking(known_of(0, 0)) == ("early",)
    assert weighed.speaking(known_of(5)) == ("late",)


def test_new_items_have_weights_of_their_own_and_the_offset_is_shared_by_who_speaks():
    newcomers = Newcomers(np.array([0.0, 1.0, 3.0]), -2.0)
    weighed = Ranker(("likes", "facts", "words"), np.array([1.0, 0.0, 0.0]), newcomers=newcomers)
    given = {"likes": scores([1, 2, NAN]), "facts": scores([1, 2, 3]), "words": scores([NAN, NAN, NAN])}
    parts, total = in_situation(weighed, given, known_of(20, new=[2]))
    height = 1.5**0.5  # of the last of three evenly spaced scores, in standard deviations
    np.testing.assert_allclose(parts[:, 0, 2], [NAN, height - 2, NAN], rtol=1e-5)
    np.testing.assert_allclose(total[0], [-1, 1, height - 2], rtol=1e-5)
    assert weighed.speaking(known_of(20)) == ("likes",)
    both = newcomers.parts(np.array([0.0, 1.0, 1.0], dtype=np.float32).reshape(3, 1, 1))[:, 0, 0]
    np.testing.assert_allclose(both, [NAN, 1 - 0.5, 3 - 1.5], rtol=1e-6)


def test_a_wish_counts_three_quarters_and_is_heard_by_those_who_read_it():
    wishes = np.array([[0.0, 1.0], [0.0, 0.0]])
    weighed = Ranker(("likes", "words"), np.array([1.0, 0.0]), wishes=wishes)
    given = {"likes": scores([1, 2, 3], [1, 2, 3]), "words": scores([3, 2, 1], [3, 2, 1])}
    asks = np.array([[True, False], [False, False]])
    situation = Situation(np.log1p([20.0, 20.0])[:, None], known_of(20).items, asks)
    parts, total = in_situation(weighed, given, situation)
    height = 1.5**0.5
    np.testing.assert_allclose(parts[:, 0, 0], [-height * (1 - WISH_SHARE), height * WISH_SHARE], rtol=1e-5)
    assert np.isnan(parts[1, 1]).all()
    assert total[0].argmax() == 0
    assert total[1].argmax() == 2


def test_further_scorers_join_without_a_weight_and_keep_the_shifts_of_the_others():
    shift = Leaning(np.array([[0.5], [0.1]]), np.zeros(1), np.ones(1))
    before = Ranker(("a", "b"), np.array([0.7, 0.3]), people=shift)
    after = before.among(["b", "new", "a"])
    assert after.by_name() == {"b": 0.3, "new": 0.0, "a": 0.7}
    traits = np.array([[1.0]])
    np.testing.assert_allclose(
        after.people.factors(traits)[:, 0],
        [*before.people.factors(traits)[[1], 0], 1.0, before.people.factors(traits)[0, 0]],
    )


def test_where_recall_counts_many_hits_far_down_are_worth_more():
    """One scorer has one of three wanted items first and the others last, the other all in the middle."""
    rng = np.random.default_rng(0)

    def heard(wanted):
        rest = rng.permuted(np.tile(np.linspace(1.8, -1.7, 57), (200, 1)), axis=1)
        return np.hstack([np.tile(wanted, (200, 1)), rest])

    features = np.stack([heard([1.9, -1.8, -1.9]), heard([0.9, 0.89, 0.88])]).astype(np.float32)
    positives = np.tile(np.arange(60) < 3, (200, 1))
    lessons = Lessons.of(features, positives, usual(200, 60))
    ordered, found = (
        weighing.learn(["first", "all"], lessons, usual(200, 60).items, recall=recall).by_name()
        for recall in (0.0, 1.0)
    )
    assert found["all"] > ordered["all"] + 0.1
