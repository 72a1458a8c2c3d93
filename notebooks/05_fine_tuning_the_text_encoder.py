# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5. Fine-tuning the text encoder
#
# A film that nobody has liked yet has a text, and a language model turns texts into vectors: films with similar texts are
# near each other. But similar in what? The model has never heard of taste. It can learn it from likes.
#
# Here a small part of all-MiniLM-L6-v2 (it comes with WhyRec) is trained with LoRA for a few epochs, then measured on films
# that were hidden from it. It ends in a map of the films before and after, and takes about a minute.

# %%
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import kg
from hybrid.evaluation.protocol import evaluate
from hybrid.evaluation.significance import compare
from hybrid.scorers import Resources
from hybrid.scorers.text import Text
from hybrid.text.adaptation import adapt
from hybrid.text.cold import hide_items, only
from hybrid.text.options import AdaptOptions, EncoderOptions
from hybrid.text.table import TextTable

# %% [markdown]
# ## The world
#
# MovieLens-100K, cut to 300 people and the 400 films with most likes. To run it on everything, replace
# `smaller(catalog, ...)` by `catalog`; it then takes some ten minutes on one processor core.

# %%
def smaller(catalog: kg.Catalog, people: int, films: int) -> kg.Catalog:
    """Some people, the most liked films, and what at least two of these films or people share."""
    likes, facts = catalog.interactions, catalog.facts
    kept = {
        "user": likes["user"].drop_duplicates().sample(people, random_state=0),
        "item": likes["item"].value_counts().index[:films],
    }
    facts = pd.concat([facts[(facts["head_kind"] == kind) & facts["head"].isin(kept[kind])] for kind in kept])
    linked = facts.loc[facts["tail_kind"] == "entity", "tail"].value_counts()
    kept["entity"] = linked.index[linked > 1]

    def among(table: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
        return pd.concat([table[(table[kind] == each) & table[name].isin(ids)] for each, ids in kept.items()])

    def between(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["user"].isin(kept["user"]) & table["item"].isin(kept["item"])]

    return replace(
        catalog,
        nodes=among(catalog.nodes, "kind", "id"),
        facts=among(facts, "tail_kind", "tail"),
        properties=among(catalog.properties, "kind", "id"),
        interactions=between(likes),
        ratings=between(catalog.ratings),
    )


catalog = kg.read("../datasets/ml-100k/dataset.yaml")
graph = kg.build(smaller(catalog, people=300, films=400)).without_heldout()
print(f"{graph.num_users} people, {graph.num_items} films, {len(graph.edges):,} facts about them")
print(graph.item_texts[0])

# %% [markdown]
# That is all that the texts say here: title, genres, year. With longer descriptions there is more to learn.
#
# ## Make films new again
#
# A fifth of the films loses all its likes, as if they had come in today. What people said of them is kept aside for the
# test. The adaptation never sees it.

# %%
warm, cold, hidden = hide_items(graph, share=0.2, seed=0)
people = len(np.unique(cold.users))
print(f"{hidden.sum()} films are hidden, with {len(cold):,} likes of {people} people to test on")
print(f"{len(warm.interactions):,} likes of {(~hidden).sum()} films are left to learn from")

# %% [markdown]
# ## Before
#
# The vectors of the model as it is. `adapt` with the mode "frozen" trains nothing.

# %%
SETTINGS = EncoderOptions(max_length=32)
frozen = adapt(warm, AdaptOptions("frozen"), SETTINGS)
before = TextTable.of(graph.item_texts, frozen.encoder)
print(f"{before.vectors.shape[0]} texts as vectors of {before.vectors.shape[1]} numbers")

# %% [markdown]
# ## Train a little
#
# LoRA leaves the weights as they are and learns a small change of each. From a person's liked texts one is left out, and is
# to be found among the texts of the batch: so films liked by the same people come close. A tenth of the remaining films is
# hidden in the same way, to choose the best epoch by.

# %%
OPTIONS = AdaptOptions("lora", rank=8, epochs=3)
adapted = adapt(warm, OPTIONS, SETTINGS)
after = TextTable.of(graph.item_texts, adapted.encoder)
print(f"{adapted.trainable:,} of {adapted.parameters:,} weights were trained ({adapted.share:.1%}),")
print(f"in {adapted.seconds:.0f} s, to the best of {len(adapted.history.epochs)} epochs: {adapted.history.best.number}")
pd.DataFrame(
    {"loss": epoch.loss, "NDCG@10 on hidden films": epoch.metric} for epoch in adapted.history.epochs
).rename_axis("epoch").rename(index=lambda row: row + 1).round(3)

# %% [markdown]
# ## After, on films that it has not seen
#
# The hidden films, and they alone, are ranked for everybody by the cosine with the mean text of what they like. One detail
# matters: a catalog's texts have much in common, and a mean of many texts has little else. *Centred* takes the mean of all
# vectors off first. So there are four ways, and chance as the fifth.


# %%
def ranked(table: TextTable, *, centred: bool):
    """How well the hidden films are ranked by their texts."""
    scorer = Text(centred=centred).fit(warm, Resources(text=table))
    return evaluate(only(scorer.score, hidden), warm, cold)


def by_chance(profiles) -> np.ndarray:
    """Scores that know nothing: ties are broken at random."""
    return np.zeros((len(profiles), graph.num_items), dtype=np.float32)


found = {
    "chance": evaluate(only(by_chance, hidden), warm, cold),
    "frozen": ranked(before, centred=False),
    "adapted": ranked(after, centred=False),
    "frozen, centred": ranked(before, centred=True),
    "adapted, centred": ranked(after, centred=True),
}
pd.DataFrame(
    {name: {key: each.metrics[key] for key in ("ndcg@10", "recall@10", "recall@20")} for name, each in found.items()}
).T.round(3)

# %% [markdown]
# Is the difference more than chance? The same test as in notebook 4:

# %%
pairs = {
    "adapting": ("adapted", "frozen"),
    "centring": ("frozen, centred", "frozen"),
    "adapting, where centred": ("adapted, centred", "frozen, centred"),
}
tests = {name: compare(found[one], found[other]) for name, (one, other) in pairs.items()}
pd.DataFrame(
    {
        name: {"difference in NDCG@10": test.difference, "low": test.low, "high": test.high, "p": test.p_value}
        for name, test in tests.items()
    }
).T.round(4)

# %%
for name, test in tests.items():
    sure = "helps" if test.low > 0 else "hurts" if test.high < 0 else "makes no difference that can be told from chance"
    print(f"{name}: {sure}")

# %% [markdown]
# This is a few epochs on short texts of a few hundred films, one seed. On all of MovieLens-100K with more epochs adapting
# helps on top of centring (`docs/text.md` has the numbers). Measure it on your own data before you pay for it; validation
# decides about centring anyway when a recommender is trained.
#
# ## What has become near?
#
# The nearest films by text, before and after. The films marked with * were hidden.


# %%
def nearest(table: TextTable, film: int, count: int = 4) -> str:
    """The films whose texts are nearest to a film's, by cosine of centred vectors."""
    vectors = table.vectors - table.vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    order = np.argsort(-vectors @ vectors[film])
    return "; ".join(graph.item_label(row) + "*" * bool(hidden[row]) for row in order[1 : count + 1])


likes = np.bincount(cold.items, minlength=graph.num_items)
known_films = np.argsort(-likes)[:4]
pd.DataFrame(
    {graph.item_label(film) + "*": {"before": nearest(before, film), "after": nearest(after, film)} for film in known_films}
).T.style.set_properties(**{"text-align": "left", "white-space": "normal"})

# %% [markdown]
# ## The map
#
# 384 numbers on a page: the two directions in which the vectors differ most (principal components, by numpy's SVD). The
# colours are genres; circles are films that the training saw, stars are hidden ones.


# %%
def flat(table: TextTable) -> tuple[np.ndarray, float]:
    """Two principal components of the vectors, and what share of the variance they hold."""
    vectors = table.vectors - table.vectors.mean(axis=0)
    left, sizes, _ = np.linalg.svd(vectors, full_matrices=False)
    return left[:, :2] * sizes[:2], float((sizes[:2] ** 2).sum() / (sizes**2).sum())


GENRES = {"Children's": "#e6a700", "Horror": "#222222", "Sci-Fi": "#1b6ca8", "Romance": "#d9538f", "Crime": "#5f8f4e"}
genres = [next((name for name in GENRES if name in text), "") for text in graph.item_texts]
figure, panels = plt.subplots(1, 2, figsize=(13, 6))
for axes, (title, table) in zip(panels, {"before": before, "after": after}.items(), strict=True):
    points, share = flat(table)
    for genre, colour in {"": "#d4d4d4", **GENRES}.items():
        for new, mark, size in ((False, "o", 22), (True, "*", 70)):
            some = [row for row, each in enumerate(genres) if each == genre and hidden[row] == new]
            name = (genre or "others") if not new else None
            axes.scatter(*points[some].T, c=colour, s=size, marker=mark, label=name, linewidths=0)
    for film in known_films:
        axes.annotate(graph.item_label(film), points[film], xytext=(5, 4), textcoords="offset points", fontsize=9)
    axes.set_title(f"{title} (these two directions: {share:.0%} of the variance)")
    axes.set(xticks=[], yticks=[])
panels[0].legend(frameon=False, fontsize=9)
figure.suptitle("The texts of the films as the language model sees them")
figure.tight_layout()
plt.show()

# %% [markdown]
# A map of two directions leaves most of the vectors out (the share is in the titles), so read it as a picture, not as a proof;
# the numbers are in the tables above.
#
# **Use it:** `whyrec train WORKSPACE --adapt lora`, or `Options(adapt=AdaptOptions("lora"))` in Python: the adapted
# vectors then go into the text scorer and the graph network. `docs/text.md` compares six ways to adapt.
