"""The gate follows its two rules exactly and learns the rest."""

import pytest
import torch

from hybrid.text.adapter import AdapterError, GatedText


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # these tensors are tiny: threads only wait for each other
    yield
    torch.set_num_threads(threads)


PRESENT = torch.tensor([True, True, True, True, False])
EVIDENCE = torch.tensor([0.0, 0.0, 3.0, 50.0, 4.0])


def module(**options):
    torch.manual_seed(0)
    text = torch.nn.functional.normalize(torch.randn(5, 6), dim=1)
    text[1] = text[0]
    return GatedText(5, 4, text, PRESENT, EVIDENCE, **options), text


def test_without_text_a_node_is_its_id_embedding():
    gated, _ = module()
    assert torch.equal(gated()[4], gated.ids.weight[4])
    assert gated.gates()[4] == 0


def test_a_node_with_text_only_is_its_projected_text():
    gated, text = module()
    torch.testing.assert_close(gated()[0], gated.project(text[:1])[0], rtol=0, atol=1e-7)
    assert gated.gates()[0] == 1


def test_same_text_and_no_evidence_is_the_same_vector():
    gated, _ = module()
    torch.testing.assert_close(gated()[0], gated()[1], rtol=0, atol=1e-7)
    assert not torch.equal(gated.ids.weight[0], gated.ids.weight[1])


def test_between_the_rules_both_count():
    gated, text = module(id_dropout=0.0)
    gate = gated.gates()[2]
    expected = (1 - gate) * gated.ids.weight[2] + gate * gated.project(text[2:3])[0]
    torch.testing.assert_close(gated()[2], expected)
    assert gate.item() == pytest.approx(7 / (7 + 1 + 3))


def test_gradients_reach_what_each_node_uses_and_nothing_else():
    gated, _ = module(id_dropout=0.0)
    gated().pow(2).sum().backward()
    by_node = gated.ids.weight.grad.abs().sum(dim=1)
    assert (by_node[:2] == 0).all()  # text only: the id embedding stays untrained
    assert (by_node[2:] > 0).all()
    assert all(parameter.grad.abs().sum() > 0 for parameter in gated.projection.parameters())
    assert gated.text_gate.weight.grad.abs().sum() > 0
    assert gated.evidence_gate.grad.abs() > 0


def test_a_text_only_node_trains_the_projection_but_not_the_gate():
    gated, _ = module(id_dropout=0.0)
    gated()[0].sum().backward()
    assert gated.projection[1].weight.grad.abs().sum() > 0
    assert gated.text_gate.weight.grad.abs().sum() == 0
    assert gated.ids.weight.grad.abs().sum() == 0


def test_id_dropout_is_for_training_and_only_where_there_is_text():
    gated, text = module(id_dropout=1.0)
    torch.testing.assert_close(gated()[:4], gated.project(text[:4]))
    assert torch.equal(gated()[4], gated.ids.weight[4])
    gated.eval()
    assert not torch.allclose(gated()[3], gated.project(text[3:4])[0])


@pytest.mark.parametrize("absent", ["no text", "no node with text"])
def test_without_any_text_it_is_a_plain_embedding(absent):
    text = None if absent == "no text" else torch.zeros(5, 6)
    gated = GatedText(5, 4, text, torch.zeros(5, dtype=torch.bool), EVIDENCE)
    assert torch.equal(gated(), gated.ids.weight)
    assert not gated.gates().any()
    gated().sum().backward()
    with pytest.raises(AdapterError, match="without text"):
        gated.project(torch.zeros(1, 6))


def test_projected_text_starts_with_the_spread_of_the_embeddings():
    torch.manual_seed(0)
    gated = GatedText(400, 32, torch.nn.functional.normalize(torch.randn(400, 384), dim=1))
    assert gated.project(gated.text).std().item() == pytest.approx(0.1, rel=0.1)
    assert gated.ids.weight.std().item() == pytest.approx(0.1, rel=0.1)


def test_a_saved_module_gives_the_same_vectors_and_holds_no_text():
    gated, text = module()
    assert not {"text", "evidence", "rows"} & set(gated.state_dict())
    other = GatedText(5, 4, text, PRESENT, EVIDENCE)
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
    gated = GatedText(100, 8, text, None, evidence, id_dropout=0.3)
    before = gated.gates()
    optimizer = torch.optim.Adam(gated.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        ((gated() - true).pow(2).sum() + gated.ids.weight.pow(2).sum()).backward()
        optimizer.step()
    after = gated.gates()
    assert after[trusted].mean() > after[~trusted].mean() + 0.5
    gap_before = before[trusted].mean() - before[~trusted].mean()
    assert after[trusted].mean() - after[~trusted].mean() > gap_before


def test_what_does_not_fit_is_refused():
    with pytest.raises(AdapterError, match="5 nodes need"):
        GatedText(5, 4, torch.zeros(4, 6))
    with pytest.raises(AdapterError, match="id_dropout"):
        GatedText(5, 4, id_dropout=2.0)
    with pytest.raises(AdapterError, match="length 6"):
        module()[0].project(torch.zeros(1, 7))
