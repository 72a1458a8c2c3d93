"""A recommender with an adapted encoder: learned, saved with the model, and the same after as before."""

import numpy as np
import pytest
from typer.testing import CliRunner

from hybrid import Options, Query, Recommender, flow, models
from hybrid.cli import app
from hybrid.text.adapted import AdaptedEncoder
from hybrid.text.encoder import TextEncoder
from hybrid.text.options import AdaptOptions
from kg.errors import WorkspaceError
from tests.worlds import checkerboard, two_cliques

ADAPT = AdaptOptions("lora", rank=2, epochs=2, batch_size=8, learning_rate=0.05)


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WHYREC_CACHE", str(tmp_path / "cache"))


def options(folder, adapt=ADAPT):
    return Options(("text",), text_model=folder, device="cpu", seed=3, adapt=adapt)


@pytest.fixture
def fitted(tiny):
    return Recommender(options(tiny("bert"))).fit(checkerboard())


def test_the_adapted_vectors_are_what_the_scorers_get(fitted, tiny):
    assert isinstance(fitted.adapted, AdaptedEncoder)
    assert fitted.adapted.adapt.seed == 3
    assert fitted.text.encoder.identity == fitted.adapted.identity
    assert fitted.text.encoder.identity != TextEncoder(fitted.encoder_options()).identity
    plain = Recommender(options(tiny("bert"), None)).fit(checkerboard())
    assert plain.adapted is None
    assert np.abs(plain.text.vectors - fitted.text.vectors).max() > 1e-3
    assert len(fitted.histories["encoder"].epochs) == 2


def test_it_is_saved_with_the_model_and_comes_back(fitted, tmp_path):
    fitted.save(tmp_path / "space")
    loaded = models.load(tmp_path / "space", device="cpu")
    assert loaded.options.adapt == ADAPT
    assert loaded.adapted.identity == fitted.adapted.identity
    query = Query(text="a black field")
    assert loaded.recommend(query).items == fitted.recommend(query).items
    assert (tmp_path / "space/models/0001/encoder.safetensors").stat().st_size < 40_000


def test_a_damaged_one_is_refused(fitted, tmp_path):
    fitted.save(tmp_path / "space")
    file = tmp_path / "space/models/0001/encoder.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(WorkspaceError, match="missing or damaged"):
        models.load(tmp_path / "space", device="cpu")


def test_without_any_text_nothing_is_adapted(tiny):
    made = Recommender(Options(("ease",), text_model=tiny("bert"), adapt=ADAPT, device="cpu")).fit(
        two_cliques()
    )
    assert made.adapted is None


def test_the_command_line_adapts(monkeypatch, tmp_path):
    asked = []

    def train(folder, options, report):
        asked.append(options)
        raise WorkspaceError("enough")

    monkeypatch.setattr(flow, "train", train)
    for words in (["--adapt", "ia3"], []):
        CliRunner().invoke(app, ["train", str(tmp_path), *words])
    assert [options.adapt for options in asked] == [AdaptOptions("ia3"), None]
