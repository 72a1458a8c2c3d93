"""Business rules: kept to the letter, or refused in a sentence that names the rule."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid.profiles import Profiles
from hybrid.rerank import Context, Stock, parse
from hybrid.rerank.rulefile import Group, Rule, read
from hybrid.rerank.rules import Rules
from kg.errors import QueryError
from tests.shop import STOCK, context, order, ranked
from tests.worlds import make_graph

RED, BLUE = Group("has_colour", "red"), Group("has_colour", "blue")
BOOK, TOY = Group("class", "Book"), Group("class", "Toy")
ALL = (0, 1, 2, 3, 4, 5, 6, 7)


def item(row):
    return Group("item", f"i{row}")


def after(*rules, given_=ALL, **options):
    return Rules(rules).apply(ranked(given_), context(**options))


def test_without_rules_nothing_changes():
    assert order(after()) == list(ALL)


def test_what_is_excluded_is_gone():
    assert order(after(Rule("exclude", item(1)), Rule("exclude", BLUE))) == [0, 2, 5, 6, 7]


def test_scores_go_with_what_is_left():
    left = Rules((Rule("exclude", item(1)),)).apply(ranked((0, 1, 2), scores=(3, 2, 1)), context())
    np.testing.assert_array_equal(left.scores, [[3, 1, np.nan]])


def test_a_pin_is_at_its_place():
    assert order(after(Rule("pin", item(5), 2))) == [0, 5, 1, 2, 3, 4, 6, 7]
    assert order(after(Rule("pin", item(5), 4), Rule("pin", item(0), 2))) == [1, 0, 2, 5, 3, 4, 6, 7]


def test_what_is_no_candidate_is_pinned_and_included():
    assert order(after(Rule("pin", item(7), 1), given_=(0, 1))) == [7, 0, 1]
    assert order(after(Rule("include", item(7)), given_=(0, 1))) == [0, 1, 7]
    assert order(after(Rule("include", item(7)), given_=(0, 1, 2, 3))) == [0, 1, 2, 7, 3]
    grown = after(Rule("include", item(7)), given_=(0, 1, 2, 3))
    np.testing.assert_allclose(grown.scores, [[1, 2 / 3, 1 / 3, 0, 0]])


def test_an_included_candidate_keeps_its_order():
    assert order(after(Rule("include", item(6)), Rule("include", item(4)))) == [0, 1, 4, 6, 2, 3, 5, 7]
    assert order(after(Rule("include", item(1)))) == list(ALL)


def test_a_pin_behind_a_short_list_is_its_last():
    assert order(after(Rule("pin", item(7), 4), given_=(0,))) == [0, 7]
    assert order(after(Rule("pin", item(7), 4), Rule("pin", item(6), 3), given_=())) == [6, 7]


def test_what_is_liked_or_not_wanted_is_not_brought_in():
    rules = Rules((Rule("pin", item(3), 1), Rule("include", item(7))))
    told = rules.apply(ranked((1, 2)), context(9, barred=np.array([7]), explain=True))
    assert order(told) == [1, 2]
    assert told.told(0) == (
        "rules: Item 3 is not put in: it is liked already or not wanted",
        "rules: Item 7 is not put in: it is liked already or not wanted",
    )


def test_at_most():
    assert order(after(Rule("at_most", RED, 2)))[:4] == [0, 1, 3, 4]
    assert order(after(Rule("at_most", RED, 0), n=3))[:3] == [3, 4, 5]
    assert order(after(Rule("at_most", RED, 2), Rule("at_most", BLUE, 1)))[:4] == [0, 1, 3, 5]


def test_at_least():
    assert order(after(Rule("at_least", BOOK, 1)))[:4] == [0, 1, 2, 6]
    assert order(after(Rule("at_least", BLUE, 2), Rule("at_least", BOOK, 1)))[:4] == [0, 3, 4, 6]


def test_one_that_serves_two_rules_is_taken_where_room_is_short():
    assert order(after(Rule("at_least", BOOK, 1), Rule("at_least", RED, 1), n=1))[:1] == [6]


def test_a_list_that_cannot_be_filled_stays_short():
    told = after(Rule("at_most", RED, 1), given_=(0, 1, 2, 3), explain=True)
    assert order(told) == [0, 3]


def test_a_quota_that_the_candidates_cannot_meet_is_told():
    told = after(Rule("at_least", BOOK, 2), given_=(0, 1, 2, 6), explain=True)
    assert order(told) == [0, 1, 2, 6]
    assert told.told(0) == ("rules: rule \"at least 2 of class 'Book'\" is not kept: only 1 could be found",)


def test_excluded_items_do_not_serve_a_quota():
    told = after(Rule("exclude", item(6)), Rule("at_least", BOOK, 1))
    assert order(told) == [0, 1, 2, 7, 3, 4, 5]


def test_it_is_told_which_rule_it_was():
    told = after(Rule("pin", item(7), 1), Rule("include", item(6)), Rule("at_least", BLUE, 1), explain=True)
    assert order(told)[:4] == [7, 0, 3, 6]
    assert told.told(0, 7) == ("rules: moved up from place 8 to 1: the rules pin it here",)
    assert told.told(0, 6) == ("rules: moved up from place 7 to 4: the rules ask for it",)
    assert told.told(0, 3) == (
        "rules: moved up from place 4 to 3: the rules ask for at least 1 of has_colour 'blue'",
    )
    told = after(Rule("at_most", RED, 1), given_=(0, 1, 2, 3, 4, 5), explain=True)
    assert order(told) == [0, 3, 4, 5, 1, 2]
    assert told.told(0, 3) + told.told(0, 4) + told.told(0, 5) == ()  # the red ones moved, out of the list
    told = after(Rule("at_most", RED, 1), given_=(0, 1, 2, 3, 4), n=3, explain=True)
    assert order(told) == [0, 3, 4, 1, 2]
    assert told.told(0, 3) == (
        "rules: moved up from place 4 to 2: others give way, "
        "for the rules ask for at most 1 of has_colour 'red'",
    )
    new = after(Rule("pin", item(7), 1), given_=(0, 1), explain=True)
    assert new.told(0, 7) == ("rules: put at place 1: the rules pin it here",)


def test_people_are_helped_one_by_one():
    rules = Rules((Rule("at_least", BOOK, 1),))
    both = rules.apply(ranked((0, 1, 2, 3, 6), (6, 1, 2, 3, 0)), context(0, 1))
    assert order(both, 0) == [0, 1, 2, 6, 3]
    assert order(both, 1) == [6, 1, 2, 3, 0]


GROUPS = tuple(Group("genre", f"g{kind}") for kind in range(3))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sets(st.sampled_from([0, 1, 2]), max_size=2), min_size=8, max_size=8),
    st.permutations(range(8)),
    st.lists(
        st.tuples(st.sampled_from(["at_least", "at_most"]), st.sampled_from(GROUPS), st.integers(0, 3)),
        max_size=3,
    ),
)
def test_no_at_most_is_ever_broken_and_kept_lists_are_left_alone(kinds, items, quotas):
    facts = [(f"i{row}", "genre", f"g{kind}") for row, own in enumerate(kinds) for kind in sorted(own)]
    facts += [("i8", "genre", f"g{kind}") for kind in range(3)]  # so that every genre is known
    graph = make_graph([(0, 8)], num_items=9, facts=facts)
    known = Context(Stock(graph), Profiles.of_users(graph, np.array([0])), 4, explain=True)
    try:
        done = Rules(tuple(Rule(*quota) for quota in quotas)).apply(ranked(tuple(items)), known)
    except QueryError:
        return

    def count(listed, group):
        return sum(int(group.value[1]) in kinds[row] for row in listed)

    def kept(listed):
        return all(
            count(listed, group) >= number if kind == "at_least" else count(listed, group) <= number
            for kind, group, number in quotas
        )

    shown = order(done)[:4]
    assert all(count(shown, group) <= number for kind, group, number in quotas if kind == "at_most")
    if kept(items[:4]):
        assert shown == list(items[:4])
    if not kept(shown):
        assert len(shown) < 4 or done.told(0)
    apart = all(len(own) <= 1 for own in kinds)
    if apart and any(kept(listed) for listed in itertools.combinations(items, 4)):
        assert kept(shown)  # where groups do not overlap, going greedily finds what there is


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([Rule("exclude", item(9))], "item 'i9' is not in the graph"),
        (
            [Rule("exclude", Group("has_color", "red"))],
            "relation 'has_color' is not in the graph; did you mean",
        ),
        ([Rule("at_most", Group("has_colour", "rde"), 1)], "has the has_colour 'rde'; did you mean 'red'"),
        (
            [Rule("at_most", Group("class", "Boook"), 1)],
            "class 'Boook' is not in the graph; did you mean 'Book'",
        ),
        ([Rule("pin", item(1), 5)], "rule \"pin item 'i1' to place 5\": the list has 4 places"),
        ([Rule("pin", item(1), 2), Rule("exclude", item(1))], "contradict"),
        ([Rule("include", item(1)), Rule("exclude", RED)], "\"exclude has_colour 'red'\" contradict"),
        ([Rule("pin", item(1), 2), Rule("pin", item(2), 2)], "contradict"),
        ([Rule("pin", item(1), 2), Rule("pin", item(1), 3)], "contradict"),
        ([Rule("at_least", RED, 3), Rule("at_most", RED, 2)], "contradict"),
        (
            [Rule("at_least", BOOK, 2), Rule("at_most", Group("item", "i7"), 1), Rule("at_most", BOOK, 1)],
            "contra",
        ),
        ([Rule("at_least", RED, 5)], "a list of 4 cannot hold so many"),
        ([Rule("at_least", BOOK, 3)], "only 2 of them may be recommended"),
        ([Rule("at_least", BOOK, 2), Rule("exclude", item(6))], "only 1 of them may be recommended"),
        ([Rule("at_least", BLUE, 2), Rule("at_least", RED, 3)], "at least 5 items in a list of 4"),
        (
            [Rule("include", item(0)), Rule("include", item(1)), Rule("at_most", RED, 1)],
            "other rules put 2 of them",
        ),
        ([Rule("include", item(row)) for row in range(5)], "the rules put 5 items into a list of 4"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(rules, said):
    with pytest.raises(QueryError) as caught:
        after(*rules)
    assert said in str(caught.value)


def test_a_quota_of_a_part_of_a_group_that_is_bounded_is_refused():
    with pytest.raises(
        QueryError, match="at least 2 of has_colour 'blue'\" and \"at most 1 of class 'Toy'\" contra"
    ):
        after(Rule("at_least", BLUE, 2), Rule("at_most", TOY, 1))


def test_rules_that_make_no_sense_are_refused():
    with pytest.raises(QueryError, match="expected an item, as in pin"):
        Rule("pin", RED, 1)
    with pytest.raises(QueryError, match="expected a number of at least 1"):
        Rule("pin", item(1))
    with pytest.raises(QueryError, match="expected a number of at least 0"):
        Rule("at_most", RED, -1)


FILE = """\
# of the summer
- exclude: {has_colour: green}
- include: {item: i7}
- {pin: {item: i5}, place: 1}
- {at_most: 2, of: {has_colour: red}}
- at_least: 1
  of: {class: Book}
