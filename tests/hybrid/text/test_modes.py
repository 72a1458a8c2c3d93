"""Each mode trains what it says, starts where the frozen model is (or near), and comes back from its file."""

import numpy as np
import pytest
import torch
from transformers import PreTrainedConfig, PreTrainedModel

from hybrid.text import adapted
from hybrid.text.adapted import AdaptedEncoder
from hybrid.text.encoder import TextEncoder
from hybrid.text.modes import MODES, AdaptError
from hybrid.text.options import AdaptOptions, EncoderOptions

TEXTS = ["a red comedy", "the old war film of 1995", "black", "a drama"]
TRAINED = [name for name in MODES if name != "frozen"]


def encoder(folder, mode, **options):
    return AdaptedEncoder(
        EncoderOptions(folder, device="cpu"), AdaptOptions(mode, rank=2, width=4, **options)
    )


def moved(encoder):
    """One large step on everything that is trained."""
    language = encoder.language
    target = torch.randn(len(TEXTS), encoder.size, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.SGD(
        [weights for weights in language.parameters() if weights.requires_grad], lr=0.5
    )
    for _ in range(2):  # LoRA's first step moves only one of its two factors
        optimizer.zero_grad()
        ((language(*encoder.tokens(TEXTS)) - target) ** 2).sum().backward()
        optimizer.step()
    return encoder


@pytest.mark.parametrize("kind", ["bert", "llama", "gpt2"])
@pytest.mark.parametrize("mode", list(MODES))
def test_what_is_trained_moves_the_vectors_and_comes_back_from_its_file(tiny, tmp_path, kind, mode):
    before = TextEncoder(EncoderOptions(tiny(kind), device="cpu")).encode(TEXTS)
    made = encoder(tiny(kind), mode)
    if mode != "prefix":  # random keys and values are there from the start
        np.testing.assert_allclose(made.encode(TEXTS), before, atol=1e-6)
    if mode == "frozen":
        assert made.language.num_trainable == 0
        assert made.identity == TextEncoder(EncoderOptions(tiny(kind))).identity
        return
    after = moved(made).encode(TEXTS)
    assert np.abs(after - before).max() > 1e-4
    made.save(tmp_path / "encoder.safetensors")
    again = adapted.load(tmp_path / "encoder.safetensors", EncoderOptions(tiny(kind), device="cpu"))
    assert again.identity == made.identity
    assert again.adapt == made.adapt
    np.testing.assert_allclose(again.encode(TEXTS), after, atol=1e-6)


@pytest.mark.parametrize("kind", ["bert", "llama", "gpt2"])
@pytest.mark.parametrize("mode", TRAINED)
def test_every_trained_weight_has_a_gradient_and_no_other(tiny, kind, mode):
    language = encoder(tiny(kind), mode).language
    moved_twice = encoder(tiny(kind), mode)
    moved(moved_twice)
    names = {name for name, weights in language.named_parameters() if weights.requires_grad}
    reached = {name for name, weights in moved_twice.language.named_parameters() if weights.grad is not None}
    assert names == reached
    assert set(language.state_dict()) == names


def test_counts_are_those_of_the_papers(tiny):
    size, layers, wide = 16, 3, 32
    counts = {mode: encoder(tiny("bert"), mode).language.num_trainable for mode in TRAINED}
    assert counts["lora"] == layers * 2 * (4 * (size + size) + 2 * (size + wide))
    assert counts["ia3"] == layers * (2 * size + wide + size)  # peft scales the attention's output map too
    assert counts["prefix"] == 10 * layers * 2 * size
    assert counts["bottleneck"] == layers * (2 * size + 2 * size * 4 + size + 4)
    layer = 4 * (size * size + size) + 2 * size * wide + wide + size + 4 * size
    assert counts["top"] == 2 * layer
    pooler = size * size + size
    assert counts["full"] == encoder(tiny("bert"), "full").language.num_parameters - pooler


def test_the_seed_decides_how_an_adapter_begins(tiny):
    weights = [encoder(tiny("bert"), "lora", seed=seed).learned() for seed in (0, 0, 1)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not all(torch.equal(weights[0][name], weights[2][name]) for name in weights[0])


def test_another_model_refuses_what_was_learned(tiny, tmp_path):
    encoder(tiny("bert"), "lora").save(tmp_path / "a.safetensors")
    with pytest.raises(AdaptError, match="was adapted from another text model"):
        adapted.load(tmp_path / "a.safetensors", EncoderOptions(tiny("llama"), device="cpu"))


def test_a_file_that_is_none_is_refused(tiny, tmp_path):
    (tmp_path / "b.safetensors").write_bytes(b"\0" * 64)
    for name in ("b.safetensors", "none.safetensors"):
        with pytest.raises(AdaptError, match="is no adapted text encoder"):
            adapted.load(tmp_path / name, EncoderOptions(tiny("bert"), device="cpu"))


class Odd(PreTrainedModel):
    """A model of a kind that nobody knows, without layers."""

    def __init__(self):
        super().__init__(PreTrainedConfig(model_type="odd"))
        self.map = torch.nn.Linear(2, 2)


@pytest.mark.parametrize(
    ("mode", "message"), [("ia3", "a odd model cannot be adapted"), ("top", "Odd has no list of layers")]
)
def test_what_a_model_does_not_allow_is_said(mode, message):
    with pytest.raises(AdaptError, match=message):
        MODES[mode].change(Odd(), AdaptOptions(mode))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "best"}, "known are bottleneck, frozen, full, ia3, lora, prefix, top"),
        ({"rank": 0}, "rank of at least 1"),
        ({"batch_size": 1}, "batch_size of at least 2"),
        ({"hard_share": 1.0}, "hard_share must lie in"),
        ({"temperature": 0.0}, "temperature must be above 0"),
    ],
)
def test_options_that_are_wrong(options, message):
    with pytest.raises(AdaptError, match=message):
        AdaptOptions(**options)
