"""Random states: kept, put back, and untouched from outside."""

from __future__ import annotations

import pytest
import torch

from gnn import randomness

CPU = torch.device("cpu")


def test_states_are_put_back():
    kept = randomness.states(CPU)
    first = torch.rand(3)
    randomness.restore(kept, CPU)
    assert torch.equal(torch.rand(3), first)


def test_the_seed_decides_inside_and_outside_nothing_was_drawn():
    before = torch.get_rng_state()
    with randomness.seeded(3, CPU):
        first = torch.rand(3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(1)
    with randomness.seeded(3, CPU):
        assert torch.equal(torch.rand(3), first)


def test_states_are_put_back_after_an_error():
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), randomness.seeded(3, CPU):
        torch.rand(3) / (1 // 0)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_devices_state_goes_with_the_cpus(kind, monkeypatch):
    """The device's own functions stand in here, so that this holds on a machine without it."""
    state = {"now": torch.tensor([1])}
    functions = lambda _device: state["now"], lambda value, _device: state.update(now=value)
    monkeypatch.setitem(randomness._DEVICES, kind, functions)
    device = torch.device(kind)
    kept = randomness.states(device)
    assert kept.keys() == {"torch", kind}
    state["now"] = torch.tensor([2])
    randomness.restore(kept, device)
    assert state["now"].item() == 1
    state["now"] = torch.tensor([2])
    randomness.restore(kept, CPU)
    assert state["now"].item() == 2
