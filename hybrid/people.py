"""What is said of a person, as entities of the graph: an age becomes an age group."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.links import Links


def facts(person: Mapping[str, str], links: Links, user: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The entities that somebody new is linked to, and notes on what could not be used.

    Args:
        person: values by attribute.
        links: of the graph's people.
        user: row of a known user, of whom only the graph tells; -1 for somebody new.

    Returns:
        Rows of the entity vocabulary, none for a known user; and the notes.
    """
    graph, found, notes = links.names.graph, [], []
    for attribute, value in person.items():
        relations = links.relations(attribute)
        nodes = links.value(value, relations).nodes if relations else ()
        if not relations:
            notes.append(
                f"{attribute!r} of the person was not used: people here have no such attribute"
                f"{links.hint(attribute)}"
            )
        elif not nodes:
            notes.append(
                f"{attribute} {value!r} of the person was not used: nobody here has it"
                f"{links.names.hint(value, links.ends(relations))}"
            )
        elif user < 0:
            found += [graph.row(node) for node in nodes if graph.kind(node) == "entity"]
        elif note := _beside_the_graph(attribute, nodes, links, user, relations):
            notes.append(note)
    return tuple(dict.fromkeys(found)), tuple(notes)


def _beside_the_graph(
    attribute: str, nodes: tuple[int, ...], links: Links, user: int, relations: tuple[int, ...]
) -> str:
    """What to say where a known user is described; "" where the graph says the same."""
    told = links.of(user, relations)
    if set(told) & set(nodes):
        return ""
    name = links.names.graph.users.ids[user]
    given = links.names.call(nodes[0])
    if not told:
        return f"{attribute} {given!r} was not used: user {name!r} is known, and only the graph tells of them"
    says = " and ".join(repr(links.names.call(node)) for node in told)
    return f"{attribute} {given!r} was not used: for user {name!r} the graph says {says}, and that stands"
