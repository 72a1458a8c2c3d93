import numpy as np
import torch

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers import Resources, ncf
from hybrid.scorers.ncf import Ncf
from tests.worlds import make_graph, two_cliques

GRAPH = two_cliques()


def fit(graph=GRAPH, resources=None, **options):
    settings = {"embedding_size": 8, "epochs": 30, "learning_rate": 0.03, **options}
    return Ncf(**settings).fit(graph, resources or Resources(device="cpu", seed=1))


def test_it_finds_the_held_out_of_the_cliques():
    assert evaluate(fit().score, GRAPH, GRAPH.heldout, ks=(1,)).metrics["recall@1"] == 1.0


def test_a_like_is_predicted_from_the_others_of_its_person():
    """A like is no evidence for itself: what the liked items say of their person reaches only other likes."""
    fitted = fit(epochs=1)
    graph = make_graph([(0, 0), (0, 1)], num_items=GRAPH.num_items)
    task = ncf._Likes(fitted, graph, Resources())
    rows, items, others = next(iter(task.batches(torch.Generator().manual_seed(0))))
    task.module.zero_grad()
    logits = task.module(
        task.module.liked(items.flip(0)).unsqueeze(1), torch.cat([items.unsqueeze(1), others], dim=1)
    )
    truth = torch.zeros_like(logits)
    truth[:, 0] = 1
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, truth)
    torch.testing.assert_close(task.loss((rows, items, others)), expected)


def test_every_like_of_an_epoch_comes_once_with_its_negatives():
    task = ncf._Likes(fit(epochs=1, batch_size=5, num_negatives=3), GRAPH, Resources())
    batches = list(task.batches(torch.Generator().manual_seed(0)))
    assert len(batches) == 3
    assert sum(len(items) for _, items, _ in batches) == len(GRAPH.interactions)
    assert all(others.shape == (len(items), 3) for _, items, others in batches)


def test_validation_chooses_the_number_of_epochs():
    histories = {}
    fitted = fit(resources=Resources(validation=GRAPH.heldout, device="cpu", histories=histories), epochs=8)
    assert fitted.stop_after == histories["ncf"].best.number
    assert len(histories["ncf"].epochs) <= 8


def test_scores_do_not_depend_on_how_many_are_asked_for_at_once(monkeypatch):
    people = Profiles.of_users(GRAPH, np.arange(GRAPH.num_users))
    fitted = fit(epochs=1)
    at_once = fitted.score(people)
    monkeypatch.setattr(ncf, "_CELLS", 1)
    np.testing.assert_allclose(fitted.score(people), at_once, rtol=1e-4, atol=1e-6)


def test_it_goes_on_from_a_checkpoint(tmp_path):
    resources = Resources(device="cpu", seed=1, checkpoints=tmp_path)
    fit(resources=resources, epochs=6, stop_after=3)
    resumed = fit(resources=resources, epochs=6)
    whole = fit(epochs=6)
    for name, value in whole.state().items():
        np.testing.assert_array_equal(resumed.state()[name], value)