"""
RULES = (
    Rule("exclude", Group("has_colour", "green")),
    Rule("include", item(7)),
    Rule("pin", item(5), 1),
    Rule("at_most", RED, 2),
    Rule("at_least", BOOK, 1),
)


def test_a_file_is_read(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(FILE)
    assert read(path) == RULES
    assert parse(f"rules:file={path}") == Rules(RULES)
    assert str(Rules(RULES)).startswith("rules: exclude has_colour 'green'; include item 'i7'; pin item 'i5'")


def test_json_is_read_too(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(
        json.dumps([{"pin": {"item": "i5"}, "place": 1}, {"at_most": 2, "of": {"class": "Book"}}])
    )
    assert read(path) == (Rule("pin", item(5), 1), Rule("at_most", BOOK, 2))


def test_ids_are_text_as_they_stand(tmp_path):
    path = tmp_path / "rules.yaml"
    values = ["007", "NO", "1e3", "~", "2001-01-01"]
    path.write_text("".join(f"- exclude: {{x: {value}}}\n" for value in values))
    assert [rule.group.value for rule in read(path)] == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a list of rules"),
        ("exclude: {item: i1}", "expected a list of rules"),
        ("- [", "is neither YAML nor JSON"),
        ("- x", "rule 1: expected one of exclude: GROUP"),
        ("- exclude: {item: i1}\n- forbid: {item: i1}", "rule 2: expected one of exclude: GROUP"),
        ("- {exclude: {item: i1}, place: 1}", "rule 1: expected one of"),
        ("- {pin: {item: i1}}", "rule 1: expected one of"),
        ("- {exclude: {item: i1}, include: {item: i2}}", "rule 1: expected one of"),
        ("- exclude: i1", "rule 1: expected a group such as {item: ID}"),
        ("- exclude: {item: i1, class: Book}", "rule 1: expected a group"),
        ("- exclude: {item: [i1]}", "rule 1: expected a group"),
        ("- exclude: {[a]: b}", "is neither YAML nor JSON"),
        ("- {at_most: few, of: {class: Book}}", "rule 1: expected a whole number, got 'few'"),
        ("- {at_most: -1, of: {class: Book}}", "rule 1: expected a whole number, got '-1'"),
        ("- {at_most: ², of: {class: Book}}", "rule 1: expected a whole number, got '²'"),
        ("- {at_most: {}, of: {class: Book}}", "rule 1: expected a whole number, got {}"),
        (
            "- {pin: {item: i1}, place: 0}",
            "rule 1: rule \"pin item 'i1' to place 0\": expected a number of at",
        ),
        ("- {pin: {class: Book}, place: 1}", "expected an item, as in pin"),
        ("- !!python/object/apply:os.system [date]", "rule 1: expected one of"),
        ("[" * 5_000, "is neither YAML nor JSON"),
    ],
)
def test_a_file_that_is_not_right_is_refused(tmp_path, text, said):
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(QueryError) as caught:
        read(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_binary_is_refused(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(QueryError, match="cannot be read"):
        read(path)


def test_a_label_of_two_things_needs_the_id():
    graph = make_graph(
        [(0, 0)],
        facts=[("i0", "by", "p1"), ("i0", "by", "p2")],
        labels={"p1": "John Smith", "p2": "John Smith"},
    )
    groups = Stock(graph).groups
    assert groups.members("by", "p1").tolist() == [True]
    with pytest.raises(QueryError, match="by 'John Smith' may be any of 'p1', 'p2'; give the id"):
        groups.members("by", "John Smith")


def test_an_item_may_be_at_the_other_end():
    graph = make_graph([(0, 0), (0, 1)], facts=[("i0", "sequel", "i1")])
    assert Stock(graph).groups.members("sequel", "i1").tolist() == [True, False]
    assert Stock(graph).groups.members("sequel", "i0").tolist() == [False, True]


def test_classes_are_groups():
    assert STOCK.groups.members("class", "Book").tolist() == [False] * 6 + [True] * 2
