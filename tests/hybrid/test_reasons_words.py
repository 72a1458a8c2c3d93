"""Explanations in words: exactly these sentences, in English and German."""

from __future__ import annotations

import math

import pytest

from hybrid.reasons.contrasts import contrast
from hybrid.reasons.explanation import LikeShare, Passage
from hybrid.reasons.words import clause, clauses, paragraph
from kg import QueryError, languages
from tests.hybrid.explained import explanation

NAN = math.nan
SCOTT = "You liked Alien. Like it, Gladiator is directed by Ridley Scott."


def likes(**totals):
    return tuple(LikeShare(name, name.title(), {"ease": total}) for name, total in totals.items())


def test_what_stood_its_test_is_the_reason():
    assert paragraph(explanation()) == (
        f"Gladiator fits because of this: {SCOTT} It scores mostly because you liked Alien."
    )


def test_what_is_related_is_no_reason():
    told = paragraph(explanation(verdict="related", likes=()))
    assert told == (
        "Gladiator is related to what you like, though little of its score comes from that: "
        f"{SCOTT} What speaks for it: it goes together with what you like."
    )
    assert "because" not in told


def test_what_nobody_tested_is_a_link():
    assert paragraph(explanation(verdict="untested", likes=likes(alien=NAN))) == (
        f"This links Gladiator to what you like: {SCOTT} "
        "What speaks for it: it goes together with what you like."
    )


def test_a_reason_that_stood_its_test_comes_before_a_stronger_one_that_did_not():
    first, second = explanation(verdict="related").reasons[0], explanation().reasons[1]
    assert paragraph(explanation(reasons=(first, second))).startswith(
        "Gladiator fits because of this: You liked Heat. 7 people who liked it also liked Gladiator."
    )


