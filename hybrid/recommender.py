"""The walk: a graph in, recommendations with their reasons out. Read this file to know the program."""

from __future__ import annotations

import time
from copy import copy
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np

from hybrid import rerank, weights
from hybrid.answering import Answerer
from hybrid.asking import Reader
from hybrid.evaluation.paths import recency
from hybrid.evaluation.telling import can_tell
from hybrid.images.encoder import ImageOptions
from hybrid.images.table import image_table
from hybrid.options import Options
from hybrid.panel import Panel
from hybrid.profiles import Profiles
from hybrid.query import check_count
from hybrid.ranking import Ranking
from hybrid.rerank import Candidates, Context, Stock
from hybrid.scorers.base import Resources
from hybrid.scorers.graph import Graph
from hybrid.scorers.training import progress
from hybrid.situation import Circumstances
from hybrid.text.cache import CachedEncoder
from hybrid.text.encoder import TextEncoder
from hybrid.text.options import EncoderOptions
from hybrid.text.table import TextTable
from hybrid.tuning import tune
from kg.changes import changed
from kg.errors import CatalogError
from kg.languages import ENGLISH
from kg.paths import PathFinder
from kg.split import hold_out, training

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gnn.train import History
    from hybrid.adapt.start import Start
    from hybrid.evaluation.paths_shown import Taste
    from hybrid.images.table import ImageTable
    from hybrid.query import Query
    from hybrid.ranker import Ranker
    from hybrid.reasons.explanation import Explanation
    from hybrid.rerank import Shown, Stage
    from hybrid.scorers.base import ScoreArray, Scorer
    from hybrid.text.adapted import AdaptedEncoder
    from kg.changes import Change
    from kg.graph import IntArray, KnowledgeGraph
    from kg.images import Images
    from kg.newitems import NewItem

