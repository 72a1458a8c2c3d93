"""Images reach the model: where only they tell items apart, they find the right cold item."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from hybrid import flow, models
from hybrid.images.table import ImageTable
from hybrid.profiles import Profiles
from hybrid.scorers import Resources
from hybrid.scorers.graph import Graph
from kg.building import build_workspace
from kg.images import Images
from kg.newitems import NewItem
from tests.recommenders import Worded, quick
from tests.vision import save_vision_model
from tests.worlds import make_graph

COLD = (20, 21)  # an even and an odd item that nobody has liked
OPTIONS = {"embedding_size": 16, "epochs": 8, "num_fact_layers": 0}
CARD = """\
name: shop
nodes: [{kind: item, file: things.csv, id: id, label: id}]
interactions: [{file: likes.csv, user: user, item: thing}]
images: [{file: things.csv, id: id, IMAGES}]
"""


def taste(size=20):
    """Even people like even things and odd ones odd things, but for one of ten each."""
    rows = [(u, i) for u in range(size) for i in range(size) if (u + i) % 2 == 0 and i != u]
    return make_graph(rows, num_items=size + 2, name="taste")


def pictures(num_items, seed=0):
    """A vector per item: its colour, and noise."""
    rng = np.random.default_rng(seed)
    colour = np.where(np.arange(num_items)[:, None] % 2, 1.0, -1.0) * np.array(
        [1.0, -1.0, 0.5, 0.0, -0.5, 0.0]
    )
    return (colour + 0.1 * rng.standard_normal((num_items, 6))).astype(np.float32)


def fitted(graph, images):
    resources = Resources(images=images, device="cpu", seed=1)
    return Graph(**OPTIONS).fit(graph, resources)


def test_only_images_find_the_right_cold_item():
    graph = taste()
    everything = np.ones(graph.num_items, dtype=np.bool_)
    scores = fitted(graph, ImageTable(pictures(graph.num_items), everything)).score(
        Profiles.of_users(graph, np.arange(20))
    )
    even, odd = scores[:, COLD[0]], scores[:, COLD[1]]
    assert (even[::2] > odd[::2]).all()
    assert (even[1::2] < odd[1::2]).all()
    without = fitted(graph, None).score(Profiles.of_users(graph, np.arange(20)))
    assert np.isnan(without[:, list(COLD)]).all()


def test_an_item_that_has_no_image_is_as_without_images():
    """It costs nothing: known items are scored, and a cold one without an image abstains."""
    graph = taste()
    some = np.arange(graph.num_items) % 3 > 0
    some[list(COLD)] = (True, False)
    table = ImageTable(np.where(some[:, None], pictures(graph.num_items), 0).astype(np.float32), some)
    scores = fitted(graph, table).score(Profiles.of_users(graph, np.arange(20)))
    assert np.isfinite(scores[:, : COLD[1]]).all()
    assert np.isnan(scores[:, COLD[1]]).all()
    assert (scores[::2, COLD[0]] > scores[1::2, COLD[0]].max()).all()


def test_nothing_changes_where_no_item_has_an_image():
    graph = taste()
    nobody = ImageTable(np.zeros((graph.num_items, 6), np.float32), np.zeros(graph.num_items, np.bool_))
    with_table, without = fitted(graph, nobody), fitted(graph, None)
    np.testing.assert_array_equal(with_table.nodes, without.nodes)
    np.testing.assert_array_equal(with_table.placed, without.placed)


def test_the_trust_in_images_is_reported():
    told = []
    graph = taste()
    table = ImageTable(pictures(graph.num_items), np.ones(graph.num_items, dtype=np.bool_))
    Graph(**Graph.quick).fit(graph, Resources(images=table, device="cpu", report=told.append))
    (trust,) = [message for message in told if "trust" in message]
    assert trust.startswith("graph: mean trust in the items' image 0.")


def test_vectors_are_aligned_by_id_and_strangers_are_left_out():
    graph = make_graph([(0, 0)], num_items=3)
    table = ImageTable.of(graph.items, ("i2", "stranger", "i0"), np.eye(3, dtype=np.float32))
    np.testing.assert_array_equal(table.vectors, [[0, 0, 1], [0, 0, 0], [1, 0, 0]])
    assert table.present.tolist() == [True, False, True]


def test_an_item_that_joins_the_graph_has_no_image():
    graph = make_graph([(0, 0)], num_items=1).with_items([NewItem("new")])
    assert ImageTable.of(graph.items, ("i0",), np.ones((1, 2), np.float32)).present.tolist() == [True, False]


def seen(graph, images, **options):
    told = []
    return Worded(quick(**options), told.append).see(graph, images), told


def test_what_cannot_be_used_is_told(tmp_path):
    graph = make_graph([(0, 0)])
    assert seen(graph, Images()) == (None, [])
    table, told = seen(graph, Images(("stranger",), np.ones((1, 2), np.float32)))
    assert table is None
    assert told[-1] == "no image is of an item of the graph, or none can be read"
    table, told = seen(graph, Images(("i0",), files=(tmp_path / "a.png",)))
    assert table is None
    assert told[-1].startswith("1 pictures are not used: no vision model")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A function from what the card says of images to a workspace in which only they tell things apart."""
    for module in (flow, models):
        monkeypatch.setattr(module, "Recommender", Worded)
    monkeypatch.setenv("WHYREC_CACHE", str(tmp_path / "cache"))
    graph, vectors = taste(), pictures(22)
    things = [f"i{i},{' '.join(map(str, vectors[i]))},{'red' if i % 2 else 'blue'}.png" for i in range(22)]
    (tmp_path / "things.csv").write_text("\n".join(["id,vector,picture", *things]) + "\n")
    likes = zip(graph.interactions.users, graph.interactions.items, strict=True)
    (tmp_path / "likes.csv").write_text("\n".join(["user,thing", *(f"u{u},i{i}" for u, i in likes)]) + "\n")

    def build(said):
        (tmp_path / "dataset.yaml").write_text(CARD.replace("IMAGES", said))
        build_workspace(tmp_path / "dataset.yaml", tmp_path / "space")
        return tmp_path / "space"

    return build


