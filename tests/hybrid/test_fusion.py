"""The gates follow their rules exactly and learn the rest, for any number of modalities."""

import pytest
import torch

from hybrid.fusion import Content, FusionError, GatedContents

PRESENT = torch.tensor([True, True, True, True, False])
EVIDENCE = torch.tensor([0.0, 0.0, 3.0, 50.0, 4.0])


def everywhere(vectors):
    return Content(vectors, torch.ones(len(vectors), dtype=torch.bool))


def module(**options):
    torch.manual_seed(0)
    text = torch.nn.functional.normalize(torch.randn(5, 6), dim=1)
    text[1] = text[0]
    return GatedContents(5, 4, {"text": Content(text, PRESENT)}, EVIDENCE, **options), text


def test_without_text_a_node_is_its_id_embedding():
    gated, _ = module()
    assert torch.equal(gated()[4], gated.ids.weight[4])
    assert gated.gates()["text"][4] == 0


def test_a_node_with_text_only_is_its_projected_text():
    gated, text = module()
    torch.testing.assert_close(gated()[0], gated.project({"text": text[:1]})[0], rtol=0, atol=1e-7)
    assert gated.gates()["text"][0] == 1


def test_same_text_and_no_evidence_is_the_same_vector():
    gated, _ = module()
    torch.testing.assert_close(gated()[0], gated()[1], rtol=0, atol=1e-7)
    assert not torch.equal(gated.ids.weight[0], gated.ids.weight[1])


def test_between_the_rules_both_count():
    gated, text = module(id_dropout=0.0)
    gate = gated.gates()["text"][2]
    expected = (1 - gate) * gated.ids.weight[2] + gate * gated.project({"text": text[2:3]})[0]
    torch.testing.assert_close(gated()[2], expected)
    assert gate.item() == pytest.approx(7 / (7 + 1 + 3))


def test_gradients_reach_what_each_node_uses_and_nothing_else():
    gated, _ = module(id_dropout=0.0)
    gated().pow(2).sum().backward()
    by_node = gated.ids.weight.grad.abs().sum(dim=1)
    assert (by_node[:2] == 0).all()  # text only: the id embedding stays untrained
    assert (by_node[2:] > 0).all()
    assert all(
        parameter.grad.abs().sum() > 0 for parameter in gated.modalities["text"].projection.parameters()
    )
    assert gated.modalities["text"].gate.weight.grad.abs().sum() > 0
    assert gated.modalities["text"].evidence_gate.grad.abs() > 0


def test_a_text_only_node_trains_the_projection_but_not_the_gate():
    gated, _ = module(id_dropout=0.0)
    gated()[0].sum().backward()
    assert gated.modalities["text"].projection[1].weight.grad.abs().sum() > 0
    assert gated.modalities["text"].gate.weight.grad.abs().sum() == 0
    assert gated.ids.weight.grad.abs().sum() == 0


def test_id_dropout_is_for_training_and_only_where_there_is_text():
    gated, text = module(id_dropout=1.0)
    torch.testing.assert_close(gated()[:4], gated.project({"text": text[:4]}))
    assert torch.equal(gated()[4], gated.ids.weight[4])
    gated.eval()
    assert not torch.allclose(gated()[3], gated.project({"text": text[3:4]})[0])


@pytest.mark.parametrize("absent", ["no text", "no node with text"])
def test_without_any_text_it_is_a_plain_embedding(absent):
    nothing = {"text": Content(torch.zeros(5, 6), torch.zeros(5, dtype=torch.bool))}
    gated = GatedContents(5, 4, None if absent == "no text" else nothing, EVIDENCE)
    assert torch.equal(gated(), gated.ids.weight)
    assert gated.gates() == {}
    gated().sum().backward()
    with pytest.raises(FusionError, match="without text"):
        gated.project({"text": torch.zeros(1, 6)})