@pytest.mark.parametrize(
    ("given", "rest", "told"),
    [
        ({"alien": 0.5, "heat": 0.4, "up": 0.3}, {}, "It scores mostly because you liked Alien and Heat."),
        ({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, {}, "It scores mostly because you liked A, B and C."),
        (
            {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1},
            {},
            "Of all you liked, A, B and C speak most for it.",
        ),
        ({"alien": 0.2}, {"ease": 1.0}, "Of all you liked, Alien speaks most for it."),
        (
            {"alien": 1.0, "heat": -0.7},
            {},
            "It scores mostly because you liked Alien. That you liked Heat speaks against it.",
        ),
        ({"alien": 1.0, "heat": -0.2, "up": NAN}, {}, "It scores mostly because you liked Alien."),
    ],
)
def test_the_likes_that_carried_the_score(given, rest, told):
    assert paragraph(explanation(likes=likes(**given), rest=rest)) == (
        f"Gladiator fits because of this: {SCOTT} {told}"
    )


def test_without_a_path_the_scorers_speak():
    parts = {"ease": 0.3, "text": 0.9, "graph": NAN, "popularity": 0.5, "als": -2.0}
    assert paragraph(explanation(reasons=(), likes=(), parts=parts)) == (
        "No path leads to Gladiator. What speaks for it: its description fits; many people like it."
    )


def test_nothing_speaks_for_it():
    parts = {"ease": -0.3, "text": -0.22, "graph": NAN}
    assert paragraph(explanation(parts=parts, score=-0.52, likes=likes(heat=-0.2))) == (
        "Nothing speaks for Gladiator; its score is -0.52. That you liked Heat speaks against it."
    )


def test_doubts_and_notes_are_said():
    told = paragraph(
        explanation(confidence=0.031, notes=("it does not meet 'genre = War'", "ann is unknown"))
    )
    assert told.endswith(
        "This is unsure: the chance that Gladiator is among your next likes is 3%. "
        "Note: it does not meet 'genre = War'; ann is unknown."
    )
    assert "unsure" not in paragraph(explanation(confidence=0.2))


def test_a_passage_that_is_near():
    near = (Passage("A general  fights.", "A crew fights.", "Alien", 0.8),)
    assert paragraph(explanation(passages=near)).endswith(
        "Its text says “A general fights.”, which is close to “A crew fights.”, said of Alien."
    )
    wish = (Passage("A general fights. " * 20, "fighting", "", 0.8),)
    told = paragraph(explanation(passages=wish))
    assert told.endswith("A general fights. A general …”, which is close to your words “fighting”.")
    assert len(told) < 400
    for far in (Passage("A", "B", "Alien", 0.3), Passage("A", "B", "Alien", NAN)):
        assert "Its text" not in paragraph(explanation(passages=(far,)))
    assert "Its text" not in paragraph(explanation(passages=near, parts={"ease": 1.5, "text": -0.1}))


def test_at_most_five_sentences_and_doubts_stay():
    told = paragraph(
        explanation(
            verdict="related",
            likes=likes(alien=1.0, heat=-0.9),
            passages=(Passage("A", "B", "Alien", 0.8),),
            confidence=0.01,
            notes=("n",),
        )
    )
    assert "Its text" not in told
    assert "What speaks" not in told
    assert told.endswith("is 1%. Note: n.")


def test_in_german():
    assert paragraph(explanation(language="de", confidence=0.031), "de") == (
        "Gladiator passt, und zwar deshalb: "
        "Dir gefiel Alien. Auch Gladiator wurde inszeniert von Ridley Scott. "
        "Der Wert kommt vor allem daher, dass dir Alien gefiel. Das ist unsicher: Die Aussicht, dass dir "
        "Gladiator als Nächstes gefällt, liegt bei 3 %."
    )


def of(item, score, parts, **changes):
    return explanation(item, score=score, parts=parts, **changes)


def test_why_this_and_not_that():
    one = of("i1", 1.5, {"ease": 1.2, "text": 0.3}, likes=likes(alien=0.9, heat=0.3))
    other = of("i3", 0.87, {"ease": 0.2, "text": 0.67}, likes=likes(alien=0.1, heat=0.6))
    assert contrast(one, other) == (
        "Gladiator scores 1.50, more than Aliens with 0.87. "
        "More speaks for Gladiator: you liked Alien; it goes together with what you like. "
        "More speaks for Aliens: you liked Heat; its description fits."
    )
    assert contrast(other, one).startswith(
        "Aliens scores 0.87, less than Gladiator with 1.50. More speaks for A"
    )
    assert contrast(one, other, "de") == (
        "Gladiator hat den Wert 1,50, mehr als Aliens mit 0,87. "
        "Mehr spricht für Gladiator: dir gefiel Alien; es passt zu dem, was dir gefällt. "
        "Mehr spricht für Aliens: dir gefiel Heat; die Beschreibung passt."
    )


def test_what_is_not_known_tells_nothing_apart():
    one = of("i1", 1.0, {"ease": NAN, "text": 1.0}, likes=likes(alien=NAN))
    other = of("i3", 1.0, {"ease": 1.0, "text": 1.0}, likes=likes(alien=1.0))
    assert contrast(one, other) == (
        "Gladiator and Aliens score about the same, 1.00 and 1.00. Nothing that is known tells them apart."
    )
    unknown = of("i1", NAN, {"text": 2.0})
    assert contrast(unknown, other) == (
        "More speaks for Gladiator: its description fits. Nothing speaks more for Aliens."
    )


def test_a_note_on_one_of_them_is_said():
    one = of("i1", 2.0, {"text": 2.0}, notes=("ann is unknown",))
    other = of("i3", 1.0, {"text": 1.0}, notes=("ann is unknown", "it does not meet 'genre = War'"))
    assert contrast(one, other).endswith("Note on Aliens: it does not meet 'genre = War'.")


def test_a_name_that_looks_like_a_template_stays_a_name():
    hostile = LikeShare("x", "{0.__class__} %s {names}", {"ease": 1.0})
    told = paragraph(explanation(likes=(hostile,)))
    assert told.endswith("It scores mostly because you liked {0.__class__} %s {names}.")


def test_a_scorer_nobody_knows_is_called_by_its_name():
    english = languages.load("en")
    assert (
        clauses([clause("mine", english), clause("text", english)], english) == "mine; its description fits"
    )


def test_a_language_that_is_not_there_is_refused():
    for told in (
        lambda: paragraph(explanation(), "xx"),
        lambda: contrast(explanation(), explanation(), "xx"),
    ):
        with pytest.raises(QueryError, match="there is no language 'xx'"):
            told()


@pytest.mark.parametrize("code", languages.find())
def test_every_language_tells_everything(code):
    parts = {"ease": 1.0, "text": 0.6}
    near = (Passage("A", "B", "Alien", 0.8),)
    for verdict in ("because", "related", "untested"):
        told = paragraph(
            explanation(language=code, verdict=verdict, parts=parts, passages=near, confidence=0.01), code
        )
        for name in ("Gladiator", "Alien", "Ridley Scott", "1"):
            assert name in told
        assert not set("{}") & set(told)
    told = contrast(of("i1", 2.0, parts, notes=("a",)), of("i3", 1.0, {"ease": 0.0, "text": 1.6}), code)
    assert "Gladiator" in told
    assert "Aliens" in told