def cold_items_found(recommender):
    """How many people rank the cold item of their kind above the other one."""
    graph = recommender.graph
    people = [graph.users.number(f"u{number}") for number in range(20)]
    scores = recommender.score(Profiles.of_users(graph, np.array(people)))
    even, odd = (scores[:, graph.items.number(f"i{cold}")] for cold in COLD)
    return int((even[::2] > odd[::2]).sum() + (odd[1::2] > even[1::2]).sum())


def trained(home, **more):
    options = quick(members=("graph",), overrides={"graph": OPTIONS}, **more)
    told = []
    recommender, _ = flow.train(home, options, told.append)
    return recommender, told


def test_from_vectors_on_a_card_to_a_saved_model(shop):
    home = shop("column: vector")
    recommender, _ = trained(home)
    assert cold_items_found(recommender) == 20
    again = models.load(home)
    np.testing.assert_array_equal(again.images.vectors, recommender.images.vectors)
    np.testing.assert_array_equal(again.images.present, recommender.images.present)
    assert cold_items_found(again) == 20


def test_from_pictures_on_a_card_through_a_vision_model(shop, tmp_path):
    (tmp_path / "pictures").mkdir()
    for name, colour in (("red", (250, 10, 0)), ("blue", (0, 20, 240))):
        Image.new("RGB", (16, 16), colour).save(tmp_path / "pictures" / f"{name}.png")
    home = shop("folder: pictures, picture: picture")
    recommender, told = trained(home, image_model=str(save_vision_model(tmp_path / "vit")))
    assert cold_items_found(recommender) == 20
    assert "images: 22 of 22 encoded" in told
    without, told = trained(home)
    assert without.images is None
    assert cold_items_found(without) == 0
    assert any("22 pictures are not used" in message for message in told)
