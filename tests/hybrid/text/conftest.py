"""Tiny language models with random weights, made on the spot and read from a folder like any other."""

import json

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2Model,
    LlamaConfig,
    LlamaModel,
    PreTrainedTokenizerFast,
)

WORDS = [
    *("black", "white", "red", "field", "of", "the", "board", "a", "comedy", "drama", "war", "film", "novel"),
    *("old", "new", "1995", "2000", "."),
]
SIZE = {"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 3, "intermediate_size": 32}


def tokenizer(padding):
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[EOS]", *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {f"{kind}_token": f"[{kind.upper()}]" for kind in ("pad", "unk", "eos")}
    return PreTrainedTokenizerFast(
        tokenizer_object=made, padding_side=padding, model_max_length=64, **special
    )


def bert(vocabulary):
    return BertModel(BertConfig(vocab_size=vocabulary, max_position_embeddings=64, **SIZE))


def llama(vocabulary):
    return LlamaModel(
        LlamaConfig(vocab_size=vocabulary, max_position_embeddings=64, num_key_value_heads=1, **SIZE)
    )


def gpt2(vocabulary):
    return GPT2Model(GPT2Config(vocab_size=vocabulary, n_positions=64, n_embd=16, n_layer=3, n_head=2))


MAKERS = {"bert": bert, "llama": llama, "gpt2": gpt2}


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A function from "bert", "llama" or "gpt2" to the folder of such a model."""
    made = {}

    def folder(kind, padding="left"):
        if (kind, padding) not in made:
            home = tmp_path_factory.mktemp(f"{kind}-{padding}")
            words = tokenizer(padding)
            with torch.random.fork_rng():
                torch.manual_seed(0)
                MAKERS[kind](len(words)).save_pretrained(home)
            words.save_pretrained(home)
            assert json.loads((home / "config.json").read_text())["model_type"] == kind
            made[kind, padding] = str(home)
        return made[kind, padding]

    return folder
