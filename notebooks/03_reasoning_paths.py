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
# # 3. Reasoning paths
#
# "You liked *The Terminator*, which was followed by *Terminator 2*." Is that why the model recommends it,
# or a nice story told afterwards? WhyRec can test that: it takes the path away and looks at what the score
# does.
#
# You look at one person's list, ask what would be otherwise, test reasons, see which paths explain all
# lists, and at last find a case where the model is wrong. It takes about a minute.

# %%
from collections import Counter
from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd

import kg
from hybrid import Options, Query, Recommender
from hybrid.reasons import contrast, counterfactual, paragraph, probe, what_if
from hybrid.reasons.pictures import sankey

# %% [markdown]
# ## The world and the model
#
# MovieLens-100K with a Freebase graph, cut to 300 people and the 400 films with most likes so that this is
# fast. To run it on everything, replace `kg.smaller(catalog, ...)` by `catalog` (and have some patience).


# %%
catalog = kg.read("../datasets/ml-100k/dataset.yaml")
graph = kg.build(kg.smaller(catalog, people=300, items=400))
print(f"{graph.num_users} people, {graph.num_items} films, {len(graph.edges):,} facts about them")
print(f"{len(graph.interactions):,} likes to learn from, {len(graph.heldout):,} held out for testing")

# %%
MEMBERS = ("ease", "filters", "recent", "text")
FIXED = {
    "filters": {"start": 0.5, "middle": 0.5, "end": 0.5, "half_life": None, "near": 100, "rarity": 1.0},
    "ease": {"attributes": 3.0},
}
recommender = Recommender(Options(members=MEMBERS, overrides=FIXED)).fit(graph)
pd.Series(recommender.ranker.by_name(), name="weight").round(2).to_frame().T

# %% [markdown]
# Four scorers share the score, with weights learned on likes that were set aside. Two of them read the
# graph's facts (`ease`, `filters`); without them no path over facts could be a reason.
#
# ## One person's list

# %%
USER = "327"
person = Query(user=USER)
liked = [graph.item_label(item) for item in recommender.history(USER)]
print(f"User {USER} liked {len(liked)} films, lately:", "; ".join(liked[:-7:-1]))
ranking = recommender.recommend(person, n=5, paths=2)
for place, item in enumerate(ranking, 1):
    print(f"{place}. {item.label} (score {item.score:.2f}, chance {item.confidence:.0%})")
    for path in item.paths:
        print("     ", path.sentence)

# %% [markdown]
# Every path is a chain of real edges: facts of the graph, or people who liked both ends. Freebase gives
# people here by id only, hence "a director shared with".
#
# ## Is the path a reason? Test it
#
# `explain` takes the links of each path away, alone and together with the like that it starts from, and
# asks the scorers again. Then it does the same with random links of the same kinds and another like. Where
# the path's own cost more, both times, it is a reason (*because*); else it only is *related*.

# %%
explanation = recommender.explain(person, ranking.items[0], paths=5)
pd.DataFrame(
    {
        "verdict": [reason.verdict for reason in explanation.reasons],
        "links give": [reason.share for reason in explanation.reasons],
        "falls by": [reason.drop for reason in explanation.reasons],
        "at random": [reason.control for reason in explanation.reasons],
        "path": [reason.path.sentence for reason in explanation.reasons],
    }
).round(3).style.hide().set_properties(**{"text-align": "left"}).format(precision=3)

# %% [markdown]
# *Links give* is what the score loses without the links while the like stays, *falls by* what it loses
# without both. The sequel, which convinces most, is only *related*: its link gives nothing. The scorers of
# this model go by what two films share, not by a link from one to the other. A nice story, told afterwards:
# that is what the test is for.
#
# In a notebook an explanation draws itself:

# %%
explanation

# %% [markdown]
# The score is also taken apart by like, exactly: these parts and a rest add up to it.

# %%
print(paragraph(explanation))
shares = pd.Series({like.label: like.total for like in explanation.likes})
print(
    f"\n{shares.sum():.2f} from likes + {sum(explanation.rest.values()):.2f} rest = {explanation.score:.2f}"
)
shares.head(5).round(3).to_frame("gave")

