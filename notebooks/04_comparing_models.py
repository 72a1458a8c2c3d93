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
# # 4. Comparing models
#
# Which model is best? It is easy to get a wrong answer: with leaked data, with a few sampled items in place
# of the whole catalog, with a difference that is chance, with a mean that hides who gains.
#
# Here one hybrid, its parts and three baselines are compared as `whyrec bench` does it. It ends in a chart
# with intervals, and takes about half a minute.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import kg
from hybrid import Options, Recommender
from hybrid.evaluation.comparison import compare
from hybrid.evaluation.leaks import check
from hybrid.evaluation.significance import best_of

# %% [markdown]
# ## The world
#
# MovieLens-100K, cut to 400 people and the 600 films with most likes. To run it on everything, replace
# `kg.smaller(catalog, ...)` by `catalog`. Films that few like are not in this small world, so all numbers are
# higher than on the whole data, and are not to be compared with those elsewhere.


# %%
catalog = kg.read("../datasets/ml-100k/dataset.yaml")
graph = kg.build(kg.smaller(catalog, people=400, items=600))
print(f"{graph.num_users} people, {graph.num_items} films, {len(graph.edges):,} facts about them")
print(f"{len(graph.interactions):,} likes to learn from, {len(graph.heldout):,} held out for testing")

# %% [markdown]
# ## The split, and whether it leaks
#
# Each person's latest fifth of likes is held out: a model has to guess the future, not fill gaps in the
# past. `check` looks for test likes that the training data tells in another way.

# %%
report = check(graph, by="time")
print([leak.sentence for leak in report.leaks] or "no leak was found")

# %% [markdown]
# ## Train
#
# Five scorers make the hybrid. Their options and weights are chosen on validation likes inside the training
# data. The held-out likes are not looked at.

# %%
MEMBERS = ("ease", "filters", "recent", "rp3beta", "text")
FIXED = {"filters": {"start": 0.5, "middle": 0.5, "end": 0.5, "half_life": None, "near": 100, "rarity": 1.0}}
recommender = Recommender(Options(members=MEMBERS, overrides=FIXED)).fit(graph)
pd.Series(recommender.ranker.by_name(), name="weight").round(2).to_frame().T

# %% [markdown]
# ## Rank everything
#
# Every model ranks **all** films that a person has not liked yet, and is right where held-out ones come
# near the top. Baselines are tuned with the same care: a comparison with an untuned baseline says nothing.

# %%
results = compare(recommender, graph.heldout, baselines=("popularity", "itemknn", "userknn"))
METRICS = ("ndcg@10", "recall@10", "recall@20", "mrr@10", "hit@10")
table = pd.DataFrame(
    {result.name: {metric: result.evaluation.metrics[metric] for metric in METRICS} for result in results}
).T
table["seconds"] = [result.seconds for result in results]
table.round(3)

# %% [markdown]
# ## Chance, or better?
#
# The same people are ranked for by all models, so their differences can be tested in pairs: a permutation
# test over people, corrected for all comparisons at once (Holm).

# %%
verdicts = pd.DataFrame(
    {
        "model": verdict.name,
        "minus the hybrid": verdict.comparison.difference,
        "low": verdict.comparison.low,
        "high": verdict.comparison.high,
        "p corrected": verdict.corrected,
    }
    for result in results
    for verdict in result.beside
    if verdict.comparison.metric == "ndcg@10"
)
verdicts.round(4)

# %%
marked = best_of({result.name: result.evaluation for result in results})
print("Not significantly worse than the best on NDCG@10:", ", ".join(marked))

# %% [markdown]
# 0.0016 is the smallest p value that this test can give here: 1 in 10,000, times 16 comparisons. Read a p
# value only with the size beside it. A model that is not significantly worse is not shown to be as good
# either: with 400 people, a small difference stays in the dark.
#
# ## Who gains?
#
# `slices` measures the same lists on parts of the data: people from the shortest (q1) to the longest
# history (q4), and test films by how many like them (head: the fifth with most likes; tail: the others).

# %%
PARTS = ("history q1", "history q2", "history q3", "history q4", "head", "tail")
slices = pd.DataFrame(
    {
        result.name: {part: result.slices[part].metrics["ndcg@10"] for part in PARTS if part in result.slices}
        for result in results
    }
).T
slices.style.format(precision=3).highlight_max(props="font-weight: bold")

# %% [markdown]
# The last column is worth a look: `text` is the worst of all on the whole and the best on films that few
# like, since it needs no likes of them. That is why it has a place in the hybrid.
#
# Two warnings. People with long histories also have more held-out films to find, so columns do not compare
# with each other, only rows within a column. And the bold number of a column is the highest one, not a
# tested one.
#
# ## What else do the lists do?
#
# A model can be accurate by showing everybody the same hits. Coverage is the share of all films that
# anybody is shown, the Gini index how unequally they are shown (0: all alike), the lift how much more
# popular shown films are than liked ones.

# %%
BEYOND = ("coverage@10", "gini@10", "popularity_lift@10", "novelty@10", "diversity@10")
pd.DataFrame(
    {
        result.name: {
            name: result.evaluation.metrics[name] for name in BEYOND if name in result.evaluation.metrics
        }
        for result in results
    }
).T.round(3)

# %% [markdown]
# ## The chart
#
# Left: how far each model is from the hybrid, with the 95% interval over people. An interval that reaches
# the line is no evidence for a difference. Right: the hybrid, its best part and popularity by length of
# history, with bootstrap intervals of the means.


# %%
def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """The 95% bootstrap interval of a mean over people."""
    draws = np.random.default_rng(seed).choice(values, (2000, len(values))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6), width_ratios=(1.1, 1))
rows = verdicts.sort_values("minus the hybrid")
spread = [rows["minus the hybrid"] - rows["low"], rows["high"] - rows["minus the hybrid"]]
left.errorbar(rows["minus the hybrid"], rows["model"], xerr=spread, fmt="o", color="#1b6ca8", capsize=3)
left.axvline(0, color="#d95f02", linestyle="dashed")
left.annotate("the hybrid", (0, 1.01), xycoords=("data", "axes fraction"), ha="center", color="#d95f02")
left.set_xlabel("NDCG@10 minus that of the hybrid")

part_of_it = next(result.name for result in results if result.role == "scorer")
chosen = ("hybrid", part_of_it, "popularity")
for shift, (name, colour) in enumerate(zip(chosen, ("#d95f02", "#1b6ca8", "#8a8a8a"), strict=True)):
    result = next(each for each in results if each.name == name)
    places, means, ends = [], [], []
    for place, part in enumerate(PARTS[:4]):
        values = result.slices[part].per_user["ndcg@10"]
        places.append(place + 0.16 * (shift - 1))
        means.append(values.mean())
        ends.append(interval(values))
    lows, highs = np.array(ends).T
    right.errorbar(
        places, means, yerr=[means - lows, highs - means], fmt="o", color=colour, capsize=3, label=name
    )
right.set_xticks(range(4), ["q1\nshortest", "q2", "q3", "q4\nlongest"])
right.set(xlabel="people by length of history", ylabel="NDCG@10")
right.legend(frameon=False)
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)
figure.suptitle("Which model is better, and for whom")
figure.tight_layout()
plt.show()

# %% [markdown]
# One split and one seed. Before you believe a small difference, run it with several seeds and on other
# data: `whyrec bench CARD --html report.html` does all of this as a page, with ablations and with other
# programs beside it, and `docs/evaluation.md` explains every number. Next: [adapting the text
# encoder](05_fine_tuning_the_text_encoder.ipynb).
