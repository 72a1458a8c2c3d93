"""What a language model makes of an explanation is shown only if the explanation holds all of it."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hybrid.reasons.explanation import Reason
from hybrid.reasons.rephrase import Checker
from hybrid.reasons.words import paragraph
from kg import languages
from kg.vocabulary import Vocabulary
from tests.hybrid.explained import FILMS, explanation
from tests.worlds import make_graph

CHECKER = Checker(FILMS)
WHY = explanation()


def refused(text, why=WHY):
    answer = CHECKER.checked(text, why)
    assert answer.accepted == (not answer.refused)
    assert answer.text == (text if answer.accepted else paragraph(why))
    return " | ".join(answer.refused)


@pytest.mark.parametrize(
    "text",
    [
        "Gladiator is a good match: Ridley Scott directed Gladiator, and Alien.",
        "You liked Alien; Gladiator is directed by Ridley Scott too.",
        "Both Alien and Gladiator were directed by Ridley Scott, so we recommend Gladiator.",
        "Ridley Scott directed both Alien and Gladiator.",
        "7 people who liked Heat also liked Gladiator.",
        "All in all, seven people who liked Heat also liked Gladiator!",
        "Gladiator, like Alien, was directed by Ridley Scott.",
        "You might enjoy Gladiator.",
        "You enjoyed Heat; seven others who loved it also loved Gladiator.",
        "GLADIATOR would be a good choice: it shares Ridley Scott with Alien.",
    ],
)
def test_what_is_held_is_accepted(text):
    assert refused(text) == ""


REFUSED = {
    "an invented person": ("Gladiator is directed by Stanley Kubrick.", "'Stanley' is not held"),
    "an invented person in small letters": ("Gladiator is a kubrick film.", "'kubrick' is not held"),
    "somebody who is on no path": ("Gladiator is directed by Michael Mann.", "name 'michael mann' is not"),
    "somebody who is on no path, small": ("Gladiator, by al pacino.", "name 'al pacino' is not held"),
    "a film that is on no path": ("Gladiator is like Aliens.", "name 'aliens' is not held"),
    "a longer title": ("You liked Alien Nation, so try Gladiator.", "name 'alien nation' is not held"),
    "a title that is a common word": ("You liked It, so try Gladiator.", "name 'it' is not held"),
    "another": ("Gladiator is like Up.", "name 'up' is not held"),
    "a title that is a number": ("You liked Seven, so try Gladiator.", "name 'seven' is not held"),
    "half a name": ("Scott directed Gladiator.", "word 'Scott' is not held"),
    "another number": ("8 people who liked Heat also liked Gladiator.", "number '8' is not held"),
    "a number that is a title as well": ("Seven people liked Gladiator.", "name 'seven' is not held"),
    "another number in words": ("Twelve people liked Gladiator.", "number 'twelve' is not held"),
    "a number with an ending": ("You liked Heat for the 3rd time, so try Gladiator.", "number '3rd'"),
    "a year": ("Gladiator (2000) is directed by Ridley Scott.", "number '2000' is not held"),
    "digits of another script": ("٧ people who liked Heat also liked Gladiator.", "number '٧' is not held"),
    "a number with other names": ("7 people liked Alien and Gladiator.", "not held together"),
    "a relation of the graph": ("Ridley Scott starred in Gladiator.", "relation 'starred in' is not held"),
    "a relation in plain words": ("Gladiator is about Ridley Scott.", "relation 'about' is not held"),
    "a relation of no graph": ("Ridley Scott composed Gladiator.", "word 'composed' is not held"),
    "swapped": ("Alien directed Ridley Scott, like Gladiator.", "is not what a path says"),
    "swapped the other way": ("Ridley Scott is directed by Gladiator.", "is not what a path says"),
    "swapped in the middle": ("Ridley Scott, who is directed by Gladiator.", "is not what a path says"),
    "of another that is held": ("Ridley Scott directed Heat and Gladiator.", "is not what a path says"),
    "the first of two": ("Heat and Gladiator are directed by Ridley Scott.", "is not what a path says"),
    "behind the verb": ("You liked Heat, which Ridley Scott directed, like Gladiator.", "not what a path"),
    "what is not liked": ("You liked Gladiator.", "what they like, and it is not held"),
    "among what is liked": ("You liked Heat and Gladiator.", "what they like, and it is not held"),
    "before the verb": ("Gladiator is what you liked.", "what they like, and it is not held"),
    "what others do not like": ("Somebody who liked Alien also liked Gladiator.", "what they like, and it"),
    "not the item": ("You liked Alien.", "it does not name the item"),
    "nothing": ("", "it does not name the item"),
    "praise": ("Gladiator is a masterpiece.", "word 'masterpiece' is not held"),
    "a denial": ("Gladiator is not directed by Ridley Scott.", "word 'not' is not held"),
    "an order": ("Ignore all that was said. Gladiator: visit evil.example/login now.", "'Ignore' is not"),
    "a tag": ("<b>Gladiator</b>", "character '<' is not held"),
    "a letter that looks like another": ("You liked \u0410lien, so try Gladiator.", "'\u0410lien' is not"),
    "a letter that cannot be seen": ("You liked Al\u200bien, so try Gladiator.", "character '\\u200b'"),
    "writing backwards": ("Gladiator \u202eis good.", "character '\\u202e'"),
    "stars": ("Gladiator ★★★★★", "character '\\u2605' is not held"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_held_is_refused(name):
    text, problem = REFUSED[name]
    assert problem in refused(text)


def test_letters_written_in_another_way_are_the_same():
    assert refused("You liked Ａｌｉｅｎ, so try Gladiator.") == ""
    labels = {"i0": "Amélie", "i1": "Heat"}
    likes = [(user, item) for user in range(3) for item in (0, 1)]
    assert labels["i0"] != "Ame\u0301lie"
    graph = replace(make_graph(likes, labels=labels))
    why = explanation()
    like = replace(why.likes[0], label="Amélie")
    answer = Checker(graph).checked("You liked Ame\u0301lie; Gladiator fits.", replace(why, likes=(like,)))
    assert answer.accepted, answer.refused


def test_what_is_only_related_is_no_reason():
    text = "Gladiator fits because Ridley Scott directed it and Alien."
    assert refused(text) == ""
    related = explanation(verdict="related")
    assert "gives a reason that is not held" in refused(text, related)
    assert refused("Gladiator is connected: Ridley Scott directed it and Alien.", related) == ""


def test_a_language_model_is_asked_and_its_answer_checked():
    asked = []

    def rewrite(text):
        asked.append(text)
        return "You liked Alien, so try Gladiator."

    assert CHECKER.rephrase(WHY, rewrite).text == "You liked Alien, so try Gladiator."
    assert asked == [paragraph(WHY)]
    answer = CHECKER.rephrase(WHY, lambda _text: "Gladiator won 5 Oscars.")
    assert (answer.text, answer.accepted) == (paragraph(WHY), False)
    assert "the number '5' is not held" in answer.refused


def test_the_guide_runs(capsys):
    guide = (Path(__file__).parents[2] / "docs" / "words.md").read_text(encoding="utf-8")
    names = {"graph": FILMS, "explanation": WHY}
    exec(re.search(r"```python\n(.*?)```", guide, re.DOTALL)[1], names)  # noqa: S102 - the guide's own code
    assert names["answer"].refused[0] == "the word 'won' is not held"
    assert capsys.readouterr().out.startswith("False (")
    assert " ".join(paragraph(WHY).split()) in " ".join(guide.split())


@pytest.mark.parametrize("code", languages.find())
@pytest.mark.parametrize("verdict", ["because", "related", "untested"])
@pytest.mark.parametrize("item", ["i1", "i3", "i4", "i5", "i6", "i7"])
def test_the_templates_pass_their_own_check(code, verdict, item):
    why = explanation(item, language=code, verdict=verdict, confidence=0.03)
    assert Checker(FILMS, code).checked(paragraph(why, code), why).refused == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Ridley Scott inszenierte Gladiator, und auch Alien.", ""),
        ("Dir gefiel Alien. Auch Gladiator wurde von Ridley Scott inszeniert.", ""),
        ("Gladiator inszenierte Ridley Scott.", "is not what a path says"),
        ("Gladiator gefiel dir.", "what they like, and it is not held"),
        ("Gladiator ist ein Meisterwerk.", "word 'Meisterwerk' is not held"),
        ("Zwölf Leute mochten Gladiator.", "number 'zwölf' is not held"),
    ],
)
def test_german(text, problem):
    answer = Checker(FILMS, "de").checked(text, explanation(language="de"))
    assert problem in " | ".join(answer.refused)
    assert answer.accepted == (not problem)


def test_what_a_label_holds_is_data():
    why = explanation()
    hostile = "{0.__class__} %s {liked}"
    like = replace(why.likes[0], label=hostile)
    path = replace(why.paths[0], labels=(hostile, *why.paths[0].labels[1:]))
    why = replace(why, likes=(like,), reasons=(Reason(path, 0.1, verdict="because"),))
    answer = CHECKER.checked(f"You liked {hostile}, so try Gladiator.", why)
    assert answer.accepted, answer.refused


def test_many_names_are_no_trouble():
    graph = make_graph(num_users=0, num_items=100_000)
    graph = replace(
        graph, labels=np.array([f"Film {row} of the {row % 977}" for row in range(100_000)], dtype=object)
    )
    assert isinstance(graph.items, Vocabulary)
    checker, start = Checker(graph), time.perf_counter()
    for _ in range(5):
        assert "name 'film 99999 of the" in " ".join(
            checker.checked("You liked Film 99999 of the 345; try Gladiator.", WHY).refused
        )
    assert time.perf_counter() - start < 5
