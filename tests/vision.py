"""Tiny vision models with random weights, written to a folder as transformers writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from pathlib import Path


def save_vision_model(folder: Path, kind: str = "vit") -> Path:
    """Write a model ("vit", "clip", "clip-vision" or "convnext") with its preprocessor; the folder."""
    import transformers as hf  # noqa: PLC0415  (seconds of import)

    tower = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    vision = {**tower, "image_size": 8, "patch_size": 4}
    makers = {
        "vit": lambda: hf.ViTModel(hf.ViTConfig(**vision)),
        "clip-vision": lambda: hf.CLIPVisionModel(hf.CLIPVisionConfig(**vision)),
        "clip": lambda: hf.CLIPModel(
            hf.CLIPConfig(
                text_config={**tower, "vocab_size": 99, "bos_token_id": 1, "eos_token_id": 2},
                vision_config=vision,
                projection_dim=12,
            )
        ),
        "convnext": lambda: hf.ConvNextModel(
            hf.ConvNextConfig(hidden_sizes=[4, 4, 4, 8], depths=[1, 1, 1, 1])
        ),
    }
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = makers[kind]()
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    side = 32 if kind == "convnext" else 8
    processor = hf.ViTImageProcessor if kind in {"vit", "convnext"} else hf.CLIPImageProcessor
    size = {"height": side, "width": side}
    processor(size=size, crop_size=size).save_pretrained(folder)
    return folder