def test_projected_text_starts_with_the_spread_of_the_embeddings():
    torch.manual_seed(0)
    text = torch.nn.functional.normalize(torch.randn(400, 384), dim=1)
    gated = GatedContents(400, 32, {"text": everywhere(text)})
    assert gated.project({"text": text}).std().item() == pytest.approx(0.1, rel=0.1)
    assert gated.ids.weight.std().item() == pytest.approx(0.1, rel=0.1)


def test_a_saved_module_gives_the_same_vectors_and_holds_no_text():
    gated, text = module()
    assert not [name for name in gated.state_dict() if name.split(".")[-1] in {"vectors", "evidence", "rows"}]
    other = GatedContents(5, 4, {"text": Content(text, PRESENT)}, EVIDENCE)
    other.load_state_dict(gated.state_dict())
    assert torch.equal(other.eval()(), gated.eval()())


@pytest.mark.parametrize("informative", ["low", "high"])
def test_it_learns_where_text_can_be_trusted(informative):
    """Half of the targets are a linear map of the text, half unrelated to it; id vectors cost something."""
    torch.manual_seed(0)
    text = torch.nn.functional.normalize(torch.randn(100, 16), dim=1)
    evidence = torch.where(torch.arange(100) < 50, 2.0, 50.0)
    trusted = (evidence < 10) if informative == "low" else (evidence > 10)
    true = torch.where(trusted.unsqueeze(1), text @ torch.randn(16, 8), torch.randn(100, 8))
    gated = GatedContents(100, 8, {"text": everywhere(text)}, evidence, id_dropout=0.3)
    before = gated.gates()["text"]
    optimizer = torch.optim.Adam(gated.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        ((gated() - true).pow(2).sum() + gated.ids.weight.pow(2).sum()).backward()
        optimizer.step()
    after = gated.gates()["text"]
    assert after[trusted].mean() > after[~trusted].mean() + 0.5
    gap_before = before[trusted].mean() - before[~trusted].mean()
    assert after[trusted].mean() - after[~trusted].mean() > gap_before


def test_what_does_not_fit_is_refused():
    with pytest.raises(FusionError, match="5 nodes need"):
        GatedContents(5, 4, {"text": everywhere(torch.zeros(4, 6))})
    with pytest.raises(FusionError, match="id_dropout"):
        GatedContents(5, 4, id_dropout=2.0)
    with pytest.raises(FusionError, match="length 6"):
        module()[0].project({"text": torch.zeros(1, 7)})
    with pytest.raises(FusionError, match="5 nodes need evidence each; got 4"):
        GatedContents(5, 4, None, torch.ones(4))


def reference(gated, text):
    """The formula for text alone, written out."""
    modality = gated.modalities["text"]
    projected = modality.projection(text[PRESENT])
    logits = modality.gate(projected).squeeze(-1) - modality.evidence_gate * torch.log1p(EVIDENCE[PRESENT])
    gates = torch.where(EVIDENCE[PRESENT] > 0, torch.sigmoid(logits), torch.ones_like(logits)).unsqueeze(-1)
    inputs = gated.ids.weight.clone()
    inputs[PRESENT] = (1 - gates) * gated.ids.weight[PRESENT] + gates * projected
    return inputs


def test_with_text_alone_it_is_a_sigmoid_gate_to_the_last_bit():
    gated, text = module(id_dropout=0.0)
    torch.nn.init.normal_(gated.modalities["text"].gate.weight)
    assert torch.equal(gated(), reference(gated, text))
    target = torch.randn(5, 4)
    (gated() - target).square().sum().backward()
    got = [parameter.grad.clone() for parameter in gated.parameters()]
    gated.zero_grad()
    (reference(gated, text) - target).square().sum().backward()
    for gradient, parameter in zip(got, gated.parameters(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad)


def both(**options):
    """Node 0 has both and no likes, 1 text only, 2 an image only, 3 both and 3 likes, 4 neither."""
    torch.manual_seed(0)
    text, image = torch.randn(5, 6), torch.randn(5, 3)
    contents = {
        "text": Content(text, torch.tensor([True, True, False, True, False])),
        "image": Content(image, torch.tensor([True, False, True, True, False])),
    }
    evidence = torch.tensor([0.0, 2.0, 2.0, 3.0, 4.0])
    return GatedContents(5, 4, contents, evidence, id_dropout=0.0, **options), text, image


def test_priors_of_several_modalities_add_up():
    gated, _, _ = both()
    gates = gated.gates()
    assert gates["text"][3].item() == pytest.approx(7 / (7 + 7 + 1 + 3))
    assert gates["image"][3].item() == pytest.approx(7 / (7 + 7 + 1 + 3))
    assert gates["text"][0].item() == pytest.approx(0.5)
    assert gates["image"][0].item() == pytest.approx(0.5)


def test_a_missing_modality_costs_nothing():
    """A node that lacks an image is exactly what it would be in a module without images, and the reverse."""
    gated, text, image = both()
    gates = gated.gates()
    assert gates["image"][1] == 0
    assert gates["text"][1].item() == pytest.approx(7 / (7 + 1 + 2))
    assert gates["text"][2] == 0
    assert gates["image"][2].item() == pytest.approx(7 / (7 + 1 + 2))
    assert gates["text"][4] == gates["image"][4] == 0
    inputs = gated()
    for node, name, vectors in ((1, "text", text), (2, "image", image)):
        alone = gated.project({name: vectors[node : node + 1]})[0]
        expected = (1 - gates[name][node]) * gated.ids.weight[node] + gates[name][node] * alone
        torch.testing.assert_close(inputs[node], expected)
    assert torch.equal(inputs[4], gated.ids.weight[4])


def test_a_new_node_is_placed_as_a_known_one_without_likes():
    gated, text, image = both()
    torch.nn.init.normal_(gated.modalities["image"].gate.weight)
    placed = gated.project({"text": text[:1], "image": image[:1]})
    torch.testing.assert_close(gated()[0], placed[0])
    assert not torch.allclose(placed, gated.project({"text": text[:1]}))


def test_gradients_of_missing_modalities_are_nothing_and_never_nan():
    gated, _, _ = both()
    gated()[1].sum().backward()
    assert gated.modalities["image"].projection[1].weight.grad.abs().sum() == 0
    assert gated.modalities["text"].projection[1].weight.grad.abs().sum() > 0
    gated.zero_grad()
    gated().square().sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in gated.parameters())


def test_one_of_several_modalities_is_dropped_in_training():
    """With a probability of 1 each node is left with one modality, and both occur."""
    gated, text, image = both()
    gated.id_dropout = 1.0
    alone = [gated.project({"text": text[:1]})[0], gated.project({"image": image[:1]})[0]]
    seen = set()
    for _ in range(30):
        inputs = gated()
        near = [torch.allclose(inputs[0], each, atol=1e-6) for each in alone]
        assert sum(near) == 1
        seen.add(near.index(True))
        torch.testing.assert_close(inputs[1], gated.project({"text": text[1:2]})[0])
        assert torch.equal(inputs[4], gated.ids.weight[4])
    assert seen == {0, 1}


def test_it_learns_which_modality_can_be_trusted():
    """The targets are a linear map of the image and have nothing to do with the text."""
    torch.manual_seed(0)
    text, image = torch.randn(100, 8), torch.randn(100, 8)
    true = torch.nn.functional.layer_norm(image, (8,)) @ torch.randn(8, 6)
    contents = {"text": everywhere(text), "image": everywhere(image)}
    gated = GatedContents(100, 6, contents, torch.full((100,), 5.0))
    optimizer = torch.optim.Adam(gated.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        ((gated() - true).pow(2).sum() + gated.ids.weight.pow(2).sum()).backward()
        optimizer.step()
    trust = gated.trust()
    assert trust["image"] > trust["text"] + 0.3
    assert trust["text"] + trust["image"] <= 1 + 1e-6


def test_a_modality_that_was_not_trained_places_nothing():
    gated, _ = module()
    with pytest.raises(FusionError, match="trained without image"):
        gated.project({"image": torch.zeros(1, 6)})
    with pytest.raises(FusionError, match="without contents"):
        gated.project({})
