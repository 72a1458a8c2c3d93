# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1. From catalog to graph
#
# WhyRec recommends items and says why. Both start from a **knowledge graph**: films, people, genres and
# directors are nodes, and what is known of them are edges.
#
# In this notebook two small CSV files become such a graph. You describe the files, find out what is wrong
# with them, ask the graph questions, and see it as a picture at the end.
#
# It takes a few seconds and needs no network. Run it from the folder `notebooks/`.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import networkx as nx
import pandas as pd
from matplotlib.patheffects import withStroke

import kg
from kg.building import build_workspace
from kg.describe import describe
from kg.draft import draft
from kg.entity import page
from kg.terms import with_prefixes
from kg.views import to_networkx
from kg.workspace import open_store

# %% [markdown]
# ## Two files
#
# A table of films, and one of who gave which film how many stars. Two rows are wrong on purpose: a film
# from the year 20260, and a rating of "many".

# %%
FILMS = """\
id,title,plot,genres,director,year
f01,Alien,A ship's crew meets a deadly creature far from Earth.,Horror|Science fiction,Ridley Scott,1979
f02,Blade Runner,A detective hunts artificial people in a rainy city.,Science fiction|Noir,Ridley Scott,1982
f03,Gladiator,A betrayed general returns to Rome and fights in the arena.,Drama|History,Ridley Scott,2000
f04,Heat,A detective and a careful thief circle each other in Los Angeles.,Crime|Drama,Michael Mann,1995
f05,Collateral,A cab driver must drive a contract killer through one night.,Crime|Thriller,Michael Mann,2004
f06,Fargo,A police chief looks into a kidnapping in the snow.,Crime|Thriller,Joel Coen,1996
f07,The Big Lebowski,A man is taken for a millionaire and wants his rug.,Comedy|Crime,Joel Coen,1998
f08,No Country for Old Men,A hunter finds money and a killer who wants it.,Crime|Thriller,Joel Coen,2007
f09,Lost in Translation,Two strangers who cannot sleep meet in Tokyo.,Drama|Romance,Sofia Coppola,2003
f10,Marie Antoinette,A young queen is bored while France starves.,Drama|History,Sofia Coppola,2006
f11,Arrival,A linguist learns what visitors from space write.,Drama|Science fiction,Denis Villeneuve,2016
f12,Blade Runner 2049,A new agent finds what an old one hid.,Science fiction|Noir,Denis Villeneuve,2017
f13,Dune: Part Three,A desert planet and the end of a prophecy.,Science fiction,Denis Villeneuve,20260
"""
RATINGS = """\
user,film,stars,date
ann,f01,5,2024-01-03
ann,f02,5,2024-01-10
ann,f12,4,2024-02-02
bob,f04,5,2024-01-05
bob,f05,4,2024-01-20
bob,f08,5,2024-02-11
cleo,f06,4,2024-01-07
cleo,f07,5,2024-01-09
cleo,f09,2,2024-03-01
dan,f03,4,2024-01-02
dan,f10,4,2024-01-30
dan,f09,5,2024-02-14
eve,f11,5,2024-02-20
eve,f12,4,2024-02-25
eve,f01,many,2024-02-26
"""
folder = Path(tempfile.mkdtemp())
(folder / "films.csv").write_text(FILMS)
(folder / "ratings.csv").write_text(RATINGS)
pd.read_csv(folder / "films.csv").head(3)

# %% [markdown]
# ## A card says what they mean
#
# WhyRec reads a **card**: a YAML file that says which column is an id, a title, a link. You need not start
# from nothing. `draft` looks at the files and writes a first card. Above each guess stands how sure it is,
# and why. (On the command line: `whyrec draft FOLDER`.)

# %%
drafted = draft(folder, name="films")
print(drafted.text)

# %% [markdown]
# Most of it is right. The last lines show what is not: the column `stars` is not used, because "many" is no
# number. So every row would count as a like, even Cleo's two stars.
#
# Four corrections by hand:
#
# - a like is a rating of 4 or more;
# - a director is called Director, not Person: paths are told in these words;
# - genres and directors are links already, so the text that a language model reads needs only title and
#   plot;
# - a year lies between 1880 and 2030. WhyRec makes a SHACL shape of this and checks every film.

# %%
corrections = {
    "    time_unit: iso\n": '    time_unit: iso\n    rating: stars\n    liked: {stars: ">= 4"}\n',
    "class: Person": "class: Director",
    "text: [title, plot, genres, director]": "text: [title, plot]",
    "{year: year}": "{year: {column: year, type: integer, minimum: 1880, maximum: 2030}}",
}
text = drafted.text
for drafted_line, corrected_line in corrections.items():
    text = text.replace(drafted_line, corrected_line)
card = folder / "dataset.yaml"
card.write_text(text)
print("\n".join(line for line in text.splitlines() if not line.strip().startswith("#")))

# %% [markdown]
# ## What is wrong with the data?
#
# `kg.read` takes a catalog only as a whole. The first mistake ends it, with the file, the line and the
# column:

