"""A card as text: YAML whose every field knows its line, checked against the JSON Schema beside this file."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import yaml

from kg.errors import CardError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Field = tuple[str | int, ...]
DEEPEST = 20
WORDS = {
    "object": "a group of fields",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}


@dataclass(frozen=True, slots=True)
class CardText:
    """A checked card.

    Attributes:
        path: the file.
        data: its content as plain dicts, lists, strings and numbers.
        lines: the line of every field, from 1.
    """

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[Field, int]

    def error(self, field: Field, message: str) -> CardError:
        """An error that names the file, the line and the field."""
        known = field
        while known not in self.lines:
            known = known[:-1]
        return CardError(f"{self.path}, line {self.lines[known]}, {field_name(field)}: {message}")


def field_name(field: Field) -> str:
    """A field as people write it: nodes[0].links[1].column."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in field)
    return f"field {name.lstrip('.')}" if name else "the card"


def load(path: Path) -> CardText:
    """Read a card and check it; YAML tags and aliases are refused, so nothing in it is executed or expanded.

    Raises:
        CardError: the file is missing, is not YAML, or is not what the schema asks for.
    """
    tree = _compose(path)
    lines: dict[Field, int] = {(): 1}
    _walk(path, tree, (), lines)
    data = yaml.SafeLoader("").construct_document(tree)
    if not isinstance(data, dict):
        raise CardError(f"{path}, line 1: {type(data).__name__} where fields such as `name:` were expected")
    card = CardText(path, data, lines)
    # a field that is wrong inside counts as "unevaluated" too: only the error inside says what is wrong
    problem = jsonschema.exceptions.best_match(filter(_telling, _validator().iter_errors(data)))
    if problem is not None:
        raise _schema_error(card, problem)
    return card


def _compose(path: Path) -> yaml.Node:
    text = _text(path)
    try:
        _check_events(path, text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        place = _at(getattr(error, "problem_mark", None))
        raise CardError(f"{path}{place}: not YAML ({_problem_of(error)})") from error
    if tree is None:
        raise CardError(f"{path} is empty; a dataset card was expected")
    return tree


def _check_events(path: Path, text: str) -> None:
    """Refuse aliases and nesting without end before anything is made of the text."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise CardError(f"{path}{_at(event.start_mark)}: an alias (*{event.anchor}); write it out")
        if depth > DEEPEST:
            raise CardError(f"{path}{_at(event.start_mark)}: nested too deep; a card has a few levels")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CardError(f"{path} is missing; a dataset card was expected there") from error
    except OSError as error:
        raise CardError(f"{path} cannot be read ({error.strerror}); a dataset card was expected") from error
    except UnicodeDecodeError as error:
        raise CardError(
            f"{path} is not UTF-8 text (byte {error.start}); a card is written in UTF-8"
        ) from error


def _at(mark: Any) -> str:  # noqa: ANN401  yaml has two classes of marks
    return f", line {mark.line + 1}" if mark else ""


def _problem_of(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)


def _walk(path: Path, node: yaml.Node, field: Field, lines: dict[Field, int]) -> None:
    """Note the line of every field below a node; refuse tags, duplicate keys and keys that are not text."""
    if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
        raise CardError(
            f"{path}, line {node.start_mark.line + 1}, {field_name(field)}: the tag {node.tag} is not allowed"
        )
    for key, child, line in _children(path, node, field):
        if (*field, key) in lines:
            raise CardError(f"{path}, line {line}, {field_name((*field, key))}: given twice")
        lines[*field, key] = line
        _walk(path, child, (*field, key), lines)


def _children(path: Path, node: yaml.Node, field: Field) -> Iterator[tuple[str | int, yaml.Node, int]]:
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield index, child, child.start_mark.line + 1
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                raise CardError(
                    f"{path}, line {line}, {field_name(field)}: a key that is not text; put it in quotes"
                )
            yield key.value, child, line


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(resources.files("kg").joinpath("card.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def _schema_error(card: CardText, problem: jsonschema.ValidationError) -> CardError:
    field: Field = tuple(problem.absolute_path)
    value: Any = problem.instance
    if problem.validator == "oneOf":  # of several forms, speak of the one that was meant
        meant = _meant(problem)
        if meant is not None:
            return _schema_error(card, meant)
    if _strict(problem):
        known, unknown = sorted(_property_names(problem.schema)), _unknown(problem)[0]
        near = difflib.get_close_matches(unknown, known, n=2, cutoff=0.7)
        offer = f"did you mean {' or '.join(map(repr, near))}?"
        hint = offer if near else f"expected one of {', '.join(known)}"
        return card.error((*field, unknown), f"an unknown field; {hint}")
    return card.error(
        field, _sentence(str(problem.validator), value, problem.validator_value, problem.message)
    )


def _meant(problem: jsonschema.ValidationError) -> jsonschema.ValidationError | None:
    """The error in the form that fits best: the one with fewest errors, none of which is the wrong type."""
    forms: dict[object, list[jsonschema.ValidationError]] = {}
    for error in filter(_telling, problem.context or ()):
        forms.setdefault(error.schema_path[0], []).append(error)
    fitting = [
        errors for errors in forms.values() if not any(e.validator == "type" and not e.path for e in errors)
    ]
    best = min(fitting, key=len, default=[])
    return min(best, key=lambda error: not _strict(error), default=None)


def _strict(problem: jsonschema.ValidationError) -> bool:
    return problem.validator in {"additionalProperties", "unevaluatedProperties"}


def _telling(problem: jsonschema.ValidationError) -> bool:
    return not _strict(problem) or bool(_unknown(problem))


def _unknown(problem: jsonschema.ValidationError) -> list[str]:
    given: Any = problem.instance
    return [key for key in given if key not in _property_names(problem.schema)]


def _property_names(schema: Any) -> set[str]:  # noqa: ANN401
    names = set(schema.get("properties", ()))
    definitions: Any = _validator().schema
    for part in schema.get("allOf", ()):
        names |= _property_names(definitions["$defs"][part["$ref"].rpartition("/")[2]])
    return names


def _sentence(rule: str, value: Any, wanted: Any, message: str) -> str:  # noqa: ANN401
    sentences = {
        "type": lambda: f"{value!r} where {WORDS.get(wanted, wanted)} was expected",
        "required": lambda: f"the field {next(name for name in wanted if name not in value)!r} is missing",
        "enum": lambda: f"{value!r} where one of {', '.join(map(str, wanted))} was expected",
        "const": lambda: f"{value!r} where {wanted!r} was expected",
        "pattern": lambda: f"{value!r} is not of the expected form, {wanted}",
        "oneOf": lambda: f"{value!r} has none of the forms that are expected here",
    }
    return sentences.get(rule, lambda: message)()
