"""What is said of a person becomes entities; of a known one the graph tells."""

from __future__ import annotations

from hybrid.people import facts
from tests.cinema import CINEMA, PEOPLE


def rows(*externals):
    return tuple(CINEMA.entities.number(external) for external in externals)


def test_somebody_new_is_linked_to_what_is_said():
    assert facts({"age": "27", "Occupation": "WRITER"}, PEOPLE, -1) == (rows("25-34", "writer"), ())


def test_what_is_unknown_is_said_and_the_rest_is_kept():
    found, notes = facts({"hight": "180", "occupation": "writter", "age": "19"}, PEOPLE, -1)
    assert found == rows("18-24")
    attribute, value = notes
    assert attribute == (
        "'hight' of the person was not used: people here have no such attribute; known are 'age group', "
        "'occupation'"
    )
    assert value == (
        "occupation 'writter' of the person was not used: nobody here has it; known are 'writer', 'farmer'"
    )


def test_of_a_known_user_the_graph_tells():
    assert facts({"age": "12"}, PEOPLE, 0) == ((), ())
    assert facts({"age": "27"}, PEOPLE, 0) == (
        (),
        ("age '25-34' was not used: for user 'u0' the graph says 'under 18', and that stands",),
    )
    _, (note,) = facts({"occupation": "writer"}, PEOPLE, 2)
    assert note == "occupation 'writer' was not used: user 'u2' is known, and only the graph tells of them"
