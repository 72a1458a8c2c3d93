"""A dataset card's checked text -> the values of `kg.card`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import cardfile, protocols
from kg.card import (
    Card,
    End,
    FactTable,
    IdColumn,
    ImageTable,
    InteractionTable,
    Link,
    LinkingRule,
    MapTable,
    NodeTable,
    PropertySpec,
    RelationWords,
    SameTable,
    Source,
)
from kg.catalog import Split
from kg.formats import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.cardfile import CardText, Field

OPTION_NAMES = ("separator", "encoding", "quote", "skip", "table", "member", "records", "type")


def load(path: str | Path) -> Card:
    """Read a dataset card.

    Raises:
        CardError: the card is missing or is not what its schema asks for; names file, line and field.
    """
    text = cardfile.load(Path(path))
    data = text.data
    return Card(
        text=text,
        name=data["name"],
        description=data.get("description", ""),
        licence=data.get("licence", ""),
        maps={name: _map(("maps", name), group) for name, group in data.get("maps", {}).items()},
        nodes=tuple(_nodes(("nodes", index), group) for index, group in enumerate(data.get("nodes", []))),
        same=tuple(_same(("same", index), group) for index, group in enumerate(data.get("same", []))),
        facts=tuple(_facts(("facts", index), group) for index, group in enumerate(data.get("facts", []))),
        relations={name: RelationWords(**group) for name, group in data.get("relations", {}).items()},
        classes={name: group["iri"] for name, group in data.get("classes", {}).items()},
        images=tuple(_images(("images", index), group) for index, group in enumerate(data.get("images", []))),
        interactions=tuple(
            _interactions(("interactions", index), group)
            for index, group in enumerate(data.get("interactions", []))
        ),
        split=_split(text, data.get("split", {})),
        shapes=tuple(data.get("shapes", ())),
        linking=tuple(map(_linking, data.get("linking", ()))),
    )


def _split(text: CardText, group: Mapping[str, Any]) -> Split:
    kind = protocols.find().get(group.get("by", ""))
    if kind is not None:
        takes = ("by", *protocols.options_of(kind), "seed")
        unknown = next((name for name in group if name not in takes), None)
        if unknown is not None:
            told = f"a split by {kind.name} has no such field; expected one of {', '.join(takes)}"
            raise text.error(("split", unknown), told)
    return Split(**group)


def _source(at: Field, group: Mapping[str, Any]) -> Source:
    options = {name: group[name] for name in OPTION_NAMES if name in group}
    read_options = ReadOptions(columns=tuple(group.get("columns", ())), **options)
    return Source(at, group["file"], group.get("format"), read_options, tuple(group.get("where", {}).items()))


def _id(at: Field, value: str | Mapping[str, Any]) -> IdColumn:
    if isinstance(value, str):
        return IdColumn(at, value)
    return IdColumn((*at, "column"), value["column"], value.get("map"), value.get("missing", "error"))


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _map(at: Field, group: Mapping[str, Any]) -> MapTable:
    return MapTable(_source(at, group), group["from"], group["to"])


def _nodes(at: Field, group: Mapping[str, Any]) -> NodeTable:
    return NodeTable(
        source=_source(at, group),
        kind=group["kind"],
        node_class=group.get("class", ""),
        add=group.get("add", False),
        id=_id((*at, "id"), group["id"]),
        label=_names(group.get("label", [])),
        article=group.get("label_style") == "article",
        text=_names(group.get("text", [])),
        properties=tuple(
            _property((*at, "properties", name), name, spec)
            for name, spec in group.get("properties", {}).items()
        ),
        links=tuple(_link((*at, "links", index), link) for index, link in enumerate(group.get("links", []))),
    )


def _linking(group: Mapping[str, Any]) -> LinkingRule:
    return LinkingRule(
        classes=_names(group["classes"]),
        threshold=group.get("threshold", 0.9),
        names_alone=group.get("names_alone", True),
        ids=_names(group.get("ids", [])),
        year=group.get("year", ""),
    )


def _property(at: Field, name: str, value: str | Mapping[str, Any]) -> PropertySpec:
    group: Mapping[str, Any] = {"column": value} if isinstance(value, str) else value
    allowed = tuple(map(str, group.get("values", ())))
    return PropertySpec(at=at, name=name, **{**group, "values": allowed})


def _link(at: Field, group: Mapping[str, Any]) -> Link:
    kind, node_class = group.get("kind", "entity"), group.get("class", "")
    prefix = f"{(node_class or group['relation']).lower()}:" if kind == "entity" else ""
    return Link(
        at=at,
        column=group["column"],
        relation=group["relation"],
        kind=kind,
        node_class=node_class,
        prefix=group.get("prefix", prefix),
        separator=group.get("separator"),
        omit=tuple(group.get("omit", ())),
        labels=group.get("labels", {}),
        bins=tuple(group.get("bins", ())),
        required=group.get("required", False),
        many=group.get("many", True),
    )


def _same(at: Field, group: Mapping[str, Any]) -> SameTable:
    if "ids" in group:
        return SameTable(None, None, None)
    item, entity = _id((*at, "item"), group["item"]), _id((*at, "entity"), group["entity"])
    return SameTable(_source(at, group), item, entity)


def _end(at: Field, value: str | Mapping[str, Any]) -> End:
    group: Mapping[str, Any] = {} if isinstance(value, str) else value
    return End(_id(at, value), group.get("kind", "entity"), group.get("class", ""), group.get("prefix", ""))


def _facts(at: Field, group: Mapping[str, Any]) -> FactTable:
    relation = group["relation"]
    fixed = isinstance(relation, dict) and "value" in relation
    return FactTable(
        source=_source(at, group),
        head=_end((*at, "head"), group["head"]),
        relation=relation["value"] if fixed else _id((*at, "relation"), relation),
        tail=_end((*at, "tail"), group["tail"]),
        near_items=group.get("near_items", False),
    )


def _images(at: Field, group: Mapping[str, Any]) -> ImageTable:
    return ImageTable(
        source=_source(at, group),
        id=_id((*at, "id"), group["id"]),
        column=group.get("column", ""),
        vectors=_place((*at, "vectors"), group.get("vectors")),
        folder=_place((*at, "folder"), group.get("folder")),
        picture=group.get("picture", ""),
    )


def _place(at: Field, file: str | None) -> Source | None:
    """A file or folder that is no table, named as the file of a table is."""
    return None if file is None else Source(at, file, None, ReadOptions(), ())


def _interactions(at: Field, group: Mapping[str, Any]) -> InteractionTable:
    return InteractionTable(
        source=_source(at, group),
        user=_id((*at, "user"), group["user"]),
        item=_id((*at, "item"), group["item"]),
        weight=group.get("weight"),
        rating=group.get("rating"),
        liked=tuple(group.get("liked", {}).items()),
        time=group.get("time"),
        time_unit=group.get("time_unit", "s"),
        part=group.get("part", ""),
    )