# %%
try:
    kg.read(card)
except kg.CatalogError as error:
    print(str(error).replace(f"{folder}/", ""))

# %% [markdown]
# `build_workspace` (`whyrec build`) goes on instead. It leaves wrong rows out, tells why, and makes a graph
# of the rest.

# %%
workspace = folder / "workspace"
built = build_workspace(card, workspace)
built.quarantine.frame()

# %% [markdown]
# Both wrong rows are in the list, and only they. This is the graph of all others:

# %%
graph = built.graph
print("nodes:", graph.count_nodes())
print("facts:", graph.count_edges())
print(f"likes: {len(graph.interactions)} to learn from, {len(graph.heldout)} held out for testing")

# %% [markdown]
# The held-out likes are the latest of each person. Nothing that learns or explains ever sees them; notebook
# 4 tests with them.
#
# ## Ask it in SPARQL
#
# The workspace keeps the graph as RDF, in the words of schema.org where there are some. Who directed films
# of which genres?

# %%
question = """
SELECT ?director ?genre (COUNT(DISTINCT ?film) AS ?films) WHERE {
  ?film a schema:Movie ; schema:director ?d ; schema:genre ?g .
  ?d rdfs:label ?director . ?g rdfs:label ?genre
} GROUP BY ?director ?genre HAVING (COUNT(DISTINCT ?film) > 1) ORDER BY DESC(?films) ?director ?genre
"""
with open_store(workspace) as store:
    answer = store.query(with_prefixes(question))
pd.DataFrame(answer)

# %% [markdown]
# ## See neighbours with networkx
#
# The same graph as a networkx multigraph, for any algorithm that networkx has. What is *Blade Runner*
# linked to?

# %%
view = to_networkx(graph)
film = graph.node("item", "f02")
edges = [*view.out_edges(film, data=True), *view.in_edges(film, data=True)]
pd.DataFrame(
    [
        (view.nodes[a]["label"] or view.nodes[a]["id"], data["relation"], view.nodes[b]["label"])
        for a, b, data in edges
    ],
    columns=["from", "relation", "to"],
)

# %% [markdown]
# ## Describe it
#
# `describe` measures the whole graph: what there is, how dense it is, and what is missing.

# %%
told = describe(workspace)
print(f"{told.nodes} nodes, {told.facts} facts, in {told.components.count} connected part(s)")
print(f"without a label: {told.unlabelled.count}; without any edge: {told.orphans.count}")
print("most linked:", ", ".join(f"{hub.label} ({hub.degree})" for hub in told.degrees[-1].hubs[:4]))

# %% [markdown]
# `page` does it for one node. Every fact names the file that it came from.

# %%
for group in page(workspace, "Ridley Scott").facts:
    for fact in group.shown:
        print("Ridley Scott", group.words, fact.node.label, "- from", ", ".join(fact.files))

# %% [markdown]
# ## The picture
#
# The whole graph at once. People stand beside what they like. Two films are near where the graph links
# them: over a director, a genre, or somebody who likes both. Paths along these edges are the reasons of
# notebook 3.

# %%
COLOURS = {"User": "#d95f02", "Film": "#1b6ca8", "Genre": "#6a9f58", "Director": "#8e6bbf"}
places = nx.kamada_kawai_layout(nx.Graph(view))
figure, axes = plt.subplots(figsize=(12, 9))
for likes, colour, style in ((False, "#b8b8b8", "solid"), (True, "#d95f02", "dashed")):
    some = [(a, b) for a, b in view.edges() if (view.nodes[a]["kind"] == "user") == likes]
    nx.draw_networkx_edges(
        nx.Graph(view), places, edgelist=some, edge_color=colour, style=style, width=1.2, ax=axes
    )
for name, colour in COLOURS.items():
    nodes = [node for node in view if view.nodes[node]["class"] == name]
    size = 220 if name == "Film" else 110
    nx.draw_networkx_nodes(view, places, nodes, node_color=colour, node_size=size, label=name, ax=axes)
BESIDE = {"User": (9, -4, "left"), "Director": (0, -17, "center")}
for node, place in places.items():
    right, up, side = BESIDE.get(view.nodes[node]["class"], (0, 10, "center"))
    name = view.nodes[node]["label"] or view.nodes[node]["id"]
    words = axes.annotate(name, place, (right, up), textcoords="offset points", ha=side, fontsize=9)
    words.set_path_effects([withStroke(linewidth=3, foreground="white")])
axes.legend(loc="lower left", frameon=False)
axes.set_title("Twelve films as a graph (dashed: likes to learn from)")
axes.axis("off")
plt.show()

# %% [markdown]
# Directors and genres join what no person has joined: nobody likes both *Heat* and *The Big Lebowski*, but
# both are films about crime. That is what a knowledge graph is for.
#
# **Your own data:** `whyrec draft FOLDER --into FOLDER/dataset.yaml`, correct the card, `whyrec build`. All
# that a card can say is in `docs/cards.md`. Next: [what the graph answers to people it has never
# seen](02_cold_start_queries.ipynb).
