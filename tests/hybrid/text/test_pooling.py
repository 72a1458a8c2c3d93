"""A vector is read from where the model has put it: everywhere, or at the last token."""

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig

from hybrid.text.encoder import TextEncoder
from hybrid.text.options import EncoderError, EncoderOptions
from hybrid.text.pooling import chosen, is_causal, last, mean

HIDDEN = torch.tensor([[[1.0, 0.0], [3.0, 2.0], [9.0, 9.0]], [[7.0, 7.0], [2.0, 4.0], [4.0, 8.0]]])
MASK = torch.tensor([[1, 1, 0], [0, 1, 1]])  # padding on the right, and on the left


def test_mean_and_last_see_no_padding_on_either_side():
    torch.testing.assert_close(mean(HIDDEN, MASK), torch.tensor([[2.0, 1.0], [3.0, 6.0]]))
    torch.testing.assert_close(last(HIDDEN, MASK), torch.tensor([[3.0, 2.0], [4.0, 8.0]]))


def test_a_text_without_tokens_is_zero():
    assert not mean(HIDDEN, torch.zeros(2, 3, dtype=torch.int64)).any()


@pytest.mark.parametrize(
    ("kind", "causal"),
    [("bert", False), ("llama", True), ("gpt2", True), ("modernbert", False), ("mpnet", False)],
)
def test_the_configuration_tells_causal_models(kind, causal):
    config = AutoConfig.for_model(kind)
    assert is_causal(config) is causal
    assert chosen("auto", config) == ("last" if causal else "mean")
    assert chosen("mean", config) == "mean"


def test_a_decoder_of_an_encoders_kind_is_causal():
    assert is_causal(BertConfig(is_decoder=True))
    config = AutoConfig.for_model("llama")
    config.use_bidirectional_attention = True
    assert not is_causal(config)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("padding", ["left", "right"])
def test_a_causal_encoder_gives_the_last_state_whatever_the_padding(tiny, kind, padding):
    folder = tiny(kind, padding)
    encoder = TextEncoder(EncoderOptions(folder, device="cpu"))
    texts = ["a red comedy", "the old war film of 1995 . a drama", "white"]
    tokens = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        states = [model(**tokens(text, return_tensors="pt")).last_hidden_state[0, -1] for text in texts]
    expected = torch.nn.functional.normalize(torch.stack(states), dim=1).numpy()
    np.testing.assert_allclose(encoder.encode(texts), expected, atol=1e-5)


def test_poolings_differ_and_so_do_their_identities(tiny):
    encoders = [
        TextEncoder(EncoderOptions(tiny("gpt2"), device="cpu", pooling=how)) for how in ("last", "mean")
    ]
    assert encoders[0].identity != encoders[1].identity
    assert not np.allclose(encoders[0].encode(["a red film"]), encoders[1].encode(["a red film"]), atol=1e-3)
    assert TextEncoder(EncoderOptions(tiny("gpt2"))).identity == encoders[0].identity


def test_empty_texts_are_read_by_a_causal_model(tiny):
    vectors = TextEncoder(EncoderOptions(tiny("llama"), device="cpu")).encode(["", "", "red"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_half_precision_weights_are_widened(tiny, tmp_path):
    AutoModel.from_pretrained(tiny("llama")).bfloat16().save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny("llama")).save_pretrained(tmp_path)
    encoder = TextEncoder(EncoderOptions(str(tmp_path), device="cpu"))
    assert {weights.dtype for weights in encoder.language.parameters()} == {torch.float32}


def test_an_unknown_pooling_is_refused():
    with pytest.raises(EncoderError, match=r"pooling 'max'; known are auto, mean, last"):
        EncoderOptions(pooling="max")