# %% [markdown]
# ## What if?
#
# What if the like that gave most were gone? The same model is asked again; nothing is learned anew.

# %%
strongest = explanation.likes[0]
changed = what_if(recommender, person, explanation.item, without=[strongest.item])
print(changed.changes[0])
print(f"{changed.label}: score {changed.scores[0]:.2f} -> {changed.scores[1]:.2f}, ", end="")
print(f"place {changed.places[0]} -> {changed.places[1]}")
print("before:", "; ".join(item.label for item in changed.before.recommendations[:5]))
print("after: ", "; ".join(item.label for item in changed.after.recommendations[:5]))

# %% [markdown]
# Facts can go too, and others can be added. And the other way round: what is the least that would have to
# be otherwise for the film to leave the first ten?

# %%
least = counterfactual(recommender, person, explanation.item)
names = [graph.item_label(graph.items.number(item)) for item in least.likes]
print(f"{explanation.label} is at place {least.place}. Without {len(names)} of {len(liked)} likes", end=" ")
print(f"({', '.join(names)}) it would be at place {least.likes_place}.")
print(
    "Facts of the film that it hangs on:",
    ", ".join(least.facts) or "none: it stays with all of its facts gone",
)

# %% [markdown]
# So the film hangs on two likes, and no fact of it alone or together would move it out. The paths are true
# reasons, and small ones: most of this score comes from which films people like together. The numbers say
# so, the sentence alone would not.

# %% [markdown]
# ## Are the reasons true in general?
#
# One case proves little. `probe` tests the first recommendation of a sample of people.

# %%
truth = probe(recommender, people=12, seconds=20)
print("\n".join(truth.told()))

# %% [markdown]
# How to read it: a faithful path is in the graph, costs more than a random one when it goes, and is another
# one if the model has learned something else. Where fewer than all pass, the others are told as *related*,
# not as reasons.

# %% [markdown]
# ## Which paths explain all lists?
#
# The first five films of all 300 people, and the type of the strongest path to each.

# %%
PLACES = 5
wanted = set(zip(graph.heldout.users.tolist(), graph.heldout.items.tolist(), strict=True))
rows, paths = [], []
for user in graph.users:
    for place, item in enumerate(recommender.recommend(Query(user=user), n=PLACES, paths=1), 1):
        pair = (graph.users.number(user), graph.items.number(item.item))
        paths.extend(item.paths)
        steps = item.paths[0].relations if item.paths else ("no path",)
        rows.append((user, place, item.item, item.label, item.confidence, " > ".join(steps), pair in wanted))
lists = pd.DataFrame(rows, columns=["user", "place", "item", "label", "confidence", "path", "found"])
types = lists.groupby("path")["found"].agg(["size", "mean"]).sort_values("size", ascending=False)
print(
    f"{len(lists)} recommendations, {len(types)} types of path; {lists['found'].mean():.0%} were liked later"
)

# %% [markdown]
# The next cell is the picture, and nothing else.

# %% tags=["picture"]
shown = types.head(14)[::-1]
figure, axes = plt.subplots(figsize=(10, 6))
bars = axes.barh(shown.index, shown["size"], color="#1b6ca8")
axes.bar_label(
    bars, [f"{share:.0%} liked later" for share in shown["mean"]], padding=4, fontsize=9, color="#555555"
)
axes.set(title="The strongest path to each recommendation, by type", xlabel="recommendations")
axes.margins(x=0.16)
axes.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
plt.show()

# %% [markdown]
# "is liked by > likes" goes over people, all others over facts. The shares at the bars rest on few
# recommendations each, so small differences between them mean nothing. The same as streams, from what was
# liked over what is shared to what is recommended:

# %%
sankey(paths, graph)

# %% [markdown]
# ## A case where the model is wrong
#
# The data holds a few ratings that came later and that no model has seen. Which film did the model promise
# most surely, and the person gave it one or two stars? The code picks the case, nobody else.

