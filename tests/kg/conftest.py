"""A small catalog with one of everything, written as files; tests break it in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import kg

if TYPE_CHECKING:
    from pathlib import Path

CARD = """\
name: tiny
description: four films
licence: none
maps:
  numbers: {file: map.csv, from: number, to: film}
nodes:
  - kind: user
    file: people.csv
    id: id
    links:
      - {column: age, relation: age, class: Age group, bins: [18, 30]}
  - kind: item
    class: Movie
    file: films.csv
    id: id
    label: title
    label_style: article
    text: [title, plot]
    properties: {year: year}
    links:
      - {column: genres, relation: genre, class: Genre, separator: "|"}
      - {column: director, relation: director, class: Director}
  - kind: item
    add: true
    file: more.json
    id: {column: id, map: numbers, missing: drop}
    text: text
same:
  - {file: same.tsv, item: film, entity: entity}
facts:
  - {file: facts.csv, head: head, relation: relation, tail: tail}
relations:
  genre: {label: is of the genre, inverse_label: is the genre of}
  director: {label: directed by, inverse_label: directed}
  "http://x.org/country": {label: made in, inverse_label: made, tail: Country}
  "film.film.noise": {drop: true}
interactions:
  - {file: likes.csv, user: user, item: film, weight: stars, time: at, where: {stars: ">= 3"}}
split: {by: time, test: 0.25, valid: 0.25}
"""
FILES = {
    "map.csv": "number,film\n0,f1\n1,f2\n",
    "people.csv": "id,age\nann,17\nbob,40\n",
    "films.csv": (
        "id,title,year,genres,director,plot\n"
        'f1,"Usual Suspects, The",1995,Crime|Drama,Singer,A line-up.\n'
        "f2,Alien,1979,Horror,Scott,\n"
        "f3,Blade Runner,1982,,Scott,Rain.\n"
    ),
    "more.json": '{"0": "Five men.", "9": "nobody"}',
    "same.tsv": "film\tentity\nf1\thttp://x.org/resource/The_Usual_Suspects\nf2\thttp://x.org/resource/Alien\n",
    "facts.csv": (
        "head,relation,tail\n"
        "http://x.org/resource/Alien,http://x.org/country,http://x.org/resource/United_Kingdom\n"
        "http://x.org/resource/The_Usual_Suspects,http://x.org/country,m.09c7w0\n"
        "http://x.org/resource/Alien,film.film.noise,m.1\n"
    ),
    "likes.csv": (
        "user,film,stars,at\nann,f1,5,1\nann,f2,4,2\nann,f3,3,3\nann,f4,5,4\nbob,f1,1,5\nbob,f2,5,6\ncid,f1,3,7\n"
    ),
}


@dataclass
class Files:
    """The catalog's folder."""

    folder: Path

    @property
    def card(self) -> Path:
        return self.folder / "dataset.yaml"

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new, 1))

    def read(self) -> kg.Catalog:
        return kg.read(self.card)


@pytest.fixture
def files(tmp_path) -> Files:
    made = Files(tmp_path)
    for name, text in {**FILES, "dataset.yaml": CARD}.items():
        made.write(name, text)
    return made


@pytest.fixture
def graph(files: Files) -> kg.KnowledgeGraph:
    return kg.build(files.read())
