"""The card that `docs/cards.md` shows is one that the schema accepts, and it shows every field there is."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

from kg import cardread

DOCS = Path(__file__).parents[2] / "docs" / "cards.md"


def example() -> str:
    return re.search(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[1].replace(
        "0123…", "a" * 64
    )


def test_the_example_is_a_card(tmp_path) -> None:
    (tmp_path / "dataset.yaml").write_text(example(), encoding="utf-8")
    assert cardread.load(tmp_path / "dataset.yaml").name == "films"


def test_every_field_is_explained() -> None:
    schema = json.loads(resources.files("kg").joinpath("card.schema.json").read_text(encoding="utf-8"))
    text, names = DOCS.read_text(encoding="utf-8"), set()

    def collect(part: object) -> None:
        if isinstance(part, dict):
            properties = part.get("properties")
            if isinstance(properties, dict) and all(isinstance(rule, dict) for rule in properties.values()):
                names.update(properties)
            for value in part.values():
                collect(value)
        elif isinstance(part, list):
            for value in part:
                collect(value)

    collect(schema)
    assert not {name for name in names if f"{name}:" not in text and f"`{name}`" not in text}