# %%
later = graph.heldout_ratings
stars = {
    (graph.users.ids[user], graph.items.ids[item]): rating
    for user, item, rating in zip(later.users, later.items, later.weights, strict=True)
}
lists["stars"] = [stars.get(pair) for pair in zip(lists["user"], lists["item"], strict=True)]
rated = lists.dropna(subset="stars")
wrong = rated[rated["stars"] <= 2].sort_values("confidence", ascending=False)
print(f"Of {len(rated)} recommendations that were rated later, {len(wrong)} got one or two stars.")
wrong[["user", "place", "label", "confidence", "stars", "path"]].head(5)

# %% [markdown]
# The surest of them is the first film of the list that you have seen above, with all its tested reasons.

# %%
case = wrong.iloc[0]
asked = Query(user=case["user"])
failed = recommender.explain(asked, case["item"], paths=5)
print(f"User {case['user']} gave {case['label']} {case['stars']:.0f} stars. The model said:\n")
print(paragraph(failed))

# %% [markdown]
# The paths exist. Did they carry the score? And who else did the model rely on: how did others rate this
# film?

# %%
print(Counter(reason.verdict for reason in failed.reasons))
everybody = pd.DataFrame({"item": graph.ratings.items, "stars": graph.ratings.weights})
of_film = everybody.loc[everybody["item"] == graph.items.number(case["item"]), "stars"]
print(f"{len(of_film)} others rated it: {of_film.mean():.1f} stars on average,", end=" ")
print(f"{(of_film <= 2).mean():.0%} gave one or two")

# %% [markdown]
# So the reasons are true, they are just no proof: they say what the model went by, not that it is right.
# What did it not know? It learns from likes alone. This person has disliked films too, and they stand in
# the data as ratings of one and two stars:

# %%
own = graph.ratings.users == graph.users.number(case["user"])
low = own & (graph.ratings.weights <= 2)
dislikes = tuple(graph.items.ids[item] for item in graph.ratings.items[low])
print(f"{own.sum()} ratings, {len(dislikes)} of them one or two stars:")
print("; ".join(graph.item_label(graph.items.number(item)) for item in dislikes[:12]))

# %% [markdown]
# Some of these may even stand in the list above: a low rating is not a dislike unless a query says so.

# %%
rows = lists[(lists["user"] == case["user"]) & lists["item"].isin(dislikes)]
print("recommended in spite of a low rating:", "; ".join(rows["label"]) or "none of the first five")

# %% [markdown]
# Would it have been better to tell the model so? A query takes dislikes.

# %%
told = recommender.explain(replace(asked, dislikes=dislikes), case["item"], paths=1)


def place(query: Query) -> int:
    """The film's place among all."""
    return recommender.recommend(query, n=graph.num_items, paths=0).items.index(case["item"]) + 1


print(
    f"score {failed.score:.2f} -> {told.score:.2f}, of which dislikes {told.parts.get('dislikes', 0.0):+.2f}"
)
print(f"place {place(asked)} -> {place(told.query)}")

# %% [markdown]
# Dislikes keep the disliked films themselves away, and take a little off what is like them. *Terminator 2*
# is far more like what this person likes, so it stays at the top: no data here says otherwise.
#
# For comparison, a film that the model recommended to the same person and that was liked later, if there is
# one, or else the next in the list:

# %%
mine = lists[(lists["user"] == case["user"]) & (lists["item"] != case["item"])]
other = mine.sort_values("found", ascending=False, kind="stable").iloc[0]
print(f"{other['label']}: {'liked later' if other['found'] else 'not known to be liked later'}\n")
print(contrast(failed, recommender.explain(asked, other["item"], paths=5)))

# %% [markdown]
# What to take along: a path that passed its test tells truly what the model went by. It does not tell that
# the model is right. This person liked *Die Hard* and *The Terminator* and still did not like *Terminator
# 2*; such a thing is no mistake in the reasons, it is the limit of what likes say about taste.
#
# **Go on:** `docs/paths.md` (search and limits), `docs/words.md` (sentences, other languages). On the
# command line: `whyrec explain`. Next: [comparing models](04_comparing_models.ipynb).
