"""Pictures become vectors with any vision model of transformers; broken ones are named and left out."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from PIL import Image

from hybrid.images.encoder import ImageEncoder, ImageModelError, ImageOptions
from tests.vision import save_vision_model

COLOURS = ((255, 0, 0), (0, 0, 255), (0, 255, 0))


@pytest.fixture(scope="module")
def vit(tmp_path_factory):
    return save_vision_model(tmp_path_factory.mktemp("vit"))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WHYREC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def pictures(tmp_path, cache):
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for file, colour in zip(files, COLOURS, strict=True):
        Image.new("RGB", (20, 12), colour).save(file)
    return files


def encoder(model, **more):
    return ImageEncoder(ImageOptions(str(model), device="cpu", **more))


def test_pictures_become_unit_vectors_that_tell_them_apart(vit, pictures):
    vectors, present = encoder(vit).encode(pictures)
    assert vectors.shape == (3, 16)
    assert vectors.dtype == np.float32
    assert present.all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert np.linalg.norm(vectors[0] - vectors[1]) > 1e-3


def test_a_batch_changes_nothing(vit, pictures, monkeypatch, tmp_path):
    together, _ = encoder(vit).encode(pictures)
    monkeypatch.setenv("WHYREC_CACHE", str(tmp_path / "other"))
    one_by_one, _ = encoder(vit, batch_size=1).encode(pictures)
    np.testing.assert_allclose(one_by_one, together, atol=1e-6)


@pytest.mark.parametrize("kind", ["clip", "clip-vision", "convnext"])
def test_other_models_are_read_their_own_way(kind, tmp_path, pictures):
    vectors, present = encoder(save_vision_model(tmp_path / kind, kind)).encode(pictures)
    assert present.all()
    assert vectors.shape == (3, {"clip": 12, "clip-vision": 16, "convnext": 8}[kind])
    assert np.linalg.norm(vectors[0] - vectors[1]) > 1e-4


def test_poolings_differ_and_do_not_share_a_cache(vit, pictures):
    first, _ = encoder(vit).encode(pictures)
    mean, _ = encoder(vit, pooling="mean").encode(pictures)
    assert np.abs(first - mean).max() > 1e-3


def test_a_picture_is_encoded_once_whatever_its_name(vit, pictures, monkeypatch):
    first, _ = encoder(vit).encode(pictures)
    moved = pictures[0].rename(pictures[0].with_name("moved.png"))
    again = encoder(vit)
    assert again.size == 16
    monkeypatch.setattr(again, "_vectors", lambda pictures: pytest.fail("encoded again"))
    second, _ = again.encode([moved, *pictures[1:]])
    np.testing.assert_array_equal(second, first)


def test_broken_pictures_are_named_and_have_none(vit, pictures, caplog):
    pictures[0].write_bytes(b"no picture")
    pictures[1].unlink()
    whole = pictures[2].read_bytes()
    cut = pictures[2].with_name("cut.png")
    cut.write_bytes(whole[: len(whole) // 2])
    empty = pictures[2].with_name("empty.png")
    empty.write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        vectors, present = encoder(vit).encode([*pictures, cut, empty])
    assert present.tolist() == [False, False, True, False, False]
    assert not vectors[~present].any()
    for name in ("0.png", "1.png", "cut.png", "empty.png"):
        assert name in caplog.text
    assert "2.png" not in caplog.text


def test_a_picture_too_large_to_open_is_left_out(vit, pictures, caplog, monkeypatch):
    encode = encoder(vit)
    assert encode.size == 16
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert not encode.encode(pictures)[1].any()
    assert "0.png" in caplog.text


def test_formats_that_run_programs_are_not_opened(vit, pictures, caplog):
    Image.new("RGB", (8, 8)).save(pictures[0], format="EPS")
    assert encoder(vit).encode(pictures)[1].tolist() == [False, True, True]


def test_grey_transparent_and_turned_pictures_are_read(vit, pictures):
    Image.new("L", (9, 7), 40).save(pictures[0])
    Image.new("RGBA", (9, 7), (1, 2, 3, 4)).save(pictures[1])
    Image.new("P", (9, 7)).save(pictures[2])
    assert encoder(vit).encode(pictures)[1].all()


def test_no_pictures_are_no_vectors(vit, cache):
    vectors, present = encoder(vit).encode([])
    assert vectors.shape == (0, 16)
    assert present.shape == (0,)


def test_a_model_that_is_not_there_is_told(tmp_path, vit):
    with pytest.raises(ImageModelError, match="no such folder"):
        encoder(tmp_path / "nothing")
    with pytest.raises(ImageModelError, match="is no vision model"):
        encoder(tmp_path)
    with pytest.raises(ImageModelError, match="pooling cls or mean"):
        encoder(vit, pooling="max")


def test_a_damaged_model_is_told(tmp_path, pictures):
    for name, what in (("preprocessor_config.json", "preprocessor"), ("model.safetensors", "weights")):
        folder = save_vision_model(tmp_path / name)
        (folder / name).write_bytes(b"{")
        with pytest.raises(ImageModelError, match=f"the vision model's {what} cannot be read"):
            encoder(folder).encode(pictures)
