import numpy as np
import pytest

from hybrid.profiles import Profiles, Wish
from hybrid.scorers import Resources
from hybrid.scorers.text import Text
from tests.worlds import make_graph, text_table

GRAPH = make_graph(
    num_users=1,
    num_items=4,
    texts={"i0": "whales in the sea", "i1": "sea and whales", "i2": "robots on mars"},
)
RESOURCES = Resources(text=text_table(GRAPH))


def fit(**options):
    return Text(**options).fit(GRAPH, RESOURCES)


def asked(text, items=()):
    return Profiles.of_likes(np.array(items, dtype=np.int64), wish=Wish(text))


def test_items_that_read_like_the_liked_ones_come_first():
    scores = fit().score(asked("", [0]))[0]
    assert scores[0] == pytest.approx(1.0, abs=1e-6)
    assert scores[1] > scores[2]


def test_an_item_without_text_is_never_scored_and_does_not_help():
    assert np.isnan(fit().score(asked("robots", [0]))[0, 3])
    assert np.isnan(fit().score(asked("", [3]))).all()
    np.testing.assert_allclose(fit().score(asked("", [3, 0])), fit().score(asked("", [0])), rtol=1e-5)


def test_words_alone_are_an_answer():
    scores = fit().score(asked("mars robots"))[0]
    assert scores[:3].argmax() == 2


def test_words_and_likes_share():
    scores = {share: fit(query_share=share).score(asked("robots", [0]))[0] for share in (0.0, 0.5, 1.0)}
    assert scores[0.0][2] < scores[0.5][2] < scores[1.0][2]
    np.testing.assert_allclose(scores[0.0], fit().score(asked("", [0]))[0], rtol=1e-5)
    np.testing.assert_allclose(scores[1.0], fit().score(asked("robots"))[0], rtol=1e-5)


def test_newer_likes_weigh_more_with_a_half_life():
    profile = asked("", [2, 0])
    assert fit(half_life=0.5).score(profile)[0, 1] > fit().score(profile)[0, 1]


def test_without_text_it_abstains_on_everything():
    for resources in (Resources(), Resources(text=text_table(make_graph(num_users=1, num_items=4)))):
        scores = Text().fit(GRAPH, resources).score(asked("whales", [0]))
        assert scores.shape == (1, 4)
        assert np.isnan(scores).all()


def test_restored_without_an_encoder_it_still_reads_histories():
    restored = Text().restored(fit().state(), GRAPH, Resources())
    np.testing.assert_array_equal(restored.score(asked("", [0])), fit().score(asked("", [0])))
    assert np.isnan(restored.score(asked("whales"))).all()


def test_centred_vectors_say_what_sets_a_text_apart():
    graph = make_graph(
        num_users=1,
        num_items=4,
        texts={
            "i0": "film film film film whales",
            "i1": "film whales",
            "i2": "film film film film robots",
            "i3": "film film film film mars",
        },
    )
    resources = Resources(text=text_table(graph))
    plain, centred = (Text(centred=way).fit(graph, resources) for way in (False, True))
    assert plain.score(asked("", [0]))[0, 2] > plain.score(asked("", [0]))[0, 1]
    assert centred.score(asked("", [0]))[0, 1] > centred.score(asked("", [0]))[0, 2]
    assert centred.score(asked("film whales"))[0].argmax() == 1
    np.testing.assert_allclose(np.linalg.norm(centred.vectors, axis=1), 1, rtol=1e-5)
    restored = Text(centred=True).restored(centred.state(), graph, resources)
    np.testing.assert_array_equal(restored.score(asked("mars")), centred.score(asked("mars")))
