"""Variants keep the order of what they keep, never lose everything, and follow their generator."""

import numpy as np
import pytest

from hybrid.text.augmentation import Augmenter, AugmentOptions
from kg.errors import WhyRecError

TEXT = "Toy Story. Animation Comedy. 1995"


def variants(count=200, text=TEXT, seed=0, **options):
    augment, rng = Augmenter(AugmentOptions(**options)), np.random.default_rng(seed)
    return [augment(text, rng) for _ in range(count)]


def test_without_options_texts_stay():
    assert set(variants(5)) == {TEXT}


def test_token_dropout_leaves_a_share_of_the_words_in_their_order():
    words = TEXT.split()
    found = [variant.split() for variant in variants(2000, token_dropout=0.3)]
    assert all(words == sorted(words, key=words.index) for words in found)
    assert all(found)
    assert np.mean([len(words) for words in found]) == pytest.approx(0.7 * len(words), rel=0.03)


def test_attribute_dropout_takes_whole_attributes():
    found = set(variants(attribute_dropout=0.5))
    attributes = TEXT.split(". ")
    assert found == {
        ". ".join(part for index, part in enumerate(attributes) if kept >> index & 1) for kept in range(1, 8)
    }


def test_synonyms_replace_words_of_the_table_and_the_longest_first():
    table = {"comedy": ("farce",), "Toy Story": ("a film",), "story": ("tale",)}
    assert set(variants(synonyms=0.999, table=table, count=20)) == {"a film. Animation farce. 1995"}
    assert variants(1, "tragicomedy", synonyms=0.999, table=table) == ["tragicomedy"]
    assert set(variants(synonyms=0.5, text="comedy", table=table)) == {"comedy", "farce"}


def test_the_own_table_knows_genres():
    assert set(variants(synonyms=0.9, text="Comedy")) == {"Comedy", "funny", "humour"}
    assert set(variants(2, synonyms=0.9, text="Comedy", table={})) == {"Comedy"}


def test_the_same_generator_gives_the_same_variants():
    options = {"token_dropout": 0.3, "attribute_dropout": 0.3, "synonyms": 0.5}
    assert variants(**options) == variants(**options)
    assert variants(**options) != variants(seed=1, **options)


def test_a_single_word_and_nothing_survive():
    options = {"token_dropout": 0.9, "attribute_dropout": 0.9, "synonyms": 0.9}
    assert set(variants(text="Alien", **options)) == {"Alien"}
    assert set(variants(text="", **options)) == {""}


def test_a_share_of_all_is_refused():
    with pytest.raises(WhyRecError, match="token_dropout must lie in"):
        AugmentOptions(token_dropout=1.0)
