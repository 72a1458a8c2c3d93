import pytest

from hybrid.scorers.stems import LONGEST, USUAL, stems, with_decades


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Cities of the ’80s", ["city", "of", "the", "1980s"]),
        ("zombie zombies", ["zomby", "zomby"]),
        ("boss bus glasses shoes", ["boss", "bus", "glasse", "shoe"]),
        ("1990-1999, 1980-89, 70s, nineties, 00s", ["1990s", "1980s", "1970s", "1990s", "2000s"]),
        ("from 1980 to 1985-1989", ["from", "1980", "to", "1985", "1989"]),
        ("Sci-Fi|Amélie", ["sci", "fi", "amely"]),
        ("", []),
        ("  ", []),
    ],
)
def test_one_way_to_write_a_word(text, words):
    assert stems(text) == words


def test_a_year_is_of_its_decade():
    assert with_decades(["blade", "1982", "12", "19999"]) == ["blade", "1982", "12", "19999", "1980s"]


def test_usual_words_are_written_like_the_others():
    assert set(stems("this movie has films which")) <= USUAL


def test_an_endless_word_is_cut():
    assert stems("x" * 10_000) == ["x" * LONGEST]