_CANDIDATES = 10  # paths of an item that a taste chooses from
_RERANKED = 200  # of the best items are ordered anew where stages are asked for
_SMALLEST_HUB = 50  # what a tenth of the items or more have in common is no reason for any of them
P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Recommender:
    """Learns from a knowledge graph and answers queries with ranked items and reasoning paths.

    Attributes:
        options: how it is made.
        report: told of progress in words.
        curves: folder for TensorBoard's curves of training; None for nowhere.
        graph: the graph it has learned from.
        reader: reads queries.
        answerer: the fitted scorers, their weights, and what answers with them.
        text: the items' text vectors, None where no item has text.
        adapted: the text encoder where it was adapted.
        images: the items' image vectors, None where no item has an image.
        start: what another catalog's model says of the items, while learning; None where there is none.
        tuned: the scorers as tuned, not knowing the validation interactions, by name; none unless kept.
        histories: training history by scorer, for those trained in epochs.
        workspace: the folder it was loaded from, whose RDF answers SPARQL; None for one made in memory.
        language: that paths are told in, see `speaking`.
        version: name of its version there, "" for one in memory.
        seconds: time by stage.
        cpu_seconds: time of all processor cores by stage.
    """

    options: Options = field(default_factory=Options)
    report: Callable[[str], None] = field(default=lambda _message: None, repr=False)
    curves: Path | None = field(default=None, repr=False)
    graph: KnowledgeGraph = field(init=False, repr=False)
    text: TextTable | None = field(init=False, repr=False, default=None)
    adapted: AdaptedEncoder | None = field(init=False, repr=False, default=None)
    images: ImageTable | None = field(init=False, repr=False, default=None)
    start: Start | None = field(init=False, repr=False, default=None)
    tuned: dict[str, Scorer] = field(init=False, repr=False, default_factory=dict)
    histories: dict[str, History] = field(init=False, repr=False, default_factory=dict)
    workspace: Path | None = field(init=False, repr=False, default=None)
    version: str = field(init=False, repr=False, default="")
    language: str = field(init=False, default=ENGLISH)
    seconds: dict[str, float] = field(init=False, default_factory=dict)
    cpu_seconds: dict[str, float] = field(init=False, default_factory=dict)
    _profiles: Profiles = field(init=False, repr=False)
    reader: Reader = field(init=False, repr=False)
    answerer: Answerer = field(init=False, repr=False)

    @property
    def panel(self) -> Panel:
        """The fitted scorers, their weights, and what these depend on."""
        return self.answerer.panel

    @property
    def finder(self) -> PathFinder:
        """What finds paths and tells them."""
        return self.answerer.finder

    @property
    def members(self) -> tuple[Scorer, ...]:
        """The fitted scorers."""
        return self.panel.members

    @property
    def ranker(self) -> Ranker:
        """Their weights."""
        return self.panel.ranker

    def fit(
        self,
        graph: KnowledgeGraph,
        *,
        checkpoints: Path | None = None,
        images: Images | None = None,
        keep: bool = False,
    ) -> Recommender:
        """Learn from a graph's facts, texts and interactions; its held-out interactions are never looked at.

        Scorers are tuned and weighed on validation interactions while they know only the rest; then each is
        fitted again, as tuned, to everything. Where there are too few likes for that, and another catalog's
        model starts this one, what that says is all, but for what is asked in words.

        Args:
            graph: the graph.
            checkpoints: folder to leave training runs in, so that one that was killed can go on from there.
            images: the items' images; those that it has seen already, if any, where None.
            keep: whether to keep the scorers as tuned, for `hybrid.variants`; they take as much memory again.

        Raises:
            CatalogError: there are too few likes to set any aside, no scorer can tell anything of one, or the
                other catalog that this one starts from has nothing in common with it.
            WorkspaceError: there is no model to start from.
        """
        unfitted = self.options.scorers()
        whole = self.set_aside(graph, checkpoints, images)[0]
        if not whole.interactions.validation.any():
            return self._begin(whole, unfitted)
        return self.learn(whole, unfitted, checkpoints, keep=keep)

    def _begin(self, whole: KnowledgeGraph, unfitted: Sequence[Scorer]) -> Recommender:
        """Go by what another catalog's model says, and by wishes: there is nothing to weigh scorers on."""
        resources = self.resources("fit")
        members = tuple(
            self._timed(f"fit {scorer.name}", scorer.fit, whole, resources)
            for scorer in unfitted
            if scorer.started or scorer.reads_text or scorer.reads_entities
        )
        return self.ready(whole, members, weights.unlearned(members))

    def learn(
        self,
        whole: KnowledgeGraph,
        unfitted: Sequence[Scorer],
        checkpoints: Path | None = None,
        *,
        keep: bool = False,
        tuned: Mapping[str, Scorer] = MappingProxyType({}),
        fitted: Mapping[str, Scorer] = MappingProxyType({}),
    ) -> Recommender:
        """What `fit` does once the vectors are there: tune scorers, weigh them, and fit them to everything.

        Args:
            whole: the graph as `validated` gives it.
            unfitted: the scorers.
            checkpoints: see `fit`.
            keep: see `fit`.
            tuned: those that need no more tuning, by name.
            fitted: those that need no more fitting, by name.

        Raises:
            CatalogError: no scorer can tell anything of a validation interaction.
        """
        tuning, resources, chosen = training(whole), self._tuning(whole, checkpoints), self.options.overrides
        candidates = [
            tuned.get(scorer.name)
            or self._timed(
                f"tune {scorer.name}", tune, scorer, tuning, resources, chosen.get(scorer.name, ())
            )
            for scorer in unfitted
        ]
        validation = whole.interactions.take(whole.interactions.validation)
        if not any(can_tell(scorer.score, tuning, validation) for scorer in candidates):
            raise CatalogError(f"dataset {whole.name!r}: no scorer can tell anything of a like that tunes")
        ranker = self._timed("weigh", weights.learn, candidates, tuning, resources, self.options)
        self.tuned = {scorer.name: scorer for scorer in candidates} if keep else {}
        everything = self.resources("fit", checkpoints)
        members = tuple(
            fitted.get(scorer.name)
            or self._timed(f"fit {scorer.name}", scorer.settled().fit, whole, everything)
            for scorer in candidates
        )
        return self.ready(whole, members, ranker)

    def set_aside(
        self, graph: KnowledgeGraph, checkpoints: Path | None = None, images: Images | None = None
    ) -> tuple[KnowledgeGraph, Resources]:
        """The graph with validation interactions marked, and what to tune scorers with on the rest of them.

        The held-out interactions are in neither. The items' texts and images are encoded.

        Raises:
            CatalogError, WorkspaceError: as for `fit`.
        """
        whole = self.validated(graph)
        if self.options.start_from:
            self.start = self._timed("start from another catalog", self._started, whole)
        else:
            self.adapted = self._adapt(training(whole), checkpoints)
        self.text = self.encode(whole)
        if images is not None:
            self.images = self.see(whole, images)
        return whole, self._tuning(whole, checkpoints)

    def validated(self, graph: KnowledgeGraph) -> KnowledgeGraph:
        """The graph with validation interactions marked, and without the held-out ones.

        Raises:
            CatalogError: there are too few likes to set any aside, and no other catalog to start from.
        """
        whole = hold_out(graph.without_heldout(), self.options.validation_share, self.options.seed)
        if not whole.interactions.validation.any() and not self.options.started:
            raise CatalogError(
                f"dataset {graph.name!r} has too few likes: expected at least one person with three, or the "
                "model of another catalog to start from (docs/transfer.md)"
            )
        return whole

    def _tuning(self, whole: KnowledgeGraph, checkpoints: Path | None) -> Resources:
        """What scorers are tuned with."""
        validation = whole.interactions.take(whole.interactions.validation)
        resources = self.resources("tune", checkpoints)
        return replace(resources, validation=validation, histories=self.histories)

    def recommend(
        self,
        query: Query,
        n: int | None = None,
        *,
        paths: int = 3,
        stages: Sequence[Stage] = (),
        shown: Shown | None = None,
        taste: Taste | None = None,
    ) -> Ranking:
        """The n best items for a query, best first, each with the parts of its score and its best paths.

        What of the query could not be used is said in the notes of the answer, which comes from the rest.

        Args:
            query: who asks, and for what.
            n: how many items; as many as the query says where None.
            paths: at most so many for each.
            stages: how to order the best items anew (see `hybrid.rerank`), one after the other.
            shown: how often items were shown so far, for the stage that bounds it.
            taste: which path of an item comes first, of its ten strongest; the strongest where None.

        Raises:
            UnknownIdError: the user is not in the graph, and the query has nothing else.
            QueryError: nothing in the query says anything to any scorer, the query contradicts itself, no
                item meets what is wanted, or a stage does not fit.
            CatalogError: the query's SPARQL cannot be answered.
        """
        answerer, asked, n = self.answerer, self.reader.read(query), query.n if n is None else n
        check_count(n)
        allowed, scores = asked.allowed, self.panel.scores(asked.profile)
        tally = answerer.tally(asked, allowed, scores)
        rng, size = np.random.default_rng(self.options.seed), max(n, _RERANKED) if stages else n
        ranked = Candidates.best(tally.total[None], allowed[None], size, rng)
        barred = np.flatnonzero(~asked.fitting)
        context = Context(
            answerer.stock, asked.profile, n, shown=shown, barred=barred, seed=self.options.seed, explain=True
        )
        ranked = rerank.rerank(ranked, stages, context)
        items = ranked.items[0, :n][ranked.items[0, :n] >= 0]
        count = paths if taste is None else max(paths, _CANDIDATES)
        found = answerer.paths(asked.profile, allowed, items, count, scores)
        if taste is not None:
            found = taste.first(found, recency(asked.profile, 0), answerer.surroundings, paths)
        chosen = [
            answerer.recommendation(asked.profile, int(item), tally, leading, ranked.told(0, int(item)))
            for item, leading in zip(items, found, strict=True)
        ]
        if not chosen:
            raise asked.nothing()
        notes = asked.told(len(chosen), n, guessed=tally.guessed) + answerer.doubts(chosen)
        return Ranking(query, tuple(chosen), notes + ranked.told(0))

    def speaking(self, language: str) -> Recommender:
        """The same recommender, whose paths are told in another language ("de").

        Raises:
            QueryError: there is no such language.
        """
        other = copy(self)
        other.language = language
        other.answerer = replace(self.answerer, finder=self.finder.speaking(language))
        return other

    def with_items(self, items: Sequence[NewItem]) -> Recommender:
        """A recommender that knows further items as well, without training (see `hybrid.adapt.growing`).

        Raises:
            CatalogError, UnknownIdError: as for `KnowledgeGraph.with_items`.
        """
        from hybrid.adapt import growing  # noqa: PLC0415  (growing copies recommenders)

        return growing.with_items(self, items)

    def explain(
        self, query: Query, item: str, *, paths: int = 10, tested: bool = True, passages: bool = False
    ) -> Explanation:
        """Why one item has the score it has, whatever its rank: what gave it, and paths put to the test.

        Its notes say what of the query could not be used, and why it would not be recommended, if so.

        Args:
            query: who asks, and for what.
            item: id of the item.
            paths: at most so many.
            tested: whether the paths are tested; it asks the scorers again a dozen times for each.
            passages: whether to look for passages of texts that are alike, where the text speaks for the
                item; it loads the text encoder.

        Raises:
            UnknownIdError: the item is not in the graph, or the user, and the query has nothing else.
            QueryError, CatalogError: as for `recommend`.
        """
        from hybrid.reasons import explaining  # noqa: PLC0415  (explaining asks recommenders)

        return explaining.explain(self, query, item, paths=paths, tested=tested, passages=passages)

    def over(self, graph: KnowledgeGraph) -> Recommender:
        """What would answer if the graph were another one of the same nodes, without learning anything anew.

        The weights stay as they are for the graph that was learned from.

        Args:
            graph: with other facts or likes, see `kg.changes`.
        """
        return self._weighed_alike(graph, self.panel.over(self.graph, graph, self.resources("over")).members)

    def after(self, change: Change) -> Recommender:
        """What would answer if some likes were gone or there; what was learned of them stays."""
        return self._weighed_alike(changed(self.graph, change), self.members)

    def _weighed_alike(self, graph: KnowledgeGraph, members: tuple[Scorer, ...]) -> Recommender:
        other = copy(self)
        other.tuned = {}
        other.ready(graph, members, self.ranker)
        panel = replace(other.panel, circumstances=self.panel.circumstances)
        other.answerer = replace(other.answerer, panel=panel)
        return other

    def save(self, folder: str | Path) -> str:
        """Save as a new version of a workspace (see `hybrid.models`); the version's name.

        Raises:
            WorkspaceError: the folder is something else than a workspace, or holds another graph.
        """
        from hybrid import models  # noqa: PLC0415  (models builds recommenders, so it imports this module)

        return models.save(self, folder)

    def history(self, user: str) -> IntArray:
        """The liked items (rows) of a known user, oldest first.

        Raises:
            UnknownIdError: the user is not in the graph.
        """
        return self._profiles.history(self.graph.users.number(user))

    def score(self, profiles: Profiles) -> ScoreArray:
        """Combined scores, shape (len(profiles), num_items); NaN for what is liked or unknown to all."""
        return self.panel.score(profiles)

    def encode(self, graph: KnowledgeGraph) -> TextTable | None:
        """The text vectors of a graph's items; None where no item has text."""
        if not any(text.strip() for text in graph.item_texts):
            return None
        return self._timed("encode texts", TextTable.of, graph.item_texts, self.encoder())

    def see(self, graph: KnowledgeGraph, images: Images) -> ImageTable | None:
        """The image vectors of a graph's items; None where no item has an image that can be read."""
        if not images.items:
            return None
        options = ImageOptions(self.options.image_model, device=self.options.device)
        return self._timed("encode images", image_table, graph.items, images, options, self.report)

    def encoder(self) -> CachedEncoder:
        """The text encoder of the options, with its cache."""

        def progress(done: int, total: int) -> None:
            self.report(f"text: {done} of {total} encoded")

        return CachedEncoder(self.adapted or TextEncoder(self.encoder_options()), progress=progress)

    def encoder_options(self) -> EncoderOptions:
        """Which language model reads the texts, and how."""
        return EncoderOptions(model=self.options.text_model, device=self.options.device)

    def resources(self, stage: str, checkpoints: Path | None = None) -> Resources:
        """What scorers are fitted with."""
        folder = None if checkpoints is None else checkpoints / stage
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        return Resources(
            text=self.text,
            seed=self.options.seed,
            device=self.options.device,
            report=self.report,
            checkpoints=folder,
            images=self.images,
            curves=None if self.curves is None else self.curves / stage,
            start=self.start,
        )

    def ready(self, graph: KnowledgeGraph, members: tuple[Scorer, ...], ranker: Ranker) -> Recommender:
        """Take up fitted members and prepare to answer."""
        self.graph = graph
        self._profiles = Profiles.of_users(graph, np.arange(graph.num_users))
        self.reader = Reader(graph, self._profiles, members, self.text is not None, self.workspace)
        network = {scorer.name: scorer for scorer in members}.get("graph")
        plain = np.ones((graph.num_nodes, 1), np.float32)
        nodes = network.nodes if isinstance(network, Graph) else plain
        finder = PathFinder(graph, nodes, max_fan=max(_SMALLEST_HUB, graph.num_items // 10))
        self.answerer = Answerer(
            graph,
            Panel(members, ranker, Circumstances.of(graph)),
            finder if self.language == ENGLISH else finder.speaking(self.language),
            Stock(graph, None if self.text is None else self.text.vectors),
            self.options.seed,
        )
        return self

    def _started(self, graph: KnowledgeGraph) -> Start:
        """What the other catalog's model says of a graph's items; its text encoder becomes this one's."""
        from hybrid.adapt import transfer  # noqa: PLC0415  (it asks recommenders)
        from hybrid.models import load  # noqa: PLC0415  (models builds recommenders)

        source = load(self.options.start_from, device=self.options.device, report=self.report)
        self.adapted = source.adapted
        self.options = replace(self.options, text_model=source.options.text_model)
        return transfer.transfer(source, graph, seed=self.options.seed)

    def _adapt(self, graph: KnowledgeGraph, checkpoints: Path | None) -> AdaptedEncoder | None:
        """The text encoder adapted to a graph's likes, where that is asked for and there is text."""
        if self.options.adapt is None or not any(text.strip() for text in graph.item_texts):
            return None
        from hybrid.text.adaptation import adapt  # noqa: PLC0415  (peft takes seconds)

        options = replace(self.options.adapt, seed=self.options.seed)
        resources = self.resources("tune", checkpoints)
        made = self._timed(
            "adapt text encoder",
            adapt,
            graph,
            options,
            self.encoder_options(),
            checkpoint=resources.checkpoint("encoder"),
            report=progress("text encoder", resources),
        )
        self.histories["encoder"] = made.history
        return made.encoder

    def _timed(self, stage: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        start, cpu = time.perf_counter(), time.process_time()
        self.report(stage)
        result = work(*args, **kwargs)
        self.seconds[stage] = time.perf_counter() - start
        self.cpu_seconds[stage] = time.process_time() - cpu
        return result
